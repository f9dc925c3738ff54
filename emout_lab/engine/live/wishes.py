"""What a viewer of a live figure wants, and what an engine answers; plain, and without matplotlib.

A *wish* is the whole state that a viewer wants to see, so any wish can be left out for a newer one.
A *frame* answers one wish.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from emout_lab.errors import SpecError

Range = tuple[float, float]
Kind = Literal["numbers", "pixels"]

#: Colour norms that a viewer can choose; "symlog" is linear around zero.
NORMS: Final = ("linear", "log", "symlog")
#: Width and height of a picture [CSS px], and device pixels per CSS pixel.
SIZES: Final = (16, 8192)
RATIOS: Final = (0.25, 4.0)
#: The most axes and kept keys that one wish names, and the longest of its texts.
MOST_AXES, MOST_KEYS, LONGEST = 64, 64, 80


@dataclass(frozen=True, slots=True)
class AxesWish:
    """What is wanted of one axes; None is what the figure itself has.

    Parameters
    ----------
    i : int
        Which, counted as in `Hello.axes`.
    x, y : tuple of float, optional
        Limits in data coordinates (of a log axis too), left and right, bottom and top.
    clim : tuple of float, optional
        Values at the ends of the colour map.
    cmap : str, optional
        Name of a colour map, one of `Hello.cmaps`.
    norm : str, optional
        One of `NORMS`.
    """

    i: int
    x: Range | None = None
    y: Range | None = None
    clim: Range | None = None
    cmap: str | None = None
    norm: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """All that a viewer wants to see now.

    Parameters
    ----------
    seq : int
        Counts the viewer's wishes; the frame tells it again.
    size : tuple of int [CSS px]
        Width and height of the picture. Another one than `Hello.size` is a figure of another size
        with letters of the same size, as in a window that is made larger.
    dpr : float
        Device pixels per CSS pixel.
    axes : tuple of AxesWish
        What is wanted of axes; those that are not named are as in the figure.
    t : int, optional
        Time step; None is the one that the figure shows.
    have : tuple of str
        Keys of layers that the viewer keeps: these do not travel again.
    rest : bool
        Want matplotlib's own picture, lossless.
    visible : bool
        Whether anybody can see it.
    """

    seq: int
    size: tuple[int, int]
    dpr: float = 1.0
    axes: tuple[AxesWish, ...] = ()
    t: int | None = None
    have: tuple[str, ...] = ()
    rest: bool = False
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """A question about a place in an axes.

    Parameters
    ----------
    seq : int
        Told again in the answer.
    kind : str
        ``"hover"`` for the value there, ``"pick"`` for profiles through it as well.
    i : int
        Which axes.
    x, y : float
        The place in data coordinates.
    """

    seq: int
    kind: Literal["hover", "pick"]
    i: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Hello:
    """What a viewer learns of a figure when it opens a view.

    Parameters
    ----------
    kind : str
        ``"numbers"`` where cells of maps travel, ``"pixels"`` where whole pictures do.
    reason : str
        Why not numbers; empty where it is numbers.
    size : tuple of int [CSS px]
        Width and height of the picture.
    facecolor : str
        ``"#rrggbb"`` or ``"#rrggbbaa"``, as all colours here.
    axes : tuple of dict
        ``i``, ``box`` ([left, top, width, height] as shares of the picture, from its upper left
        corner), ``x``, ``y`` (limits), ``xscale``, ``yscale`` ("linear", "log" or another name),
        ``map`` (whether its map's cells travel, or can be probed), ``facecolor``, ``clim``,
        ``norm``, ``cmap``, ``unit``, and ``bar``: None or ``{"box", "vertical"}``, the colour bar.
        More than asked for by a thin viewer: ``aspect`` ("auto" or "equal": whether a zoom has to
        keep the shape), ``title`` and ``ticks``: how its text looks, ``{"x", "y", "title",
        "bar"}``, each ``{"size" [CSS px], "color", "side", "length", "pad", "width" [CSS px]}``.
    steps : dict or None
        ``count``, ``at`` (the step that the figure shows), ``labels``, ``unit``.
    cmaps : tuple of str
        Names of colour maps that can be wished.
    heals : bool
        Whether the figure can be made again on another engine; the engine does not know, and
        says False.
    """

    kind: Kind
    reason: str
    size: tuple[int, int]
    facecolor: str
    axes: tuple[dict[str, Any], ...]
    steps: dict[str, Any] | None
    cmaps: tuple[str, ...]
    heals: bool = False


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """The answer to a wish.

    Parameters
    ----------
    header : dict
        ``seq``, ``t``, ``rest``, ``busy`` (what runs and keeps the engine from drawing; None
        where nothing is missing), ``ms`` (what it took), ``title`` (of the figure), ``layers``
        and ``axes``.

        A layer is ``{"kind", "axes", "enc", "w", "h", "bytes", "key", "depth", "extent"}``.
        ``"cells"`` are indices into the ``"lut"`` of the same axes, row 0 on top; a lut is one row
        of RGBA, its last three entries are under, over and bad. ``extent`` is [x0, x1, y0, y1] in
        *scale space* (log10 of the value on a log axis): x0 is the left end of the first column,
        y1 the upper end of row 0. ``"decor"`` is a transparent picture of everything but cells,
        ticks and titles; ``"picture"`` is the whole figure. A layer whose key is in `Wish.have`
        is ``{"kind", "axes", "key"}`` with an empty payload: the viewer takes the one it keeps.
        Cells have a key too.

        Axes are ``{"i", "box", "x", "y", "xlim", "ylim", "clim", "title", "bar"}``; ``x``, ``y``
        and ``bar`` are ``{"at", "text", "offset"}``: shares of the length from left or bottom
        (``bar`` can be None). ``box`` is as in `Hello`: it changes with the limits where the
        aspect is fixed. ``title`` and ticks are empty where the decor has them. ``clim``, ``bar``
        are None without a map; ``xlim`` as wished.
    payloads : tuple of bytes
        One for each layer, in their order.
    hello : Hello or None
        What the figure is where that is something else than the viewer was told last; the frame
        has no layers then where the wish does not fit it.
    """

    header: dict[str, Any]
    payloads: tuple[bytes, ...] = field(default=())
    hello: Hello | None = None


def check_wish(wish: Wish, axes: int, cmaps: Collection[str], most_pixels: int | None) -> None:
    """Refuse a wish that no figure fulfils.

    Parameters
    ----------
    wish : Wish
        What is wanted.
    axes : int
        How many axes there are.
    cmaps : collection of str
        Names of colour maps that are known.
    most_pixels : int or None
        The most that a picture may have.

    Raises
    ------
    SpecError
        With the field, its value and what fits.

    Examples
    --------
    >>> check_wish(Wish(1, (800, 600)), 1, (), None)
    >>> check_wish(Wish(1, (800, 0)), 1, (), None)
    Traceback (most recent call last):
    emout_lab.errors.SpecError: size: 0 pixels; 16 to 8192 fit
    """
    for length in wish.size:
        _require(SIZES[0] <= length <= SIZES[1], "size", f"{length} pixels", "16 to 8192 fit")
    _require(len(wish.size) == 2, "size", f"{wish.size!r}", "width and height fit")
    _require(RATIOS[0] <= wish.dpr <= RATIOS[1], "dpr", f"{wish.dpr!r}", "0.25 to 4 fit")
    pixels = wish.size[0] * wish.size[1] * wish.dpr**2
    fits = f"at most {most_pixels:,} fit (setting figure_pixels)" if most_pixels else ""
    _require(not most_pixels or pixels <= most_pixels, "size", f"{pixels:,.0f} pixels", fits)
    _require(len(wish.have) <= MOST_KEYS, "have", f"{len(wish.have)} keys", f"{MOST_KEYS} fit")
    _require(len(wish.axes) <= MOST_AXES, "axes", f"{len(wish.axes)}", f"{MOST_AXES} fit")
    for each in wish.axes:
        _check_axes(each, axes, cmaps)


def check_probe(probe: Probe, axes: int) -> None:
    """Refuse a question about no place of a figure.

    Raises
    ------
    SpecError
        With the field, its value and what fits.
    """
    _require(0 <= probe.i < axes, "i", f"{probe.i}", f"the figure has {axes} axes")
    _require(probe.kind in ("hover", "pick"), "kind", f"{probe.kind!r:.80}", "hover and pick fit")
    is_finite = math.isfinite(probe.x) and math.isfinite(probe.y)
    _require(is_finite, "x", f"({probe.x}, {probe.y})", "finite numbers fit")


def by_axes(wish: Wish) -> Mapping[int, AxesWish]:
    """Return what is wanted of axes by their number."""
    return {each.i: each for each in wish.axes}


def _check_axes(wish: AxesWish, axes: int, cmaps: Collection[str]) -> None:
    _require(0 <= wish.i < axes, "axes", f"number {wish.i}", f"the figure has {axes} axes")
    for name, limits in (("x", wish.x), ("y", wish.y), ("clim", wish.clim)):
        if limits is not None:
            fits = "two finite numbers that differ fit"
            is_fit = len(limits) == 2 and all(map(math.isfinite, limits)) and _differ(*limits)
            _require(is_fit, name, f"{limits!r:.80}", fits)
    if wish.clim is not None:
        _require(wish.clim[0] < wish.clim[1], "clim", f"{wish.clim!r:.80}", "low and high fit")
    if wish.norm is not None:
        _require(wish.norm in NORMS, "norm", f"{wish.norm!r:.80}", f"{', '.join(NORMS)} fit")
    if wish.cmap is not None:
        _require(wish.cmap in cmaps, "cmap", f"{wish.cmap!r:.80}", "a name of the list fits")


def _differ(low: float, high: float) -> bool:
    """Return whether there are numbers between two, and the way from one to the other is finite."""
    return math.isfinite(high - low) and abs(high - low) > 1e-14 * max(abs(low), abs(high))


def _require(is_fit: bool, name: str, value: str, fits: str) -> None:
    if not is_fit:
        raise SpecError(f"{name}: {value}; {fits}", name)
