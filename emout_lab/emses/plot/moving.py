"""First frames of animations, and how the next ones come into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize

from emout_lab.emses.plot import lines, maps
from emout_lab.emses.plot.labels import View
from emout_lab.errors import DataError

Array = np.ndarray[Any, Any]
Bring = Callable[[Array], None]


def first_frame(
    view: View, ax: Axes, low: float, high: float, options: dict[str, Any]
) -> tuple[Artist, Bring]:
    """Draw the first frame; return the moving artist and what brings values into it."""
    draw = _draw_map if len(view.dims) == 3 else _draw_line
    return draw(view, ax, low, high, options)


def heading(view: View, title: str | None) -> str:
    """Return the title of a frame, with ``{}`` where its time goes."""
    if title and "{}" in title:
        return title
    time = f"{view.dims[0]} = {{}}"
    parts = [title or "", time, view.title.replace("{", "{{").replace("}", "}}")]
    return ", ".join(part for part in parts if part)


def take_limits(values: Array, options: dict[str, Any]) -> tuple[float, float]:
    """Take one scale for all frames, from the options (out of which it is taken) or the data."""
    is_log = options.get("norm") == "log"
    finite = values[np.isfinite(values) & (values > 0)] if is_log else values[np.isfinite(values)]
    low, high = options.pop("vmin", None), options.pop("vmax", None)
    if finite.size:
        low = float(finite.min()) if low is None else low
        high = float(finite.max()) if high is None else high
    return (0.0 if low is None else low), (1.0 if high is None else high)


def _draw_map(
    view: View, ax: Axes, low: float, high: float, options: dict[str, Any]
) -> tuple[Artist, Bring]:
    norm = options.pop("norm", None)
    if norm is None or isinstance(norm, str):
        norm = LogNorm(low, high) if norm == "log" else Normalize(low, high)
    is_turned = options.get("axes", "auto") not in ("auto", view.dims[2] + view.dims[1])
    image = maps.plot_map(view.at(0), ax=ax, title="", norm=norm, **options)
    if not hasattr(image, "set_data"):
        raise DataError(
            "gifplot() animates colour maps and lines; contours (mode='cont') do not move."
        )

    def bring(values: Array) -> None:
        image.set_data(values.T if is_turned else values)

    return image, bring


def _draw_line(
    view: View, ax: Axes, low: float, high: float, options: dict[str, Any]
) -> tuple[Artist, Bring]:
    margin = 0.05 * (high - low) or 1.0
    line = lines.plot_line(
        view.at(0), ax=ax, title="", vmin=low - margin, vmax=high + margin, **options
    )
    return line, line.set_ydata
