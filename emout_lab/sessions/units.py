"""Sizes and times as people and SLURM write them."""

from __future__ import annotations

import re
from typing import Final

from emout_lab.errors import SpecError

SMALLEST_MEMORY_BYTES: Final = 256 * 1024**2

_UNITS: Final = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
# ASCII: queue systems read no digits of other scripts.
_FLAGS: Final = re.IGNORECASE | re.ASCII
_NUMBER: Final = r"(\d{1,9}(?:\.\d{1,9})?)"
_MEMORY: Final = re.compile(_NUMBER + r"\s*([KMGT])(?:i?B)?", _FLAGS)
_WALLTIME: Final = re.compile(r"(?:(\d{1,3})-)?(\d{1,3}):([0-5]\d):([0-5]\d)", _FLAGS)
_DURATION: Final = re.compile(_NUMBER + r"\s*([smhd])", _FLAGS)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_memory(text: object) -> int:
    """Return the bytes of a size such as ``60G`` or ``2000M`` (units are powers of 1024).

    Raises
    ------
    SpecError
        Not a size, or less than a worker needs to start.

    Examples
    --------
    >>> parse_memory("2G")
    2147483648
    """
    match = _MEMORY.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise SpecError(
            f"memory {text!r} is not a size; write for example 60G or 2000M", field="memory"
        )
    size = int(float(match[1]) * _UNITS[match[2].upper()])
    if size < SMALLEST_MEMORY_BYTES:
        raise SpecError(
            f"memory {text!r} is too small: a worker needs 256M to start; write for example 2G",
            field="memory",
        )
    return size


def format_memory(size: int) -> str:
    """Return the form of a byte count that SLURM and `parse_memory` read.

    Examples
    --------
    >>> format_memory(2147483648)
    '2G'
    """
    for unit in ("T", "G", "M"):
        if size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]}{unit}"
    return f"{size // 1024}K"


def parse_walltime(text: object) -> int:
    """Return the seconds of ``HH:MM:SS`` or ``D-HH:MM:SS``.

    Two numbers are refused: SLURM reads them as minutes and seconds, people mean hours.

    Raises
    ------
    SpecError
        Another form, or no time at all.

    Examples
    --------
    >>> parse_walltime("03:00:00")
    10800
    """
    match = _WALLTIME.fullmatch(text.strip()) if isinstance(text, str) else None
    seconds = 0
    if match is not None:
        days, hours, minutes, rest = (int(part or 0) for part in match.groups())
        seconds = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    if seconds == 0:
        raise SpecError(
            f"walltime {text!r} is not a time; write hours:minutes:seconds, "
            "for example 03:00:00, or 1-12:00:00 for a day and a half",
            field="walltime",
        )
    return seconds


def format_walltime(seconds: int) -> str:
    """Return the form of a time that SLURM and `parse_walltime` read.

    Examples
    --------
    >>> format_walltime(90061)
    '1-01:01:01'
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours:02}:{minutes:02}:{rest:02}"
    return f"{days}-{clock}" if days else clock


def parse_duration(text: object, field: str) -> float:
    """Return the seconds of ``2h``, ``30m``, ``90s``, ``1d`` or of a walltime's form.

    Raises
    ------
    SpecError
        Another form, or no time at all.

    Examples
    --------
    >>> parse_duration("2h", "idle_timeout")
    7200.0
    """
    stripped = text.strip() if isinstance(text, str) else ""
    match = _DURATION.fullmatch(stripped)
    if match is not None and float(match[1]) > 0:
        return float(match[1]) * _SECONDS[match[2].lower()]
    if _WALLTIME.fullmatch(stripped):
        return float(parse_walltime(stripped))
    raise SpecError(f"{field} {text!r} is not a time; write for example 2h or 30m", field=field)
