"""What a process holds, and by how much more with each operation."""

from __future__ import annotations

import os
import stat
import statistics
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

KIB = 1024


@dataclass(frozen=True)
class Burden:
    """What a process holds.

    ``memory`` is what it shares with nobody [bytes]; ``blocks`` counts the pieces of memory that
    its Python objects take, which is exact where memory is coarse.
    """

    memory: int
    blocks: int
    threads: int
    files: int
    sockets: int


def burden(pid: int, blocks: int) -> Burden:
    """Return what a process holds now."""
    kinds = [_is_socket(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    return Burden(
        memory=private_memory(pid),
        blocks=blocks,
        threads=len(list(Path(f"/proc/{pid}/task").iterdir())),
        files=kinds.count(False),
        sockets=kinds.count(True),
    )


def private_memory(pid: int) -> int:
    """Return what a process shares with nobody [bytes]."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    values = {name: int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
    return KIB * sum(values[f"Private_{kind}"] for kind in ("Clean", "Dirty"))


def slope(values: list[float], step: float) -> float:
    """Return by how much values grow with each operation, ``step`` operations apart.

    The median over all pairs (Theil and Sen): a third of the values may lie anywhere.

    Examples
    --------
    >>> slope([5, 7, 900, 11, 13], step=2)
    1.0
    """
    pairs = combinations(enumerate(values), 2)
    return statistics.median((b - a) / (step * (j - i)) for (i, a), (j, b) in pairs)


def _is_socket(entry: Path) -> bool | None:
    try:
        return stat.S_ISSOCK(os.stat(entry).st_mode)
    except OSError:
        return None  # closed meanwhile
