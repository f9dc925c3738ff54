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


def show(rows: list[Row]) -> None:
    """Print the table."""
    width = max(len(row.what) for row in rows)
    measured = max(len(row.measured) for row in rows)
    for row in rows:
        verdict = {None: "", True: "met", False: "MISSED"}[row.is_met]
        print(f"{row.what:<{width}}  {row.measured:<{measured}}  {row.budget:<14} {verdict}")
