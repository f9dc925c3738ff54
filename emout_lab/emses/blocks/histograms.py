"""Histograms of arrays that are larger than memory, as NumPy's."""

from __future__ import annotations

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
    kind = np.result_type(*(node.dtype for node in nodes))
    ends = [
        None if np.ndim(count) else _ends(node, kind, count, given, label)
        for node, count, given in zip(nodes, bins, ranges, strict=True)
    ]
    edges = [
        _given_edges(count) if end is None else _even_edges(count, end, kind, len(nodes))
        for count, end in zip(bins, ends, strict=True)
    ]
    joint = nodes[0] if len(nodes) == 1 else Elementwise(_first, nodes)
    counts = np.zeros([len(each) - 1 for each in edges])
    for _, part in run(joint, _counted, (edges, ends), (), label):
        counts += part
    return counts, edges


def _first(*arrays: Any) -> Any:
    return np.broadcast_arrays(*arrays)[0]


def _given_edges(bins: Any) -> Array:
    edges = np.asarray(bins)
    if edges.ndim != 1 or np.any(edges[:-1] > edges[1:]):
        raise ValueError(f"bins={bins!r}: edges must increase monotonically.")
    return edges


def _ends(node: Node, kind: Any, bins: Any, given: Any, label: str) -> tuple[Any, Any]:
    """Return the ends of equal bins, of the types that NumPy would have."""
    if isinstance(bins, str):
        raise ValueError(
            f"bins={bins!r} chooses the number of bins by all values at once, which are too many "
            "here. Give a number of bins or their edges."
        )
    if given is not None:
        low, high = given
        return low, high
    axes = range(node.ndim)
    low, high = (
        _countable(np.asarray(reduce(node, how, axes, {}, label), kind)) for how in ("min", "max")
    )
    return low[()], high[()]


def _even_edges(bins: Any, ends: tuple[Any, Any], kind: Any, directions: int) -> Array:
    # Of the values NumPy needs nothing but their type. Where an edge lies, to the last digit, is
    # decided by the types of the ends too, so that these go on as they were given.
    values = _countable(np.zeros(1, kind))
    if directions == 1:
        return np.histogram_bin_edges(values, bins, ends)
    return np.histogramdd(values[:, None], [bins], [ends])[1][0]


def _countable(values: Array) -> Array:
    """Return values that have a distance: NumPy counts booleans as 0 and 1."""
    return values.astype(np.uint8) if values.dtype == bool else values


def _counted(part: Part, edges: list[Array], ends: list[Any]) -> Array:
    """Count the values of a task's part."""
    nodes = (part.node,) if len(edges) == 1 else part.node.operands
    total = np.zeros([len(each) - 1 for each in edges])
    for _, values in part.blocks("histogram", nodes=nodes):
        total += _of_block([_countable(each.ravel()) for each in values], edges, ends)
    return total


def _of_block(values: list[Array], edges: list[Array], ends: list[Any]) -> Array:
    if len(values) > 1:
        return np.histogramdd(values, edges)[0]
    # With a number of bins NumPy needs no search for each value.
    bins = edges[0] if ends[0] is None else len(edges[0]) - 1
    return np.histogram(values[0], bins, ends[0])[0].astype(float)
