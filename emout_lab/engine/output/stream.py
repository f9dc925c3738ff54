"""What a program writes: sent piece by piece while it runs, and whole with its reply."""

from __future__ import annotations

import threading

from emout_lab.engine.protocol import DISPLAY, FIGURE, Display, Piece

MAX_CHARACTERS = 200_000
#: What one program displays takes no more than this [B]; the reply carries all of it.
MAX_DISPLAY_BYTES = 200_000_000
#: What is displayed goes with its piece at once where it takes no more than this [B].
LIVE_BYTES = 32_000
#: What an empty one takes, as it is counted.
OVERHEAD_BYTES = 100


class OutputStream:
    """Text of one program, in pieces that are numbered from 0.

    The engine's thread writes; the worker's event loop cuts off the piece that was written since
    it last looked. Of a flood of text the beginning is kept, and how much more there was.

    Examples
    --------
    >>> stream = OutputStream()
    >>> stream.write("stdout", "a"); stream.write("stdout", "b")
    >>> stream.cut()
    (0, (('stdout', 'ab'),))
    >>> stream.write("stderr", "c")
    >>> stream.pieces()
    ((('stdout', 'ab'),), (('stderr', 'c'),))
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: list[Piece] = []
        self._fresh: list[tuple[str, list[str]]] = []
        self._room = MAX_CHARACTERS
        self._left_out = 0
        self._displays: dict[str, Display] = {}
        self._updates: dict[str, str] = {}
        self._cleared: list[str] = []
        self._display_room = MAX_DISPLAY_BYTES
        self._displays_left_out = 0

    def write(self, stream: str, text: str) -> None:
        """Add what was written to a stream."""
        with self._lock:
            kept = text[: self._room]
            self._room -= len(kept)
            self._left_out += len(text) - len(kept)
            if not kept:
                return
            self._clear()
            if not self._fresh or self._fresh[-1][0] != stream:
                self._fresh.append((stream, []))
            self._fresh[-1][1].append(kept)

    def mark(self, name: str) -> None:
        """Note that a figure was shown here, however much was written."""
        with self._lock:
            self._clear()
            self._fresh.append((FIGURE, [name]))

    def display(self, display: Display) -> None:
        """Add what was displayed here.

        What is cleared, or updated once more, is not kept any longer.
        """
        with self._lock:
            self._clear()
            if display.kind == "clear_output":
                self._cleared = list(self._displays)
                if not display.metadata.get("wait"):
                    self._clear()
            if display.kind == "update_display_data":
                self._forget(self._updates.get(str(display.display_id), ""))
                self._updates[str(display.display_id)] = display.mark
            if display.bytes + OVERHEAD_BYTES > self._display_room:
                self._displays_left_out += 1
                return
            self._display_room -= display.bytes + OVERHEAD_BYTES
            self._displays[display.mark] = display
            self._fresh.append((DISPLAY, [display.mark]))

    def _clear(self) -> None:
        """Forget what was cleared: it is not seen any more, now that there is something else."""
        while self._cleared:
            self._forget(self._cleared.pop())

    def _forget(self, mark: str) -> None:
        if (gone := self._displays.pop(mark, None)) is not None:
            self._display_room += gone.bytes + OVERHEAD_BYTES

    def displays(self) -> tuple[Display, ...]:
        """Return what was displayed and is still to be seen."""
        with self._lock:
            return tuple(self._displays.values())

    def displayed(self, mark: str) -> Display:
        """Return what has a mark, of kind ``"gone"`` where it is not kept any more."""
        with self._lock:
            return self._displays.get(mark) or Display(mark, "gone")

    def live(self, piece: Piece) -> tuple[Display, ...]:
        """Return what is displayed in a piece, to go with it; nothing where that is large."""
        found = tuple(self.displayed(text) for stream, text in piece if stream == DISPLAY)
        return found if sum(each.bytes for each in found) <= LIVE_BYTES else ()

    def cut(self) -> tuple[int, Piece]:
        """Return what was written since the last piece, and the number of that new piece.

        It is empty, and no piece, where nothing was written.
        """
        with self._lock:
            number = len(self._pieces)
            piece = tuple((stream, "".join(texts)) for stream, texts in self._fresh)
            self._fresh.clear()
            if piece:
                self._pieces.append(piece)
            return number, piece

    def pieces(self) -> tuple[Piece, ...]:
        """Return everything, when no more will be written."""
        if self._left_out:
            self._note(f"\n… ({self._left_out:,} characters more)\n")
            self._left_out = 0
        if self._displays_left_out:
            self._note(f"\n… ({self._displays_left_out:,} displays more)\n")
            self._displays_left_out = 0
        self.cut()
        return tuple(self._pieces)

    def _note(self, text: str) -> None:
        self._room = len(text)
        self.write("stdout", text)
        self._room = 0
