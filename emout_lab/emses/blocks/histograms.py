"""Histograms of arrays that are larger than memory, as NumPy's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from emout_lab.emses.blocks.nodes import Array, Elementwise, Node
from emout_lab.emses.blocks.reducing import reduce
from emout_lab.emses.blocks.tasks import Part, run


def histogram(
    nodes: Sequence[Node], bins: Sequence[Any], ranges: Sequence[Any], label: str
) -> tuple[Array, list[Array]]:
    """Count values, or places where several arrays have values together.

    Parameters
    ----------
    nodes : sequence of Node
        Of one shape; each is a direction of the histogram.
    bins : sequence of int or array
        Number of bins, or their edges, in each direction.
    ranges : sequence of (float, float) or None
        Ends in each direction; None takes smallest and largest value.
    label : str
        What is computed, for people.

    Returns
    -------
    counts : ndarray of float
        One axis for each array.
    edges : list of ndarray
        As `numpy.histogram_bin_edges` makes them.

    Raises
    ------
    ValueError
        When bins are no number or edges, or a range is not finite.
    """
    common = np.result_type(*(_counted_as(node.dtype) for node in nodes))
    found = [
        _edges(node, count, ends, common, label, is_only=len(nodes) == 1)
        for node, count, ends in zip(nodes, bins, ranges, strict=True)
    ]
    edges = [each for each, _ in found]
    joint = nodes[0] if len(nodes) == 1 else Elementwise(first, nodes)
    counts = np.zeros([len(each) - 1 for each in edges])
    for _, part in run(joint, _counted, (edges, found[0][1]), (), label):
        counts += part
    return counts, edges


def first(*arrays: Any) -> Any:
    """Return the first of several arrays of one shape."""
    return np.broadcast_arrays(*arrays)[0]


def _counted_as(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(np.uint8) if dtype.kind == "b" else dtype


def _edges(
    node: Node, bins: Any, ends: Any, dtype: np.dtype[Any], label: str, *, is_only: bool
) -> tuple[Array, tuple[Any, Any] | None]:
    """Return NumPy's edges, and the ends that a number of bins is counted between."""
    if isinstance(bins, str):
        raise ValueError(
            f"bins={bins!r} chooses the number of bins by all values at once, which are too many "
            "here. Give a number of bins or their edges."
        )
    if np.ndim(bins):
        edges = np.asarray(bins)
        if edges.ndim != 1 or np.any(edges[:-1] > edges[1:]):
            raise ValueError(f"bins={bins!r}: edges must increase monotonically.")
        return edges, None
    if ends is None and not math.prod(node.shape):
        ends = (0, 1)
    if ends is None:
        axes = range(node.ndim)
        ends = [dtype.type(reduce(node, how, axes, {}, label)) for how in ("min", "max")]
    # The type of the ends decides where values go that lie on an edge: they stay as they are.
    low, high = ends
    if is_only:
        return np.histogram_bin_edges(np.empty(0, dtype), bins, (low, high)), (low, high)
    return np.histogramdd(np.empty((0, 1), dtype), [bins], [(low, high)])[1][0], None


def _counted(part: Part, edges: list[Array], ends: tuple[Any, Any] | None) -> Array:
    """Count the values of a task's part."""
    nodes = (part.node,) if len(edges) == 1 else part.node.operands
    total = np.zeros([len(each) - 1 for each in edges])
    for _, values in part.blocks("histogram", nodes=nodes):
        flat = [each.astype(_counted_as(each.dtype), copy=False).ravel() for each in values]
        total += _of_block(flat, edges, ends)
    return total


def _of_block(values: list[Array], edges: list[Array], ends: tuple[Any, Any] | None) -> Array:
    if len(values) > 1:
        return np.histogramdd(values, edges)[0]
    if ends is None:
        return np.histogram(values[0], edges[0])[0].astype(float)
    # With a number of bins NumPy needs no search for each value.
    return np.histogram(values[0], len(edges[0]) - 1, ends)[0].astype(float)
