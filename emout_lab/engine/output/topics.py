"""Events of a program while it runs: what it writes, and how far its call has come."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.serialization import pack

if TYPE_CHECKING:
    from distributed import Worker

TEXT_TOPIC = "emout-lab-text"
PROGRESS_TOPIC = "emout-lab-progress"
#: What is written within it is sent at once [s].
TEXT_INTERVAL_S = 0.25
#: Progress is sent at most this often [s].
PROGRESS_INTERVAL_S = 0.5


class SentOutput:
    """A stream for what a program writes; its pieces are sent as long as the block runs.

    Parameters
    ----------
    worker : distributed.Worker
        Logs the events.
    program : str
        Its id.
    """

    def __init__(self, worker: Worker, program: str) -> None:
        self._worker, self._program = worker, program
        self._stream = OutputStream()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> OutputStream:
        self._timer = self._loop.call_later(TEXT_INTERVAL_S, self._send)
        return self._stream

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _send(self) -> None:
        self._timer = self._loop.call_later(TEXT_INTERVAL_S, self._send)
        number, piece = self._stream.cut()
        if piece:
            event = {"program": self._program, "number": number, "piece": piece}
            if live := self._stream.live(piece):
                event["displays"] = pack(live)
            self._worker.log_event(TEXT_TOPIC, event)


class _LastReport:
    """When progress was sent last."""

    time = 0.0


def report(done: int, total: int, label: str, detail: str = "") -> None:
    """Send from the engine's thread that ``done`` of ``total`` parts are done, and a detail."""
    if PROCESS.on_progress is not None:
        PROCESS.on_progress(done, total, f"{label}, {detail}" if detail else label)
    now = time.monotonic()
    is_soon = now - _LastReport.time < PROGRESS_INTERVAL_S
    if PROCESS.worker is None or (is_soon and done < total):
        return
    _LastReport.time = now
    event: dict[str, Any] = {
        "client": PROCESS.client,
        "program": PROCESS.program,
        "label": label,
        "detail": detail,
        "done": done,
        "total": total,
    }
    PROCESS.worker.log_event(PROGRESS_TOPIC, event)
