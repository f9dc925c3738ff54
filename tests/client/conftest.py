"""A session of two engines as one process holds it, and programs for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from emout_lab import sessions
from emout_lab.client.session import ConnectedSession
from emout_lab.engine.protocol import Call, Program
from emout_lab.engine.serialization import pack


@pytest.fixture(scope="module")
def connected(_never_the_real_home) -> Iterator[ConnectedSession]:
    sessions.start(name="pair", backend="local", memory="1G", cores=1, jobs=2)
    sessions.wait_for_workers("pair", n=2, timeout=120)
    session = ConnectedSession.connect("pair")
    yield session
    session.close()
    sessions.stop("pair")


@pytest.fixture
def engine(connected):
    return connected.engine("0")


@pytest.fixture
def other(connected):
    return connected.engine("1")


@pytest.fixture
def program(connected):
    """Make a program of one call, whose value it asks for."""

    def make(function, *args, is_wanted=True, **options) -> Program:
        name = uuid.uuid4().hex
        call = Call(name, pack((function, args, {})), "a call", keep=not is_wanted)
        want = name if is_wanted else None
        client = str(connected.client.id)
        return Program(client, (call,), id=uuid.uuid4().hex, want=want, **options)

    return make
