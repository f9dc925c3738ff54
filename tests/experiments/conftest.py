"""One real session of two engines for all tests of sweeps, and a folder of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emout_lab import sessions
from emout_lab.client.session import ConnectedSession
from emout_lab.experiments import ClusterLab, LabNotebook

NAME = "sweeps"


@pytest.fixture(scope="package")
def pair(_never_the_real_home) -> Iterator[str]:
    """The name of a session with two engines of one core each."""
    sessions.start(name=NAME, backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    sessions.wait_for_workers(NAME, n=2, timeout=120)
    yield NAME
    sessions.stop(NAME)


@pytest.fixture(scope="module")
def session(pair: str) -> Iterator[ConnectedSession]:
    """A connection to that session, one for each file of tests."""
    connected = ConnectedSession.connect(pair)
    yield connected
    connected.close()


@pytest.fixture
def lab(pair: str) -> Iterator[ClusterLab]:
    """A lab on that session, with a notebook in memory."""
    with ClusterLab(LabNotebook("test"), session=pair) as made:
        yield made
        for tag in made.notebook().resultSets():
            made.cancelSlowResults(tag)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
