"""The numbers by which views know engines: never given twice in a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Scheduler


@dataclass(frozen=True, slots=True)
class NumberedEngine:
    """An engine that is there.

    Attributes
    ----------
    number : int
        What views know it by; an engine that takes its place has another one.
    name, address : str
        What everybody else knows it by.
    uuid : str
        What tells its process from all others.
    """

    number: int
    name: str
    address: str
    uuid: str


class EngineNumbers:
    """Gives each engine of a scheduler a number when it comes."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._given: set[int] = set()

    def note_engine(self, name: str, address: str) -> None:
        """Give an engine its own number, which is its name where that is one and new."""
        if address in self._numbers:
            return
        number = int(name) if name.isdecimal() else 0
        while number in self._given:
            number += 1
        self._given.add(number)
        self._numbers[address] = number

    def note_gone(self, address: str) -> None:
        """Forget one that is gone, but not its number."""
        self._numbers.pop(address, None)

    def engines(self, scheduler: Scheduler) -> list[NumberedEngine]:
        """Return the engines by their numbers."""
        found = [
            NumberedEngine(number, str(worker.name), address, str(worker.server_id))
            for address, number in self._numbers.items()
            if (worker := scheduler.workers.get(address)) is not None
        ]
        return sorted(found, key=lambda each: each.number)
