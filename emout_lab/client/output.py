"""What the thread that waits is told: what a program writes, and how far program or value are."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

from emout_lab.client.progress_line import LINE
from emout_lab.engine.protocol import DISPLAY, FIGURE, Display, Piece, Reply, Shown
from emout_lab.engine.serialization import unpack
from emout_lab.format import format_bytes

#: So often a thread that waits for an answer wakes [s].
WAKE_S = 1.0
#: What stands between the texts of a program.
Item = Shown | Display
#: Returns an item by its mark before the reply has come; None where it is not to be had.
Fetch = Callable[[str], Item | None]


class Receiver:
    """Is told what a program does while it runs; from any thread."""

    def tell(self, event: dict[str, Any]) -> None:
        """Take what the program tells: a piece of what it writes, or how far it is."""
        raise NotImplementedError

    def note(self, text: str) -> None:
        """Take a line about what keeps the answer waiting."""
        self.tell({"note": text})

    def note_bytes(self, done: int, total: int) -> None:
        """Take how many bytes of a value have come, of how many."""
        label = f"fetching {format_bytes(total)}"
        self.tell({"done": done, "total": total, "label": label})


class Pieces:
    """Gives what a program writes in its order and once, however its pieces come.

    Parameters
    ----------
    fetch : callable, optional
        Returns what is shown in a piece and has not come with it. Where it is not to be had, that
        piece waits for the reply, and all that follow.

    Examples
    --------
    >>> pieces = Pieces()
    >>> pieces.add(1, (("stdout", "b"),)); list(pieces.ready())
    []
    >>> pieces.add(0, (("stdout", "a"),)); list(pieces.ready())
    [('stdout', 'a'), ('stdout', 'b')]
    """

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch
        self._coming: dict[int, Piece] = {}
        self._items: dict[str, Item] = {}
        self._next = 0
        self._is_whole = False

    def add(self, number: int, piece: Piece, items: Iterable[Item] = ()) -> None:
        """Take a piece, and what is shown in it, as far as that is known."""
        if number >= self._next:
            self._coming[number] = piece
        self._items |= {each.mark: each for each in items}

    def add_event(self, event: dict[str, Any]) -> None:
        """Take a piece as the engine has sent it."""
        packed = event.get("displays")
        self.add(event["number"], event["piece"], () if packed is None else unpack(packed))

    def add_reply(self, reply: Reply) -> None:
        """Take all that was written: nothing else will come."""
        for number, piece in enumerate(reply.printed):
            self.add(number, piece)
        items: list[Item] = [*reply.shown, *reply.displays]
        self._items |= {each.mark: each for each in items}
        self._is_whole = True

    def ready(self) -> Iterator[tuple[str, str | Item]]:
        """Give what comes next, as far as it is here: texts with their stream, and items."""
        while (piece := self._coming.get(self._next)) is not None and self._has_all(piece):
            del self._coming[self._next]
            self._next += 1
            for stream, text in piece:
                if stream not in (FIGURE, DISPLAY):
                    yield stream, text
                elif (item := self._items.pop(text, None)) is not None:
                    if not (isinstance(item, Display) and item.kind == "gone"):
                        yield stream, item

    def missing(self) -> list[str]:
        """Return the marks of what keeps the next piece, and all that follow, from being given."""
        piece = () if self._is_whole else self._coming.get(self._next, ())
        return [mark for mark in _marks(piece) if mark not in self._items]

    def supply(self, item: Item) -> None:
        """Take what a piece needs that has come without it."""
        self._items[item.mark] = item

    def _has_all(self, piece: Piece) -> bool:
        for mark in _marks(piece):
            if self._is_whole or mark in self._items:
                continue
            found = None if self._fetch is None else self._fetch(mark)
            if found is None:
                self._fetch = None  # the program is over: the reply is on its way
                return False
            self._items[mark] = found
        return True


def _marks(piece: Piece) -> list[str]:
    return [text for stream, text in piece if stream in (FIGURE, DISPLAY)]


class Listener(Receiver):
    """Shows what a program tells, in the thread and so in the cell that waits for it.

    Parameters
    ----------
    fetch : callable, optional
        Returns what the program has shown, by its mark; None where it is not to be had before the
        reply.
    show : callable, optional
        Shows such a figure or display, in the place where the program has shown it.
    """

    def __init__(
        self, fetch: Fetch | None = None, show: Callable[[Item], None] | None = None
    ) -> None:
        self._show_item = show
        self._pieces = Pieces(fetch)
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._progress: dict[str, Any] | None = None

    def tell(self, event: dict[str, Any]) -> None:
        """Take what the program tells while it runs; called from any thread."""
        self._inbox.put(event)

    def wait(self, answer: Future[Any]) -> Any:
        """Show what comes until the answer is there, and return it."""
        answer.add_done_callback(self._inbox.put)
        while (event := self._next_event()) is not answer:
            if "note" in event:
                LINE.end()
                sys.stderr.write(event["note"] + "\n")
                sys.stderr.flush()
            elif "piece" in event:
                self._pieces.add_event(event)
                self._show_ready()
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
        self._pieces.add_reply(reply)
        self._show_ready()
        if reply.failure is not None:
            LINE.end()
        elif self._progress is not None and self._progress["done"] < self._progress["total"]:
            LINE.show(self._progress["total"], self._progress["total"], self._progress["label"])

    def _show_ready(self) -> None:
        for stream, found in self._pieces.ready():
            if isinstance(found, str):
                getattr(sys, stream).write(found)
                getattr(sys, stream).flush()
            else:
                LINE.end()
                if self._show_item is not None:
                    self._show_item(found)
