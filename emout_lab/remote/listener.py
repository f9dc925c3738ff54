"""What the thread that waits is told: what a program writes, and how far program or value are."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from emout_lab.engine.call import Program, Reply
from emout_lab.engine.transcript import Piece
from emout_lab.format import format_bytes
from emout_lab.remote.share import LINE


class Listener:
    """Shows what a program tells, in the thread and so in the cell that waits for it.

    Parameters
    ----------
    program : Program
        What is waited for.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._shown = 0
        self._progress: dict[str, Any] | None = None

    def tell(self, event: dict[str, Any]) -> None:
        """Take an event of the session; called from any thread."""
        if self._program.id == event.get("program") or self._program.client == event.get("client"):
            self._inbox.put(event)

    def wait(self, answer: Future[Any]) -> Any:
        """Show what comes until the answer is there, and return it."""
        answer.add_done_callback(self._inbox.put)
        while (event := self._inbox.get()) is not answer:
            if "piece" in event:
                self._show(event["number"], event["piece"])
            else:
                self._progress = event
                LINE.show(event["done"], event["total"], event["label"])
        return answer.result()

    def show_rest(self, reply: Reply) -> None:
        """Show what the reply brings and was not told before; the last events may come after it."""
        for number, piece in enumerate(reply.printed):
            self._show(number, piece)
        if reply.failure is not None:
            LINE.end()
        elif self._progress is not None and self._progress["done"] < self._progress["total"]:
            LINE.show(self._progress["total"], self._progress["total"], self._progress["label"])

    def _show(self, number: int, piece: Piece) -> None:
        if number < self._shown:
            return
        self._shown = number + 1
        for stream, text in piece:
            getattr(sys, stream).write(text)
            getattr(sys, stream).flush()


class Incoming:
    """Shows how far a value is that comes in pieces.

    Parameters
    ----------
    label : str
        What is done with it.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._inbox: SimpleQueue[Any] = SimpleQueue()

    def note(self, done: int, total: int) -> None:
        """Take how many bytes have come, of how many; called from any thread."""
        self._inbox.put((done, total))

    def wait(self, answer: Future[Any]) -> Any:
        """Show what comes until the answer is there, and return it."""
        answer.add_done_callback(self._inbox.put)
        LINE.end()
        try:
            while (event := self._inbox.get()) is not answer:
                done, total = event
                LINE.show(done, total, f"{self._label} {format_bytes(total)}")
        finally:
            LINE.end()
        return answer.result()
