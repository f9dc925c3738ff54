"""Colour maps and contours of two dimensions."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.contour import QuadContourSet
from matplotlib.transforms import Bbox

from emout_lab.emses.plot import cells, levels, modes, scales, spacing
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot.cells import Cells
from emout_lab.emses.plot.finish import Dressing, split_options
from emout_lab.emses.plot.labels import View
from emout_lab.errors import DataError

Aspect: TypeAlias = Literal["equal", "auto"] | float

MODES = ("cm", "cont", "cm+cont")
#: Other names of modes.
MODE_ALIASES = {"cmap": "cm", "cmap+cont": "cm+cont"}
#: How contours look that lie over a map.
CONTOURS_OVER_MAP: dict[str, Any] = {
    "colorbar": False,
    "colors": "white",
    "linewidths": 0.6,
    "alpha": 0.8,
}
#: Options of maps that contour lines do not have.
NOT_OF_LINES = ("colorbar", "colorbar_label", "aspect", "interpolation")
#: Width of a colour bar as part of its height, and its distance from the map [inch].
COLORBAR_SLENDERNESS = 0.05
COLORBAR_PAD_IN = 0.1
#: Room that a colour bar with ticks and label takes from the axes [inch]; bounds of its share.
COLORBAR_ROOM_IN = 0.9
COLORBAR_SHARE = (0.1, 0.18)


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
    view = spacing.ordered(arranged(view, axes))
    dressing, rest = split_options(options)
    of_map, of_lines = plot_options.parted(rest, mode)
    if mode != "cm":
        levels.refuse_narrow(view, f"mode={mode!r}", "mode='cm' draws one cell as well")
    if mode != "cont":
        of_map = _coloured(view, of_map)
        of_lines = {**CONTOURS_OVER_MAP, "norm": of_map["norm"], **of_lines}
    if mode != "cm":
        # Checked before axes are made or drawn on.
        line_style(view, of_lines)
    ax = dressing.axes()
    artist: Cells | QuadContourSet
    if mode == "cont":
        artist = contour(view, ax=ax, **of_lines)
    else:
        artist = colour_map(view, ax=ax, **of_map)
        if mode == "cm+cont":
            contour(view, ax=ax, **of_lines)
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
    image = cells.draw(ax, view, aspect=aspect or _aspect(view), **_coloured(view, options))
    if is_first:
        # Cells are centred on the grid points, so the outer ones reach half a cell over the domain.
        _limit(ax, horizontal, vertical)
    show_few_digits(ax)
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
    lines = levels.draw(ax, view, line_style(view, options))
    ax.set_aspect(aspect or _aspect(view))
    show_few_digits(ax)
    if colorbar:
        label = view.label if colorbar_label is None else colorbar_label
        levels.mark(add_colorbar(levels.bar_of(lines, view.values), ax, label), lines)
    return lines


def contour_style(options: dict[str, Any]) -> dict[str, Any]:
    """Return those of the options of `plot_map` that contour lines themselves take."""
    own = {*Dressing.__dataclass_fields__, "axes", *NOT_OF_LINES}
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
        style["cmap"] = scales.cmap_for(style.get("cmap"))
        if any(value is not None for value in range_given.values()) or _is_one(style):
            style["norm"] = norm
    return style


def add_colorbar(mappable: ScalarMappable, ax: Axes, label: str) -> Colorbar:
    """Put a colour bar beside axes that keeps their height, whatever their aspect and layout.

    Parameters
    ----------
    mappable : ScalarMappable
        What it explains.
    ax : Axes
        Its neighbour, which gives up some room.
    label : str
        Label along the bar.
    """
    figure = ax.figure
    if figure is None:
        raise DataError("These axes belong to no figure any more; draw on others.")
    width = max(ax.get_position(original=True).width * figure.bbox.width / figure.dpi, 1e-9)
    share = float(np.clip(COLORBAR_ROOM_IN / width, *COLORBAR_SHARE))
    bar = figure.colorbar(mappable, ax=ax, label=label, fraction=share, pad=COLORBAR_PAD_IN / width)
    bar.ax.set_axes_locator(_BesideMap(ax, bar.ax.get_axes_locator()))
    bar.ax.set_box_aspect(None)
    if isinstance(bar.formatter, ticker.ScalarFormatter):
        bar.formatter.set_powerlimits((-3, 4))
        bar.formatter.set_useMathText(True)
        bar.update_ticks()
    return bar


class _BesideMap:
    """Axes locator: as high as the map, which equal aspect makes smaller than its place."""

    def __init__(self, ax: Axes, inner: Any) -> None:
        self._ax = ax
        self._inner = inner

    def __call__(self, bar: Any, renderer: Any) -> Bbox:
        place = bar.get_position(original=True)
        # The colour bar's own locator makes room for the arrows of ``extend``.
        box = self._inner(bar, renderer) if self._inner is not None else place
        self._ax.apply_aspect()
        map_box = self._ax.get_position()
        width, height = bar.figure.bbox.size / bar.figure.dpi
        scale = map_box.height / place.height
        return Bbox.from_bounds(
            map_box.x1 + COLORBAR_PAD_IN / width,
            map_box.y0 + (box.y0 - place.y0) * scale,
            min(box.width, COLORBAR_SLENDERNESS * map_box.height * height / width),
            box.height * scale,
        )

    def get_subplotspec(self) -> Any:
        """Return the place in the grid, which layout engines ask for."""
        return None if self._inner is None else self._inner.get_subplotspec()


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


def _aspect(view: View) -> Aspect:
    return "equal" if "t" not in view.dims else "auto"


def show_few_digits(ax: Axes) -> None:
    """Write small and large coordinates with a power of ten at the axis' end."""
    for axis in (ax.xaxis, ax.yaxis):
        formatter = axis.get_major_formatter()
        if isinstance(formatter, ticker.ScalarFormatter):
            formatter.set_powerlimits((-3, 4))
            formatter.set_useMathText(True)
