"""Keeps a worker from what nobody reads: a log line for each question, Dask's profiles."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from distributed import Worker

# Workers and schedulers log there each function that a client runs on them.
LOGGER: Final = logging.getLogger("distributed.worker")
ROUTINE: Final = "Run out-of-band function"


def hush() -> None:
    """Leave the routine out of this process's log (twice is harmless)."""
    LOGGER.addFilter(_is_no_routine)


def speak() -> None:
    """Log everything again (twice is harmless)."""
    LOGGER.removeFilter(_is_no_routine)


def stop_profiler(worker: Worker) -> None:
    """Stop Dask's profiler, which looks at the frames of running tasks from the event loop.

    It may so be the last to hold an object of h5py, whose end waits for h5py's lock: a worker that
    read HDF5 in a task was seen to stand still in that.
    """
    for name in ("profile", "profile-cycle"):
        callback = worker.periodic_callbacks.pop(name, None)
        if callback is not None:
            callback.stop()


def _is_no_routine(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(ROUTINE)
