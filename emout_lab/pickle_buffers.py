"""Memory of large arrays beside a pickle (protocol 5): it travels as it is, without copies."""

from __future__ import annotations

import pickle
from typing import Any, Final, TypeAlias

import cloudpickle
import numpy as np

#: Memory of this size stays beside the pickle; less is copied into it sooner than sent apart [B].
BUFFER_BYTES: Final = 65_536
#: Where memory begins that numpy has made; compiled code may rely on it [B].
ALIGNMENT: Final = 16

#: The memory of an array, as it is given to the pickle module.
Buffer: TypeAlias = pickle.PickleBuffer | bytes | bytearray | memoryview


class BufferList:
    """Takes the large buffers of a pickle as they come; the small ones are copied into it."""

    def __init__(self) -> None:
        self.found: list[pickle.PickleBuffer] = []

    def add(self, buffer: pickle.PickleBuffer) -> bool:
        """Return whether a buffer is written into the pickle (part of Python's pickling)."""
        is_small = raw(buffer).nbytes < BUFFER_BYTES
        if not is_small:
            self.found.append(buffer)
        return is_small


def dumped(value: Any) -> tuple[bytes, list[memoryview]]:
    """Return the pickle of a value, and the memory of its large arrays, which is not copied.

    Examples
    --------
    >>> data, buffers = dumped([1, np.zeros(10_000)])
    >>> len(data) < 500, [each.nbytes for each in buffers]
    (True, [80000])
    """
    buffers = BufferList()
    try:
        data = pickle.dumps(value, protocol=5, buffer_callback=buffers.add)
    except Exception:  # noqa: BLE001  # of a class that is not found by its name
        buffers = BufferList()
        data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.add)
    return data, [raw(each) for each in buffers.found]


def size_of(buffer: Buffer) -> int:
    """Return the size of a buffer [B].

    Examples
    --------
    >>> size_of(memoryview(np.zeros((2, 3))))
    48
    """
    return memoryview(buffer).nbytes


def raw(buffer: Buffer) -> memoryview:
    """Return the bytes of a contiguous buffer, not copied."""
    return pickle.PickleBuffer(buffer).raw()


def empty(size: int) -> memoryview:
    """Return memory of ``size`` bytes that may be written to."""
    return np.empty(size, np.uint8).data


def fill(target: memoryview, source: Buffer) -> None:
    """Copy the bytes of a buffer into memory of the same size; other threads run meanwhile."""
    np.copyto(np.frombuffer(target, np.uint8), np.frombuffer(raw(source), np.uint8))


def copied(buffer: Buffer) -> memoryview:
    """Return the bytes of a buffer in memory of their own, which is read-only where that was."""
    source = raw(buffer)
    copy = empty(source.nbytes)
    fill(copy, source)
    return copy.toreadonly() if source.readonly else copy


def inside(buffer: Buffer) -> bytes | bytearray:
    """Return the bytes of a buffer, copied, for a pickle that has no memory beside it."""
    source = raw(buffer)
    return bytes(source) if source.readonly else bytearray(source)


def straight(buffer: Buffer) -> Buffer:
    """Return a buffer whose memory begins where compiled code wants it: itself, or a copy."""
    source = raw(buffer)
    return buffer if _address(source) % ALIGNMENT == 0 else copied(source)


def usable(buffer: Buffer) -> memoryview:
    """Return the bytes of a buffer, a copy where they cannot be written to or lie askew."""
    source = raw(buffer)
    if not source.readonly and _address(source) % ALIGNMENT == 0:
        return source
    copy = empty(source.nbytes)
    fill(copy, source)
    return copy


def _address(view: memoryview) -> int:
    found: Any = np.frombuffer(view, np.uint8).ctypes.data
    return int(found)
