"""The form of a message: a header of fixed size, a pickle, and large memory beside it."""

from __future__ import annotations

import os
import pickle
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from emout_lab.pickle_buffers import BUFFER_BYTES, dumped, empty

#: Number of the question, kind, how many buffers there are, and size of the pickle.
HEADER: Final = struct.Struct("!QBxxxIQ")
SIZE: Final = struct.Struct("!Q")
#: No message has more buffers.
MOST_BUFFERS: Final = 1_000_000
#: Parts that are shorter are sent in one piece [B].
JOINED_BYTES: Final = 16_384


class Kind(IntEnum):
    """What a message is."""

    QUESTION = 1
    ANSWER = 2
    ERROR = 3


@dataclass
class Message:
    """A message that has come.

    ``data`` is None where there was no memory for it.
    """

    number: int
    kind: Kind
    data: Any
    buffers: list[memoryview]

    def value(self) -> Any:
        """Return what it says.

        Raises
        ------
        MemoryError
            Where there was no memory for it when it came.
        """
        if self.data is None:
            raise MemoryError("there was no memory for a message that came")
        return pickle.loads(self.data, buffers=self.buffers)


def parts_of(number: int, kind: Kind, value: Any) -> list[memoryview]:
    """Return what is sent for a message; large arrays are not copied."""
    data, large = dumped(value)
    head = b"".join(
        [
            HEADER.pack(number, kind, len(large), len(data)),
            *(SIZE.pack(each.nbytes) for each in large),
        ]
    )
    if len(data) < BUFFER_BYTES:
        return [memoryview(head + data), *large]
    return [memoryview(head), memoryview(data), *large]


class Reader:
    """Puts messages together from bytes as they come, each in memory of its own."""

    def __init__(self) -> None:
        self._most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self._begin()

    def _begin(self) -> None:
        self._header: tuple[int, Kind, int, int] | None = None
        self._sizes: list[int] | None = None
        self._parts: list[memoryview] = []
        self._skipped = 0
        self._is_without = False
        self._set_target(memoryview(bytearray(HEADER.size)))

    @property
    def target(self) -> memoryview:
        """Where the next bytes belong that come."""
        return self._target[self._filled :]

    @property
    def is_between(self) -> bool:
        """Whether nothing of a message has come yet."""
        return self._header is None and self._filled == 0

    def feed(self, data: memoryview) -> list[Message]:
        """Take bytes that came elsewhere; return the messages that are complete with them."""
        found: list[Message] = []
        while data.nbytes:
            count = min(data.nbytes, self._target.nbytes - self._filled)
            self._target[self._filled : self._filled + count] = data[:count]
            found += self.advance(count)
            data = data[count:]
        return found

    def advance(self, count: int) -> list[Message]:
        """Take notice of bytes in the `target`; return the messages that are complete with them.

        Raises
        ------
        ValueError
            When they are no message.
        """
        self._filled += count
        while self._filled == self._target.nbytes:
            if self._header is None:
                self._take_header()
            elif self._sizes is None:
                self._take_sizes(self._target)
            else:
                self._note_part()
            if self._sizes is not None and not self._has_more():
                message = self._message()
                self._begin()
                return [message]
        return []

    def _take_header(self) -> None:
        number, kind, count, size = HEADER.unpack(self._target)
        if count > MOST_BUFFERS or size > self._most:
            raise ValueError(f"no message has {count} buffers and a pickle of {size} bytes")
        self._header = number, Kind(kind), count, size
        if count:
            self._set_target(memoryview(bytearray(SIZE.size * count)))
        else:
            self._take_sizes(memoryview(b""))

    def _take_sizes(self, packed: memoryview) -> None:
        assert self._header is not None
        self._sizes = [self._header[3], *(size for (size,) in SIZE.iter_unpack(packed))]
        if sum(self._sizes) > self._most:
            raise ValueError(f"no message has {sum(self._sizes)} bytes")
        self._next_part()

    def _next_part(self) -> None:
        """Make room for the next part; where there is none, the message is read and forgotten."""
        assert self._sizes is not None
        size = self._sizes[len(self._parts)]
        try:
            self._set_target(memoryview(b"") if self._is_without else empty(size))
        except MemoryError:
            self._is_without = True
            self._parts = [memoryview(b"")] * len(self._parts)
        if self._is_without:
            self._skipped = size
            self._set_target(memoryview(bytearray(min(size, JOINED_BYTES))))

    def _note_part(self) -> None:
        assert self._sizes is not None
        if self._is_without:
            self._skipped -= self._target.nbytes
            if self._skipped:
                self._set_target(self._target[: self._skipped])
                return
        self._parts.append(memoryview(b"") if self._is_without else self._target)
        if self._has_more():
            self._next_part()

    def _has_more(self) -> bool:
        assert self._sizes is not None
        return len(self._parts) < len(self._sizes)

    def _message(self) -> Message:
        assert self._header is not None
        number, kind, _, _ = self._header
        if self._is_without:
            return Message(number, kind, None, [])
        data, *buffers = self._parts
        return Message(number, kind, data, buffers)

    def _set_target(self, target: memoryview) -> None:
        self._target, self._filled = target, 0
