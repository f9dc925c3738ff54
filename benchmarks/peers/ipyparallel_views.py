"""ipyparallel at its own work, driven by lines on standard input.

Runs in an environment of its own, which has no emout_lab. Each line names an action; the answer is
one line of JSON: how long it took in seconds, or what was asked for.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import ipyparallel
import numpy as np
import psutil


def main() -> None:
    """Answer until standard input ends."""
    # Its own prints must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    start = time.perf_counter()
    cluster = ipyparallel.Cluster(n=2, log_level=40)
    client = cluster.start_and_connect_sync()
    client.wait_for_engines(2)
    client[:].apply_sync(int)
    seconds = time.perf_counter() - start
    actions = actions_of(client)
    print(json.dumps("ready"), file=answers, flush=True)
    try:
        for line in sys.stdin:
            name, _, calls = line.strip().partition(" ")
            found: Any = seconds if name == "start" else actions[name]()
            if calls:  # the first one is not counted
                found = [actions[name]() for _ in range(int(calls))]
            print(json.dumps(found), file=answers, flush=True)
    finally:
        cluster.stop_cluster_sync()


def actions_of(client: Any) -> dict[str, Callable[[], Any]]:
    """Return what can be asked of a client, by name."""
    one, both, balanced = client[0], client[:], client.load_balanced_view()
    actions: dict[str, Callable[[], Any]] = {
        "apply": lambda: timed(lambda: one.apply_sync(nothing)),
        "broadcast": lambda: timed(lambda: both.apply_sync(nothing)),
        "map": lambda: timed(lambda: both.map_sync(same, range(200))),
        "balanced": lambda: timed(lambda: balanced.map_sync(same, range(200))),
        "processes": processes,
    }
    for size in (1, 100):
        array = np.random.default_rng(0).random(size * 125_000)
        actions[f"push{size}"] = lambda a=array: timed(lambda: one.push({"a": a}, block=True))
        actions[f"pull{size}"] = lambda: timed(lambda: one.pull("a", block=True))
    return actions


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def processes() -> tuple[int, int]:
    """Return the number of the cluster's processes, and the memory that is theirs alone [B]."""
    found = psutil.Process().children(recursive=True)
    return len(found), sum(each.memory_full_info().uss for each in found)


def nothing() -> None:
    """Do nothing."""


def same(value: int) -> int:
    """Do nothing with a value."""
    return value


if __name__ == "__main__":
    main()
