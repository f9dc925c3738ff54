"""What is dropped of a client that has vanished."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DroppedObjects:
    """What a vanished client had left: number, memory and notebooks of its objects."""

    count: int
    bytes: int
    notebooks: tuple[str, ...]
