"""The delta logic: what panels hear of a change, and what a slow one gets instead."""

import pytest

from emout_lab.server.state_store import StateStore


@pytest.fixture
def board():
    return StateStore(queue_limit=3)


def watching(board, *parts):
    subscription = board.subscribe()
    subscription.parts = frozenset(parts)
    return subscription


def item(key, session="a", **more):
    return {"id": key, "session": session, **more}


def test_the_first_models_are_all_new(board):
    delta = board.update("objects", [item("1"), item("2")])
    assert [each["id"] for each in delta.set] == ["1", "2"]
    assert delta.removed == ()


def test_nothing_changed_is_no_delta(board):
    board.update("objects", [item("1")])
    assert board.update("objects", [item("1")]) is None


def test_a_delta_holds_only_what_differs(board):
    board.update("objects", [item("1"), item("2"), item("3")])
    delta = board.update("objects", [item("1"), item("2", bytes=5)])
    assert delta.set == (item("2", bytes=5),)
    assert delta.removed == ("3",)
    assert board.models("objects") == [item("1"), item("2", bytes=5)]


def test_models_of_other_sessions_stay(board):
    board.update("objects", [item("1")], session="a")
    board.update("objects", [item("2", "b")], session="b")
    delta = board.update("objects", [], session="a")
    assert delta.removed == ("1",)
    assert board.models("objects") == [item("2", "b")]
    assert board.models("objects", "b") == [item("2", "b")]
    assert board.models("objects", "a") == []


def test_each_part_has_its_own_key(board):
    board.update("sessions", [{"name": "x"}])
    board.update("workers", [{"address": "tls://h:1", "session": "x"}])
    assert board.update("sessions", []).removed == ("x",)
    assert board.update("workers", []).removed == ("tls://h:1",)


async def test_a_panel_hears_only_of_the_parts_it_watches(board):
    panel = watching(board, "objects")
    board.update("sessions", [{"name": "x"}])
    board.update("objects", [item("1")])
    assert await panel.get() == {
        "type": "delta",
        "part": "objects",
        "set": [item("1")],
        "removed": [],
    }


async def test_every_panel_has_a_queue_of_its_own(board):
    panels = [watching(board, "objects"), watching(board, "objects")]
    board.update("objects", [item("1")])
    assert [(await each.get())["part"] for each in panels] == ["objects", "objects"]


async def test_a_slow_panel_misses_nothing_though_its_queue_is_bounded(board):
    panel = watching(board, "objects")
    for number in range(10):
        board.update("objects", [item(str(number)), item("all", bytes=number)])
    seen, messages = {}, 0
    while list(seen.values()) != board.models("objects"):
        message, messages = await panel.get(), messages + 1
        if message["type"] == "state":
            seen = {each["id"]: each for each in message["objects"]}
        else:
            seen.update({each["id"]: each for each in message["set"]})
            for key in message["removed"]:
                del seen[key]
    assert messages <= 3


async def test_the_picture_holds_only_what_is_watched(board):
    board.update("sessions", [{"name": "x"}])
    board.update("objects", [item("1")])
    panel = watching(board, "sessions")
    panel.put_state()
    assert await panel.get() == {
        "type": "state",
        "sessions": [{"name": "x"}],
        "workers": [],
        "objects": [],
        "figures": [],
    }


def test_the_most_eager_panel_says_how_often_to_look(board):
    assert board.interval(2.0) == 2.0
    slow, fast = watching(board, "workers"), watching(board, "objects")
    slow.interval = 10.0
    assert board.interval(2.0) == 2.0, "the other one leaves it to the server"
    fast.interval = 5.0
    assert board.interval(2.0) == 5.0
    fast.parts = frozenset()
    assert board.interval(2.0) == 10.0


def test_what_is_watched_is_the_sum_over_all_panels(board):
    one = watching(board, "sessions")
    watching(board, "objects", "figures")
    assert board.watched == {"sessions", "objects", "figures"}
    board.unsubscribe(one)
    board.unsubscribe(one)
    assert board.watched == {"objects", "figures"}
