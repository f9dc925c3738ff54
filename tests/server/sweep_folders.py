"""Folders of sweeps as workers and drivers write them, for tests without a session."""

import pickle
import time

from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo, SweepProgress, new_id
from emout_lab.engine.sweeps.records import PointRecord, RecordWriter


class Trap:
    """Something that must never be unpickled here."""

    def __reduce__(self):
        return (print, ("a pickle was opened",))


def write_sweep(total=3, progress=None, **more):
    """Write the folder of a sweep over k = 0, 1, …"""
    values = {
        "id": new_id(),
        "name": "line",
        "notebook": "run.ipynb",
        "tag": "first",
        "session": "gone",
        "address": "tls://10.0.0.9:1",
        "directory": "/",
        "total": total,
        "parameters": ("k",),
        "retries": 3,
        "created": time.time(),
    }
    info = SweepInfo(**{**values, **more})
    folder = SweepFolder.create(info, pickle.dumps(Trap()), [{"k": k} for k in range(total)])
    if progress is not None:
        folder.write_progress(SweepProgress(**progress))
    return folder


def success(point, round=0, **results):
    told = {
        "ok": True,
        "seconds": 0.5,
        "began": 1.0,
        "engine": "0",
        "peak_memory": 1000,
        "parameters": {"k": point},
        "results": results,
    }
    return PointRecord(point, False, told, pickle.dumps(Trap()), round)


def failure(point, error, round=0):
    told = {"ok": False, "error": error, "began": 1.0, "parameters": {"k": point}, "results": {}}
    return PointRecord(point, False, told, pickle.dumps(Trap()), round)


def write_records(folder, *records, engine="0"):
    """Write records as a worker does, each point with the mark that it has begun."""
    writer = RecordWriter(folder.records, engine)
    for record in records:
        writer.add(PointRecord(record.point, is_begun=True))
        writer.add(record)
    writer.sync()
    writer.close()
