"""``offsets=``: axes that begin, end or have their middle at zero, or are moved by a distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from emout_lab.emses.plot.labels import View
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]

#: Where zero is put by name: at the first position, the middle one, the last one.
PLACES = ("left", "center", "right")
#: What is moved, in the order of the option.
OF_LINE = ("the horizontal axis", "the values")
OF_PLANE = ("the horizontal axis", "the vertical axis", "the values")
OF_SPACE = ("x", "y", "z")
OF_PLANE_IN_SPACE = (*OF_SPACE, "the values")


def line(view: View, offsets: Any) -> View:
    """Move a curve.

    Parameters
    ----------
    view : View
        One dimension.
    offsets : sequence, optional
        For the axis and the values: ``"left"``, ``"center"`` or ``"right"`` for where zero is, a
        distance in the unit that is drawn, or None.

    Raises
    ------
    BadOption
        When it is something else.

    Examples
    --------
    >>> view = View("phi", "V", np.array([1.0, 5.0]), ("x",), (np.array([3.0, 4.0]),), ("m",))
    >>> moved = line(view, ("left", 10))
    >>> moved.axes[0].tolist(), moved.values.tolist()
    ([0.0, 1.0], [11.0, 15.0])
    """
    across, values = checked(offsets, OF_LINE)
    moved = _moved(view, {0: across})
    return replace(moved, values=shifted(view.values, values))


def plane(view: View, offsets: Any, axes: str = "auto") -> View:
    """Move a map; offsets of the horizontal axis, the vertical one and the values.

    Parameters
    ----------
    view : View
        Two dimensions.
    offsets : sequence, optional
        As for `line`.
    axes : str
        Horizontal and vertical dimension, where they are not the last and the first.
    """
    across, up, values = checked(offsets, OF_PLANE)
    is_turned = _is_turned(view.dims, axes)
    moved = _moved(view, {1 - is_turned: across, int(is_turned): up})
    shown = view.values.T if is_turned else view.values
    changed = shifted(shown, values)
    return replace(moved, values=changed.T if is_turned else changed)


def vectors(views: Sequence[View], offsets: Any, axes: str = "auto") -> list[View]:
    """Move the components of vectors in a plane, or in space where they have three dimensions."""
    if len(views[0].dims) == 3:
        x, y, z = checked(offsets, OF_SPACE)
        return [_moved(view, {0: z, 1: y, 2: x}) for view in views]
    across, up, values = checked(offsets, OF_PLANE)
    if values not in (None, 0):
        raise BadOption(
            f"offsets={offsets!r}: the third one moves values, and vectors have none to move. Give "
            "two.",
            "offsets",
        )
    is_turned = _is_turned(views[0].dims, axes)
    return [_moved(view, {1 - is_turned: across, int(is_turned): up}) for view in views]


def film(views: Sequence[View], offsets: Any, axes: str = "auto") -> tuple[list[View], list[Any]]:
    """Move what an animation shows: its time first, then what each frame has.

    Parameters
    ----------
    views : sequence of View
        With time first.
    offsets : sequence
        As for `line`, one more.
    axes : str
        As for `plane`.

    Returns
    -------
    views : list of View
        Moved.
    offsets : list
        The same for a part of the animation: those of its axes as distances.
    """
    dims = views[0].dims[1:]
    names = ("the time", *(OF_LINE if len(dims) == 1 else OF_PLANE))
    given = checked(offsets, names)
    is_turned = len(dims) == 2 and _is_turned(dims, axes)
    # Dimensions of the view in the order of the option.
    order = [0, *([2, 1] if len(dims) == 2 and not is_turned else range(1, len(dims) + 1))]
    distances = [
        distance(views[0].axes[dim], each) for dim, each in zip(order, given, strict=False)
    ]
    moves = dict(zip(order, distances, strict=True))
    moved = [_moved(view, moves) for view in views]
    if given[-1] is not None and len(views) > 1:
        raise BadOption(
            f"offsets={offsets!r}: the last one moves values, and vectors have none to move.",
            "offsets",
        )
    if given[-1] is not None:
        values = moved[0].values
        shown = values.swapaxes(1, 2) if is_turned else values
        # By name each frame has its own zero.
        changed = np.stack([shifted(frame, given[-1]) for frame in shown])
        values = changed.swapaxes(1, 2) if is_turned else changed
        moved = [replace(moved[0], values=values)]
    return moved, [*distances, given[-1]]


def checked(offsets: Any, names: Sequence[str]) -> list[Any]:
    """Return one offset for each name; those that are not given are None."""
    if offsets is None:
        return [None] * len(names)
    fits = (
        f"Give one for {', '.join(names)}, in this order: 'left', 'center', 'right', a number or "
        "None."
    )
    is_sequence = isinstance(offsets, (tuple, list, np.ndarray))
    if not is_sequence or len(offsets) > len(names):
        raise BadOption(f"offsets={offsets!r} does not fit what is drawn. {fits}", "offsets")
    for each in offsets:
        is_number = isinstance(each, (int, float, np.number)) and not isinstance(each, bool)
        is_known = each is None or (isinstance(each, str) and each in PLACES)
        if not (is_known or (is_number and np.isfinite(each))):
            raise BadOption(f"offsets={offsets!r}: {each!r} is no offset. {fits}", "offsets")
    return [*offsets, *[None] * (len(names) - len(offsets))]


def distance(line: Array, offset: Any) -> float:
    """Return by how much positions or values are moved, the first of all dimensions first."""
    flat = np.asarray(line).ravel()
    if offset is None or not flat.size:
        return 0.0
    if isinstance(offset, str):
        place = {"left": 0, "center": len(flat) // 2, "right": -1}[offset]
        return -float(flat[place])
    return float(offset)


def shifted(values: Array, offset: Any) -> Array:
    """Return values moved by an offset."""
    return values if offset is None else np.asarray(values + distance(values, offset))


def _moved(view: View, offsets: dict[int, Any]) -> View:
    axes = list(view.axes)
    for number, offset in offsets.items():
        if offset is not None:
            axes[number] = np.asarray(axes[number] + distance(axes[number], offset))
    return replace(view, axes=tuple(axes))


def _is_turned(dims: Sequence[str], axes: str) -> bool:
    """Tell whether the first of two dimensions is horizontal."""
    return axes == dims[0] + dims[1]
