"""Sphinx extension: parts of pages that are made of the code which they describe.

A page has ``<!-- made: NAME ARGUMENTS -->`` where the Markdown stands that ``make`` of
``extension/NAME.py`` returns. So it reads well on GitHub, where nothing shows there.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

PLACE = re.compile(r"^<!-- made: (\w+)(.*?) -->$", re.MULTILINE)


def filled(text: str) -> str:
    """Return a page's text with what is made in its places."""

    def made(place: re.Match[str]) -> str:
        module = importlib.import_module(f"extension.{place[1]}")
        found: str = module.make(*place[2].split())
        return found

    return PLACE.sub(made, text)


def _fill(_app: Any, _name: str, source: list[str]) -> None:
    source[0] = filled(source[0])


def _outdated(_app: Any, env: Any, _added: Any, _changed: Any, _removed: Any) -> list[str]:
    """Read pages with made parts at each build: what they are made of may have changed."""
    names = [name for name in env.found_docs if name in env.all_docs]
    return [name for name in names if PLACE.search(Path(env.doc2path(name)).read_text("utf-8"))]


def setup(app: Any) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("source-read", _fill)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
