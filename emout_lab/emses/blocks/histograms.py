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
    edges = [
        _edges(node, count, ends, label)
        for node, count, ends in zip(nodes, bins, ranges, strict=True)
    ]
    joint = nodes[0] if len(nodes) == 1 else Elementwise(_first, nodes)
    counts = np.zeros([len(each) - 1 for each in edges])
    is_even = [not np.ndim(each) for each in bins]
    for _, part in run(joint, _counted, (edges, is_even), (), label):
        counts += part
    return counts, edges


def _first(*arrays: Any) -> Any:
    return np.broadcast_arrays(*arrays)[0]


def _edges(node: Node, bins: Any, ends: Any, label: str) -> Array:
    if isinstance(bins, str):
        raise ValueError(
            f"bins={bins!r} chooses the number of bins by all values at once, which are too many "
            "here. Give a number of bins or their edges."
        )
    if np.ndim(bins):
        edges = np.asarray(bins)
        if edges.ndim != 1 or np.any(edges[:-1] > edges[1:]):
            raise ValueError(f"bins={bins!r}: edges must increase monotonically.")
        return edges
    if ends is None and not math.prod(node.shape):
        ends = (0, 1)
    if ends is None:
        axes = range(node.ndim)
        low, high = (reduce(node, how, axes, {}, label) for how in ("min", "max"))
        ends = (low, high)
    # With the ends, NumPy asks the values for their type alone.
    dtype = np.dtype("u1") if node.dtype == bool else node.dtype
    return np.histogram_bin_edges(np.empty(0, dtype), bins, tuple(ends))


def _counted(part: Part, edges: list[Array], is_even: list[bool]) -> Array:
    """Count the values of a task's part."""
    nodes = (part.node,) if len(edges) == 1 else part.node.operands
    total = np.zeros([len(each) - 1 for each in edges])
    for _, values in part.blocks("histogram", nodes=nodes):
        total += _of_block([each.ravel() for each in values], edges, is_even)
    return total


def _of_block(values: list[Array], edges: list[Array], is_even: list[bool]) -> Array:
    if len(values) == 1:
        # With a number of bins NumPy needs no search for each value.
        if is_even[0] and math.isfinite(edges[0][0]):
            ends = (edges[0][0], edges[0][-1])
            return np.histogram(values[0], len(edges[0]) - 1, ends)[0].astype(float)
        return np.histogram(values[0], edges[0])[0].astype(float)
    return np.histogramdd(values, edges)[0]
