"""The canvas that figures are rendered on: Agg, with every formula parsed once per engine.

matplotlib keeps parsed formulas with the renderer, and to it each tick label is a formula. A tight
picture takes two renderers and every figure two new ones: half of a figure's time went there.
"""

from __future__ import annotations

import functools
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

CACHE_SIZE = 4096
MARKS = ("mathtext.", "font.", "text.")
#: Settings on which the look of a formula depends.
SETTINGS = tuple(name for name in dict.keys(matplotlib.rcParams) if name.startswith(MARKS))


class Formulas:
    """Stands for a renderer's parser; what it has parsed serves all renderers."""

    def __init__(self, parser: Any) -> None:
        @functools.lru_cache(CACHE_SIZE)
        def parse(text: str, dpi: float, prop: Any, antialiased: Any, settings: str) -> Any:  # noqa: ARG001  # a part of the key
            return parser.parse(text, dpi, prop, antialiased=antialiased)

        self._parse = parse

    def parse(self, s: str, dpi: float = 72, prop: Any = None, *, antialiased: Any = None) -> Any:
        """Return the parsed formula; the names are those of matplotlib's own parser."""
        rc = matplotlib.rcParams
        settings = repr([dict.__getitem__(rc, name) for name in SETTINGS])
        # Font properties can be changed by whoever has them: the cache keeps a copy.
        return self._parse(s, dpi, None if prop is None else prop.copy(), antialiased, settings)


_AGG: Any = RendererAgg  # matplotlib's class has no types
FORMULAS = Formulas(_AGG(1, 1, 72).mathtext_parser)


class FigureCanvas(FigureCanvasAgg):
    """Agg with shared formulas; ``savefig(backend="module://emout_lab.engine.canvas")``."""

    def get_renderer(self) -> RendererAgg:
        """Return the renderer, which asks the shared formulas."""
        canvas: Any = super()
        renderer: RendererAgg = canvas.get_renderer()
        renderer.mathtext_parser = FORMULAS  # type: ignore[assignment]  # stands for a parser
        return renderer
