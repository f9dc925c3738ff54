"""What the thread that waits is told: what a program writes, and how far program or value are."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

from emout_lab.client.progress_line import LINE
from emout_lab.engine.protocol import FIGURE, Piece, Reply, Shown
from emout_lab.format import format_bytes

#: So often a thread that waits for an answer wakes [s].
WAKE_S = 1.0


class Listener:
    """Shows what a program tells, in the thread and so in the cell that waits for it.

    Parameters
    ----------
    fetch : callable, optional
        Returns a figure that the program has shown, by its mark; None where it is not to be had
        before the reply.
    show : callable, optional
        Shows such a figure, in the place where the program has shown it.
    """

    def __init__(
        self,
        fetch: Callable[[str], Shown | None] | None = None,
        show: Callable[[Shown], None] | None = None,
    ) -> None:
        self._fetch = fetch
        self._show_figure = show
        self._figures: dict[str, Shown] = {}
        self._is_held = False
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._shown = 0
        self._progress: dict[str, Any] | None = None

    def tell(self, event: dict[str, Any]) -> None:
        """Take what the program tells while it runs; called from any thread."""
        self._inbox.put(event)

    def note(self, text: str) -> None:
        """Take a line about what keeps the answer waiting; called from any thread."""
        self._inbox.put({"note": text})

    def note_bytes(self, done: int, total: int) -> None:
        """Take how many bytes of a value have come, of how many; called from any thread."""
        label = f"fetching {format_bytes(total)}"
        self._inbox.put({"done": done, "total": total, "label": label})

    def wait(self, answer: Future[Any]) -> Any:
        """Show what comes until the answer is there, and return it."""
        answer.add_done_callback(self._inbox.put)
        while (event := self._next_event()) is not answer:
            if "note" in event:
                LINE.end()
                sys.stderr.write(event["note"] + "\n")
                sys.stderr.flush()
            elif "piece" in event:
                self._show_early(event["number"], event["piece"])
            else:
                self._progress = event
                LINE.show(event["done"], event["total"], event["label"], event.get("detail", ""))
        return answer.result()

    def _next_event(self) -> Any:
        while True:
            # An interrupt that the system gave to another thread is raised when this one wakes.
            with contextlib.suppress(Empty):
                return self._inbox.get(timeout=WAKE_S)

    def show_rest(self, reply: Reply) -> None:
        """Show what the reply brings and was not told before; the last events may come after it."""
        self._figures |= {each.mark: each for each in reply.shown}
        for number, piece in enumerate(reply.printed):
            self._show(number, piece)
        if reply.failure is not None:
            LINE.end()
        elif self._progress is not None and self._progress["done"] < self._progress["total"]:
            LINE.show(self._progress["total"], self._progress["total"], self._progress["label"])

    def _show_early(self, number: int, piece: Piece) -> None:
        """Show a piece before the reply, unless a figure in it is not to be had yet."""
        for stream, mark in piece:
            if stream == FIGURE and mark not in self._figures and not self._is_held:
                found = None if self._fetch is None else self._fetch(mark)
                self._is_held = found is None
                self._figures |= {} if found is None else {mark: found}
        if not self._is_held:
            self._show(number, piece)

    def _show(self, number: int, piece: Piece) -> None:
        if number < self._shown:
            return
        self._shown = number + 1
        for stream, text in piece:
            if stream != FIGURE:
                getattr(sys, stream).write(text)
                getattr(sys, stream).flush()
            elif (shown := self._figures.pop(text, None)) is not None:
                LINE.end()
                if self._show_figure is not None:
                    self._show_figure(shown)
