"""Views of two engines: calls, arrays and maps, against ipyparallel's in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psutil
import table
from setting import PEERS, Peer, Setting, peer
from table import Median, Row, at_least, milliseconds

from emout_lab import parallel, sessions

NAME = "views"
#: Calls at a time, turns, and the rest between them.
CALLS = {"push100": 1, "pull100": 1, "balanced": 1, "map": 3}
ROUNDS, REST_S = 6, 0.2
#: What is measured, and how many times as fast as ipyparallel it shall be.
BUDGETS = {
    "apply": (2, "a call that does nothing, on one engine"),
    "broadcast": (None, "  on two engines"),
    "push1": (1.5, "push of 1 MB"),
    "pull1": (1.5, "pull of 1 MB"),
    "push100": (1.5, "push of 100 MB"),
    "pull100": (1.5, "pull of 100 MB"),
    "map": (1.5, "map of 200 over two engines"),
    "balanced": (5, "  load-balanced"),
}


def measure(setting: Setting) -> list[Row]:
    """Start two engines, and ipyparallel's two, and let both do the same in turns."""
    start = time.perf_counter()
    with two_engines() as client:
        client[:].apply_sync(int)
        seconds = time.perf_counter() - start
        with peer(setting.peers, PEERS / "ipyparallel_views.py") as other:
            before = [started(seconds, other), *idle(other)]
            actions = actions_of(client)
            return [compared(name, actions[name], other) for name in BUDGETS] + before


def started(seconds: float, other: Peer | None) -> Row:
    """Tell how long it took from nothing to a result of both engines."""
    what = "two engines from nothing to a result"
    if other is None:
        return Row(what, milliseconds(seconds))
    return at_least(2, what, seconds, other.run("start"))


@contextmanager
def two_engines() -> Iterator[parallel.Client]:
    """Start a session of two engines of one core each, and stop it."""
    sessions.start(name=NAME, backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    try:
        sessions.wait_for_workers(NAME, n=2, timeout=120)
        with parallel.Client(NAME) as client:
            yield client
            client.session.close()
    finally:
        sessions.stop(NAME)


def actions_of(client: parallel.Client) -> dict[str, Callable[[], object]]:
    """Return what ipyparallel does under the same names."""
    one, both, balanced = client[0], client[:], client.load_balanced_view()
    actions: dict[str, Callable[[], object]] = {
        "apply": lambda: one.apply_sync(nothing),
        "broadcast": lambda: both.apply_sync(nothing),
        "map": lambda: both.map_sync(same, range(200)),
        "balanced": lambda: balanced.map_sync(same, range(200)),
    }
    for size in (1, 100):
        array = np.random.default_rng(0).random(size * 125_000)
        actions[f"push{size}"] = lambda a=array: one.push({"a": a}, block=True)
        actions[f"pull{size}"] = lambda: one.pull("a", block=True)
    return actions


def compared(name: str, action: Callable[[], object], other: Peer | None) -> Row:
    """Measure an action, in turns with the peer where there is one: a few calls, a rest, theirs.

    The rest lets end what a system does when its answer is there already.
    """
    ours: list[float] = []
    theirs: list[float] = []
    calls = CALLS.get(name, 10)
    for _ in range(ROUNDS):
        ours += table.times(action, calls)
        time.sleep(REST_S)
        if other is not None:
            theirs += other.run(f"{name} {calls}")
            time.sleep(REST_S)
    budget, what = BUDGETS[name]
    if not theirs:
        return Row(what, milliseconds(Median.of(ours)))
    return at_least(budget, what, Median.of(ours), Median.of(theirs))


def idle(other: Peer | None) -> list[Row]:
    """Count the processes of the idle session, and the memory that is theirs alone."""
    host = psutil.Process(sessions.get(NAME).pid)
    found = [host, *host.children(recursive=True)]
    memory = sum(each.memory_full_info().uss for each in found)
    if other is None:
        return [Row("idle processes and memory", f"{len(found)}, {memory / 1e6:.0f} MB")]
    number, size = other.run("processes")
    return [
        less_than_half("idle processes", len(found), number, ""),
        less_than_half("  their memory", round(memory / 1e6), round(size / 1e6), " MB"),
    ]


def less_than_half(what: str, ours: int, theirs: int, unit: str) -> Row:
    """Make the row of a number that shall be less than half of the peer's."""
    is_met = 2 * ours < theirs
    return Row(what, f"{ours}{unit}", "< half", is_met, f"{theirs}{unit}", theirs / ours)


def nothing() -> None:
    """Do nothing."""


def same(value: Any) -> Any:
    """Do nothing with a value."""
    return value
