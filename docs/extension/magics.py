"""The magics, as their parsers have them."""

from __future__ import annotations

import inspect
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from emout_lab.parallel.magics import ParallelMagics
from emout_lab.remote.magics import RemoteMagics
from extension.markdown import code, from_rst, table

MAGICS: dict[str, Callable[..., Any]] = {
    "%%remote_figure": RemoteMagics.remote_figure,
    "%%remote": RemoteMagics.remote,
    "%px": ParallelMagics.px,
    "%%px": ParallelMagics.cell_px,
    "%autopx": ParallelMagics.autopx,
    "%pxresult": ParallelMagics.pxresult,
    "%pxconfig": ParallelMagics.pxconfig,
}


def make() -> str:
    """Return a section for each magic."""
    return "\n".join(line for name, magic in MAGICS.items() for line in _section(name, magic))


def _section(name: str, magic: Callable[..., Any]) -> Iterator[str]:
    parser: ArgumentParser | None = getattr(magic, "parser", None)
    yield f"## `{name}`\n"
    # A parser puts its options before the function's own text.
    text = parser.description if parser is not None else inspect.getdoc(magic)
    yield from_rst(inspect.cleandoc(text or "")) + "\n"
    if parser is None:
        return
    rows = [
        (
            code(", ".join(action.option_strings) or action.metavar or action.dest),
            (action.help or "").replace("%%", "%"),
        )
        for action in parser._actions
    ]
    yield table(("option", ""), rows)
