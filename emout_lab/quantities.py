"""Sizes, times and shares as people write them: in requests, settings, profiles and forms.

One way to write each holds everywhere. ``G`` and ``GiB`` are 1024³ bytes, as queue systems have
them, ``GB`` is 1000³.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from emout_lab.errors import SpecError

#: A kernel is heard of every 5 s.
SHORTEST_SILENCE_S: Final = 10.0
MOST_SHARE: Final = 0.5
SMALLEST_MEMORY_BYTES: Final = 256 * 1024**2
LONGEST_TIME_S: Final = 1000 * 86_400
#: matplotlib's own figure at 150 dpi has 691,200.
FEWEST_PIXELS: Final = 1_000_000

_MIB: Final = 1024**2
# ASCII: queue systems read no digits of other scripts.
_FLAGS: Final = re.IGNORECASE | re.ASCII
_NUMBER: Final = r"(\d{1,18}(?:\.\d{1,9})?|\.\d{1,9})"
_SIZE: Final = re.compile(rf"{_NUMBER}\s*(?:([KMGTP])(i)?)?(B(?:ytes?)?)?", _FLAGS)
_POWERS: Final = "kmgtp"
_CLOCK: Final = re.compile(r"(?:(\d{1,3})-)?(\d{1,4}):([0-5]?\d):([0-5]?\d)", _FLAGS)
_DAYS: Final = re.compile(r"(\d{1,3})-([01]?\d|2[0-3])(?::([0-5]\d))?", _FLAGS)
_PART: Final = re.compile(
    rf"{_NUMBER}\s*(d(?:ays?)?|h(?:(?:ou)?rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)(?![a-z])\s*",
    _FLAGS,
)
#: What a job's memory and a time must match without regard to case, for forms in a browser too.
SIZE_PATTERN: Final = rf"\s*(?=.*[a-z]){_SIZE.pattern}\s*"
TIME_PATTERN: Final = rf"\s*(?:{_CLOCK.pattern}|{_DAYS.pattern}|(?:{_PART.pattern})+)\s*"
_SECONDS: Final = {"d": 86_400, "h": 3600, "m": 60, "s": 1}


def parse_size(text: Any) -> int:
    """Return the bytes of a size; a number alone counts bytes.

    Raises
    ------
    SpecError
        When it is no size.

    Examples
    --------
    >>> parse_size("1.5G"), parse_size("1500 MB"), parse_size("1GiB"), parse_size(5000)
    (1610612736, 1500000000, 1073741824, 5000)
    """
    match = _SIZE.fullmatch(str(text).strip())
    if match is None or isinstance(text, bool):
        raise SpecError(f"{text!r} is not a size: write for example 60G, 1500M or 256MB.")
    is_decimal = bool(match[4]) and not match[3]
    power = _POWERS.index(match[2].lower()) + 1 if match[2] else 0
    return int(float(match[1]) * (1000 if is_decimal else 1024) ** power)


def parse_bytes(text: Any) -> int | None:
    """Return the bytes of a limit; None for "none", without limit.

    Raises
    ------
    SpecError
        When it is no size.

    Examples
    --------
    >>> parse_bytes("256 MB"), parse_bytes("1GiB"), parse_bytes(5000), parse_bytes("none")
    (256000000, 1073741824, 5000, None)
    """
    if str(text).strip().lower() == "none":
        return None
    try:
        return parse_size(text)
    except SpecError:
        raise SpecError(f"{text!r} is not a size: write for example 256MB, 2GiB or none.") from None


def parse_memory(text: object) -> int:
    """Return the bytes of a job's memory: whole MiB, which every queue system can be asked for.

    Raises
    ------
    SpecError
        Not a size with a unit, or less than a worker needs to start.

    Examples
    --------
    >>> parse_memory("2G"), parse_memory("1.5 GiB")
    (2147483648, 1610612736)
    """
    # Queue systems read a number alone in different units.
    if not isinstance(text, str) or not re.search("[a-z]", text, _FLAGS):
        raise SpecError(
            f"memory {text!r} is not a size with its unit; write for example 60G or 2000M",
            field="memory",
        )
    try:
        size = parse_size(text) // _MIB * _MIB
    except SpecError:
        raise SpecError(
            f"memory {text!r} is not a size; write for example 60G or 2000M", field="memory"
        ) from None
    if size < SMALLEST_MEMORY_BYTES:
        raise SpecError(
            f"memory {text!r} is too small: a worker needs 256M to start; write for example 2G",
            field="memory",
        )
    return size


def format_memory(size: int) -> str:
    """Return a byte count in whole units that every queue system reads, rounded down to MiB.

    Examples
    --------
    >>> format_memory(2147483648), format_memory(1610612736)
    ('2G', '1536M')
    """
    if size % 1024**3 == 0:
        return f"{size // 1024**3}G"
    return f"{size // _MIB}M"


def parse_time(text: Any) -> float:
    """Return the seconds of a time.

    Parameters
    ----------
    text : str
        ``1:30:00``, ``2-00`` (days-hours), ``2-12:00:00``, ``90m``, ``1h30m``, ``1.5 hours``. Two
        numbers are refused: SLURM reads them as minutes and seconds, people mean hours; one number
        too, since queue systems read it in different units.

    Raises
    ------
    SpecError
        Another form, no time at all, or too much.

    Examples
    --------
    >>> parse_time("1h30m"), parse_time("2-00")
    (5400.0, 172800.0)
    """
    words = text.strip() if isinstance(text, str) else ""
    seconds = _clock_seconds(words)
    if seconds is None:
        seconds = _part_seconds(words)
    if seconds is None:
        raise SpecError(f"{text!r} is not a time; {_advice(text)}")
    if not 0 < seconds <= LONGEST_TIME_S:
        raise SpecError(
            f"{text!r} is {'no' if seconds == 0 else 'too long a'} time; {_advice(None)}"
        )
    return seconds


def parse_walltime(text: object) -> int:
    """Return the whole seconds of a job's time limit; see `parse_time`.

    Raises
    ------
    SpecError
        It is no time.

    Examples
    --------
    >>> parse_walltime("03:00:00")
    10800
    """
    return math.ceil(parse_duration(text, "walltime"))


def parse_duration(text: object, field: str) -> float:
    """Return the seconds of a time that the property `field` has; see `parse_time`.

    Raises
    ------
    SpecError
        It is no time.

    Examples
    --------
    >>> parse_duration("2h", "idle_timeout")
    7200.0
    """
    try:
        return parse_time(text)
    except SpecError as error:
        raise SpecError(f"{field} {error}", field=field) from None


def format_walltime(seconds: int) -> str:
    """Return the form of a time that SLURM and `parse_time` read.

    Examples
    --------
    >>> format_walltime(90061)
    '1-01:01:01'
    """
    days, rest = divmod(seconds, 86_400)
    return f"{days}-{format_clock(rest)}" if days else format_clock(rest)


def format_clock(seconds: int, *, has_seconds: bool = True) -> str:
    """Return hours, minutes and seconds without days; without seconds they are rounded up.

    Examples
    --------
    >>> format_clock(93600), format_clock(30, has_seconds=False)
    ('26:00:00', '00:01')
    """
    minutes, rest = divmod(seconds, 60)
    if not has_seconds:
        minutes += rest > 0
    clock = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{clock}:{rest:02}" if has_seconds else clock


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
    """Return a time in seconds, which may be a number alone; None for "none", without end.

    Raises
    ------
    SpecError
        When it is shorter than what a living kernel may be silent for.

    Examples
    --------
    >>> parse_silence("300"), parse_silence("5m"), parse_silence("none")
    (300.0, 300.0, None)
    """
    if str(text).strip().lower() == "none":
        return None
    try:
        seconds = float(text)
    except (TypeError, ValueError):
        seconds = parse_time(text)
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


def memory_text(text: Any) -> str:
    """Return a setting that is a job's memory as it is written, if it is one."""
    parse_memory(text)
    return str(text)


def time_text(text: Any) -> str:
    """Return a setting that is a time as it is written, if it is one."""
    parse_time(text)
    return str(text)


def _clock_seconds(words: str) -> float | None:
    match = _CLOCK.fullmatch(words)
    if match is None:
        match = _DAYS.fullmatch(words)
    if match is None:
        return None
    days, hours, minutes, rest = (int(part or 0) for part in (*match.groups(), None)[:4])
    return float(((days * 24 + hours) * 60 + minutes) * 60 + rest)


def _part_seconds(words: str) -> float | None:
    """Return the seconds of ``1d 2h30m``; each unit may stand once, the larger ones first."""
    total, at, units = 0.0, 0, ""
    while at < len(words):
        match = _PART.match(words, at)
        if match is None:
            return None
        total += float(match[1]) * _SECONDS[match[2][0].lower()]
        at, units = match.end(), units + match[2][0].lower()
    return total if units and re.fullmatch("d?h?m?s?", units) else None


def _advice(text: object) -> str:
    if isinstance(text, int | float):
        return "in YAML and Python a time needs quotes, for example '03:00:00' or '90m'"
    return "write for example 03:00:00 (hours:minutes:seconds), 90m, 1h30m or 1-12:00:00"
