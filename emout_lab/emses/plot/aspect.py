"""Proportions of pictures: to scale, unless that would leave a strip too thin to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emout_lab.emses.plot.labels import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A side that is more times as long as the other is not drawn to scale any more.
LONGEST = 4.0


def aspect_of(view: View, ax: Axes) -> Any:
    """Return the aspect of a map: equal scales where both sides are lengths of about one size.

    Parameters
    ----------
    view : View
        Two dimensions.
    ax : Axes
        Drawn on; without equal scales they keep the aspect that they have.
    """
    return "equal" if is_to_scale(view) else ax.get_aspect()


def is_to_scale(view: View) -> bool:
    """Tell whether a plane is drawn with equal scales along both sides."""
    shorter, longer = sorted(abs(float(axis[-1] - axis[0])) for axis in view.axes)
    return "t" not in view.dims and 0 < longer <= LONGEST * shorter


def size_in(ax: Any) -> tuple[float, float]:
    """Return width and height of the place of axes [inch]."""
    place, whole = ax.get_position(original=True), ax.figure.bbox.size / ax.figure.dpi
    return float(place.width * whole[0]), float(place.height * whole[1])


def box_shares(extents: list[float]) -> list[float]:
    """Return how long the sides of a box in space are drawn, the longest as 1.

    Parameters
    ----------
    extents : list of float
        Along x, y, z.

    Examples
    --------
    >>> box_shares([64.0, 64.0, 512.0]), box_shares([2.0, 1.0, 2.0])
    ([0.25, 0.25, 1.0], [1.0, 0.5, 1.0])
    """
    longest = max(extents) or 1.0
    return [max(extent / longest, 1 / LONGEST) for extent in extents]
