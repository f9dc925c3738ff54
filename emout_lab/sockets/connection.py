"""A TLS connection that messages go through both ways, while many threads send."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import dask
from dask.utils import parse_timedelta

from emout_lab.sockets.frames import JOINED_BYTES, Kind, Message, Reader, parts_of
from emout_lab.sockets.selector_thread import SelectorThread, watch

#: So much is read or written before the other sockets have their turn [B].
TURN_BYTES: Final = 1_000_000
#: So much is written by the thread that sends a message; the rest by the one of the sockets [B].
DIRECT_BYTES: Final = 65_536
#: So much of a large message is read at a time [B].
LEAST_BYTES: Final = 262_144
#: TLS sends at most so much in one piece [B].
RECORD_BYTES: Final = 16_384
#: So many times a silent peer is asked for a sign of life, before it counts as gone.
PROBES: Final = 10

LOST: Final = "the connection was lost"

_WAITS: Final = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


class Connection:
    """One end of a connection; nothing that it does waits for the other end.

    Parameters
    ----------
    tls : ssl.SSLSocket
        Its handshake is done.
    on_message : callable
        Called with every message that comes, in the thread of the sockets: it must not wait.
    on_end : callable
        Called once, when the connection is closed or lost.
    """

    def __init__(
        self,
        tls: ssl.SSLSocket,
        on_message: Callable[[Message], None],
        on_end: Callable[[], None],
    ) -> None:
        self.deadline: float | None = None
        self._process = os.getpid()
        self._socket = tls
        self._number = tls.fileno()
        self._on_message, self._on_end = on_message, on_end
        # An SSL object is used by one thread at a time.
        self._lock = threading.Lock()
        self._outgoing: deque[memoryview] = deque()
        self._reader = Reader()
        self._inbox = memoryview(bytearray(RECORD_BYTES))
        self._is_closed = False
        self._least = 1
        self.selector: SelectorThread
        tls.setblocking(False)
        _set_times(tls)

    def start(self) -> None:
        """Begin to read."""
        watch(self)

    def fileno(self) -> int:
        """Return the number of its file."""
        return self._number

    @property
    def is_open(self) -> bool:
        """Whether it is up, and was opened by this process."""
        return not self._is_closed and self._process == os.getpid()

    def send(self, number: int, kind: Kind, value: Any, direct_bytes: int = DIRECT_BYTES) -> None:
        """Send a message after all that were sent before; called by any thread, and never waits.

        Raises
        ------
        ConnectionError
            When the connection is lost.
        """
        parts = parts_of(number, kind, value)
        if not self.is_open:
            raise ConnectionResetError(LOST)
        failed: OSError | None = None
        with self._lock:
            if self._is_closed:
                raise ConnectionResetError(LOST)
            # Ctrl-C could break off what the main thread writes, and nobody knew how much it was.
            writes = not self._outgoing and threading.get_ident() != threading.main_thread().ident
            if not writes:
                self.selector.set_events(self, writes=True)
            self._outgoing.extend(parts)
            if writes:
                try:
                    if self._write(direct_bytes):
                        self.selector.set_events(self, writes=True)
                except OSError as error:
                    failed = error
        if failed is not None:
            self.close()
            raise ConnectionResetError(LOST) from failed

    def close(self) -> None:
        """Close it; called by any thread. Closing twice does nothing.

        In a forked child it stays the parent's, whose thread may have held the lock.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._outgoing.clear()
            self.selector.remove(self)
            with contextlib.suppress(OSError):
                self._socket.close()
        self._on_end()

    def note_ready(self) -> bool:
        """Read and write a part of what is there; called by the thread of the sockets."""
        found: list[Message] = []
        try:
            with self._lock:
                if self._is_closed:
                    return False
                has_more = bool(self._outgoing) and self._write_more()
                has_more = self._read(found) or has_more
        except (OSError, ValueError, MemoryError):
            self._deliver(found)
            self.close()
            return False
        self._deliver(found)
        return has_more

    def note_time(self) -> None:
        """Do nothing: there is no deadline."""

    def _deliver(self, found: list[Message]) -> None:
        for message in found:
            self._on_message(message)

    def _read(self, found: list[Message]) -> bool:
        """Read a part, and return whether TLS has more that the system does not know of."""
        reader, tls = self._reader, self._socket
        done = 0
        with contextlib.suppress(*_WAITS):
            while done < TURN_BYTES:
                target = reader.target
                is_straight = target.nbytes >= JOINED_BYTES
                count = tls.recv_into(target if is_straight else self._inbox)
                if count == 0:
                    raise ConnectionResetError("the other end has hung up")
                done += count
                found += reader.advance(count) if is_straight else reader.feed(self._inbox[:count])
                if reader.is_between and not tls.pending():
                    break
        self._set_least(reader.target.nbytes)
        return tls.pending() > 0

    def _set_least(self, missing: int) -> None:
        """Let the system tell of a part of a large message only when there is enough of it.

        What TLS has taken of a record already comes no more: less than two of them are not
        waited for.
        """
        least = max(1, min(missing - 4 * RECORD_BYTES, LEAST_BYTES))
        if least != self._least:
            self._least = least
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)

    def _write_more(self) -> bool:
        if not self._write(TURN_BYTES):
            self.selector.set_events(self)
        return False

    def _write(self, most: int) -> bool:
        """Write about ``most`` bytes, and return whether something is left."""
        outgoing, done = self._outgoing, 0
        with contextlib.suppress(*_WAITS):
            while outgoing and done < most:
                part = outgoing[0]
                if part.nbytes == 0:
                    outgoing.popleft()
                    continue
                count = self._socket.send(part)
                done += count
                if count == part.nbytes:
                    outgoing.popleft()
                else:
                    outgoing[0] = part[count:]
        return bool(outgoing)


def _set_times(tls: ssl.SSLSocket) -> None:
    """Have a peer that is gone without a word noticed, after the time that Dask gives it."""
    tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    seconds = int(parse_timedelta(dask.config.get("distributed.comm.timeouts.tcp", "30s")))
    idle = max(2, seconds // 4)
    tls.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", idle),
        ("TCP_KEEPINTVL", max(1, (seconds - idle) // PROBES)),
        ("TCP_KEEPCNT", PROBES),
        ("TCP_USER_TIMEOUT", seconds * 1000),
    ):
        if (option := getattr(socket, name, None)) is not None:
            tls.setsockopt(socket.IPPROTO_TCP, option, value)
