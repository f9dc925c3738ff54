"""The results of a program so far: added by the engine's thread, closed when it is given up."""

from __future__ import annotations

import threading
from typing import Any

from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.protocol import Description, Display, Failure, Figure, Reply, Shown
from emout_lab.engine.serialization import Packed

INTERRUPT = "builtins:KeyboardInterrupt"


class ProgramOutcome:
    """What a program has done so far.

    Once it is given up, nothing is added any more, though the program may go on.

    Parameters
    ----------
    output : OutputStream
        What it has written.
    """

    def __init__(self, output: OutputStream) -> None:
        self.output = output
        self.answer: bytes | Packed | None = None
        self.staged: str | None = None
        self.failure: Failure | None = None
        self.drawn: list[Figure] = []
        self.shown: list[Shown] = []
        self.is_given_up = False
        self._displayed = 0
        self._done: list[str] = []
        self._descriptions: dict[str, Description] = {}
        self._lock = threading.Lock()

    def require_wanted(self) -> None:
        """Raise ``KeyboardInterrupt`` where it was given up."""
        if self.is_given_up:
            raise KeyboardInterrupt

    def add(self, call: str, description: Description | None) -> bool:
        """Note a call that is done, and return whether it still counts."""
        with self._lock:
            if not self.is_given_up:
                self._done.append(call)
                if description is not None:
                    self._descriptions[call] = description
            return not self.is_given_up

    def show(self, drawing: str, figure: Figure) -> None:
        """Take a figure that a call has shown, at its place in what it writes."""
        with self._lock:
            if not self.is_given_up:
                self.shown.append(Shown(figure.id, drawing, figure))
                self.output.mark(figure.id)

    def display(self, kind: str, data: dict[str, Any], **particulars: Any) -> Display:
        """Take what a call displays with IPython's means, at its place in what it writes.

        Parameters
        ----------
        kind, data, **particulars
            As for `Display`.

        Raises
        ------
        KeyboardInterrupt
            Where the program was given up.
        """
        with self._lock:
            if self.is_given_up:
                raise KeyboardInterrupt
            self._displayed += 1
            display = Display(f"display-{self._displayed}", kind, data, **particulars)
            self.output.display(display)
            return display

    def find(self, mark: str) -> Shown | Display:
        """Return what was shown or displayed with a mark, see `OutputStream.displayed`."""
        found = next((each for each in list(self.shown) if each.mark == mark), None)
        return found or self.output.displayed(mark)

    def give_up(self, call: str | None, message: str) -> None:
        """Take nothing more, and fail with an interrupt of a call that says ``message``."""
        with self._lock:
            self.is_given_up = True
            self.failure = Failure(call, INTERRUPT, message, "")

    def reply(self, milliseconds: float, started: float = 0.0) -> Reply:
        """Return the reply to the client."""
        with self._lock:
            return Reply(
                done=tuple(self._done),
                value=self.answer,
                staged=self.staged,
                failure=self.failure,
                descriptions=dict(self._descriptions),
                figures=() if self.failure else tuple(self.drawn),
                printed=self.output.pieces(),
                shown=tuple(self.shown),
                displays=self.output.displays(),
                milliseconds=milliseconds,
                started=started,
            )
