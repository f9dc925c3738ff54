"""Colour maps and contours of two dimensions."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.contour import QuadContourSet
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox

from emout_lab.emses.plot import modes
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
            contour(view, ax=ax, **CONTOURS_OVER_MAP)
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
        aspect=aspect or _aspect(view),
        **options,
    )
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
    lines = ax.contour(view.axes[1], view.axes[0], view.values, **contour_style(options))
    ax.set_aspect(aspect or _aspect(view))
    show_few_digits(ax)
    if colorbar:
        add_colorbar(lines, ax, view.label if colorbar_label is None else colorbar_label)
    return lines


def contour_style(options: dict[str, Any]) -> dict[str, Any]:
    """Return those of the options of `plot_map` that contour lines themselves take."""
    own = {*Dressing.__dataclass_fields__, "axes", *NOT_OF_LINES}
    return {name: value for name, value in options.items() if name not in own}


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


def _edges(centres: np.ndarray[Any, Any]) -> tuple[float, float]:
    half = (centres[1] - centres[0]) / 2 if len(centres) > 1 else 0.5
    return float(centres[0] - half), float(centres[-1] + half)


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
