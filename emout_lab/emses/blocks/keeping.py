"""Values that were computed once and are kept in pieces, in the memory of all workers."""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emout_lab.emses.blocks.nodes import Array, Evaluation, Index, Key, Node
from emout_lab.emses.blocks.partition import Region, slices
from emout_lab.errors import DataError


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of an array that somebody keeps.

    Parameters
    ----------
    region : Region
        Where it lies.
    handle : object
        The values, or what an executor gave in their place. It does not travel: a task gets the
        values of the pieces that it needs.
    needs : tuple
        Other handles, of which the values are made again if they are lost.
    """

    region: Region
    handle: Any
    needs: tuple[Any, ...] = ()
    name: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "handle": None, "needs": ()}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)  # frozen: no attribute can be set


class Kept(Node):
    """An array that is kept in pieces, or a part of it.

    Parameters
    ----------
    pieces : sequence of Piece
        Together the whole array.
    positions : tuple
        Along each axis of the whole array a range, an array of positions, or one position, which
        drops the axis.
    dtype : numpy.dtype
    origin : Node or None
        How a process makes the values of a piece that has not got them.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        positions: tuple[Any, ...],
        dtype: np.dtype[Any],
        origin: Node | None,
    ) -> None:
        self.positions = positions
        self.dtype = dtype
        self.origin = origin
        self.pieces = [piece for piece in pieces if self._overlap(piece) is not None]
        self.shape = tuple(len(each) for each in positions if not isinstance(each, int))

    @classmethod
    def of(cls, pieces: Sequence[Piece], origin: Node) -> Kept:
        """Return the whole array that a node's values are."""
        positions = tuple(range(size) for size in origin.shape)
        return cls(pieces, positions, origin.dtype, origin)

    def __getstate__(self) -> dict[str, Any]:
        # Values that are in memory here are too much to go along with each task.
        leaves = [] if self.origin is None else list(self.origin.walk())
        is_light = all(node.operands or getattr(node, "recipe", None) for node in leaves)
        return {**self.__dict__, "origin": self.origin if is_light else None}

    @property
    def is_whole(self) -> bool:
        """Whether nothing was taken of it, so that its pieces are its parts."""
        return all(
            isinstance(each, range) and each.start == 0 and each.step == 1
            for each in self.positions
        ) and self.size_of_pieces == int(np.prod(self.shape))

    @property
    def size_of_pieces(self) -> int:
        """Number of the values of all pieces that are needed."""
        return sum(
            int(np.prod([stop - start for start, stop in piece.region])) for piece in self.pieces
        )

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:  # noqa: ARG002 - a leaf
        parts = iter(key)
        positions = tuple(
            each if isinstance(each, int) else _composed(each, next(parts))
            for each in self.positions
        )
        return Kept(self.pieces, positions, self.dtype, self.origin)

    def _computed(self, made: Evaluation) -> Array:
        lengths = [1 if isinstance(each, int) else len(each) for each in self.positions]
        values = np.empty(lengths, self.dtype)
        for piece in self.pieces:
            found = self._overlap(piece)
            if found is None:
                continue
            have = made.known.get(piece.name)
            if have is None:
                have = self._value_of(piece)
            there, here = found
            values[_outer(there)] = have[_outer(here)]
        return values.reshape(self.shape)

    def _value_of(self, piece: Piece) -> Array:
        if piece.handle is not None:
            return value_of(piece.handle)
        if self.origin is None:
            raise DataError(
                "What was persisted is kept for the process that did it, and cannot be sent to "
                "another one. Compute with it there, or persist it in that process."
            )
        return self.origin.take(slices(piece.region)).values()

    def _overlap(self, piece: Piece) -> tuple[list[Array], list[Array]] | None:
        """Return positions in this part, and in a piece, that are in both; None where none is."""
        there, here = [], []
        for each, (start, stop) in zip(self.positions, piece.region, strict=True):
            places = np.atleast_1d(np.asarray(each))
            inside = np.flatnonzero((places >= start) & (places < stop))
            if not len(inside):
                return None
            there.append(inside)
            here.append(places[inside] - start)
        return there, here


def _outer(positions: Sequence[Array]) -> Any:
    """Return the index of positions along each axis; slices, which are quicker, where they do."""
    if all(int(each[-1]) - int(each[0]) == len(each) - 1 and _rises(each) for each in positions):
        return tuple(slice(int(each[0]), int(each[-1]) + 1) for each in positions)
    return np.ix_(*positions)


def _rises(positions: Array) -> bool:
    return len(positions) == 1 or bool((np.diff(positions) == 1).all())


def value_of(handle: Any) -> Array:
    """Return the values that a handle stands for: an array itself, or a future."""
    return np.asarray(handle.result() if hasattr(handle, "result") else handle)


def pieces_needed(node: Node) -> list[Piece]:
    """Return the pieces of which the values of a node are made, each once."""
    found: dict[str, Piece] = {}
    for each in node.walk():
        if isinstance(each, Kept):
            found.update((piece.name, piece) for piece in each.pieces)
    return list(found.values())


def own_regions(node: Node) -> list[Region] | None:
    """Return the regions of kept pieces, where these divide the whole of a node; else None."""
    for each in node.walk():
        if isinstance(each, Kept) and each.shape == node.shape and each.is_whole:
            return [piece.region for piece in each.pieces]
    return None


def _composed(positions: Any, part: Index) -> Any:
    if isinstance(part, slice):
        return positions[part]
    if isinstance(part, (int, np.integer)):
        return int(positions[part])
    return np.asarray(positions)[part]
