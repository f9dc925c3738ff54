"""Sizes, times and long texts as people read them."""

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


def shorten(text: str, limit: int) -> str:
    """Return a text whole, or its beginning and end where it is longer than ``limit``.

    Examples
    --------
    >>> shorten("short", 8)
    'short'
    >>> print(shorten("a" * 50 + "z" * 50, 8))
    aaaaaa
    … (100 characters in all, 92 left out) …
    zz
    """
    if len(text) <= limit:
        return text
    tail = limit // 4
    note = f"\n… ({len(text):,} characters in all, {len(text) - limit:,} left out) …\n"
    return text[: limit - tail] + note + text[len(text) - tail :]
