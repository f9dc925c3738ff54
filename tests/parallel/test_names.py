"""Names on engines: listed for the panel, one world with refs and cells, freed when they go."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import numpy as np
import psutil
import pytest
from waiting import wait_until

import emout_lab
from emout_lab import parallel, sessions
from emout_lab.client import aio as engines
from emout_lab.engine.snapshot import EngineSnapshot, ObjectInfo
from emout_lab.remote.session import Session

Snapshots = dict[str, EngineSnapshot]


def snapshots(client: parallel.Client, known: Snapshots | None = None) -> Snapshots:
    """What the panel's server asks of the engines, by their names."""
    dask = client.session.client
    of_before = {each.address: each for each in (known or {}).values()}
    found = dask.sync(engines.snapshots, dask, of_before)
    return {each.engine: each for each in found.values()}


def names(client: parallel.Client, engine: str) -> dict[str, ObjectInfo]:
    return {each.expression: each for each in snapshots(client)[engine].objects if each.is_name}


def address_of(client: parallel.Client, engine: str) -> str:
    return snapshots(client)[engine].address


def invoke(client: parallel.Client, engine: str, verb: str, *args: Any) -> Any:
    """Do what the panel's server does when a button is pressed."""
    dask = client.session.client
    return dask.sync(engines.invoke, dask, address_of(client, engine), verb, *args)


def test_pushed_names_are_listed_with_size_engine_by_engine(client, view, typed):
    view["a"] = np.zeros(1_000_000)
    client[0]["n"] = 5
    view.apply_sync(typed("def f():\n    global made\n    made = [1, 2, 3]")["f"])
    view.push({"run": "three"}, block=True)
    found = names(client, "0"), names(client, "1")
    assert [set(each) for each in found] == [{"a", "n", "made", "run"}, {"a", "made", "run"}]
    a = found[0]["a"]
    assert (a.type, a.shape, a.dtype, a.bytes) == ("ndarray", (1_000_000,), "float64", 8_000_000)
    assert found[0]["n"].value == "5"
    assert found[1]["run"].value == "'three'"
    assert len({each.id for part in found for each in part.values()}) == 7


def test_a_name_deleted_in_the_panel_is_not_defined_any_more_on_that_engine(client, view):
    view["a"] = np.zeros(1000)
    invoke(client, "0", "drop", [names(client, "0")["a"].id])
    assert "a" not in names(client, "0")
    with pytest.raises(NameError, match="a"):
        client[0]["a"]
    assert client[1]["a"].shape == (1000,)


def test_names_that_stay_the_same_are_not_sent_again(client, view):
    view.push({f"n{i}": i for i in range(1000)}, block=True)
    first = snapshots(client)
    view.apply_sync(abs, -1)
    view.push({"n5": 5}, block=True)
    again = snapshots(client, first)
    # What did not travel is the very same.
    assert [again[name].objects is first[name].objects for name in ("0", "1")] == [True, True]
    client[0]["n3"] = -3
    again = snapshots(client, first)
    assert [again[name].objects is first[name].objects for name in ("0", "1")] == [False, True]


def test_what_grew_in_place_is_seen_although_nothing_runs_any_more(client, view, typed):
    view["a"] = {"inner": []}
    grow = typed("def f(n):\n    a['inner'].extend([0.5] * n)")["f"]
    view.apply_sync(grow, 10)
    view.apply_sync(grow, 200_000)
    wait_until(lambda: (names(client, "1")["a"].bytes or 0) > 1_600_000)


def test_refs_are_arguments_of_views_on_their_own_engine_and_on_others(client, view):
    ref = client.session.engine("0").open("numpy:arange", 5.0)
    assert view.apply_sync(np.sum, ref) == [10.0, 10.0]
    assert client[1].apply_sync(len, [ref, ref + 1]) == 2
    view.push({"mine": ref}, block=True)
    assert [list(each) for each in view["mine"]] == [[0, 1, 2, 3, 4]] * 2


def test_names_of_views_are_refs_of_the_session(client, view):
    view["a"] = np.arange(4.0)
    ref = client.session.engine("1")["a"]
    assert float((ref * 2).sum()) == 12.0
    again = emout_lab.connect(name=client.session.name).engine("0")["a"]
    assert float(again[3]) == 3.0
    assert view.apply_sync(np.max, ref) == [3.0, 3.0]


def test_cells_and_views_share_their_names(client, view):
    engine = client.session.engine("0")
    client[0]["x"] = 20
    engine.run("y = x + 1")
    assert client[0]["y"] == 21
    engine["z"] = 22
    assert client[0]["z"] == 22
    del client[0]["y"]
    with pytest.raises(NameError):
        engine.run("y")


def test_names_go_with_their_client_on_all_engines(client, view, pair):
    view["mine"] = 1
    before = [each.memory_objects for each in snapshots(client).values()]
    with closing(Session(sessions.connect(pair), pair)) as other:
        parallel.Client(other)[:].push({"theirs": np.ones(6_000_000)}, block=True)
        assert {"mine", "theirs"} <= set(names(client, "0"))
        assert client[0].apply_sync(abs, -1) == 1
        with pytest.raises(NameError):
            client[0]["theirs"]
    wait_until(lambda: "theirs" not in {*names(client, "0"), *names(client, "1")})
    after = [each.memory_objects for each in snapshots(client).values()]
    assert after == pytest.approx(before, abs=1e6)
    assert view["mine"] == [1, 1]


def test_memory_of_a_name_is_freed_when_it_is_deleted(client):
    view = client[1]
    process = psutil.Process(snapshots(client)["1"].pid)
    view["a"] = np.ones(1000)
    before = process.memory_info().rss
    view["a"] = np.ones(8_000_000)
    assert process.memory_info().rss - before > 60e6
    del view["a"]
    assert process.memory_info().rss - before < 20e6
    view["a"] = np.ones(8_000_000)
    view["a"] = 1
    assert process.memory_info().rss - before < 20e6


def long_request(client: parallel.Client, typed: Callable[[str], Any]) -> Any:
    """Start a request that takes long in Python, and return it once it runs on engine 0."""
    source = "def wait_long():\n    import time\n    while True:\n        time.sleep(0.01)"
    result = client[0].apply_async(typed(source)["wait_long"])
    wait_until(lambda: snapshots(client)["0"].current is not None)
    return result


def test_the_panel_shows_what_a_request_does_and_interrupts_it(client, view, typed):
    result = long_request(client, typed)
    now = snapshots(client)["0"].current
    assert now is not None
    assert now.label.startswith("wait_long")
    assert [now.program] == result.msg_ids
    waiting = client[0].apply_async(abs, -2)
    invoke(client, "0", "interrupt", now.program)
    with pytest.raises(parallel.RemoteError, match="KeyboardInterrupt"):
        result.get(timeout=20)
    assert waiting.get(timeout=20) == 2
    assert snapshots(client)["0"].current is None


def test_progress_of_a_request_is_shown(client, view, typed):
    source = (
        "def steps():\n    import time\n    from emout_lab.engine.output.topics import report\n"
        "    for i in range(10**6):\n        report(i, 10**6, 'steps')\n        time.sleep(0.01)"
    )
    result = client[0].apply_async(typed(source)["steps"])
    wait_until(lambda: snapshots(client)["0"].progress is not None)
    invoke(client, "0", "interrupt")
    with pytest.raises(parallel.RemoteError):
        result.get(timeout=20)
