"""Records of points that nobody could run: each of their workers has died of them."""

from __future__ import annotations

import time

from emout_lab.engine.sweeps.folder import SweepFolder
from emout_lab.engine.sweeps.points import Points
from emout_lab.engine.sweeps.records import PointRecord, RecordWriter, shown_values

WRITER = "scheduler"


def write_lost(
    folder: SweepFolder, number: int, round: int, times: int, engine: str, reason: str
) -> str:
    """Write down that a point was given up, and return why.

    This runs in the scheduler's process: nothing of the user's is unpickled.

    Parameters
    ----------
    number, round : int
        Of the point.
    times : int
        So many workers have died while they ran it.
    engine, reason : str
        Where it was last, and how that has ended; "" where that is not known.
    """
    how = f": the last time {reason}" if reason else ", perhaps for lack of memory"
    error = (
        f"the engine died while it ran this point, {times} time{'s' * (times > 1)}{how}. "
        "`emout-lab server logs` tells more"
    )
    told = {
        "ok": False,
        "lost": error,
        "began": time.time(),
        "engine": engine,
        "error": f"EngineLost: {error}",
        "parameters": shown_values(Points(folder.path, is_plain=True)[number]),
        "results": {},
    }
    writer = RecordWriter(folder.records, WRITER)
    try:
        writer.add(PointRecord(number, False, told, round=round))
        writer.sync()
    finally:
        writer.close()
    return f"EngineLost: {error}"
