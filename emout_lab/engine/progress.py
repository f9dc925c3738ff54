"""How far a long call has come: told by the call, shown by the notebook and the panel."""

from __future__ import annotations

import time
from typing import Any

from emout_lab.engine.process_role import PLACE

PROGRESS_TOPIC = "emout-lab-progress"
#: At most this often somebody is told [s].
INTERVAL_S = 0.5


class _Last:
    """When somebody was told last."""

    time = 0.0


def report(done: int, total: int, label: str) -> None:
    """Tell from the engine's thread that ``done`` of ``total`` parts are done."""
    if PLACE.on_progress is not None:
        PLACE.on_progress(done, total, label)
    now = time.monotonic()
    if PLACE.worker is None or (now - _Last.time < INTERVAL_S and done < total):
        return
    _Last.time = now
    event: dict[str, Any] = {
        "client": PLACE.client,
        "program": PLACE.program,
        "label": label,
        "done": done,
        "total": total,
    }
    PLACE.worker.log_event(PROGRESS_TOPIC, event)
