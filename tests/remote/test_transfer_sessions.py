"""Local runs with and without a session, and with one that comes or goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from waiting import wait_until

from emout_lab import Emout, connect, local_data_policy, sessions
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import LocalReadForbidden, ReadTooLarge


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=8, steps=2)


def in_fresh_process(code: str, **environment: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_an_active_session_is_joined_by_the_first_read(local_session, run):
    code = f"""
import sys
from emout_lab import Emout
field = Emout({str(run)!r}).phisp
assert "distributed" not in sys.modules
print(float(field[-1].max()), "distributed" in sys.modules)
"""
    value, is_loaded = in_fresh_process(code).split()
    assert is_loaded == "True"
    assert float(value) == float(Emout(run, local_data_policy="local").phisp[-1].max())


def test_without_a_session_reading_here_is_silent_and_loads_no_dask(emout_home, run):
    code = f"""
import sys
from emout_lab import Emout
data = Emout({str(run)!r})
data.phisp.values, data.to_xarray().phisp.values, data.phisp[-1, :, 4, :].plot()
print(*(name for name in ("distributed", "dask_jobqueue") if name in sys.modules))
"""
    assert in_fresh_process(code, EMOUT_LAB_READ_LIMIT="1kB", MPLBACKEND="agg") == ""


def test_an_unusable_mirror_file_is_as_no_session(emout_home, run):
    (emout_home / "server.json").write_text('{"name": "default", "address": "tls://10.0.0.1:9"}')
    code = f"""
import sys
from emout_lab import Emout
print(Emout({str(run)!r}).phisp.values.size, "distributed" in sys.modules)
"""
    assert in_fresh_process(code) == f"{2 * 9**3} False"


def test_a_session_that_ends_while_in_use_is_told_once_and_reading_goes_on_here(emout_home, run):
    sessions.start(backend="local", memory="1G", cores=1, name="short")
    sessions.wait_for_workers("short", timeout=60)
    connection = connect(name="short")
    data, expected = Emout(run), Emout(run, local_data_policy="local").phisp.values
    sent = connection.queue.link.programs_sent
    np.testing.assert_array_equal(data.phisp.values, expected)
    assert connection.queue.link.programs_sent == sent + 1
    os.kill(sessions.get("short").pid, 9)
    # Until the end is noticed the worker may still answer.
    wait_until(lambda: not connection.is_open)
    with pytest.warns(UserWarning, match="read in this process") as caught:
        np.testing.assert_array_equal(data.phisp.values, expected)
        np.testing.assert_array_equal(data.phisp.values, expected)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with local_data_policy("remote_required"), pytest.raises(LocalReadForbidden):
        _ = data.phisp.values
    connection.close()


def test_a_connection_that_was_closed_on_purpose_is_no_loss(emout_home, run, recwarn):
    sessions.start(backend="local", memory="1G", cores=1)
    sessions.wait_for_workers(timeout=60)
    with connect() as connection:
        sent = connection.queue.link.programs_sent
        plane = Emout(run).phisp[0, 4].values
        assert connection.queue.link.programs_sent == sent + 1
    sessions.stop()
    np.testing.assert_array_equal(Emout(run).phisp[0, 4].values, plane)
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.slurm
def test_a_session_that_waits_in_the_queue_is_told_once_and_limits_what_is_read(
    slurm, run, monkeypatch
):
    slurm.run("sbatch", "-N2", "-c4", "-n2", "-o", "/dev/null", "--wrap", "sleep 600")
    sessions.start(backend="slurm", memory="300M", cores=1, walltime="00:10:00")
    data = Emout(run)
    with pytest.warns(UserWarning, match="field data are read in this") as caught:
        assert data.phisp[0].values.shape == (9, 9, 9)
        assert data.phisp[1].values.shape == (9, 9, 9)
    assert len(caught) == 1
    with (
        local_data_policy("remote_required"),
        pytest.raises(LocalReadForbidden, match="is (starting|queued)"),
    ):
        _ = data.phisp[0].values
    monkeypatch.setenv("EMOUT_LAB_READ_LIMIT", "1kB")
    with pytest.raises(ReadTooLarge, match="no more than 1 kB"):
        _ = data.phisp[0].values
