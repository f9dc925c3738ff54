"""Sizes and times as people read them."""

from __future__ import annotations


def format_bytes(count: float) -> str:
    """Return a byte count with a decimal unit.

    Examples
    --------
    >>> format_bytes(16900)
    '16.9 kB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def format_seconds(seconds: float) -> str:
    """Return a duration as a person writes it.

    Examples
    --------
    >>> format_seconds(45), format_seconds(300), format_seconds(5400)
    ('45 s', '5 min', '1.5 h')
    """
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 3600 else f"{seconds / 3600:g} h"
