"""Restart engine: it works when nothing else does, and everybody's objects come back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psutil
import pytest
from waiting import wait_until

from emout_lab import sessions
from emout_lab.client import aio as engines
from emout_lab.config import load
from emout_lab.engine.snapshot import EngineSnapshot
from emout_lab.errors import EngineError, EngineLost, NoEngine, SessionError, SpecError
from emout_lab.remote.session import Session, connect
from emout_lab.sessions.connection import security_of
from emout_lab.sessions.lookup import find_record
from emout_lab.sessions.store import SessionStore

#: A restart takes three to six seconds on a machine that has little else to do.
PATIENCE_S = 45.0


@pytest.fixture(scope="module")
def pair(_never_the_real_home: None) -> Iterator[Session]:
    """A session with two engines, shared by all tests: each leaves both alive."""
    sessions.start(name="pair", backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    sessions.wait_for_workers("pair", n=2, timeout=60)
    with connect(name="pair") as connection:
        yield connection
    sessions.stop("pair")


def snapshots(session: Session) -> dict[str, EngineSnapshot]:
    found = session.client.sync(engines.snapshots, session.client)
    return {each.engine: each for each in found.values()}


def sleeper() -> Callable[[], None]:
    """Return what an engine gets by value: it cannot import this file."""

    def sleep_with_a_child() -> None:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        time.sleep(1000)

    return sleep_with_a_child


def holder_of_the_gil() -> Callable[[], None]:
    def hold_the_gil() -> None:
        import ctypes

        ctypes.PyDLL(None).sleep(1000)

    return hold_the_gil


def send(session: Session, function: Callable[[], None]) -> Future[object]:
    """Call a function on engine 0 as another cell would."""
    pool = ThreadPoolExecutor(1)
    cell = pool.submit(session.engine("0").open, function)
    pool.shutdown(wait=False)
    return cell


def others(session: Session, pid: int) -> set[psutil.Process]:
    return set(psutil.Process(pid).children(recursive=True))


def test_engine_that_sleeps_is_restarted_with_its_children_and_refs_heal(pair: Session) -> None:
    numbers = pair.engine("0").open("numpy:arange", 24.0)
    untouched = pair.engine("1").open("numpy:arange", 5.0)
    assert float(numbers[3]) == float(untouched[3]) == 3.0
    before = snapshots(pair)
    cell = send(pair, sleeper())
    wait_until(lambda: others(pair, before["0"].pid))
    children = others(pair, before["0"].pid)
    began = time.monotonic()
    fresh = sessions.restart_engine("pair", "0", origin="the panel")
    assert time.monotonic() - began < PATIENCE_S
    assert fresh.name == "0"
    assert fresh.address != before["0"].address
    with pytest.raises(EngineLost, match="was restarted from the panel while this ran"):
        cell.result(timeout=PATIENCE_S)
    assert psutil.wait_procs(list(children), timeout=10)[1] == []
    with pytest.warns(UserWarning, match="'0' was restarted from the panel .* computed again"):
        assert float(numbers[3]) == 3.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(untouched[4]) == 4.0
    after = snapshots(pair)
    assert after["1"].pid == before["1"].pid
    assert after["0"].pid != before["0"].pid


def test_engine_in_c_code_that_holds_the_gil_is_restarted_from_a_notebook(pair: Session) -> None:
    numbers = pair.engine("0").open("numpy:arange", 24.0)
    assert float(numbers[3]) == 3.0
    cell = send(pair, holder_of_the_gil())
    # The engine is deaf now: not even its snapshot comes.
    wait_until(lambda: "engine 0 has not answered since" in (sessions.get("pair").reason or ""))
    fresh = pair.restart_engine("0")
    with pytest.raises(EngineLost, match="was restarted from"):
        cell.result(timeout=PATIENCE_S)
    assert pair.client.sync(engines.addresses, pair.client)["0"] == fresh.address
    with pytest.warns(UserWarning, match="was restarted from"):
        assert float(numbers[3]) == 3.0


def test_engine_that_is_full_and_stopped_is_restarted_empty(pair: Session) -> None:
    full = pair.engine("0").open("numpy:ones", 70_000_000)
    assert full.shape.fetch() == (70_000_000,)
    before = snapshots(pair)["0"]
    assert before.memory_used > 500_000_000
    os.kill(before.pid, signal.SIGSTOP)
    sessions.restart_engine("pair", before.address)  # its address is a name, too
    wait_until(lambda: snapshots(pair).get("0", before).pid != before.pid)
    assert snapshots(pair)["0"].memory_used < before.memory_used / 2
    with pytest.warns(UserWarning, match="was restarted from Python"):
        full.drop()
        assert pair.engine("0").open("math:hypot", 3, 4).fetch() == 5.0


def test_engine_in_the_middle_of_a_restart_is_restarted_once(pair: Session) -> None:
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(sessions.restart_engine, "pair", "0") for _ in range(3)]
        addresses = {each.result().address for each in asked}
    assert len(addresses) == 1
    # And once more at once, while it warms up.
    assert pair.restart_engine("0").address not in addresses
    assert snapshots(pair)["1"].ready


def test_engine_that_hangs_while_it_starts_is_restarted(pair: Session) -> None:
    host = psutil.Process(sessions.get("pair").pid)
    victim = snapshots(pair)["0"].pid
    known = {child.pid for child in host.children()}
    os.kill(victim, signal.SIGKILL)

    def newcomers() -> list[psutil.Process]:
        return [child for child in host.children() if child.pid not in known]

    wait_until(newcomers)
    newcomers()[0].suspend()
    wait_until(lambda: "0" not in pair.engines)
    fresh = sessions.restart_engine("pair", "0")
    assert pair.client.sync(engines.addresses, pair.client)["0"] == fresh.address


def test_engine_that_is_silent_stands_in_the_status_until_it_is_restarted(pair: Session) -> None:
    wait_until(lambda: sessions.get("pair").reason is None)
    stopped = snapshots(pair)["1"].pid
    os.kill(stopped, signal.SIGSTOP)
    began = time.monotonic()
    wait_until(lambda: sessions.get("pair").reason is not None)
    assert time.monotonic() - began < 10
    reason = sessions.get("pair").reason or ""
    assert re.match(r"engine 1 has not answered since \d\d:\d\d:\d\d", reason)
    assert "emout-lab server restart 1" in reason
    sessions.restart_engine("pair", "1")
    wait_until(lambda: sessions.get("pair").reason is None)


@pytest.mark.parametrize("name", ["7", "../0", "\N{SNOWMAN}"])
def test_unknown_engine_is_refused_with_those_that_there_are(pair: Session, name: str) -> None:
    for restart in (pair.restart_engine, lambda each: sessions.restart_engine("pair", each)):
        with pytest.raises(NoEngine, match=r"has no engine .* Its engines: 0, 1"):
            restart(name)


@pytest.mark.parametrize("name", ["", "0\x1b[2J", "x" * 1000])
def test_what_cannot_be_the_name_of_an_engine_is_refused(pair: Session, name: str) -> None:
    with pytest.raises(SpecError, match="cannot be the name of an engine") as caught:
        sessions.restart_engine("pair", name)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_engine_without_a_nanny_is_left_alone_and_said_to_have_none(pair: Session) -> None:
    record = find_record(SessionStore(load()), "pair")
    security = security_of(record)
    files = {
        "ca-file": security.tls_ca_file,
        "cert": security.tls_client_cert,
        "key": security.tls_client_key,
    }
    options = [f"--tls-{key}={file}" for key, file in files.items()]
    command = [sys.executable, "-m", "distributed.cli.dask_worker", str(record.address)]
    lonely = subprocess.Popen(
        [*command, "--no-nanny", "--no-dashboard", "--name", "lonely", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: "lonely" in pair.engines)
        with pytest.raises(EngineError, match="has no nanny that would start it again"):
            sessions.restart_engine("pair", "lonely")
        assert lonely.poll() is None
    finally:
        lonely.terminate()
        lonely.wait()
    wait_until(lambda: "lonely" not in pair.engines)


def test_frozen_host_is_said_to_be_frozen_in_time(pair: Session) -> None:
    host = psutil.Process(sessions.get("pair").pid)
    thaw = threading.Timer(60, host.resume)
    thaw.start()
    host.suspend()
    try:
        began = time.monotonic()
        with pytest.raises(SessionError, match="does not answer"):
            pair.restart_engine("0")
        with pytest.raises(SessionError, match="does not answer"):
            sessions.restart_engine("pair", "0")
        assert time.monotonic() - began < 30
    finally:
        host.resume()
        thaw.cancel()
    wait_until(lambda: snapshots(pair)["0"].ready)
