"""The delta logic: what panels hear of a change, and what a slow one gets instead."""

import asyncio
import logging

import pytest

from emout_lab.engine.snapshot import EngineSnapshot, ObjectInfo
from emout_lab.errors import TooLarge
from emout_lab.server.monitor import Monitor, MonitorOptions
from emout_lab.server.snapshot_collector import MOST_OBJECTS
from emout_lab.server.state_store import StateStore


@pytest.fixture
def store():
    return StateStore(queue_limit=3)


def watching(store, *parts):
    subscription = store.subscribe()
    subscription.parts = frozenset(parts)
    return subscription


def item(key, session="a", **more):
    return {"id": key, "session": session, **more}


def test_the_first_models_are_all_new(store):
    delta = store.update("objects", [item("1"), item("2")])
    assert [each["id"] for each in delta.set] == ["1", "2"]
    assert delta.removed == ()


def test_nothing_changed_is_no_delta(store):
    store.update("objects", [item("1")])
    assert store.update("objects", [item("1")]) is None


def test_a_delta_holds_only_what_differs(store):
    store.update("objects", [item("1"), item("2"), item("3")])
    delta = store.update("objects", [item("1"), item("2", bytes=5)])
    assert delta.set == (item("2", bytes=5),)
    assert delta.removed == ("3",)
    assert store.models("objects") == [item("1"), item("2", bytes=5)]


def test_models_of_other_sessions_stay(store):
    store.update("objects", [item("1")], session="a")
    store.update("objects", [item("2", "b")], session="b")
    delta = store.update("objects", [], session="a")
    assert delta.removed == ("1",)
    assert store.models("objects") == [item("2", "b")]
    assert store.models("objects", "b") == [item("2", "b")]
    assert store.models("objects", "a") == []


def test_each_part_has_its_own_key(store):
    store.update("sessions", [{"name": "x"}])
    store.update("workers", [{"address": "tls://h:1", "session": "x"}])
    assert store.update("sessions", []).removed == ("x",)
    assert store.update("workers", []).removed == ("tls://h:1",)


async def test_a_panel_hears_only_of_the_parts_it_watches(store):
    panel = watching(store, "objects")
    store.update("sessions", [{"name": "x"}])
    store.update("objects", [item("1")])
    assert await panel.get() == {
        "type": "delta",
        "part": "objects",
        "set": [item("1")],
        "removed": [],
    }


async def test_every_panel_has_a_queue_of_its_own(store):
    panels = [watching(store, "objects"), watching(store, "objects")]
    store.update("objects", [item("1")])
    assert [(await each.get())["part"] for each in panels] == ["objects", "objects"]


async def test_a_slow_panel_misses_nothing_though_its_queue_is_bounded(store):
    panel = watching(store, "objects")
    for number in range(10):
        store.update("objects", [item(str(number)), item("all", bytes=number)])
    seen, messages = {}, 0
    while list(seen.values()) != store.models("objects"):
        message, messages = await panel.get(), messages + 1
        if message["type"] == "state":
            seen = {each["id"]: each for each in message["objects"]}
        else:
            seen.update({each["id"]: each for each in message["set"]})
            for key in message["removed"]:
                del seen[key]
    assert messages <= 3


async def test_the_picture_holds_only_what_is_watched(store):
    store.update("sessions", [{"name": "x"}])
    store.update("objects", [item("1")])
    panel = watching(store, "sessions")
    panel.put_state()
    assert await panel.get() == {
        "type": "state",
        "sessions": [{"name": "x"}],
        "workers": [],
        "objects": [],
        "figures": [],
        "sweeps": [],
    }


def test_the_most_eager_panel_says_how_often_to_look(store):
    assert store.interval(2.0) == 2.0
    slow, fast = watching(store, "workers"), watching(store, "objects")
    slow.interval = 10.0
    assert store.interval(2.0) == 2.0, "the other one leaves it to the server"
    fast.interval = 5.0
    assert store.interval(2.0) == 5.0
    fast.parts = frozenset()
    assert store.interval(2.0) == 10.0


def test_what_is_watched_is_the_sum_over_all_panels(store):
    one = watching(store, "sessions")
    watching(store, "objects", "figures")
    assert store.watched == {"sessions", "objects", "figures"}
    store.unsubscribe(one)
    store.unsubscribe(one)
    assert store.watched == {"objects", "figures"}


async def test_a_panel_is_told_once_what_an_engine_did_before():
    now = [1000.0]
    store = StateStore(queue_limit=3, clock=lambda: now[0])

    def row(cpu):
        return {"address": "tls://h:1", "session": "a", "cpu": cpu}

    store.record_cpu([row(70.0)])
    now[0] += 2
    panel = watching(store, "workers")
    store.update("workers", [row(70.0)])
    (first,) = (await panel.get())["set"]
    assert first["cpu_history"][-1] == 70.0
    store.record_cpu([row(20.0)])
    store.update("workers", [row(20.0)])
    assert (await panel.get())["set"] == [row(20.0)]
    now[0] += 2
    # A page that loads anew comes when nobody has looked for a moment.
    store.update("workers", [])
    await panel.get()
    store.update("workers", [row(20.0)])
    (again,) = (await panel.get())["set"]
    assert again["cpu_history"][-1] == 20.0
    panel.put_state()
    (known,) = (await panel.get())["workers"]
    assert len(known["cpu_history"]) == 60


def test_a_panel_sees_the_newest_of_a_million_objects_and_is_told_of_the_others():
    collector, store = a_collector()
    each = MOST_OBJECTS // 4
    collector.take("a", [an_engine(n, 3 * each) for n in range(2)], 0)
    assert len(store.models("objects")) == MOST_OBJECTS
    assert {m["id"] for m in store.models("objects")} >= {f"1-{3 * each - 1}", f"0-{each}"}
    with pytest.raises(TooLarge, match=f"{2 * each:,} older ones are not listed"):
        asyncio.run(collector.require_all_objects("a"))
    collector.take("a", [an_engine(0, each)], 0)
    asyncio.run(collector.require_all_objects("a"))
    assert len(store.models("objects")) == each


def a_collector():
    options = MonitorOptions(2.0, 30.0, 5.0, 0, 256)
    monitor = Monitor(options, logging.getLogger())
    return monitor.collector, monitor.store


def an_engine(number, objects):
    told = tuple(
        ObjectInfo(f"{number}-{n}", None, None, "x", "int", None, None, 28, float(n))
        for n in range(objects)
    )
    address = f"tls://h:{number}"
    return EngineSnapshot(str(number), address, "h", 1, True, 1, 2, 1, 0.0, None, told)
