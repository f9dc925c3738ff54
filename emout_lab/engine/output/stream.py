"""What a program writes: sent piece by piece while it runs, and whole with its reply."""

from __future__ import annotations

import threading

from emout_lab.engine.protocol import FIGURE, Piece

MAX_CHARACTERS = 200_000


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

    def write(self, stream: str, text: str) -> None:
        """Add what was written to a stream."""
        with self._lock:
            kept = text[: self._room]
            self._room -= len(kept)
            self._left_out += len(text) - len(kept)
            if not kept:
                return
            if not self._fresh or self._fresh[-1][0] != stream:
                self._fresh.append((stream, []))
            self._fresh[-1][1].append(kept)

    def mark(self, name: str) -> None:
        """Note that a figure was shown here, however much was written."""
        with self._lock:
            self._fresh.append((FIGURE, [name]))

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
            note = f"\n… ({self._left_out:,} characters more)\n"
            self._left_out, self._room = 0, len(note)
            self.write("stdout", note)
        self.cut()
        return tuple(self._pieces)
