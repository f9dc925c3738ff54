"""Agg with what it needs to know of formulas and fonts kept per engine.

matplotlib keeps parsed formulas with the renderer, and to it each tick label is a formula; how wide
a text is, and how high its font, it finds out for each picture anew. Every figure takes new
renderers: most of a figure's time went there.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections import OrderedDict
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import fontManager, get_font
from matplotlib.mathtext import MathTextParser

CACHE_SIZE = 4096
#: Parsed formulas that are kept, by the glyphs in them: as many as some thousand tick labels have.
MOST_GLYPHS = 16_384
GLYPH_BYTES = 600
PREFIXES = ("mathtext.", "font.", "text.")
#: Settings on which the look of a text depends.
SETTINGS = tuple(name for name in dict.keys(matplotlib.rcParams) if name.startswith(PREFIXES))
#: Where a font tells how far its letters reach: table, names of gap, ascent and descent.
HEIGHT_TABLES = (
    ("OS/2", "sTypoLineGap", "sTypoAscender", "sTypoDescender"),
    ("hhea", "lineGap", "ascent", "descent"),
)
_PARSER: Any = MathTextParser("path")  # matplotlib's class has no types


class Renderer(RendererAgg):
    """Agg's renderer for one picture; the settings are those of the time it is made.

    Parameters
    ----------
    size : (int, int)
        Width and height [pixel].
    dpi : float
        Dots per inch.
    """

    def __init__(self, size: tuple[int, int], dpi: float) -> None:
        agg: Any = super()  # matplotlib's class has no types
        agg.__init__(*size, dpi)
        rc = matplotlib.rcParams
        # One text for all pictures of the same settings: every entry of the caches refers to it.
        self._settings = sys.intern(repr([dict.__getitem__(rc, name) for name in SETTINGS]))
        self.mathtext_parser: Any = _Formulas(self._settings)

    def picture(self) -> memoryview:
        """Return the pixels: bytes, shape (height, width, 4)."""
        agg: Any = super()
        return memoryview(agg.buffer_rgba())

    def get_text_width_height_descent(
        self, s: str, prop: Any, ismath: Any
    ) -> tuple[float, float, float]:
        """Return the size of a text [pixel]; the names are matplotlib's own."""
        if ismath:
            agg: Any = super()
            size: tuple[float, float, float] = agg.get_text_width_height_descent(s, prop, ismath)
            return size
        return _text_size(s, prop.copy(), self.dpi, self._settings)

    def _get_font_height_metrics(self, prop: Any) -> tuple[float | None, ...]:
        # matplotlib asks a renderer that has this before it reads the font's tables itself.
        return _font_heights(prop.copy(), self.dpi, self._settings)


class _Formulas:
    """Stands for a renderer's parser; what it has parsed serves all renderers."""

    def __init__(self, settings: str) -> None:
        self._settings = settings

    def parse(self, s: str, dpi: float = 72, prop: Any = None, *, antialiased: Any = None) -> Any:
        """Return the parsed formula; the names are those of matplotlib's own parser."""
        # Font properties can be changed by whoever has them: the cache keeps a copy.
        prop = None if prop is None else prop.copy()
        return _PARSED.get((s, dpi, prop, antialiased, self._settings))


class _Parsed:
    """Parsed formulas, as many as have `MOST_GLYPHS` together; the longest unused give way."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()
        self.glyphs = 0

    def get(self, key: tuple[str, float, Any, Any, str]) -> Any:
        """Return what the formula, its place and settings give."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        text, dpi, prop, antialiased, _ = key
        parsed = _PARSER.parse(text, dpi, prop, antialiased=antialiased)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = parsed
                self.glyphs += _glyphs(parsed)
            while self.glyphs > MOST_GLYPHS:
                self.glyphs -= _glyphs(self._kept.popitem(last=False)[1])
        return parsed


def _glyphs(parsed: Any) -> int:
    return 1 + len(parsed.glyphs)  # and one for the entry itself


_PARSED = _Parsed()


def formula_bytes() -> int:
    """Return the memory that parsed formulas take, about."""
    return _PARSED.glyphs * GLYPH_BYTES


@functools.lru_cache(CACHE_SIZE)
def _text_size(text: str, prop: Any, dpi: float, settings: str) -> tuple[float, float, float]:  # noqa: ARG001  # a part of the key
    agg: Any = RendererAgg
    size: tuple[float, float, float] = agg(1, 1, dpi).get_text_width_height_descent(
        text, prop, ismath=False
    )
    return size


@functools.lru_cache(CACHE_SIZE)
def _font_heights(prop: Any, dpi: float, settings: str) -> tuple[float | None, ...]:  # noqa: ARG001  # a part of the key
    """Return ascent, descent and line gap [pixel] as matplotlib computes them."""
    manager: Any = fontManager
    font: Any = get_font(manager._find_fonts_by_props(prop))
    for table_name, gap, ascent, descent in HEIGHT_TABLES:
        table = font.get_sfnt_table(table_name)
        if table is not None:
            size = prop.get_size_in_points()
            scale = 1 / font.get_sfnt_table("head")["unitsPerEm"] * size * dpi / 72
            return table[ascent] * scale, -table[descent] * scale, table[gap] * scale
    return None, None, None
