"""Whether there is memory for a picture: VTK ends the process where an allocation fails."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psutil

from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]  # asked for before each use

#: What OpenGL takes before it draws anything, and for each pixel of the picture [B], about.
LEAST: Final = 150_000_000
BYTES_PER_PIXEL: Final = 64


def require(size: int, what: str) -> None:
    """Refuse what needs more memory than there is.

    Parameters
    ----------
    size : int
        Memory that is needed [B].
    what : str
        What is drawn, for the message.

    Raises
    ------
    TooLarge
        With what helps.
    """
    free = available()
    if size > free:
        raise TooLarge(
            f"{what} needs about {format_bytes(size)} of memory, and {format_bytes(max(free, 0))} "
            "are free here. Draw a part of it or fewer points (max_points, skip), a smaller "
            "window_size, free what is kept, or use workers with more memory."
        )


def available() -> int:
    """Return the memory that this process may still take [B]."""
    free = int(psutil.virtual_memory().available)
    if resource is None or not hasattr(resource, "RLIMIT_DATA"):
        return free
    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY:
        return free
    return min(free, soft - _taken())


def _taken() -> int:
    """Return what counts to the process's limit of data [B]."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return int(psutil.Process().memory_info().rss)
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 0)
