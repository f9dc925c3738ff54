"""Sizes as people read them."""

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
