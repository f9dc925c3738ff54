"""Who may hold a connection of a session's servers: nobody for long without its certificate.

Everybody who reaches the machine can open connections to a session's ports. What has not proved
itself is limited in time and number, and nothing that happens there ends the server.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import resource
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from distributed.comm import CommClosedError

from emout_lab.sessions.peers import has_spoken, user_at

#: Time for a TLS handshake, from the first packet to the verified certificate.
TLS_TIMEOUT_S: Final = 10.0
#: Time for Dask's greeting after it. Its peer has a certificate, and may be busy.
GREETING_TIMEOUT_S: Final = 60.0
#: Connections without a verified certificate that a server keeps: of the session's owner and of all
#: strangers, and of one stranger.
MOST_WAITING: Final = 512
MOST_WAITING_PER_PEER: Final = 256
#: Files that a process may open, where the system's hard limit allows them.
FILES_WANTED: Final = 32_768
#: Files kept free for what is no connection (state, logs, commands of the queue): so many, or so
#: large a part of few.
FILES_RESERVED: Final = 128
FILES_RESERVED_SHARE: Final = 0.25
#: How long nothing is accepted when the system has no file left.
PAUSE_S: Final = 0.5
#: How soon, and then how often, it is told what was turned away.
FIRST_REPORT_S: Final = 2.0
REPORT_INTERVAL_S: Final = 60.0
ADDRESSES_TOLD: Final = 5

FILES_USED: Final = "this process has too many files open"

_NO_FILE_LEFT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

log = logging.getLogger(__name__)


def raise_file_limit() -> int:
    """Let this process open more files, and return how many: most systems say 1024 at first.

    Examples
    --------
    >>> raise_file_limit() > 0
    True
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return FILES_WANTED if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def limit_connections(listener: Any, io_loop: Any) -> None:
    """Limit what a listener of Dask keeps of connections that have not proved themselves.

    Parameters
    ----------
    listener : distributed.comm.Listener
        It has been started. One that is not TCP is left as it is.
    io_loop : tornado.ioloop.IOLoop
        The loop of its server.
    """
    server = getattr(listener, "tcp_server", None)
    if server is None:
        return
    limit_server(server, io_loop, str(listener.listen_address))
    greet = listener.on_connection

    async def on_connection(comm: Any, *args: Any, **kwargs: Any) -> None:
        try:
            await asyncio.wait_for(greet(comm, *args, **kwargs), GREETING_TIMEOUT_S)
        except asyncio.TimeoutError as exc:
            comm.abort()
            raise CommClosedError(f"no greeting within {GREETING_TIMEOUT_S:.0f} s") from exc

    listener.on_connection = on_connection


def limit_server(server: Any, io_loop: Any, name: str) -> None:
    """Do the same for a server of tornado, whatever it serves.

    Parameters
    ----------
    server : tornado.tcpserver.TCPServer
        It listens already, for TLS.
    io_loop : tornado.ioloop.IOLoop
        The loop that it runs in.
    name : str
        What the log calls it.
    """
    gate = Admission(server.handle_stream, name)
    server.handle_stream = gate.handle
    _pause_without_files(server, io_loop, gate)


@dataclass(frozen=True)
class _Peer:
    """Who opened a connection: a user of this machine, or another machine."""

    address: str
    user: int | None

    @property
    def is_owner(self) -> bool:
        return self.user == os.getuid()

    def __str__(self) -> str:
        return self.address if self.user is None else f"user id {self.user} of this machine"


