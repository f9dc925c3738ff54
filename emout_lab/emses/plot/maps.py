"""Colour maps and contours of two dimensions."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet

from emout_lab.emses.plot import cells, contrast, levels, scales, spacing
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot.aspect import aspect_of
from emout_lab.emses.plot.cells import Cells
from emout_lab.emses.plot.colorbars import add_colorbar
from emout_lab.emses.plot.decorations import Decorations, split_options, tidy
from emout_lab.emses.plot.labels import View
from emout_lab.errors import BadOption

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
) -> Cells | QuadContourSet:
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
    matplotlib.image.AxesImage, matplotlib.collections.QuadMesh or matplotlib.contour.QuadContourSet
        A mesh where positions are not evenly spaced.

    Raises
    ------
    BadOption
        When an option does not fit the values, or there is none of its name.
    """
    mode = checked_mode(mode)
    view = in_order(view, axes)
    decorations, rest = split_options(options)
    of_map, of_lines = plot_options.parted(rest, mode)
    if mode != "cm":
        levels.refuse_narrow(view, f"mode={mode!r}", "mode='cm' draws one cell as well")
    if mode != "cont":
        of_map = _coloured(view, of_map)
    if mode != "cm":
        # Checked before axes are made or drawn on.
        line_style(view, {"norm": of_map.get("norm"), **of_lines})
    ax = decorations.axes()
    artist: Cells | QuadContourSet
    if mode == "cont":
        artist = contour(view, ax=ax, **of_lines)
    else:
        artist = colour_map(view, ax=ax, **of_map)
        if mode == "cm+cont":
            contour(view, ax=ax, **contours_of(artist, of_lines))
    decorations.write(ax, title=view.title, xlabel=view.axis_label(1), ylabel=view.axis_label(0))
    return artist


def colour_map(
    view: View,
    *,
    ax: Axes,
    colorbar: bool = True,
    colorbar_label: str | None = None,
    aspect: Aspect | None = None,
    **options: Any,
) -> Cells:
    """Draw values as colours, with a colour bar as high as the map.

    Parameters
    ----------
    view : View
        Two dimensions, positions in order.
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
    image = cells.draw(ax, view, aspect=aspect or aspect_of(view, ax), **_coloured(view, options))
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
    lines = draw_contours(ax, view, line_style(view, options))
    ax.set_aspect(aspect or aspect_of(view, ax))
    if colorbar:
        label = view.label if colorbar_label is None else colorbar_label
        levels.mark(add_colorbar(levels.bar_of(lines, view.values), ax, label), lines)
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
    lines = levels.draw(ax, view, own)
    if is_outlined:
        contrast.set_outline(ax, [lines])
    return lines


def contours_of(image: Cells, options: dict[str, Any]) -> dict[str, Any]:
    """Return how contours of a map look on the map itself: black or white by its colour there.

    Parameters
    ----------
    image : AxesImage or QuadMesh
        The map.
    options : dict
        Of the contours; colours that they name are taken as they are.
    """
    colours = {} if "colors" in options else {"cmap": contrast.black_or_white(image.get_cmap())}
    return {"colorbar": False, "norm": image.norm, "linewidths": 0.8, **colours, **options}


def contour_style(options: dict[str, Any]) -> dict[str, Any]:
    """Return those of the options of `plot_map` that contour lines themselves take."""
    own = {*Decorations.__dataclass_fields__, "axes", *NOT_OF_LINES}
    return {name: value for name, value in options.items() if name not in own}


def line_style(view: View, options: dict[str, Any]) -> dict[str, Any]:
    """Return what contour lines take, with levels and norm that fit the values.

    Parameters
    ----------
    view : View
        What is drawn.
    options : dict
        Of `plot_map` or `contour`.
    """
    style = contour_style(options)
    wanted = style.pop("levels", None)
    range_given = {name: style.pop(name, None) for name in ("norm", "vmin", "vmax")}
    norm = scales.norm_for(view.values, **range_given, name=view.name)
    if "locator" not in style:
        style["levels"] = levels.for_values(wanted, norm, view)
    if "colors" not in style:
        if style.get("cmap") is not None:
            style["cmap"] = scales.cmap_for(style["cmap"])
        if any(value is not None for value in range_given.values()) or _is_one(style):
            style["norm"] = norm
    return style


def in_order(view: View, axes: str) -> View:
    """Return a map as it is drawn: along the axes that are asked for, positions in order."""
    return spacing.ordered(arranged(view, axes))


def checked_mode(mode: str) -> str:
    """Return a mode by its own name; `DataError` when there is none of this name."""
    return plot_options.checked_mode(mode, MODES, MODE_ALIASES, of="a map")


def arranged(view: View, axes: str) -> View:
    """Return a map with the dimensions that are asked for along its axes."""
    wanted = (view.dims[1] + view.dims[0]) if axes == "auto" else axes
    if wanted == view.dims[1] + view.dims[0]:
        return view
    if wanted == view.dims[0] + view.dims[1]:
        return view.transposed()
    raise BadOption(
        f"axes={axes!r} does not fit a slice of {view.dims}; "
        f"say {''.join(view.dims)!r} or {''.join(view.dims[::-1])!r}.",
        "axes",
    )


def _coloured(view: View, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a map with norm and colour map in place of their names."""
    norm, vmin, vmax = (options.get(name) for name in ("norm", "vmin", "vmax"))
    rest = {name: value for name, value in options.items() if name not in ("vmin", "vmax")}
    if not all(map(spacing.is_even, view.axes)):
        cells.plain_options(view, rest)
    return {
        **rest,
        "norm": scales.norm_for(view.values, norm, vmin, vmax, name=view.name),
        "cmap": scales.cmap_for(rest.get("cmap")),
    }


def _is_one(style: dict[str, Any]) -> bool:
    return np.size(style.get("levels", ())) == 1 and np.ndim(style["levels"]) == 1


def _limit(ax: Axes, horizontal: np.ndarray[Any, Any], vertical: np.ndarray[Any, Any]) -> None:
    if len(horizontal) > 1:
        ax.set_xlim(horizontal[0], horizontal[-1])
    if len(vertical) > 1:
        ax.set_ylim(vertical[0], vertical[-1])
