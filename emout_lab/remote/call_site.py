"""Where the user wrote a call."""

from __future__ import annotations

import linecache
import re
import sys
import sysconfig
import warnings
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import FrameType

from emout_lab.engine.protocol import Origin
from emout_lab.engine.remote_errors import SOURCE_CHARACTERS
from emout_lab.remote import ipython

PACKAGE = str(Path(__file__).parent.parent)
LIBRARIES = tuple(
    {str(Path(sysconfig.get_path(name))) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def described(origin: Origin | None) -> Origin | None:
    """Return an origin with its line of source, and the name of its cell in a notebook."""
    if origin is None:
        return None
    filename, line = origin.filename, origin.line
    source = linecache.getline(filename, line).strip()[:SOURCE_CHARACTERS]
    return replace(origin, source=source, label=ipython.cell_name(filename) or "")


def mention(origin: Origin | None, before: str) -> str:
    """Return the place of an origin and its line of source, after some words; "" without one."""
    found = described(origin)
    if found is None:
        return ""
    return f"{before}{found.place}" + (f": {found.source}" if found.source else "")


def with_cells(traceback: str) -> str:
    """Return a traceback of an engine with the names and lines of the notebook's own cells."""

    def named(match: re.Match[str]) -> str:
        filename, line, rest = match[1], int(match[2]), match[3]
        cell = ipython.cell_name(filename)
        source = linecache.getline(filename, line).strip()[:SOURCE_CHARACTERS]
        return f"{cell}, line {line}{rest}\n    {source}" if cell else match[0]

    return re.sub(r'File "([^"]+)", line (\d+)(.*)', named, traceback)


@lru_cache(maxsize=4096)
def _is_users(filename: str) -> bool:
    return not filename.startswith((PACKAGE, *LIBRARIES, "<frozen"))


def origin() -> Origin | None:
    """Return the innermost line of the user's own code, and the library's function it called."""
    frame = sys._getframe(1)
    outside: Origin | None = None
    through: FrameType | None = None
    while frame is not None:
        filename = frame.f_code.co_filename
        if _is_users(filename):
            return Origin(filename, frame.f_lineno, via=_name(through))
        if not filename.startswith(PACKAGE):
            through = frame
            outside = outside or Origin(filename, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    return outside


def _name(frame: FrameType | None) -> str:
    return "" if frame is None else f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"


def warn_at_users_line(message: str, otherwise: Origin | None = None) -> None:
    """Warn the user, naming the line of the user's own code that led here.

    Parameters
    ----------
    message : str
        What to say.
    otherwise : Origin, optional
        The line that is meant where none of the user's own runs, as at the end of a cell.
    """
    line = origin()
    if line is None or not _is_users(line.filename):
        line = otherwise or line
    place = (line.filename, line.line) if line else ("emout_lab", 0)
    warnings.warn_explicit(message, UserWarning, *place)
