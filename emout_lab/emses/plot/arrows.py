"""Vectors: streamlines and arrows in a plane, arrows in space."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from emout_lab.emses.plot import contrast, levels, scales, spacing
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot.aspect import aspect_of, box_shares, is_to_scale, size_in
from emout_lab.emses.plot.axes3d import decorate_space
from emout_lab.emses.plot.colorbars import add_colorbar, add_colorbar_in_space
from emout_lab.emses.plot.decorations import Decorations, split_options, tidy
from emout_lab.emses.plot.labels import View, labelled
from emout_lab.errors import BadOption

MODES = ("stream", "vec")
#: Other names of modes.
MODE_ALIASES = {"quiver": "vec"}
#: Arrows along the longer side of a plane, and of a volume, where `skip` is not given.
ARROWS_IN_PLANE = 24
ARROWS_IN_SPACE = 8
#: Density of streamlines by matplotlib's measure, and size of axes [inch] for the highest.
DENSITIES, DENSE_FROM_IN = (0.3, 1.0), 3.0
#: Width of their shafts as part of the axes' width, on paper and over a map.
WIDTH, WIDTH_OVER_MAP = 0.003, 0.0045

Array = np.ndarray[Any, Any]


@tidy
def plot_plane(
    first: View,
    second: View,
    *,
    name: str = "",
    mode: str = "stream",
    axes: str = "auto",
    skip: int | tuple[int, int] | None = None,
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
    skip : int or (int, int), optional
        Draw each `skip`-th arrow, or others across than up; about 24 along the longer side by
        default.
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
    decorations, rest = split_options(options)
    rest = plot_options.of_vectors(rest, mode)
    skip = plot_options.strides(skip)
    if mode == "stream":
        levels.refuse_narrow(first, f"mode={mode!r}", "mode='vec' draws arrows at single points")
    if "cmap" in rest:
        rest = {**rest, "cmap": scales.cmap_for(rest["cmap"])}
    length = np.hypot(first.values, second.values)
    scale = scales.norm_for(length, norm, vmin, vmax, name=f"|{name}|" if name else "the length")
    ax = decorations.axes()
    artist: Any
    if mode == "stream":
        artist = streams(ax, first, second, color, scale, rest)[0]
    else:
        artist = _arrows(ax, first, second, skip, lengths, color, scale, rest)
    _frame(ax, first)
    if colorbar and color is None:
        add_colorbar(artist, ax, labelled(f"|{name}|" if name else "length", first.unit))
    decorations.write(ax, title=first.title, xlabel=first.axis_label(1), ylabel=first.axis_label(0))
    return artist


@tidy
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
    decorations, rest = split_options(options)
    views = [spacing.ordered(view) for view in views]
    first = views[0]
    steps, shown_scales, cell = _thinned(first, plot_options.stride(skip))
    part = tuple(slice(None, None, step) for step in steps)
    parts = [view.values[part].astype(float).ravel() for view in views]
    length = np.sqrt(sum(values**2 for values in parts))
    # Arrows without length have no head, so they would shift the colours of the others.
    is_drawn = (length > 0) & np.isfinite(length)
    parts, length = [values[is_drawn] for values in parts], length[is_drawn]
    scale = scales.norm_for(length, norm, vmin, vmax, name=f"|{name}|" if name else "the length")
    own = None if cmap is None else scales.cmap_for(cmap)
    ax: Any = decorations.axes_in_space()
    places = np.meshgrid(
        *(axis[::step] for axis, step in zip(first.axes, steps, strict=True)), indexing="ij"
    )
    # As they are seen: in boxes that are not drawn to scale directions differ from those of data.
    seen = np.sqrt(sum((u * s) ** 2 for u, s in zip(parts, shown_scales[::-1], strict=True)))
    factor = 0.9 * cell / ((seen.max(initial=0.0) or 1.0) if lengths else seen)
    arrows = ax.quiver(
        *(place.ravel()[is_drawn] for place in places[::-1]),
        *(values * factor for values in parts),
        **rest,
    )
    arrows.set_cmap(scales.cmap_for(contrast.for_lines(ax)) if own is None else own)
    arrows.set_norm(scale)
    # Matplotlib draws all shafts, then the strokes on either side of all heads.
    arrows.set_array(np.tile(length, 3))
    if colorbar:
        label = labelled(f"|{name}|" if name else "length", first.unit)
        add_colorbar_in_space(arrows, ax, label)
    decorate_space(ax, first, decorations)
    return arrows


def _frame(ax: Axes, view: View) -> None:
    if min(len(axis) for axis in view.axes) > 1:
        ax.set_xlim(view.axes[1][0], view.axes[1][-1])
        ax.set_ylim(view.axes[0][0], view.axes[0][-1])
    ax.set_aspect(aspect_of(view, ax))


def streams(
    ax: Axes, first: View, second: View, color: Any, norm: Any, options: dict[str, Any]
) -> list[Artist]:
    """Draw streamlines; return the lines, and the heads of their arrows.

    They are followed on an even grid: where positions are not even, between the values there.
    """
    others = set(ax.patches)
    first, second = spacing.evened(first), spacing.evened(second)
    length = np.hypot(first.values, second.values)
    density = float(np.clip(min(size_in(ax)) / DENSE_FROM_IN, *DENSITIES))
    colours = {"color": color}
    if color is None:
        colours = {"color": length, "norm": norm, "cmap": contrast.for_lines(ax)}
    lines = ax.streamplot(
        first.axes[1],
        first.axes[0],
        first.values,
        second.values,
        **{"density": density, **colours, **options},
    ).lines
    drawn: list[Artist] = [lines, *(patch for patch in ax.patches if patch not in others)]
    if color is None and "cmap" not in options:
        contrast.set_outline(ax, drawn)
    return drawn


def arrow_values(
    first: View, second: View, skip: int | tuple[int, int] | None, lengths: bool
) -> tuple[Array, Array, Array]:
    """Return both components and the length of every few vectors, components as they are drawn."""
    part = tuple(slice(None, None, step) for step in strides(first, skip))
    u, v = first.values[part], second.values[part]
    size = np.hypot(u, v)
    if not lengths:
        u, v = (values / np.where(size > 0, size, 1.0) for values in (u, v))
    return u, v, size


def _arrows(
    ax: Axes,
    first: View,
    second: View,
    skip: int | tuple[int, int] | None,
    lengths: bool,
    color: Any,
    norm: Any,
    options: dict[str, Any],
) -> Any:
    """Draw arrows centred on every few grid points."""
    u, v, size = arrow_values(first, second, skip, lengths)
    if not lengths:
        units = longer_side(first)
        options = {"scale": 1.1 * max(size.shape), "scale_units": units, **options}
    if not is_to_scale(first) or any(axis[0] > axis[-1] for axis in first.axes):
        # Along the lines of the field as the axes show them, whichever way an axis runs.
        options = {"angles": "xy", **options}
    up, across = strides(first, skip)
    places = first.axes[1][::across], first.axes[0][::up]
    if color is not None:
        return ax.quiver(*places, u, v, **{"color": color, "pivot": "mid", **options})
    own: dict[str, Any] = {"norm": norm, "pivot": "mid", "cmap": contrast.for_lines(ax)}
    own["width"] = WIDTH if contrast.map_below(ax) is None else WIDTH_OVER_MAP
    arrows = ax.quiver(*places, u, v, size, **{**own, **options})
    if "cmap" not in options:
        contrast.set_outline(ax, [arrows], contrast.FINE_OUTLINE_PT)
    return arrows


def checked_mode(mode: str) -> str:
    """Return a mode by its own name; `DataError` when there is none of this name."""
    return plot_options.checked_mode(mode, MODES, MODE_ALIASES, of="vectors")


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
        raise BadOption(
            f"axes={axes!r} does not fit a slice of {first.dims}; say {across!r}.", "axes"
        )
    return (second.transposed(), first.transposed()) if axes == across[::-1] else (first, second)


def strides(view: View, skip: int | tuple[int, int] | None) -> tuple[int, int]:
    """Return which arrows are drawn up and across: each second, each third, ….

    In planes that are not drawn to scale there are as many along either side.
    """
    shape = view.values.shape
    if skip is not None:
        return (skip, skip) if isinstance(skip, int) else (skip[1], skip[0])
    sides = (max(shape),) * 2 if is_to_scale(view) else shape
    up, across = (max(1, round(side / ARROWS_IN_PLANE)) for side in sides)
    return up, across


def longer_side(view: View) -> str:
    """Return the side of a map that the lengths of arrows are measured by."""
    high, wide = view.values.shape
    return "width" if wide >= high and is_to_scale(view) else "height"


def _thinned(view: View, skip: int | None) -> tuple[list[int], list[float], float]:
    """Return strides of arrows in a volume, shown of its dimensions, and room of an arrow."""
    extents = [float(np.ptp(axis)) for axis in view.axes]
    shares = box_shares(extents)
    counts = [max(2, round(ARROWS_IN_SPACE * share)) for share in shares]
    sizes = view.values.shape
    steps = [skip or max(1, round(n / count)) for n, count in zip(sizes, counts, strict=True)]
    shown = [share / (extent or 1.0) for share, extent in zip(shares, extents, strict=True)]
    rooms = [
        spacing.step(axis[::step]) * scale
        for step, axis, scale in zip(steps, view.axes, shown, strict=True)
        if len(axis) > 1
    ]
    return steps, shown, max(rooms, default=0.0) or 1.0


def stream_style(options: dict[str, Any]) -> dict[str, Any]:
    """Return those of the options of `plot_plane` that streamlines themselves take."""
    own = {*inspect.signature(plot_plane).parameters, *Decorations.__dataclass_fields__}
    return {name: value for name, value in options.items() if name not in own}
