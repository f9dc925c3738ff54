"""Contour lines on surfaces in space: strips of their triangles, so that what hides them is right.

Matplotlib sorts polygons by their distance, and lines apart from them: a line would be seen through
a body or vanish under its own triangle. Here triangles are cut where a level crosses them, and the
thin piece in the middle is the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def lined(
    polygons: Array, values: Array, colours: Array, levels: Array, lines: Array, width: float
) -> tuple[Array, Array]:
    """Cut polygons along contour lines.

    Parameters
    ----------
    polygons : ndarray, shape (n, 3, 3) or (n, 4, 3)
        Corners of triangles, or of flat quadrilaterals.
    values : ndarray, shape (n, 3) or (n, 4)
        Values at the corners; polygons with a missing one have no line.
    colours : ndarray, shape (n, 4)
        Their colours.
    levels : ndarray, shape (m,)
        Values that have a line, rising.
    lines : ndarray, shape (m, 4)
        Colours of the lines.
    width : float
        Of a line, in the unit of the corners.

    Returns
    -------
    triangles : ndarray, shape (k, 3, 3)
    colours : ndarray, shape (k, 4)

    Examples
    --------
    >>> square = np.array([[[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]], dtype=float)
    >>> black, white = np.array([0, 0, 0, 1.0]), np.ones((1, 4))
    >>> drawn = lined(square, square[..., 0], white, np.array([0.5]), black[None], 0.1)
    >>> is_line = drawn[1][:, 0] == 0
    >>> float(drawn[0][is_line][..., 0].min().round(2)), float(drawn[0][..., 0].max())
    (0.45, 1.0)
    """
    if polygons.shape[1] == 4:
        parts = [[0, 1, 2], [0, 2, 3]]
        polygons, values = (
            np.concatenate([each[:, p] for p in parts]) for each in (polygons, values)
        )
        colours = np.concatenate([colours, colours])
    halves = width / 2 * _slopes(polygons, values)
    low, high = values.min(axis=1) - halves, values.max(axis=1) + halves
    first, last = np.searchsorted(levels, low), np.searchsorted(levels, high)
    is_cut = np.isfinite(low) & (last > first)
    pieces, shades = [polygons[~is_cut]], [colours[~is_cut]]
    for number in np.flatnonzero(is_cut):
        crossing = range(first[number], last[number])
        for piece, level in _cut(
            polygons[number], values[number], levels, crossing, halves[number]
        ):
            fan = _triangles(piece)
            shade = colours[number] if level is None else lines[level]
            pieces.append(fan)
            shades.append(np.broadcast_to(shade, (len(fan), 4)))
    return np.concatenate(pieces), np.concatenate(shades)


def _slopes(triangles: Array, values: Array) -> Array:
    """Return how steeply values rise on each triangle."""
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    rise = values[:, 1:] - values[:, :1]
    aa, ab, bb = (np.einsum("ij,ij->i", *pair) for pair in ((a, a), (a, b), (b, b)))
    area = aa * bb - ab**2
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = (
            rise[:, 0] ** 2 * bb - 2 * rise[:, 0] * rise[:, 1] * ab + rise[:, 1] ** 2 * aa
        ) / area
    return np.sqrt(np.where(area > 0, squared, 0.0))


def _cut(
    triangle: Array, values: Array, levels: Array, crossing: Sequence[int], half: float
) -> Iterator[tuple[Array, int | None]]:
    """Yield the pieces of a triangle and the number of the level that each one is the line of."""
    rest = np.column_stack([triangle, values])
    bottom = -np.inf
    for number in crossing:
        for edge, level in ((levels[number] - half, None), (levels[number] + half, number)):
            bottom = max(bottom, float(edge))
            below, rest = _halves(rest, bottom)
            if len(below) > 2:
                yield below[:, :3], level
    if len(rest) > 2:
        yield rest[:, :3], None


def _halves(polygon: Array, value: float) -> tuple[Array, Array]:
    """Cut a polygon, whose corners have a value as their fourth number, at one value."""
    below: list[Array] = []
    above: list[Array] = []
    for here, there in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        (below if here[3] < value else above).append(here)
        if (here[3] < value) != (there[3] < value):
            share = (value - here[3]) / (there[3] - here[3])
            between = here + share * (there - here)
            below.append(between)
            above.append(between)
    return np.array(below).reshape(-1, 4), np.array(above).reshape(-1, 4)


def _triangles(polygon: Array) -> Array:
    count = len(polygon) - 2
    return np.stack([polygon[[0, i + 1, i + 2]] for i in range(count)])
