"""Packed values in pieces: cut by the engine that has one, put together by who takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pickle import PickleBuffer

from emout_lab.engine.serialization import Packed
from emout_lab.pickle_buffers import Buffer, empty, fill, raw, size_of


def sizes(packed: bytes | Packed) -> tuple[int, ...]:
    """Return the sizes of the parts of a packed value: its pickle, and each buffer [B]."""
    return tuple(size_of(part) for part in _parts(packed))


def cut(packed: bytes | Packed, start: int, stop: int) -> tuple[PickleBuffer, ...]:
    """Return what lies between two places of a packed value, its parts seen one after the other.

    Nothing is copied; what belongs to two parts is in two pieces.

    Examples
    --------
    >>> [bytes(each) for each in cut(Packed(b"abc", (b"defg", b"hi")), 1, 8)]
    [b'bc', b'defg', b'h']
    """
    found: list[PickleBuffer] = []
    offset = 0
    for part in _parts(packed):
        size = size_of(part)
        first, last = max(start - offset, 0), min(stop - offset, size)
        if first < last:
            found.append(PickleBuffer(raw(part)[first:last]))
        offset += size
    return tuple(found)


class Assembly:
    """A packed value that comes in pieces, in order, each copied once at most.

    Parameters
    ----------
    sizes : iterable of int
        Of its parts, as `sizes` tells them [B].

    Examples
    --------
    >>> assembly = Assembly([3, 4])
    >>> for piece in (b"ab", b"c", b"defg"):
    ...     assembly.add(piece)
    >>> [bytes(each) for each in assembly.packed().buffers]
    [b'defg']
    """

    def __init__(self, sizes: Iterable[int]) -> None:
        self._sizes = tuple(sizes)
        self._parts: list[Buffer] = [b""] * len(self._sizes)
        self._number = self._filled = 0

    def add(self, piece: Buffer) -> None:
        """Take the next piece, which ends with its part at the latest."""
        piece = raw(piece)
        size = self._sizes[self._number]
        if piece.nbytes == size:
            self._parts[self._number] = piece
        else:
            if self._filled == 0:
                self._parts[self._number] = empty(size)
            target = raw(self._parts[self._number])
            fill(target[self._filled : self._filled + piece.nbytes], piece)
        self._filled += piece.nbytes
        if self._filled == size:
            self._number, self._filled = self._number + 1, 0

    def packed(self) -> bytes | Packed:
        """Return the value, when everything has come."""
        data, *buffers = self._parts
        return Packed(bytes(data), tuple(buffers)) if buffers else bytes(data)


def _parts(packed: bytes | Packed) -> Iterator[Buffer]:
    if isinstance(packed, Packed):
        yield packed.data
        yield from packed.buffers
    else:
        yield packed
