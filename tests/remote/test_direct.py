"""Programs go straight to a worker that can be reached, else through the scheduler."""

from __future__ import annotations

import socket

import pytest

from emout_lab import sessions
from emout_lab.client import aio as engines


def address_of(session) -> str:
    return session.queue.link.locate()


def test_a_worker_is_reached_and_a_closed_port_is_not(session):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"tls://127.0.0.1:{free.getsockname()[1]}"
    assert session.client.sync(engines.can_reach, session.client, address_of(session))
    assert not session.client.sync(engines.can_reach, session.client, closed)


@pytest.mark.parametrize("is_direct", [True, False])
def test_values_and_errors_come_back_either_way(session, is_direct, monkeypatch):
    location = session.queue.link.handle.location
    monkeypatch.setattr(location, "_reached", {address_of(session): is_direct})
    assert session.open(sum, [1, 2]).fetch() == 3
    with pytest.raises(ZeroDivisionError):
        session.open(divmod, 1, 0)
    assert location._reached == {address_of(session): is_direct}


def test_a_connection_shows_itself_without_asking(session):
    assert session.name in session._repr_html_() and "connected" in session._repr_html_()
    assert repr(session) == f"<Session {session.name!r}: connected>"
    shown = session.client._repr_html_()
    assert "SessionClient" in shown and "processes=1" in shown
    assert session.client.dashboard_link is None
    with sessions.connect(name=session.name) as client:
        pass
    assert "No scheduler connected" in client._repr_html_()
