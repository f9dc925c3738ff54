"""The memory of this process: what the system tells of it, and what the C library keeps free.

The system is asked through files that stay open, so that it needs no new descriptor.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os

import psutil

from emout_lab.config import variables

READ_BYTES = 8192
#: Arrays up to this size come from memory that the C library has already [B].
REUSED_BYTES = 4_194_304
#: So much of it stays free at its end before it is given back [B].
KEPT_FREE_BYTES = 33_554_432
#: Numbers of glibc's ``malloc.h``.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


class ProcFile:
    """One of the process's own files in ``/proc``; where the system has none, it is empty.

    Parameters
    ----------
    name : str
        Its name in ``/proc/self``.
    """

    def __init__(self, name: str) -> None:
        self._file = -1
        with contextlib.suppress(OSError):
            self._file = os.open(f"/proc/self/{name}", os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def read(self) -> bytes:
        """Return what it says now; nothing where the system has no such file."""
        if self._file < 0:
            return b""
        try:
            return os.pread(self._file, READ_BYTES, 0)
        except OSError:
            return b""


class ProcessMemory:
    """The memory of this process, also while it has no file left to open."""

    def __init__(self) -> None:
        self._statm = ProcFile("statm")
        self._status = ProcFile("status")
        self._process = psutil.Process()

    def resident(self) -> int:
        """Return what lies in memory [B]."""
        words = self._statm.read().split()
        return int(words[1]) * mmap.PAGESIZE if words else int(self._process.memory_info().rss)

    def private(self) -> int:
        """Return what was promised as private memory [B]; what lies in memory where none tells."""
        words = self._statm.read().split()
        return int(words[5]) * mmap.PAGESIZE if words else self.resident()

    def shared(self) -> int:
        """Return the shared memory that was touched [B]."""
        _, found, rest = self._status.read().partition(b"RssShmem:")
        return 1024 * int(rest.split(None, 1)[0]) if found else 0


class PeakMemory:
    """The most memory that this process has had since it was made.

    Linux alone can begin to count anew; elsewhere it is the most that the process ever had.
    """

    def __init__(self) -> None:
        with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
            file.write("5")

    def found(self) -> int:
        """Return it [B]."""
        with contextlib.suppress(OSError), open("/proc/self/status", "rb") as file:
            _, found, rest = file.read(READ_BYTES).partition(b"VmHWM:")
            if found:
                return 1024 * int(rest.split(None, 1)[0])
        return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))


class Malloc:
    """What glibc tells of its memory, and gives back when asked; others do neither."""

    def __init__(self) -> None:
        self._info = self._trim = self._set = None
        with contextlib.suppress(OSError, TypeError):
            library = ctypes.CDLL(None)
            self._info = getattr(library, "mallinfo2", None)
            self._trim = getattr(library, "malloc_trim", None)
            self._set = getattr(library, "mallopt", None)
        if self._info is not None:
            self._info.restype = _MallocInfo

    def unused(self) -> int:
        """Return the bytes that are mapped, and free for small allocations only."""
        return int(self._info().fordblks) if self._info is not None else 0

    def trim(self) -> None:
        """Give the pages of what is unused back to the system."""
        if self._trim is not None:
            self._trim(0)

    def reuse(self) -> None:
        """Let small arrays come from memory that there is, rather than anew from the system.

        Dask tells the C library to give memory back soon, by which it also stops to learn what is
        worth keeping: each array of 128 kB would be mapped, and each of its pages faulted in, anew.
        What a user has told it in ``MALLOC_MMAP_THRESHOLD_`` stays.
        """
        (told,) = variables("MALLOC_MMAP_THRESHOLD_").values()
        if self._set is not None and self._info is not None and told is None:
            self._set(M_MMAP_THRESHOLD, REUSED_BYTES)
            self._set(M_TRIM_THRESHOLD, KEPT_FREE_BYTES)


class _MallocInfo(ctypes.Structure):
    """``struct mallinfo2`` of ``malloc.h``."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
        ).split()
    )
