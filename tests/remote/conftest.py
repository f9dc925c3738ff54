"""A connection to a real local session, and figures that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
import pytest

from emout_lab import sessions
from emout_lab.remote.session import Session, connect
from emout_lab.sessions import SessionStatus

matplotlib.use("agg")


@pytest.fixture(scope="module")
def session(local_session: SessionStatus) -> Iterator[Session]:
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture(scope="module")
def two_engines(local_session: SessionStatus) -> Iterator[Session]:
    """A second session beside the first, with two engines."""
    sessions.start(name="pair", backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    sessions.wait_for_workers("pair", n=2, timeout=60)
    with connect(name="pair") as connection:
        connect(name=local_session.name)  # stays the one that is meant where none is named
        yield connection
    sessions.stop("pair")


@pytest.fixture
def numbers(session: Session):
    """A ref to arange(24) in the engine."""
    return session.open("numpy:arange", 24.0)


@pytest.fixture
def programs(session: Session, monkeypatch: pytest.MonkeyPatch) -> list:
    """The programs that are really sent during a test, to count round trips."""
    sent: list = []
    send = session.queue.link.send

    def counted(address, program):
        sent.append(program)
        return send(address, program)

    monkeypatch.setattr(session.queue.link, "send", counted)
    return sent
