"""A program between its sender and its engine."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from emout_lab.client.output import Receiver
from emout_lab.engine.protocol import Program, Reply


class CodeUpdates(Protocol):
    """Knows what an engine was told of the user's own modules."""

    def added(self, program: Program, address: str, *, is_all: bool = False) -> Program:
        """Return a program with what the engine at an address was not told yet."""


@dataclass(eq=False)
class Submission:
    """A program that was sent, or is to be sent when the one ``before`` it has come.

    ``address`` is where it goes, once that is known; ``has_come`` tells that what is sent now will
    begin after it, ``is_given_up`` that it was cancelled and nobody waits for its reply any more.
    """

    program: Program
    address: str | None
    listener: Receiver | None
    before: Submission | None = None
    answer: Future[Reply] | None = None
    is_sent: bool = False
    has_come: bool = False
    is_over: bool = False
    is_cancelled: bool = False
    is_given_up: bool = False

    def awaited(self) -> Submission | None:
        """Return the program that must come first; None where this one may be sent.

        One that was cancelled orders nothing: its engine may stand still.
        """
        before = self.before
        while before is not None and before.is_cancelled:
            before = before.before
        if self.is_cancelled or before is None or before.is_over or before.has_come:
            return None
        return before

    def note_sent(self, is_in_order: bool) -> None:
        """Take notice that it was sent, and whether what is sent now will begin after it."""
        self.is_sent, self.has_come = True, is_in_order
