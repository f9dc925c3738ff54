"""Colour maps and contours of two dimensions."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.image import AxesImage

from emout_lab.emses.plot import contrast, modes
from emout_lab.emses.plot.colorbars import add_colorbar
from emout_lab.emses.plot.finish import Dressing, split_options, tidy
from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.proportions import aspect_of
from emout_lab.errors import DataError

Aspect: TypeAlias = Literal["equal", "auto"] | float

MODES = ("cm", "cont", "cm+cont")
#: Other names of modes.
MODE_ALIASES = {"cmap": "cm", "cmap+cont": "cm+cont"}
#: How contours look that lie over a map of whatever colours.
CONTOURS_OVER_MAP: dict[str, Any] = {
    "colorbar": False,
    "colors": "white",
    "linewidths": 0.8,
    "outlined": True,
}
#: Options of maps that contour lines do not have.
NOT_OF_LINES = ("colorbar", "colorbar_label", "aspect", "interpolation")


@tidy
def plot_map(
    view: View, *, mode: str = "cm", axes: str = "auto", **options: Any
) -> AxesImage | QuadContourSet:
    """Draw values over two coordinates, the last dimension horizontally.

    Parameters
    ----------
    view : View
        Two dimensions.
    mode : {"cm", "cont", "cm+cont"}
        Colour map, contour lines, or both.
    axes : str
        Horizontal and vertical dimension, such as ``"xz"``; ``"auto"`` for the order of the data.
    **options
        For `colour_map` and `contour`; also ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``,
        ``savefilename``, ``show``.

    Returns
    -------
    matplotlib.image.AxesImage or matplotlib.contour.QuadContourSet
    """
    mode = checked_mode(mode)
    view = arranged(view, axes)
    dressing, rest = split_options(options)
    ax = dressing.axes()
    artist: AxesImage | QuadContourSet
    if mode == "cont":
        artist = contour(view, ax=ax, **rest)
    else:
        artist = colour_map(view, ax=ax, **rest)
        if mode == "cm+cont":
            contour(view, ax=ax, **contours_of(artist))
    dressing.write(ax, title=view.title, xlabel=view.axis_label(1), ylabel=view.axis_label(0))
    return artist


def colour_map(
    view: View,
    *,
    ax: Axes,
    colorbar: bool = True,
    colorbar_label: str | None = None,
    aspect: Aspect | None = None,
    **options: Any,
) -> AxesImage:
    """Draw values as colours, with a colour bar as high as the map.

    Parameters
    ----------
    view : View
        Two dimensions, evenly spaced.
    ax : Axes
        Drawn on.
    colorbar : bool
        False leaves the colour bar out.
    colorbar_label : str, optional
        In place of the name and unit of the values.
    aspect : float or str, optional
        Equal by default where both axes are lengths.
    **options
        For `matplotlib.axes.Axes.imshow`: ``cmap``, ``vmin``, ``vmax``, ``norm`` (also ``"log"``),
        ``interpolation``, …
    """
    is_first = not ax.has_data()
    vertical, horizontal = view.axes
    image = ax.imshow(
        view.values,
        origin="lower",
        extent=(*_edges(horizontal), *_edges(vertical)),
        aspect=aspect or aspect_of(view, ax),
        **options,
    )
    if is_first:
        # Cells are centred on the grid points, so the outer ones reach half a cell over the domain.
        _limit(ax, horizontal, vertical)
    if colorbar:
        add_colorbar(image, ax, view.label if colorbar_label is None else colorbar_label)
    return image


def contour(
    view: View,
    *,
    ax: Axes,
    colorbar: bool = True,
    colorbar_label: str | None = None,
    aspect: Aspect | None = None,
    **options: Any,
) -> QuadContourSet:
    """Draw contour lines.

    Parameters
    ----------
    view : View
        Two dimensions.
    ax : Axes
        Drawn on.
    colorbar : bool
        False leaves the colour bar out.
    colorbar_label : str, optional
        In place of the name and unit of the values.
    aspect : float or str, optional
        Equal by default where both axes are lengths.
    **options
        For `matplotlib.axes.Axes.contour`: ``levels``, ``colors``, ``cmap``, …
    """
    lines = draw_contours(ax, view, contour_style(options))
    ax.set_aspect(aspect or aspect_of(view, ax))
    if colorbar:
        add_colorbar(lines, ax, view.label if colorbar_label is None else colorbar_label)
    return lines


def draw_contours(ax: Axes, view: View, style: dict[str, Any]) -> QuadContourSet:
    """Draw contour lines in colours that are seen on what is there already.

    Parameters
    ----------
    ax : Axes
        Drawn on.
    view : View
        Two dimensions.
    style : dict
        For `matplotlib.axes.Axes.contour`; colours that it names are taken as they are, with an
        outline over a map where ``outlined`` is true.
    """
    is_ours = not {"colors", "cmap"} & set(style)
    own = {"cmap": contrast.for_lines(ax), **style} if is_ours else dict(style)
    is_outlined = own.pop("outlined", is_ours)
    lines = ax.contour(view.axes[1], view.axes[0], view.values, **own)
    if is_outlined:
        contrast.set_outline(ax, [lines])
    return lines


def contours_of(image: AxesImage) -> dict[str, Any]:
    """Return how contours of a map look on the map itself: black or white by its colour there."""
    colours = contrast.black_or_white(image.get_cmap())
    return {"colorbar": False, "cmap": colours, "norm": image.norm, "linewidths": 0.8}


def contour_style(options: dict[str, Any]) -> dict[str, Any]:
    """Return those of the options of `plot_map` that contour lines themselves take."""
    own = {*Dressing.__dataclass_fields__, "axes", *NOT_OF_LINES}
    return {name: value for name, value in options.items() if name not in own}


def checked_mode(mode: str) -> str:
    """Return a mode by its own name; `DataError` when there is none of this name."""
    return modes.checked(mode, MODES, MODE_ALIASES, of="a map")


def arranged(view: View, axes: str) -> View:
    """Return a map with the dimensions that are asked for along its axes."""
    wanted = (view.dims[1] + view.dims[0]) if axes == "auto" else axes
    if wanted == view.dims[1] + view.dims[0]:
        return view
    if wanted == view.dims[0] + view.dims[1]:
        return view.transposed()
    raise DataError(
        f"axes={axes!r} does not fit a slice of {view.dims}; "
        f"say {''.join(view.dims)!r} or {''.join(view.dims[::-1])!r}."
    )


def _edges(centres: np.ndarray[Any, Any]) -> tuple[float, float]:
    half = (centres[1] - centres[0]) / 2 if len(centres) > 1 else 0.5
    return float(centres[0] - half), float(centres[-1] + half)


def _limit(ax: Axes, horizontal: np.ndarray[Any, Any], vertical: np.ndarray[Any, Any]) -> None:
    if len(horizontal) > 1:
        ax.set_xlim(horizontal[0], horizontal[-1])
    if len(vertical) > 1:
        ax.set_ylim(vertical[0], vertical[-1])
