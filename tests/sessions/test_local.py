"""A real local session, from start to stop."""

from __future__ import annotations

import operator

from emout_lab import sessions
from emout_lab.sessions import SessionState, SessionStatus


def test_session_runs_a_task_through_tls(local_session: SessionStatus) -> None:
    assert local_session.state is SessionState.RUNNING
    assert local_session.address is not None
    assert local_session.address.startswith("tls://127.0.0.1:")
    with sessions.connect() as client:
        assert client.submit(operator.add, 1, 2).result(timeout=20) == 3


def test_workers_are_named_by_their_number(local_session: SessionStatus) -> None:
    with sessions.connect(local_session.name) as client:
        workers = client.scheduler_info()["workers"]
    assert [worker["name"] for worker in workers.values()] == ["0"]
