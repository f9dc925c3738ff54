"""Engines that are killed, restarted and shut down, sessions that end, and clusters of Dask."""

from __future__ import annotations

import operator
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from distributed import Client as DaskClient
from distributed import LocalCluster
from isolation import isolated_home

from emout_lab import parallel, sessions
from emout_lab.errors import SessionDead


@pytest.fixture(scope="module")
def name() -> Iterator[str]:
    """The name of a session of two engines, which tests may kill and stop."""
    with isolated_home():
        sessions.start(name="short-lived", backend="local", memory="1G", cores=1, jobs=2)
        sessions.wait_for_workers("short-lived", n=2, timeout=120)
        yield "short-lived"


@pytest.fixture(scope="module")
def client(name: str) -> Iterator[parallel.Client]:
    with parallel.Client(name) as connected:
        yield connected
    connected.session.close()


def test_a_killed_engine_fails_its_own_requests_and_comes_back_with_a_new_id(client):
    everywhere = client.direct_view()
    assert everywhere.apply_sync(int, 1) == [1, 1]
    fixed = client[:]
    lost = client[0].apply_async(time.sleep, 60)
    behind = client[0].apply_async(int, 2)
    other = client[1].apply_async(operator.add, 1, 2)
    os.kill(_pid(client, 0), signal.SIGKILL)
    for each in (lost, behind):
        with pytest.raises(parallel.EngineError):
            each.get(30)
    assert other.get(30) == 3
    assert 0 not in client.ids
    with pytest.raises(IndexError, match="there is no engine 0"):
        fixed.apply_sync(int, 3)
    with pytest.raises(parallel.EngineError, match="engine 0 is gone"):
        client.get_result(lost.msg_ids[0].replace("a", "b"))
    client.wait_for_engines(2, timeout=60)
    assert client.ids == [1, 2]
    assert client[2].apply_sync(int, 4) == 4
    assert everywhere.apply_sync(int, 5) == [5, 5]


def _pid(client: parallel.Client, number: int) -> int:
    """Return the process of an engine, which may be busy."""
    address = client.engines_of(number)[0].address
    return int(client.become_dask().run(os.getpid, workers=[address])[address])


def test_engines_are_restarted_with_new_ids(client):
    before = client.ids
    client[-1]["a"] = 1
    client.shutdown(before[-1], restart=True, block=True)
    client.wait_for_engines(2, timeout=60)
    assert client.ids == [before[0], before[-1] + 1]
    assert "a" not in client[-1]


def test_two_clients_and_threads_use_a_session_at_once(client, name):
    other = parallel.Client(name)
    assert other.session is client.session
    found: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda c=c: found.append(c[:].apply_sync(operator.mul, 6, 7)))
        for c in (client, other, client, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [[42, 42]] * 4
    other.close()
    assert client[:].apply_sync(int, 1) == [1, 1]


def test_an_engine_is_shut_down_for_good(client):
    first, last = client.ids
    client[last].shutdown(block=True)
    assert client.ids == [first]
    assert client.direct_view().apply_sync(int, 6) == [6]


def test_a_session_that_ends_is_told_at_once(client):
    pending = client[-1].apply_async(time.sleep, 60)
    view, everywhere = client[:], client.direct_view()
    client.shutdown(hub=True)
    began = time.monotonic()
    for use in (
        lambda: client.ids,
        lambda: client[-1],
        lambda: view.apply(int, 1),
        lambda: everywhere.apply_sync(int, 1),
        lambda: client.wait_for_engines(1),
        lambda: client.queue_status(),
    ):
        with pytest.raises(SessionDead):
            use()
    with pytest.raises((SessionDead, parallel.EngineError, parallel.TaskAborted)):
        pending.get(20)
    assert time.monotonic() - began < 20
    with pytest.raises(OSError, match="short-lived"):
        parallel.Client("short-lived")


def test_a_cluster_of_dask_gets_engines(tmp_path):
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path
        ) as cluster,
        DaskClient(cluster) as dask,
    ):
        client = parallel.Client(dask)
        assert client.ids == [0, 1]
        assert client[:].apply_sync(operator.add, 2, 3) == [5, 5]
        assert parallel.Client(dask).session is client.session
        assert client.become_dask() is dask
        result = client[0].apply_async(int, 8)
        assert client.get_result(result.msg_ids[0]).get(30) == 8
        lost = client[1].apply_async(time.sleep, 60)
        os.kill(_pid(client, 1), signal.SIGKILL)
        with pytest.raises(parallel.EngineError):
            lost.get(30)
        assert client.direct_view().apply_sync(int, 7)[0] == 7
        client.close()
        assert dask.submit(int, 9).result() == 9
        again = parallel.Client(dask)
    with pytest.raises(SessionDead):
        again.ids  # noqa: B018


def test_an_asynchronous_client_of_dask_is_refused():
    class Asynchronous(DaskClient):
        asynchronous = True

        def __init__(self) -> None:
            self.status = "running"

        def __del__(self) -> None:
            pass

    with pytest.raises(TypeError, match="asynchronous"):
        parallel.Client(Asynchronous())
