"""The limit of open files of an engine: a program that opens too many fails, the engine goes on."""

from __future__ import annotations

import errno
import gc
import os
from typing import Any

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]  # asked for before each use

#: So many files are always left to the engine itself, and to the next program where possible.
RESERVE = 64
#: Programs begin with this share of what the system allows.
PROGRAMS_SHARE = 0.5
#: So many more may be open when a program has left the engine nearly without any.
STEP = 256


class FileLimit:
    """Keeps files for the engine: programs may open fewer than the process.

    Between programs the limit is higher. What a program has left open counts on; the next ones get
    some more, until the system's own (hard) limit is reached.
    """

    def __init__(self) -> None:
        self.allowed = self._hard = 0
        if resource is None:
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._hard = soft + 100 * STEP if hard == resource.RLIM_INFINITY else hard
        if self._hard > 3 * RESERVE:
            self.allowed = min(soft, int(PROGRAMS_SHARE * self._hard))

    def begin(self) -> None:
        """Let the program that comes have no more than is allowed."""
        self._set(self.allowed)

    def end(self) -> None:
        """Let the engine have its reserve, and the next program some files where few are left."""
        self._set(self.allowed + RESERVE)
        if self.allowed and self._is_full():
            gc.collect()
            if self._is_full():
                self.allowed = min(self.allowed + STEP, self._hard - RESERVE)
                self._set(self.allowed + RESERVE)

    def close(self) -> None:
        """Leave the limit as the last program did without us."""
        self._set(self.allowed)

    def _is_full(self) -> bool:
        # The system gives the lowest number that is free.
        try:
            number = os.open(os.devnull, os.O_RDONLY)
        except OSError:
            return True
        os.close(number)
        return number >= self.allowed - RESERVE

    def _set(self, soft: int) -> None:
        if not self.allowed:
            return
        limits: Any = resource.getrlimit(resource.RLIMIT_NOFILE)
        if limits[0] != soft:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, limits[1]))
            except (ValueError, OSError):  # a program has lowered the hard limit
                self.allowed = 0


def has_no_files(error: BaseException) -> bool:
    """Return whether an error says that too many files are open.

    Examples
    --------
    >>> has_no_files(OSError(errno.EMFILE, "")), has_no_files(OSError())
    (True, False)
    """
    return isinstance(error, OSError) and error.errno == errno.EMFILE


def too_many_files(error: BaseException, limit: FileLimit | None) -> OSError:
    """Return the error with what fills, and what helps."""
    allowed = f"{limit.allowed} " if limit is not None and limit.allowed else ""
    return OSError(
        errno.EMFILE,
        f"Too many open files: programs on this engine may have {allowed}files, sockets and pipes "
        "open, and all are in use. Close what is not needed any more (file.close(), `with open(…)`,"
        " del of what holds them), or restart the engine in the Workers section of the panel",
        getattr(error, "filename", None),
    )
