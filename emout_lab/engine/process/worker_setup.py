"""Prepares the process of an engine, and keeps its log and the host's for what people read.

What changes a process as a whole stands here and in `emout_lab.engine.executor.start_executor`, and
happens when an engine starts, never by an import.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from distributed.gc import disable_gc_diagnosis

from emout_lab.engine.process.forks import allow_multiprocessing
from emout_lab.engine.process.memory import Malloc
from emout_lab.sockets.selector_thread import surround

if TYPE_CHECKING:
    from distributed import Worker

    from emout_lab.engine.process.memory_guard import MemoryLimit

# Workers and schedulers log there each function that a client runs on them.
LOGGER: Final = logging.getLogger("distributed.worker")
ROUTINE: Final = "Run out-of-band function"


def prepare_worker(worker: Worker) -> None:
    """Let a worker serve an engine; `unfilter_log` is all that has to be undone."""
    _stop_profiler(worker)
    # It runs in whichever thread collects garbage: at the memory limit it would fail there, and
    # the user would see that.
    disable_gc_diagnosis(force=True)
    filter_log()
    allow_multiprocessing()
    Malloc().reuse()
    # A paused worker cannot send the data that fills it, and never resumes.
    worker.memory_manager.memory_pause_fraction = False


def filter_log() -> None:
    """Leave the line for each question out of this process's log (twice is harmless)."""
    LOGGER.addFilter(_is_no_routine)


def unfilter_log() -> None:
    """Log everything again (twice is harmless)."""
    LOGGER.removeFilter(_is_no_routine)


def _stop_profiler(worker: Worker) -> None:
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


def reserve_memory(limit: MemoryLimit) -> None:
    """Let the event loop, and the thread of the sockets, have a little more than programs."""
    limit.reserve_for(asyncio.get_running_loop())
    surround(limit.margin)
