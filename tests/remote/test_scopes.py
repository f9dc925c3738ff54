"""Scopes: objects that live and die together."""

from __future__ import annotations

import threading
import warnings

import pytest

from emout_lab import remote_scope
from emout_lab.client import aio as engines
from emout_lab.errors import StateError
from emout_lab.remote.context import CONTEXT


def scopes_in_engine(session) -> dict[str | None, list[str]]:
    found = session.client.sync(engines.snapshots, session.client)
    scopes: dict[str | None, list[str]] = {}
    for snapshot in found.values():
        for info in snapshot.objects:
            scopes.setdefault(info.scope, []).append(info.expression)
    return scopes


def test_block_frees_its_objects_at_once_and_a_ref_makes_its_object_again(session, numbers):
    with remote_scope("shot 12"):
        double = numbers * 2
        assert float(double[1]) == 2.0
        assert "arange(24.0) * 2" in scopes_in_engine(session)["shot 12"]
    assert "shot 12" not in scopes_in_engine(session)
    assert "freed with 'shot 12'" in repr(double)
    with pytest.warns(UserWarning, match=r"\* 2 was freed with 'shot 12' and is computed again"):
        assert float((double + 1)[1]) == 3.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert double[:2].fetch().tolist() == [0.0, 2.0]
    assert float(numbers[1]) == 1.0


def test_open_and_close_work_without_a_block(session, numbers):
    scope = remote_scope().open()
    double = numbers * 2
    session.queue.flush()
    assert scope.label in scopes_in_engine(session)
    scope.close()
    scope.close()
    assert scope.label not in scopes_in_engine(session)
    with pytest.warns(UserWarning, match="computed again"):
        assert double.fetch()[1] == 2.0


def test_clear_frees_and_leaves_the_scope_open(session, numbers):
    with remote_scope("cleared") as scope:
        first = numbers + 1
        session.queue.flush()
        scope.clear()
        assert scope.is_open and "cleared" not in scopes_in_engine(session)
        with pytest.warns(UserWarning, match="computed again"):
            assert float(first[0]) == 1.0
        assert "arange(24.0) + 1" in scopes_in_engine(session)["cleared"], "it is the scope's again"
        assert float((numbers + 2)[0]) == 2.0
    assert "cleared" not in scopes_in_engine(session)


def test_scopes_nest_as_a_stack(session, numbers):
    with remote_scope("outer"):
        a = numbers + 1
        with remote_scope("inner"):
            b = numbers + 2
            assert float(a[0] + b[0]) == 3.0
        c = numbers + 3
        assert float(a[0]) == 1.0
        assert float(c[0]) == 3.0
        assert {"arange(24.0) + 1", "arange(24.0) + 3"} <= set(scopes_in_engine(session)["outer"])
        assert "inner" not in scopes_in_engine(session)


def test_block_that_raises_still_frees(session, numbers):
    with pytest.raises(ZeroDivisionError), remote_scope("failing"):
        kept = numbers + 1
        float(kept[0])
        raise ZeroDivisionError
    assert "failing" not in scopes_in_engine(session)


def test_an_open_scope_stays_open_when_it_is_opened_again():
    scope = remote_scope().open()
    other = remote_scope().open()
    assert scope.open() is scope and CONTEXT.scope is other
    other.close()
    assert CONTEXT.scope is scope
    with scope:
        with scope:
            with pytest.raises(StateError, match="opened by a with statement"):
                scope.close()
        assert scope.is_open
    assert not scope.is_open and CONTEXT.scope is None
    assert issubclass(StateError, RuntimeError)


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
