"""Keeps what a program tells, for whoever looks at it later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emout_lab.client.output import Item, Pieces, Receiver
from emout_lab.engine.protocol import Display, Figure, Reply, Shown

#: What a request shows beside text: displays, pictures that it has shown, and those of its end.
Output = Display | Shown | Figure


class Collector(Receiver):
    """Collects what one program writes and shows, while it runs, and prints nothing.

    It is a listener for `Engine.submit`; `finish` is called with the reply. All of it may be read
    at any time, by any thread.

    Parameters
    ----------
    on_output : callable, optional
        Called when something has come, in the thread that brought it: it must not wait.

    Examples
    --------
    >>> collector = Collector()
    >>> collector.tell({"number": 0, "piece": (("stdout", "half "),)})
    >>> collector.stdout
    'half '
    >>> collector.finish(Reply(("c",), printed=((("stdout", "half "),), (("stdout", "done"),))))
    >>> collector.stdout, collector.is_finished
    ('half done', True)
    """

    def __init__(self, on_output: Callable[[], None] | None = None) -> None:
        self._on_output = on_output
        self._lock = threading.Lock()
        self._pieces = Pieces()
        self._texts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._transcript: list[tuple[str, str] | Output] = []
        self._clears_next = False
        self.is_finished = False
        self.notes: list[str] = []
        self.progress: dict[str, Any] | None = None

    def tell(self, event: dict[str, Any]) -> None:
        """Take what the program tells while it runs."""
        with self._lock:
            if self.is_finished:
                return
            if "note" in event:
                self.notes.append(event["note"])
            elif "piece" in event:
                self._pieces.add_event(event)
                self._take_ready()
            else:
                self.progress = event
        self._tell_of_it()

    def finish(self, reply: Reply) -> None:
        """Take the rest from the reply; the figures that the program has finished come last."""
        with self._lock:
            if self.is_finished:
                return
            self._pieces.add_reply(reply)
            self._take_ready()
            for figure in reply.figures:
                self._append(figure)
            self.is_finished = True
        self._tell_of_it()

    def missing(self) -> list[str]:
        """Return the marks of what is to come before anything else, and is not sent by itself."""
        with self._lock:
            return self._pieces.missing()

    def supply(self, item: Item) -> None:
        """Take what was asked for by its mark."""
        with self._lock:
            if self.is_finished:
                return
            self._pieces.supply(item)
            self._take_ready()
        self._tell_of_it()

    @property
    def stdout(self) -> str:
        """What was printed, so far."""
        with self._lock:
            return "".join(self._texts["stdout"])

    @property
    def stderr(self) -> str:
        """What was written to ``sys.stderr``, so far: warnings and log lines too."""
        with self._lock:
            return "".join(self._texts["stderr"])

    @property
    def transcript(self) -> tuple[tuple[str, str] | Output, ...]:
        """Texts as ``(stream, text)`` and all that was shown, in order; without what was cleared.

        What was updated stands in its first place, as it was at last.
        """
        with self._lock:
            return tuple(self._transcript)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What was shown, in order: all but texts and the value of the cell."""
        return tuple(
            each for each in self.transcript if not isinstance(each, tuple) and not _is_result(each)
        )

    @property
    def execute_result(self) -> Display | None:
        """The value of the cell that ran; None where it has none, or it is silenced."""
        found = [each for each in self.transcript if isinstance(each, Display) and _is_result(each)]
        return found[-1] if found else None

    def _take_ready(self) -> None:
        for stream, found in self._pieces.ready():
            if isinstance(found, str):
                self._texts.setdefault(stream, []).append(found)
                self._append_text(stream, found)
            elif isinstance(found, Display) and found.kind == "clear_output":
                self._clears_next = True
                if not found.metadata.get("wait"):
                    self._clear()
            elif isinstance(found, Display) and found.kind == "update_display_data":
                self._update(found)
            else:
                self._append(found)

    def _append_text(self, stream: str, text: str) -> None:
        self._clear()
        last = self._transcript[-1] if self._transcript else None
        if isinstance(last, tuple) and last[0] == stream:
            self._transcript[-1] = stream, last[1] + text
        else:
            self._transcript.append((stream, text))

    def _append(self, output: Output) -> None:
        self._clear()
        self._transcript.append(output)

    def _clear(self) -> None:
        if self._clears_next:
            self._transcript.clear()
            self._clears_next = False

    def _update(self, update: Display) -> None:
        for index, each in enumerate(self._transcript):
            if isinstance(each, Display) and each.display_id == update.display_id is not None:
                self._transcript[index] = replace(each, data=update.data, metadata=update.metadata)

    def _tell_of_it(self) -> None:
        if self._on_output is not None:
            self._on_output()


def _is_result(output: Output) -> bool:
    return isinstance(output, Display) and output.kind == "execute_result"
