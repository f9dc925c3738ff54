"""What a program writes is told while it runs, to whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from emout_lab.engine.output.stream import Transcript
from emout_lab.engine.protocol import Program

if TYPE_CHECKING:
    from distributed import Worker

TEXT_TOPIC = "emout-lab-text"
#: What is written within it is told at once [s].
INTERVAL_S = 0.25


@asynccontextmanager
async def told(worker: Worker, program: Program) -> AsyncIterator[Transcript]:
    """Give the transcript of a program, whose pieces are told as long as it runs."""
    transcript = Transcript()
    telling = asyncio.ensure_future(_tell(worker, program, transcript))
    try:
        yield transcript
    finally:
        telling.cancel()


async def _tell(worker: Worker, program: Program, transcript: Transcript) -> None:
    while True:
        await asyncio.sleep(INTERVAL_S)
        number, piece = transcript.cut()
        if piece:
            event = {"program": program.id, "number": number, "piece": piece}
            worker.log_event(TEXT_TOPIC, event)
