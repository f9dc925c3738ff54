"""What is said again and again must not fill a log: repeated messages, and a job's whole output."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import stat
import threading
import time
from typing import Final

MOST_PER_PERIOD: Final = 60
PERIOD_S: Final = 60.0
CALL_SITES_KEPT: Final = 1000
#: Dask and asyncio write through handlers of these loggers.
LOGGERS: Final = (
    "",
    "distributed",
    "distributed.client",
    "distributed.gc",
    "asyncio",
    "bokeh",
    "tornado",
    "tornado.application",
)

OUTPUT_MAX_BYTES: Final = 16 * 1024**2
OUTPUT_KEPT_BYTES: Final = 1024**2
LOOK_INTERVAL_S: Final = 1.0
THREAD_NAME: Final = "emout-lab-output-limit"


class RepeatFilter(logging.Filter):
    """Lets each line of code log so many times in a period; the others are counted.

    Parameters
    ----------
    period : float [s]
        A minute by default.

    Examples
    --------
    >>> RepeatFilter().filter(logging.makeLogRecord({"msg": "once"}))
    True
    """

    def __init__(self, period: float = PERIOD_S) -> None:
        super().__init__()
        self._period = period
        self._seen: dict[tuple[str, str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message shall be written."""
        place = (record.name, record.pathname, record.lineno)
        now = time.monotonic()
        since, count = self._seen.pop(place, (now, 0))
        if now - since > self._period:
            if count > MOST_PER_PERIOD:
                swallowed = count - MOST_PER_PERIOD
                record.msg = f"{record.getMessage()} [and {swallowed} like this since the last]"
                record.args = ()
            since, count = now, 0
        self._seen[place] = (since, count + 1)
        while len(self._seen) > CALL_SITES_KEPT:
            self._seen.pop(next(iter(self._seen)), None)
        return count < MOST_PER_PERIOD


def filter_repeats() -> None:
    """Count repeated messages in this process instead of writing them; doing it twice is safe."""
    for name in LOGGERS:
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(known, RepeatFilter) for known in handler.filters):
                handler.addFilter(RepeatFilter())


def limit_output() -> None:
    """Keep the files short that this process and its children write their output to.

    A queue system opens them for a job and names them its own way, so they are shortened in
    place: what is old goes. What is no file (a pipe, a terminal) is left alone. Doing it twice
    is safe.
    """
    if any(thread.name == THREAD_NAME for thread in threading.enumerate()):
        return
    descriptors = _output_files()
    for descriptor in descriptors:
        # Whoever shares the file goes on at its new end, not after a hole.
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)
    if descriptors:
        threading.Thread(
            target=_keep_short, args=(descriptors,), name=THREAD_NAME, daemon=True
        ).start()


def shorten(descriptor: int, max_bytes: int, kept_bytes: int) -> bool:
    """Cut a file that is open for appending to its last bytes once it is too long.

    Returns
    -------
    bool
        Whether it was cut.
    """
    size = os.fstat(descriptor).st_size
    if size <= max_bytes:
        return False
    # It is open for writing only.
    reader = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
    try:
        tail = os.pread(reader, kept_bytes, size - kept_bytes)
    finally:
        os.close(reader)
    tail = tail[tail.find(b"\n", 0, -1) + 1 :]
    kept = b"[%d bytes of earlier output were dropped]\n" % (size - len(tail)) + tail
    # What another process says between these two lines stands before what is kept.
    os.ftruncate(descriptor, 0)
    while kept:
        kept = kept[os.write(descriptor, kept) :]
    return True


def _output_files() -> list[int]:
    """Return the descriptors of output and errors that are files, each file once."""
    found: dict[tuple[int, int], int] = {}
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode):
                found.setdefault((status.st_dev, status.st_ino), descriptor)
    return list(found.values())


def _keep_short(descriptors: list[int]) -> None:
    while True:
        time.sleep(LOOK_INTERVAL_S)
        for descriptor in descriptors:
            # A file system that fails now may work later; nothing can be told meanwhile.
            with contextlib.suppress(OSError):
                shorten(descriptor, OUTPUT_MAX_BYTES, OUTPUT_KEPT_BYTES)
