"""Rows of the benchmark table, and how they are measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class Median(float):
    """The median of measured times [s], which knows how far they lie apart.

    ``spread`` is half the distance between the quartiles as a share of the median; 0 for one time.
    """

    spread: float = 0.0

    @classmethod
    def of(cls, found: Sequence[float]) -> Median:
        """Return the median of some times.

        >>> Median.of([0.9, 1.0, 1.1]).spread
        0.1
        """
        middle = cls(statistics.median(found))
        if len(found) > 1:
            low, _, high = statistics.quantiles(found, n=4)
            middle.spread = round((high - low) / 2 / middle, 3)
        return middle


@dataclass(frozen=True)
class Row:
    """One measured quantity, what was measured beside it in the same run, and its budget.

    ``is_met`` is None where the budget is no number; ``times`` is how many times as good as the
    other it is (as fast, as few), None where there is no other.
    """

    what: str
    measured: str
    budget: str = ""
    is_met: bool | None = None
    beside: str = ""
    times: float | None = None


def milliseconds(seconds: float) -> str:
    """Return a time as text, in seconds where it is long, with its spread if it has one."""
    text = f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
    spread = getattr(seconds, "spread", 0.0)
    return f"{text} ± {spread:.0%}" if spread else text


def at_most(budget: float, what: str, ours: float, other: float) -> Row:
    """Make the row of a ratio of our time to another, which must not be above a budget."""
    is_met = ours <= budget * other
    text = f"ratio <= {budget:.2f}"
    return Row(what, milliseconds(ours), text, is_met, milliseconds(other), other / ours)


def at_least(budget: float | None, what: str, ours: float, other: float) -> Row:
    """Make the row that tells how many times as fast we are; without a budget, only that."""
    beside, times = milliseconds(other), other / ours
    if budget is None:
        return Row(what, milliseconds(ours), beside=beside, times=times)
    text = f">= {budget:g} times"
    return Row(what, milliseconds(ours), text, times >= budget, beside, times)


def interleaved(*actions: Callable[[], object], rounds: int = 15) -> list[Median]:
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
    return [Median.of(found) for found in times]


def times(action: Callable[[], object], calls: int) -> list[float]:
    """Return how long each of several calls takes in seconds; one before them is not counted."""
    found = []
    for _ in range(calls + 1):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return found[1:]


def verdict(row: Row) -> str:
    """Return whether a budget is met, as a word."""
    return {None: "", True: "met", False: "MISSED"}[row.is_met]


def total(rows: Sequence[Row]) -> str:
    """Return how many budgets are met."""
    verdicts = [row.is_met for row in rows if row.is_met is not None]
    return f"{verdicts.count(True)} of {len(verdicts)} budgets met."


def cells(row: Row) -> tuple[str, ...]:
    """Return what a table says of a row."""
    times = "" if row.times is None else f"{row.times:.2f}"
    return row.what, row.measured, row.beside, times, row.budget, verdict(row)


HEADINGS = ("what", "measured", "beside it", "times as good", "budget", "")


def show(rows: Sequence[Row]) -> None:
    """Print the table and what it comes to."""
    lines = [HEADINGS, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    print(f"\n{total(rows)}")