class Admission:
    """Passes the connections on that have shown a certificate of the session.

    Parameters
    ----------
    handle : callable
        Takes a stream and its address, as `tornado.tcpserver.TCPServer.handle_stream`.
    name : str
        What the log calls the server.
    """

    def __init__(self, handle: Callable[[Any, Any], Awaitable[None] | None], name: str) -> None:
        self._handle = handle
        self._name = name
        # The oldest first.
        self._waiting: dict[Any, _Peer] = {}
        self._turned_away: Counter[tuple[_Peer, str]] = Counter()
        self._is_report_due = False

    def handle(self, stream: Any, address: Any) -> Awaitable[None] | None:
        """Take a new connection (stands in for the server's ``handle_stream``)."""
        peer = _peer(stream, address)
        # The system gives the lowest number that is free: it tells how many are in use.
        if stream.socket.fileno() >= _most_files() and not self._evict_one(FILES_USED):
            self._turn_away(stream, peer, FILES_USED)
            return None
        self._make_room_for(peer)
        self._waiting[stream] = peer
        return self._admit(stream, address, peer)

    def shed(self) -> None:
        """Close half of what has not proved itself, the oldest first."""
        for stream in list(self._waiting)[: (len(self._waiting) + 1) // 2]:
            self._evict(stream, "the system has no file left")

    async def _admit(self, stream: Any, address: Any, peer: _Peer) -> None:
        try:
            if hasattr(stream, "wait_for_handshake"):
                await asyncio.wait_for(stream.wait_for_handshake(), TLS_TIMEOUT_S)
        except asyncio.TimeoutError:
            self._turn_away(stream, peer, f"no TLS handshake within {TLS_TIMEOUT_S:.0f} s")
            return
        except OSError as exc:
            if stream in self._waiting:
                self._turn_away(stream, peer, _cause(exc))
            return
        finally:
            self._waiting.pop(stream, None)
        served = self._handle(stream, address)
        if served is not None:
            await served

    def _make_room_for(self, peer: _Peer) -> None:
        """Keep so many of each peer: who floods a port pushes out his own."""
        same = [stream for stream, known in self._waiting.items() if known == peer]
        if len(same) >= (MOST_WAITING if peer.is_owner else MOST_WAITING_PER_PEER):
            self._evict(_first_to_evict(same), "too many others of it wait")
        elif len(self._waiting) >= 2 * MOST_WAITING:
            self._evict_one("too many others wait")

    def _evict_one(self, why: str) -> bool:
        """Close one of the peer that has the most, the owner's last; False when none waits."""
        if not self._waiting:
            return False
        counts = Counter(self._waiting.values())
        worst = max(counts, key=lambda peer: (not peer.is_owner, counts[peer]))
        self._evict(
            _first_to_evict([stream for stream, peer in self._waiting.items() if peer == worst]),
            why,
        )
        return True

    def _evict(self, stream: Any, why: str) -> None:
        self._turn_away(stream, self._waiting.pop(stream), why)

    def _turn_away(self, stream: Any, peer: _Peer, why: str) -> None:
        stream.close()
        self._turned_away[peer, why] += 1
        if not self._is_report_due:
            self._is_report_due = True
            asyncio.get_running_loop().call_later(FIRST_REPORT_S, self._report)

    def _report(self) -> None:
        """Tell of many in one line: what anybody can cause must not fill a log."""
        if not self._turned_away:
            self._is_report_due = False
            return
        counts, self._turned_away = self._turned_away, Counter()
        told = "; ".join(
            f"{count} from {peer} ({why})"
            for (peer, why), count in counts.most_common(ADDRESSES_TOLD)
        )
        more = len(counts) - ADDRESSES_TOLD
        log.warning(
            "%s turned %d connections away: %s%s",
            self._name,
            counts.total(),
            told,
            f"; and {more} more kinds" if more > 0 else "",
        )
        asyncio.get_running_loop().call_later(REPORT_INTERVAL_S, self._report)


def _most_files() -> float:
    """Return how many files may be open when a connection comes."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return float("inf")
    return soft - min(FILES_RESERVED, soft * FILES_RESERVED_SHARE)


def _peer(stream: Any, address: Any) -> _Peer:
    user = user_at(stream.socket)
    if user is not None:
        # Anybody has all addresses of the loopback network.
        return _Peer("", user)
    return _Peer(str(address[0]) if isinstance(address, tuple) and address else str(address), None)


def _first_to_evict(streams: list[Any]) -> Any:
    """Return the oldest that has not said a word, else the oldest: a client speaks first."""
    silent = (stream for stream in streams if not has_spoken(stream.socket))
    return next(silent, streams[0])


def _cause(exc: OSError) -> str:
    """Return why a handshake failed; tornado wraps the system's error."""
    error = getattr(exc, "real_error", None) or exc
    return str(getattr(error, "reason", None) or getattr(error, "strerror", None) or "it hung up")


def _pause_without_files(server: Any, io_loop: Any, gate: Admission) -> None:
    """Accept nothing for a moment when there is no file left, instead of failing on and on."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def resume(sockets: list[socket.socket]) -> None:
        for sock in sockets:
            if sock.fileno() >= 0:
                io_loop.update_handler(sock.fileno(), io_loop.READ)

    def on_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _NO_FILE_LEFT:
            sockets = [sock for sock in _listening_sockets(server) if sock.fileno() >= 0]
            for sock in sockets:
                io_loop.update_handler(sock.fileno(), 0)
            loop.call_later(PAUSE_S, resume, sockets)
            gate.shed()
        if before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(on_error)


def _listening_sockets(server: Any) -> list[socket.socket]:
    """Return what a server of tornado listens on; nothing where tornado names it otherwise.

    Without it the server is not paused when there is no file left, which costs processor time.
    """
    found = getattr(server, "_sockets", None)
    return list(found.values()) if isinstance(found, dict) else []
