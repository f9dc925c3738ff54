"""A long day's work leaves nothing behind in the engine, the host, the kernel and the server.

``make soak`` (or ``SOAK=long``) does the whole day's work, which takes an hour; without it there is
enough to see what is left of each operation, but not what fills a store that is bounded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from isolation import isolated_home

from . import loads
from .burden import Burden, slope
from .stage import Stage, stage

IS_LONG = os.environ.get("SOAK") == "long"
ROUNDS, WARM = (12, 5) if IS_LONG else (6, 1)
#: What goes on by itself, and each cell, leaves so many pieces of memory in a round and in a
#: second: Dask's records of the last hour, IPython's history.
BLOCKS_OF_A_ROUND, BLOCKS_OF_A_SECOND = 1000, 60
#: Pages come and go: so much more or less says nothing [bytes].
NOISE = 12_000_000
#: So many come and go; threads belong to pools that are bounded.
FEW = {"threads": 16, "files": 4, "sockets": 4}


@dataclass(frozen=True)
class Case:
    """A kind of work, how often it is done, and what each time may leave at most.

    ``filling`` counts pieces of memory while stores fill that are bounded, as they do in the
    short form, and ``settled`` in the long one; ``bytes`` is what may grow with each time there.
    """

    load: loads.Load
    short: int
    long: int
    filling: float
    bytes: float
    settled: float = 1.0


CASES = [
    Case(loads.figures, 200, 5_000, filling=60, bytes=3_000),
    Case(loads.expressions, 2_000, 50_000, filling=1, bytes=100),
    Case(loads.live_frames, 300, 5_000, filling=8, bytes=1_000),
    Case(loads.applies, 1_000, 20_000, filling=250, bytes=400),
    # So many points are few tasks: Dask's log of a thousand transitions is not full after them.
    Case(loads.sweep_points, 1_000, 20_000, filling=6, bytes=400, settled=2.0),
]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """All processes, which every kind of work burdens after the other."""
    with isolated_home(), stage(tmp_path_factory.mktemp("soak")) as found:
        yield found


@pytest.mark.timeout(7200 if IS_LONG else 300)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.load.__name__)
def test_a_long_day_leaves_nothing_behind(work: Stage, case: Case) -> None:
    count = (case.long if IS_LONG else case.short) // ROUNDS
    seen: list[dict[str, Burden]] = []
    begun = time.monotonic()
    for number in range(ROUNDS):
        case.load(work, count)
        seconds = (time.monotonic() - begun) / (number + 1)
        seen.append(work.burdens())
        if number == WARM:
            types = work.types()
            seen[-1] = work.burdens()
    faults = []
    for part in seen[0]:
        grown = growth([each[part] for each in seen[WARM:]], count, case, seconds)
        if grown:
            more = work.types()[part]
            more.subtract(types[part])
            faults.append(f"{part}: {', '.join(grown)}; most of it {more.most_common(8)}")
    assert not faults, "\n".join(faults)


def growth(seen: list[Burden], count: int, case: Case, seconds: float = 0.0) -> list[str]:
    """Tell what grows, round after round of so many operations that take so many seconds."""
    blocks = slope([each.blocks for each in seen], count)
    by_itself = BLOCKS_OF_A_ROUND + BLOCKS_OF_A_SECOND * seconds
    most = by_itself / count + (case.settled if IS_LONG else case.filling)
    found = [f"{blocks:.2f} pieces of memory each time, not {most:.2f}"] if blocks > most else []
    memory = slope([each.memory for each in seen], count)
    half = len(seen) // 2
    is_more = seen[-1].memory - max(each.memory for each in seen[:half]) > NOISE
    if IS_LONG and memory > case.bytes and is_more:
        found.append(f"{memory:.0f} bytes each time, not {case.bytes:.0f}")
    for name, few in FEW.items():
        counts = [getattr(each, name) for each in seen]
        if slope(counts, 1) >= 0.5 and max(counts[half:]) > max(counts[:half]) + few:
            found.append(f"{name} {counts}")
    return found
