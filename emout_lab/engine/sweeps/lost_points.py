"""Records of points that nobody could run: each of their workers has died of them."""

from __future__ import annotations

import pickle

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.folder import SweepFolder
from emout_lab.engine.sweeps.records import PointRecord, RecordWriter, shown_values
from emout_lab.errors import EngineLost

WRITER = "scheduler"


def write_lost(folder: SweepFolder, number: int, times: int) -> None:
    """Write down that a point was given up after so many workers have died while they ran it."""
    point = folder.points()[number]
    error = EngineLost(
        f"the engine died while it ran this point, {times} times: most likely for lack of memory, "
        "or a crash in compiled code. `emout-lab server logs` tells more"
    )
    told = {
        "ok": False,
        "error": f"EngineLost: {error}",
        "parameters": shown_values(point),
        "results": {},
    }
    writer = RecordWriter(folder.records, WRITER)
    try:
        packed = pickle.dumps(names.failure(point, error), protocol=5)
        writer.add(PointRecord(number, False, told, packed))
        writer.sync()
    finally:
        writer.close()
