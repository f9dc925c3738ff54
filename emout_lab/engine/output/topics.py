"""Events of a program while it runs: what it writes, and how far its call has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def sent_output(worker: Worker, program: str) -> AsyncIterator[OutputStream]:
    """Give a stream for what a program writes, and send its pieces as long as it runs.

    Parameters
    ----------
    worker : distributed.Worker
        Logs the events.
    program : str
        Its id.
    """
    stream = OutputStream()
    sending = asyncio.ensure_future(_send(worker, program, stream))
    try:
        yield stream
    finally:
        sending.cancel()


async def _send(worker: Worker, program: str, stream: OutputStream) -> None:
    while True:
        await asyncio.sleep(TEXT_INTERVAL_S)
        number, piece = stream.cut()
        if piece:
            event = {"program": program, "number": number, "piece": piece}
            if live := stream.live(piece):
                event["displays"] = pack(live)
            worker.log_event(TEXT_TOPIC, event)


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
