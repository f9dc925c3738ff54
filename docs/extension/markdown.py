"""Pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a line break or a bar in a cell cannot end it."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def code(text: object) -> str:
    """Return a text in monospace."""
    return f"`{text}`" if str(text) else ""


def from_rst(text: str) -> str:
    """Return the text of a docstring, whose code stands between two backquotes or one."""
    return re.sub(r"``(.+?)``", r"`\1`", text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
