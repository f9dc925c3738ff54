"""Rows of the benchmark table, and how they are measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured quantity and its budget.

    ``is_met`` is None where the budget is no number.
    """

    what: str
    measured: str
    budget: str = ""
    is_met: bool | None = None


def milliseconds(seconds: float) -> str:
    """Return a time as text, in seconds where it is long."""
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def at_most(budget: float, what: str, ours: float, other: float) -> Row:
    """Make the row of a ratio of our time to another, which must not be above a budget."""
    ratio = ours / other
    measured = f"{ratio:.2f} ({milliseconds(ours)} / {milliseconds(other)})"
    return Row(what, measured, f"ratio <= {budget:.2f}", ratio <= budget)


def at_least(budget: float | None, what: str, ours: float, other: float) -> Row:
    """Make the row that tells how many times as fast we are; without a budget, only that."""
    times = other / ours
    measured = f"{times:.1f} times as fast ({milliseconds(ours)} / {milliseconds(other)})"
    if budget is None:
        return Row(what, measured)
    return Row(what, measured, f">= {budget:g} times", times >= budget)


def interleaved(*actions: Callable[[], object], rounds: int = 15) -> list[float]:
    """Return the median time of each action in seconds, measured in turns.

    Turns share out what else the machine does, so that the ratio of two medians means something.
    """
    times: list[list[float]] = [[] for _ in actions]
    for action in actions:
        action()
    for _ in range(rounds):
        for action, found in zip(actions, times, strict=True):
            start = time.perf_counter()
            action()
            found.append(time.perf_counter() - start)
    return [statistics.median(found) for found in times]


def times(action: Callable[[], object], calls: int) -> list[float]:
    """Return how long each of several calls takes in seconds; one before them is not counted."""
    found = []
    for _ in range(calls + 1):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return found[1:]


def show(rows: list[Row]) -> None:
    """Print the table and what it comes to."""
    width = max(len(row.what) for row in rows)
    measured = max(len(row.measured) for row in rows)
    for row in rows:
        verdict = {None: "", True: "met", False: "MISSED"}[row.is_met]
        print(f"{row.what:<{width}}  {row.measured:<{measured}}  {row.budget:<14} {verdict}")
    verdicts = [row.is_met for row in rows if row.is_met is not None]
    missed = verdicts.count(False)
    print(f"\n{len(verdicts) - missed} of {len(verdicts)} budgets met.")
