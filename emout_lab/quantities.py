"""Sizes, times and shares as people write them in settings."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from emout_lab.errors import SpecError

#: A kernel is heard of every 5 s.
SHORTEST_SILENCE_S: Final = 10.0
MOST_SHARE: Final = 0.5
#: matplotlib's own figure at 150 dpi has 691,200.
FEWEST_PIXELS: Final = 1_000_000

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(i)?)?b?")


def parse_bytes(text: Any) -> int | None:
    """Return the bytes of a size (decimal units, or KiB, MiB, …); None for "none", without limit.

    Raises
    ------
    SpecError
        When it is no size.

    Examples
    --------
    >>> parse_bytes("256 MB"), parse_bytes("1GiB"), parse_bytes(5000), parse_bytes("none")
    (256000000, 1073741824, 5000, None)
    """
    words = str(text).strip().lower()
    if words == "none":
        return None
    match = _SIZE.fullmatch(words)
    if match is None:
        raise SpecError(f"{text!r} is not a size: write for example 256MB, 2GiB or none.")
    power = " kmgt".index(match[2] or " ")
    return int(float(match[1]) * (1024 if match[3] else 1000) ** power)


def parse_pixels(text: Any) -> int | None:
    """Return a number of pixels; None for "none", without limit.

    Raises
    ------
    SpecError
        When it is no number, or so small that no figure could be drawn.

    Examples
    --------
    >>> parse_pixels("200 000 000"), parse_pixels(5e7), parse_pixels("none")
    (200000000, 50000000, None)
    """
    words = str(text).strip().lower().replace(",", "").replace("_", "").replace(" ", "")
    if words == "none":
        return None
    try:
        pixels = float(words)
    except ValueError:
        pixels = math.nan
    if not FEWEST_PIXELS <= pixels < math.inf:
        raise SpecError(
            f"{text!r} is no number of pixels: write {FEWEST_PIXELS:,} or more, for example "
            "100000000, or none for no limit."
        )
    return int(pixels)


def parse_silence(text: Any) -> float | None:
    """Return a number of seconds; None for "none", which is without end.

    Raises
    ------
    SpecError
        When it is shorter than what a living kernel may be silent for.

    Examples
    --------
    >>> parse_silence("300"), parse_silence("none")
    (300.0, None)
    """
    if str(text).strip().lower() == "none":
        return None
    seconds = float(text)
    if not seconds >= SHORTEST_SILENCE_S:
        raise SpecError(
            f"{text} is too short: a kernel is heard of every 5 s. Write at least "
            f"{SHORTEST_SILENCE_S:g} (seconds), or none for no limit."
        )
    return seconds


def parse_share(text: Any) -> float:
    """Return a share as a number; it may be written in percent.

    Raises
    ------
    SpecError
        When it is no number from 0 to a half.

    Examples
    --------
    >>> parse_share("10%"), parse_share(0.25)
    (0.1, 0.25)
    """
    words = str(text).strip()
    try:
        share = float(words.removesuffix("%")) / (100 if words.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= MOST_SHARE:
        raise SpecError(f"{text!r} is no share of the memory: write 0 to {MOST_SHARE}, or 10%.")
    return share
