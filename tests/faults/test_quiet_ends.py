"""A session that ends: the notebook shows our message, and nothing of Dask's log."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator

import nbformat
import pytest
from nbclient import NotebookClient
from processes import engine_pids, host_pid, kill

from emout_lab import connect, sessions
from emout_lab.sessions.client import SessionClient, quiet_dask

#: Longer than what Dask needs to give up a connection that is made anew for 2 s.
CONNECT = "import emout_lab, time\nsession = emout_lab.connect(timeout=2)"
USE = "session.open('math:hypot', 3, 4).fetch()"


@pytest.fixture
def run(emout_home, tmp_path) -> Iterator[Callable[[str], list]]:
    """Run cells in a real kernel that is connected to a session, and return their outputs."""
    sessions.start(name="short", backend="local", memory="1G", cores=1, jobs=1)
    sessions.wait_for_workers("short", timeout=60)
    book = nbformat.v4.new_notebook()
    client = NotebookClient(
        book, timeout=120, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )

    def run(source: str) -> list:
        cell = nbformat.v4.new_code_cell(source)
        book.cells.append(cell)
        client.execute_cell(cell, len(book.cells) - 1)
        return cell.outputs

    with client.setup_kernel():
        assert run(CONNECT) == []
        assert run(USE)[0].data["text/plain"] == "5.0"
        yield run


def streams(*cells: list) -> str:
    return "".join(o.text for outputs in cells for o in outputs if o.output_type == "stream")


def error(outputs: list) -> str:
    found = [o for o in outputs if o.output_type == "error"]
    return f"{found[0].ename}: {found[0].evalue}" if found else ""


def test_host_killed_while_a_call_runs_is_told_once_and_by_us(run):
    threading.Timer(1.0, kill, [host_pid("short")]).start()
    running = run("session.open('time:sleep', 60)")
    assert error(running).startswith("SessionDead: session 'short' is failed: its host")
    cells = [running, run("time.sleep(3)"), run(USE), run("emout_lab.connect()")]
    assert streams(*cells) == ""
    assert error(cells[2]).startswith("SessionDead: session 'short' is failed: its host")
    assert "SessionDead" in error(cells[3]) or "NoSession" in error(cells[3])


def test_host_killed_while_the_kernel_is_idle_is_told_with_the_next_use(run):
    kill(host_pid("short"))
    cells = [run("emout_lab.connect()"), run("time.sleep(3)"), run(USE)]
    assert streams(*cells) == ""
    assert error(cells[2]).startswith("SessionDead: session 'short' is failed: its host")


def test_worker_killed_leaves_no_log_in_the_notebook(run):
    with connect(name="short") as session:
        pid = engine_pids(session)["0"]
    threading.Timer(1.0, kill, [pid]).start()
    running = run("session.open('time:sleep', 60)")
    assert error(running).startswith("EngineLost")
    again = run(USE)
    assert "distributed" not in streams(running, again)
    assert error(again) == ""


def test_session_stopped_while_a_call_runs_leaves_no_log_in_the_notebook(run):
    threading.Timer(1.0, os.kill, [host_pid("short"), signal.SIGTERM]).start()
    running = run("session.open('time:sleep', 60)")
    assert error(running).split(":")[0] in ("SessionDead", "NoSession", "EngineLost")
    assert "distributed" not in streams(running, run("time.sleep(3)"))


def test_other_uses_of_dask_log_as_before(caplog):
    logger = logging.getLogger("distributed.client")
    with caplog.at_level(logging.WARNING, "distributed.client"):
        with quiet_dask():
            logger.warning("of a lost session")
            thread = threading.Thread(target=logger.warning, args=("of another client",))
            thread.start()
            thread.join()
        logger.warning("of the user")
    assert caplog.messages == ["of another client", "of the user"]


def test_dask_reconnects_by_the_method_that_is_kept_quiet():
    assert callable(getattr(super(SessionClient, SessionClient), "_reconnect", None))
