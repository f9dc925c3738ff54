"""Scopes: objects that live and die together."""

from __future__ import annotations

import threading

import pytest

from emout_lab import EmoutLabError, ObjectGone, remote_scope
from emout_lab.engine import client as engines


def scopes_in_engine(session) -> dict[str | None, list[str]]:
    found = session.client.sync(engines.snapshots, session.client)
    scopes: dict[str | None, list[str]] = {}
    for snapshot in found.values():
        for info in snapshot.objects:
            scopes.setdefault(info.scope, []).append(info.expression)
    return scopes


def test_block_drops_its_objects_at_once(session, numbers):
    with remote_scope("shot 12"):
        double = numbers * 2
        assert float(double[1]) == 2.0
        assert "arange(24.0) * 2" in scopes_in_engine(session)["shot 12"]
    assert "shot 12" not in scopes_in_engine(session)
    with pytest.raises(ObjectGone, match="scope was closed"):
        double + 1
    assert float(numbers[1]) == 1.0


def test_open_and_close_work_without_a_block(session, numbers):
    scope = remote_scope().open()
    double = numbers * 2
    session.queue.flush()
    assert scope.label in scopes_in_engine(session)
    scope.close()
    scope.close()
    assert scope.label not in scopes_in_engine(session)
    with pytest.raises(ObjectGone):
        double.fetch()


def test_clear_drops_and_leaves_the_scope_open(session, numbers):
    with remote_scope() as scope:
        first = numbers + 1
        session.queue.flush()
        scope.clear()
        assert scope.is_open
        with pytest.raises(ObjectGone):
            first.fetch()
        assert float((numbers + 2)[0]) == 2.0


def test_scopes_nest_as_a_stack(session, numbers):
    with remote_scope("outer"):
        a = numbers + 1
        with remote_scope("inner"):
            b = numbers + 2
        c = numbers + 3
        assert float(a[0]) == 1.0
        assert float(c[0]) == 3.0
        with pytest.raises(ObjectGone):
            b.fetch()


def test_block_that_raises_still_drops(session, numbers):
    with pytest.raises(ZeroDivisionError), remote_scope("failing"):
        kept = numbers + 1
        float(kept[0])
        raise ZeroDivisionError
    assert "failing" not in scopes_in_engine(session)


def test_one_instance_cannot_be_opened_twice_or_closed_inside_its_block():
    scope = remote_scope()
    with scope:
        with pytest.raises(EmoutLabError, match="opened by a with statement"):
            scope.close()
        with pytest.raises(EmoutLabError, match="open already"):
            scope.open()
    scope.open()
    with pytest.raises(EmoutLabError, match="open already"), scope:
        pass
    scope.close()


def test_scope_of_one_thread_does_not_take_objects_of_another(session, numbers):
    made = []
    with remote_scope("mine"):
        other = threading.Thread(target=lambda: made.append(numbers + 1))
        other.start()
        other.join()
    assert float(made[0][0]) == 1.0


def test_scope_can_be_closed_by_another_thread(session, numbers):
    scope = remote_scope("shared").open()
    float((numbers + 1)[0])
    closing = threading.Thread(target=scope.close)
    closing.start()
    closing.join()
    assert not scope.is_open
    kept = numbers + 2
    session.queue.flush()
    assert kept._node.scope is None
