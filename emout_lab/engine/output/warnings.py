"""Warnings of a program name the user's own line, not the line of the engine that called."""

from __future__ import annotations

import sys
import threading
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from emout_lab.engine import cells
from emout_lab.engine.protocol import Origin
from emout_lab.format import shorten

#: Of a warning, more than a person reads is left out.
MAX_CHARACTERS = 10_000
OWN_PACKAGE = "emout_lab.engine"
OWN_FOLDER = str(Path(__file__).parents[1])
REGISTRY = "__warningregistry__"


class ProgramWarnings:
    """Shows warnings of the thread that runs programs with the place where the user wrote the call.

    Attributes
    ----------
    origin : Origin or None
        Where the user wrote the call that runs; None while figures are rendered.
    """

    def __init__(self) -> None:
        self.origin: Origin | None = None
        self._thread: int | None = None
        self._modules_seen = 0
        self._own: list[dict[str, Any]] = []

    def start(self) -> None:
        """Show them so from now on."""
        self._original = warnings.showwarning
        warnings.showwarning = self._show

    def close(self) -> None:
        """Let warnings show as before."""
        warnings.showwarning = self._original

    def begin_program(self) -> None:
        """Reset the filters of warnings, so that each program warns again."""
        self._thread = threading.get_ident()
        self.origin = None
        if len(sys.modules) != self._modules_seen:
            self._modules_seen = len(sys.modules)
            loaded = list(sys.modules.items())
            self._own = [vars(module) for name, module in loaded if name.startswith(OWN_PACKAGE)]
        for names in self._own:
            names.pop(REGISTRY, None)

    def _show(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        is_ours = self._thread == threading.get_ident() and file is None
        if is_ours:
            text = shorten(str(message), MAX_CHARACTERS)
            sys.stderr.write(self._text(self.origin, text, category, filename, lineno))
        else:
            self._original(message, category, filename, lineno, file, line)

    def _text(
        self,
        origin: Origin | None,
        message: str,
        category: type[Warning],
        filename: str,
        lineno: int,
    ) -> str:
        what = f"{category.__name__}: {message}"
        if origin is None:
            return f"{what}\n  while a figure was rendered\n"
        source = f"\n  {origin.source}" if origin.source else ""
        if filename.startswith(OWN_FOLDER):
            return f"{origin.place}: {what}{source}\n"
        if filename == origin.filename:  # the user's own function
            return f"{replace(origin, line=lineno).place}: {what}\n"
        text = cells.shown_names(warnings.formatwarning(message, category, filename, lineno))
        # Of a cell that runs here, the line is said; a library's line says nothing of the user's.
        return text if filename.startswith("<") else f"{text}  because of {origin.place}{source}\n"
