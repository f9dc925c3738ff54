"""What the C library keeps of freed memory (glibc), and how it gives that back."""

from __future__ import annotations

import contextlib
import ctypes


class Malloc:
    """What glibc tells of its memory, and gives back when asked; others do neither."""

    def __init__(self) -> None:
        self._info = self._trim = None
        with contextlib.suppress(OSError, TypeError):
            library = ctypes.CDLL(None)
            self._info = getattr(library, "mallinfo2", None)
            self._trim = getattr(library, "malloc_trim", None)
        if self._info is not None:
            self._info.restype = _MallocInfo

    def unused(self) -> int:
        """Return the bytes that are mapped, and free for small allocations only."""
        return int(self._info().fordblks) if self._info is not None else 0

    def trim(self) -> None:
        """Give the pages of what is unused back to the system."""
        if self._trim is not None:
            self._trim(0)


class _MallocInfo(ctypes.Structure):
    """``struct mallinfo2`` of ``malloc.h``."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
        ).split()
    )
