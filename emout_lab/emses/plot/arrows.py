"""Vectors: streamlines and arrows in a plane, arrows in space."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from emout_lab.emses.plot import levels, modes, scales, spacing
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot.finish import Dressing, split_options
from emout_lab.emses.plot.labels import View, labelled
from emout_lab.emses.plot.maps import add_colorbar, show_few_digits
from emout_lab.emses.plot.space import dress_space
from emout_lab.errors import DataError

MODES = ("stream", "vec")
#: Other names of modes.
MODE_ALIASES = {"quiver": "vec"}
#: Arrows along the longer side of a plane, and of a volume, where `skip` is not given.
ARROWS_IN_PLANE = 24
ARROWS_IN_SPACE = 8

Array = np.ndarray[Any, Any]


def plot_plane(
    first: View,
    second: View,
    *,
    name: str = "",
    mode: str = "stream",
    axes: str = "auto",
    skip: int | None = None,
    color: Any = None,
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Any = None,
    lengths: bool = False,
    colorbar: bool = True,
    **options: Any,
) -> Any:
    """Draw vectors of a plane, coloured by their length.

    Parameters
    ----------
    first, second : View
        Components along the horizontal and the vertical direction.
    name : str
        Name of the vector.
    mode : {"stream", "vec"}
        Streamlines or arrows.
    axes : str
        Horizontal and vertical direction, such as ``"xz"``; ``"auto"`` for the order of the data.
    skip : int, optional
        Draw each `skip`-th arrow; about 24 along the longer side by default.
    color : optional
        One colour for all; by default the colour tells the length.
    vmin, vmax : float, optional
        Range of the colours.
    norm : optional
        A norm, or ``"log"``.
    lengths : bool
        Draw arrows as long as the vectors are; by default all have one length, and the colour alone
        tells theirs, so that weak fields are seen as well.
    colorbar : bool
        False leaves the colour bar out.
    **options
        ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``; the rest
        goes to `matplotlib.axes.Axes.streamplot` (``density``, ``linewidth``, …) or
        `matplotlib.axes.Axes.quiver` (``scale``, …).

    Raises
    ------
    BadOption
        When an option does not fit the values, or there is none of its name.
    """
    mode = checked_mode(mode)
    first, second = (spacing.ordered(view) for view in arranged(first, second, axes))
    dressing, rest = split_options(options)
    rest = plot_options.of_vectors(rest, mode)
    skip = plot_options.stride(skip)
    if mode == "stream":
        levels.refuse_narrow(first, f"mode={mode!r}", "mode='vec' draws arrows at single points")
    if "cmap" in rest:
        rest = {**rest, "cmap": scales.cmap_for(rest["cmap"])}
    length = np.hypot(first.values, second.values)
    scale = scales.norm_for(length, norm, vmin, vmax, name=f"|{name}|" if name else "the length")
    ax = dressing.axes()
    artist: Any
    if mode == "stream":
        artist = streams(ax, first, second, color, scale, rest)[0]
    else:
        artist = _arrows(ax, first, second, skip, lengths, color, scale, rest)
    _frame(ax, first)
    if colorbar and color is None:
        add_colorbar(artist, ax, labelled(f"|{name}|" if name else "length", first.unit))
    dressing.write(ax, title=first.title, xlabel=first.axis_label(1), ylabel=first.axis_label(0))
    return artist


def plot_space(
    views: Sequence[View],
    *,
    name: str = "",
    skip: int | None = None,
    cmap: Any = None,
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Any = None,
    lengths: bool = False,
    colorbar: bool = True,
    **options: Any,
) -> Any:
    """Draw vectors of a volume as arrows on axes in space, coloured by their length.

    Parameters
    ----------
    views : sequence of View
        Components along x, y, z, each with the dimensions z, y, x.
    name : str
        Name of the vector.
    skip : int, optional
        Draw each `skip`-th arrow; about 8 along the longest side by default.
    cmap, vmin, vmax, norm : optional
        How the length is coloured.
    lengths : bool
        Draw arrows as long as the vectors are; by default all have one length.
    colorbar : bool
        False leaves the colour bar out.
    **options
        ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``; the rest
        goes to the ``quiver`` of the axes.
    """
    dressing, rest = split_options(options)
    views = [spacing.ordered(view) for view in views]
    first = views[0]
    step = plot_options.stride(skip) or stride(first.values.shape, ARROWS_IN_SPACE)
    part = (slice(None, None, step),) * 3
    parts = [view.values[part].astype(float).ravel() for view in views]
    length = np.sqrt(sum(values**2 for values in parts))
    # Arrows without length have no head, so they would shift the colours of the others.
    is_drawn = (length > 0) & np.isfinite(length)
    parts, length = [values[is_drawn] for values in parts], length[is_drawn]
    scale = scales.norm_for(length, norm, vmin, vmax, name=f"|{name}|" if name else "the length")
    colours = scales.cmap_for(cmap)
    ax: Any = dressing.axes_in_space()
    places = np.meshgrid(*(axis[::step] for axis in first.axes), indexing="ij")
    # A single point has room as of a cell of the size of its position.
    room = max(spacing.step(axis[::step]) for axis in first.axes) or max(
        abs(float(axis[0])) or 1.0 for axis in first.axes
    )
    factor = 0.9 * room / ((length.max(initial=0.0) or 1.0) if lengths else length)
    arrows = ax.quiver(
        *(place.ravel()[is_drawn] for place in places[::-1]),
        *(values * factor for values in parts),
        **rest,
    )
    arrows.set_cmap(colours)
    arrows.set_norm(scale)
    # Matplotlib draws all shafts, then the strokes on either side of all heads.
    arrows.set_array(np.tile(length, 3))
    if colorbar:
        label = labelled(f"|{name}|" if name else "length", first.unit)
        ax.figure.colorbar(arrows, ax=ax, label=label, shrink=0.7, pad=0.2)
    dress_space(ax, first, dressing)
    return arrows


def _frame(ax: Axes, view: View) -> None:
    if min(len(axis) for axis in view.axes) > 1:
        ax.set_xlim(view.axes[1][0], view.axes[1][-1])
        ax.set_ylim(view.axes[0][0], view.axes[0][-1])
    ax.set_aspect("equal")
    show_few_digits(ax)


def streams(
    ax: Axes, first: View, second: View, color: Any, norm: Any, options: dict[str, Any]
) -> list[Artist]:
    """Draw streamlines; return the lines, and the heads of their arrows.

    They are followed on an even grid: where positions are not even, between the values there.
    """
    others = set(ax.patches)
    first, second = spacing.evened(first), spacing.evened(second)
    length = np.hypot(first.values, second.values)
    colours = {"color": color} if color is not None else {"color": length, "norm": norm}
    lines = ax.streamplot(
        first.axes[1], first.axes[0], first.values, second.values, **{**colours, **options}
    ).lines
    return [lines, *(patch for patch in ax.patches if patch not in others)]


def arrow_values(
    first: View, second: View, skip: int | None, lengths: bool
) -> tuple[Array, Array, Array]:
    """Return both components and the length of every few vectors, components as they are drawn."""
    step = skip or stride(first.values.shape, ARROWS_IN_PLANE)
    part = (slice(None, None, step), slice(None, None, step))
    u, v = first.values[part], second.values[part]
    size = np.hypot(u, v)
    if not lengths:
        u, v = (values / np.where(size > 0, size, 1.0) for values in (u, v))
    return u, v, size


def _arrows(
    ax: Axes,
    first: View,
    second: View,
    skip: int | None,
    lengths: bool,
    color: Any,
    norm: Any,
    options: dict[str, Any],
) -> Any:
    """Draw arrows centred on every few grid points."""
    u, v, size = arrow_values(first, second, skip, lengths)
    if not lengths:
        options = {"scale": 1.1 * max(size.shape), "scale_units": "width", **options}
    step = skip or stride(first.values.shape, ARROWS_IN_PLANE)
    places = first.axes[1][::step], first.axes[0][::step]
    if any(axis[0] > axis[-1] for axis in first.axes):
        # By default arrows point as on paper, whichever way an axis runs.
        options = {"angles": "xy", **options}
    if color is not None:
        return ax.quiver(*places, u, v, **{"color": color, "pivot": "mid", **options})
    return ax.quiver(*places, u, v, size, **{"norm": norm, "pivot": "mid", **options})


def checked_mode(mode: str) -> str:
    """Return a mode by its own name; `DataError` when there is none of this name."""
    return modes.checked(mode, MODES, MODE_ALIASES, of="vectors")


def arranged(first: View, second: View, axes: str) -> tuple[View, View]:
    """Return the components along the horizontal and the vertical direction of a drawing.

    Parameters
    ----------
    first, second : View
        Components along the last dimension of the data and the one before.
    axes : str
        Both directions, such as ``"xz"``, or ``"auto"``.
    """
    across = "".join(first.dims[::-1])
    if axes not in ("auto", across, across[::-1]):
        raise DataError(f"axes={axes!r} does not fit a slice of {first.dims}; say {across!r}.")
    return (second.transposed(), first.transposed()) if axes == across[::-1] else (first, second)


def stride(shape: tuple[int, ...], arrows: int) -> int:
    """Return which arrows are drawn: each second, each third, …."""
    return max(1, round(max(shape) / arrows))


def stream_style(options: dict[str, Any]) -> dict[str, Any]:
    """Return those of the options of `plot_plane` that streamlines themselves take."""
    own = {*inspect.signature(plot_plane).parameters, *Dressing.__dataclass_fields__}
    return {name: value for name, value in options.items() if name not in own}
