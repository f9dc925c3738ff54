"""Ways of drawing, by their names and those of the older system."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from emout_lab.errors import BadOption


def checked(mode: str, known: Collection[str], aliases: Mapping[str, str], *, of: str) -> str:
    """Return a mode by its own name.

    Raises
    ------
    BadOption
        When there is none of this name.

    Examples
    --------
    >>> checked("stream", ("line", "arrow"), {"stream": "line"}, of="vectors")
    'line'
    """
    name = aliases.get(mode, mode) if isinstance(mode, str) else mode
    if name not in known:
        there_are = ", ".join(map(repr, known))
        raise BadOption(f"No mode {mode!r} for {of}; there are {there_are}.", "mode")
    return name
