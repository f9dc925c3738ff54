"""The executors of the data layer in a session and on its workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emout_lab import Emout, local_data_policy
from emout_lab.emses import execution
from emout_lab.emses.demo import write_demo_data
from emout_lab.remote.worker_executor import ON_WORKER


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=8, steps=2)


def _name():
    # A nested function travels by value; the workers cannot import this file.
    def name(*_: object) -> str:
        from emout_lab.emses import execution

        executor = execution.current()

        # Where an article was opened before, something stands between.
        return type(getattr(executor, "inner", executor)).__name__

    return name


name = _name()


def test_each_process_has_its_own_executor(session):
    assert name() == "SessionExecutor"
    assert session.open(name).fetch() == "WorkerExecutor"
    assert session.client.submit(name).result() == "WorkerExecutor"
    assert execution.current().map(name, [(1,), (2,)], label="names") == ["WorkerExecutor"] * 2


def test_a_workers_executor_reads_and_computes_by_itself_where_it_has_no_engine(run, programs):
    with execution.using(ON_WORKER), local_data_policy("remote_required"):
        assert Emout(run).phisp[-1].values.shape == (9, 9, 9)
        assert execution.current().map(pow, [(2, 3), (3, 2)], label="powers") == [8, 9]
    assert programs == []


def test_an_executor_that_was_chosen_goes_before_the_session(session, programs, run):
    with execution.using(execution.HERE):
        assert Emout(run).phisp[-1].values.shape == (9, 9, 9)
    assert programs == []
    assert Emout(run).phisp[-1].values.shape == (9, 9, 9)
    assert len(programs) == 1


def test_a_task_of_a_foreign_cluster_reads_by_itself(session, run):
    """Such a worker has no engine; whatever sessions run, the data are before it."""
    code = f"""
import numpy as np
from distributed import Client, LocalCluster
from emout_lab import Emout, connect, local_data_policy

def read(field):
    with local_data_policy("remote_required"):
        return float(field.max())

if __name__ == "__main__":
    with LocalCluster(1, processes=False, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            field = Emout({str(run)!r}).phisp[-1]
            print(client.submit(read, field).result())
            session = connect()
            sent = session.queue.link.programs_sent
            print(client.submit(read, field).result(), session.queue.link.programs_sent == sent)
            print(float(field.max()), session.queue.link.programs_sent - sent)
            print(client.submit(read, field[2:]).result(), session.queue.link.programs_sent - sent)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    with local_data_policy("local"):
        value = float(Emout(run).phisp[-1].max())
    assert answer.stdout.split()[:5] == [*[str(value)] * 2, "True", str(value), "1"]
    assert answer.stdout.split()[6] == "1" and "is over" not in answer.stderr
