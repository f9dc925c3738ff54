"""Takes connections of whoever has a certificate of the session; nobody else is read from."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from typing import Final

from emout_lab.sockets.selector_thread import SelectorThread, watch

#: Time for a handshake, from the first packet to the verified certificate [s].
HANDSHAKE_S: Final = 10.0
#: So many may be under way; the oldest is given up for a new one.
MOST_WAITING: Final = 64
#: So many are accepted before others have their turn.
TURN: Final = 16
#: How long nothing is accepted when the system has no file left [s].
PAUSE_S: Final = 0.5


class Listener:
    """A port of this process.

    Parameters
    ----------
    host : str
        Address of this machine.
    context : ssl.SSLContext
        Requires a certificate of who connects.
    on_connection : callable
        Called with every connection whose handshake is done, in the thread of the sockets.

    Raises
    ------
    OSError
        The machine has no such address.
    """

    def __init__(
        self, host: str, context: ssl.SSLContext, on_connection: Callable[[ssl.SSLSocket], None]
    ) -> None:
        family = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0][0]
        self.deadline: float | None = None
        self._context, self._on_connection = context, on_connection
        self._waiting: dict[_Handshake, None] = {}
        self._socket = socket.create_server((host, 0), family=family)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._is_closed = False
        self.selector: SelectorThread
        watch(self)

    def fileno(self) -> int:
        """Return the number of its file."""
        return self._socket.fileno()

    def close(self) -> None:
        """Take no more connections; called by any thread."""
        if not self._is_closed:
            self._is_closed = True
            self.selector.remove(self)
            self._socket.close()
            for each in list(self._waiting):
                each.end()

    def note_ready(self) -> bool:
        """Accept who is there."""
        try:
            for _ in range(TURN):
                accepted, _ = self._socket.accept()
                self._begin(accepted)
        except (BlockingIOError, ValueError):
            pass
        except OSError:
            if not self._is_closed:  # no file is left
                self.deadline = time.monotonic() + PAUSE_S
                self.selector.set_events(self, reads=False)
                self.selector.note_deadline(self)
        return False

    def note_time(self) -> None:
        """Accept again."""
        self.deadline = None
        self.selector.set_events(self)

    def _begin(self, accepted: socket.socket) -> None:
        while len(self._waiting) >= MOST_WAITING:
            next(iter(self._waiting)).end()
        accepted.setblocking(False)
        try:
            tls = self._context.wrap_socket(
                accepted, server_side=True, do_handshake_on_connect=False
            )
        except OSError:  # it has hung up already
            accepted.close()
            return
        handshake = _Handshake(tls, self._done)
        self._waiting[handshake] = None
        handshake.start()

    def _done(self, handshake: _Handshake, tls: ssl.SSLSocket | None) -> None:
        self._waiting.pop(handshake, None)
        if tls is not None:
            self._on_connection(tls)


class _Handshake:
    """A connection that has not proved itself."""

    def __init__(
        self,
        tls: ssl.SSLSocket,
        on_done: Callable[[_Handshake, ssl.SSLSocket | None], None],
    ) -> None:
        self.deadline: float | None = time.monotonic() + HANDSHAKE_S
        self._socket, self._on_done = tls, on_done
        self._number = tls.fileno()
        self.selector: SelectorThread

    def start(self) -> None:
        watch(self)

    def fileno(self) -> int:
        return self._number

    def note_ready(self) -> bool:
        try:
            self._socket.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            # What a handshake writes fits into an empty socket's memory.
            return False
        except (OSError, ValueError):
            self.end()
            return False
        self.selector.remove(self)
        self._on_done(self, self._socket)
        return False

    def note_time(self) -> None:
        self.end()

    def end(self) -> None:
        self.selector.remove(self)
        with contextlib.suppress(OSError):
            self._socket.close()
        self._on_done(self, None)
