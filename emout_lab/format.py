"""Sizes, times and long texts as people read them."""

from __future__ import annotations

from numbers import Real


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


def is_count(value: object) -> bool:
    """Return whether a value is a whole number from 1 on.

    Examples
    --------
    >>> is_count(3), is_count(2.0), is_count(0), is_count(True), is_count("3")
    (True, True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    number = float(value)
    return number >= 1 and number.is_integer()


def counted(count: int, what: str) -> str:
    """Return how many there are of something.

    Examples
    --------
    >>> counted(1, "result set"), counted(2000, "result")
    ('1 result set', '2,000 results')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


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
