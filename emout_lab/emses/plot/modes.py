"""Ways of drawing, by their names and those of the older system."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from emout_lab.errors import DataError


def checked(mode: str, known: Collection[str], aliases: Mapping[str, str], *, of: str) -> str:
    """Return a mode by its own name.

    Raises
    ------
    DataError
        When there is none of this name.

    Examples
    --------
    >>> checked("stream", ("line", "arrow"), {"stream": "line"}, of="vectors")
    'line'
    """
    mode = aliases.get(mode, mode)
    if mode not in known:
        raise DataError(f"No mode {mode!r} for {of}; there are {', '.join(map(repr, known))}.")
    return mode
