"""The ends of a channel over a connection of our own: one asks, the other answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from distributed import core
from distributed.comm import CommClosedError, get_address_host

from emout_lab.messages import REACH_TIMEOUT_S, error_of
from emout_lab.sockets.connection import DIRECT_BYTES, Connection
from emout_lab.sockets.early_answers import EARLY_ANSWER, EarlyAnswer
from emout_lab.sockets.frames import Kind, Message
from emout_lab.sockets.listener import HANDSHAKE_S, Listener
from emout_lab.sockets.selector_thread import IS_THERE

#: So much of an answer is written by another thread than the event loop's which has it [B].
EARLY_BYTES: Final = 2_000_000

#: Answers a question that came through a channel.
Answer = Callable[[str, tuple[Any, ...]], Awaitable[Any]]
#: Told the message that answers a question; None when the connection was lost.
Note = Callable[["Message | None"], None]


class SocketChannel:
    """The end that asks; used by any thread.

    Parameters
    ----------
    address : str
        Of the worker, as Dask writes it.
    tls : ssl.SSLSocket
        The connection.

    Attributes
    ----------
    is_local : bool
        Whether the worker is on this machine.
    """

    def __init__(self, address: str, tls: ssl.SSLSocket) -> None:
        self._address = address
        self._notes: dict[int, Note] = {}
        self._numbers = itertools.count(1)
        self.is_local = tls.getsockname()[0] == tls.getpeername()[0]
        self._connection = Connection(tls, self._note, self._end)
        self._connection.start()

    @property
    def is_open(self) -> bool:
        """Whether the connection is up."""
        return self._connection.is_open

    def send(self, verb: str, args: tuple[Any, ...], note: Note, direct_bytes: int) -> None:
        """Send a question; what is asked later comes later.

        Parameters
        ----------
        note : callable
            Told the answer, in the thread of the sockets.
        direct_bytes : int
            So much is written before this returns.

        Raises
        ------
        OSError
            When the connection is lost; nobody is told then.
        """
        number = next(self._numbers)
        self._notes[number] = note
        try:
            self._connection.send(number, Kind.QUESTION, (verb, args), direct_bytes)
        except BaseException:
            if self._notes.pop(number, None) is None:
                return  # it was told that the connection is lost
            raise

    async def ask(self, verb: str, args: tuple[Any, ...]) -> asyncio.Future[Any]:
        """Send a question and return the future of its answer; what is asked later comes later.

        Raises
        ------
        OSError
            When the connection is lost; the future raises it as well.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()

        def note(message: Message | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
                loop.call_soon_threadsafe(self.settle, answer, message)

        self.send(verb, args, note, DIRECT_BYTES)
        return answer

    def settle(self, answer: asyncio.Future[Any], message: Message | None) -> None:
        """Let a future have what a message says."""
        if not answer.done():  # nobody waits for it any more
            try:
                answer.set_result(self.value_of(message))
            except Exception as error:  # noqa: BLE001  # whoever waits raises it
                answer.set_exception(error)

    def value_of(self, message: Message | None) -> Any:
        """Return what a message answers.

        Raises
        ------
        OSError
            When the connection was lost.
        Exception
            What was raised there.
        """
        if message is None:
            raise CommClosedError(f"the connection to {self._address} was lost")
        value = message.value()
        if message.kind is Kind.ERROR:
            raise error_of(value)
        return value

    def close(self) -> None:
        """Close the connection; who waits is told that it was lost."""
        self._connection.close()

    def _note(self, message: Message) -> None:
        if (note := self._notes.pop(message.number, None)) is not None:
            note(message)

    def _end(self) -> None:
        while self._notes:
            with contextlib.suppress(KeyError):
                self._notes.popitem()[1](None)


async def connected(owner: Any, address: str, port: int) -> SocketChannel | None:
    """Return a new channel to the port of a worker; None where it cannot be reached.

    Parameters
    ----------
    owner : distributed.Client
        With the certificate.
    address : str
        Of the worker, as Dask writes it.
    port : int
        That of its `Answers`.
    """
    context = owner.security.get_connection_args("client").get("ssl_context")
    if context is None or not IS_THERE:
        return None

    def connect() -> SocketChannel:
        plain = socket.create_connection((get_address_host(address), port), REACH_TIMEOUT_S)
        plain.settimeout(HANDSHAKE_S)
        open_socket: socket.socket = plain
        try:
            open_socket = tls = context.wrap_socket(plain)
            return SocketChannel(address, tls)
        except BaseException:
            open_socket.close()
            raise

    try:
        return await asyncio.to_thread(connect)
    except OSError:
        return None


class Answers:
    """The end that answers: a port of a worker.

    Parameters
    ----------
    worker : distributed.Worker
        Its certificate and its event loop are used.
    answer : callable
        Answers questions, each begun in the order in which it came.

    Raises
    ------
    OSError
        The worker's host is no address of this machine.
    """

    def __init__(self, worker: Any, answer: Answer, context: ssl.SSLContext) -> None:
        self._loop = asyncio.get_running_loop()
        self._answer = answer
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Future[None]] = set()
        self._listener = Listener(get_address_host(worker.address), context, self._begin)

    @property
    def port(self) -> int:
        """The number of the port."""
        return self._listener.port

    def close(self) -> None:
        """Close the port and all connections."""
        self._listener.close()
        for each in list(self._connections):
            each.close()

    def _begin(self, tls: ssl.SSLSocket) -> None:
        def note(message: Message) -> None:
            with contextlib.suppress(RuntimeError):  # the worker's loop is closed
                self._loop.call_soon_threadsafe(self._note, connection, message)

        try:
            connection = Connection(tls, note, lambda: self._connections.discard(connection))
        except OSError:  # it has hung up
            tls.close()
            return
        self._connections.add(connection)
        connection.start()

    def _note(self, connection: Connection, message: Message) -> None:
        task = self._loop.create_task(self._answered(connection, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answered(self, connection: Connection, message: Message) -> None:
        number = message.number

        def send(value: Any, kind: Kind = Kind.ANSWER, direct_bytes: int = DIRECT_BYTES) -> None:
            with contextlib.suppress(OSError):  # nobody is there to read it
                connection.send(number, kind, value, direct_bytes)

        early = EarlyAnswer(partial(send, direct_bytes=EARLY_BYTES))
        EARLY_ANSWER.set(early)
        try:
            verb, args = message.value()
            del message  # what a program has brought is not kept while it runs
            found = await self._answer(verb, args)
        except Exception as error:  # noqa: BLE001  # the edge: errors travel
            if early.claim():
                send(_plain(core.error_message(error)), Kind.ERROR)
        else:
            if early.claim():
                send(found)


_OPEN: Final[dict[int, Answers]] = {}


def port_of(worker: Any, answer: Answer) -> int | None:
    """Return the port of a worker where questions are answered; it is opened if it is not yet.

    None where the worker has no certificate, or no port can be opened.
    """
    found = _OPEN.get(id(worker))
    if found is None:
        context = worker.security.get_listen_args("worker").get("ssl_context")
        if context is None or context.verify_mode != ssl.CERT_REQUIRED or not IS_THERE:
            return None
        try:
            found = _OPEN[id(worker)] = Answers(worker, answer, context)
        except OSError:
            return None
    return found.port


def close_port(worker: Any) -> None:
    """Close the port of a worker, if it has one."""
    if (found := _OPEN.pop(id(worker), None)) is not None:
        found.close()


def _plain(error: Any) -> dict[str, Any]:
    """Return an error as Dask tells it, without what its own messages need."""
    return {key: getattr(value, "data", value) for key, value in error.items()}
