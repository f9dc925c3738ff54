"""Fixtures for all tests: an isolated home, a real local session, a real SLURM."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import core_tests
import pytest
from isolation import isolated_home
from slurm_cluster import SlurmCluster, missing_programs

from emout_lab import sessions
from emout_lab.sessions import SessionStatus

#: Data, and what other systems have written it with.
collect_ignore = ["fixtures"]


def pytest_configure() -> None:
    """Let Ctrl-C be tested where the shell that started the tests in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Before pytest leaves out what `-m` does not ask for.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make matrix` runs."""
    core_tests.mark(items, Path(__file__).parent)


def pytest_collection_finish() -> None:
    """Make sure of the same after all that test files import."""
    pytest_configure()


@pytest.fixture(scope="session", autouse=True)
def _never_the_real_home() -> Iterator[None]:
    """Keep every test off the developer's own sessions."""
    with isolated_home():
        yield


@pytest.fixture(scope="module", autouse=True)
def _no_articles_of_other_modules() -> Iterator[None]:
    """Let nothing stand before the executors that a module looks at, once articles were read."""
    yield
    storage = sys.modules.get("emout_lab.emses.articles.storage")
    if storage is not None:
        storage._KNOWN.is_needed = False


@pytest.fixture
def emout_home() -> Iterator[Path]:
    """An empty runtime root for one test; its sessions are stopped afterwards."""
    with isolated_home() as home:
        yield home


@pytest.fixture(scope="module")
def local_session() -> Iterator[SessionStatus]:
    """A real local session with one worker, shared by the tests of a module."""
    with isolated_home():
        sessions.start(backend="local", memory="1G", cores=1, jobs=1)
        yield sessions.wait_for_workers(timeout=60)


@pytest.fixture(scope="session")
def slurm_cluster() -> Iterator[SlurmCluster]:
    """A real two-node SLURM, started once for all tests that need one."""
    missing = missing_programs()
    if missing:
        pytest.skip(f"{', '.join(missing)} missing; install slurm-wlm and munge")
    cluster = SlurmCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def slurm(
    slurm_cluster: SlurmCluster, emout_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SlurmCluster]:
    """The real SLURM with an empty queue, for one test with a runtime root of its own."""
    for name, value in slurm_cluster.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("EMOUT_DASK_SCHED_IP", "127.0.0.1")
    yield slurm_cluster
    for session in sessions.list():
        sessions.stop(session.name)
    slurm_cluster.cancel_all()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Let an interrupt that an engine tells of end one test, and Ctrl-C all of them."""
    try:
        yield
    except KeyboardInterrupt as error:
        if not error.args:
            raise
        raise AssertionError(f"interrupted: {error}") from error


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once per reason what was not tested, so that a green run does not hide it."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        terminalreporter.section("not tested on this machine")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")
