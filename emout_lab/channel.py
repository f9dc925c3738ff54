"""A connection to a worker that questions go through in the order in which they are asked.

Dask's ``run`` pickles function, arguments and result each for themselves and takes a connection for
every message. Here a message is one pickle, with large arrays as frames of Dask's beside it, and
many are under way on one connection: each is begun in the order in which it was sent, and answered
as soon as its answer is there. The worker learns it by an operation of our own among its handlers.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from collections.abc import Callable
from typing import Any, Final

from distributed import core, protocol
from distributed.comm import CommClosedError

from emout_lab.messages import error_of, run_at
from emout_lab.pickle_buffers import ALIGNMENT, BUFFER_BYTES, Buffer, dumped, usable
from emout_lab.sockets.channel import Answer, SocketChannel, connected, port_of

#: Name of the operation, and the version of its messages.
OPERATION: Final = "emout-lab-channel"
VERSION: Final = 2
#: A smaller buffer is copied sooner than it is seen to that it lies straight [B].
COPY_BYTES: Final = 2_000_000


class Channel:
    """The end of a channel that asks; used in one event loop. See `opened`.

    Parameters
    ----------
    pool, address, comm : Any
        Dask's pool of connections, the worker's address and the connection taken from the pool.
    """

    def __init__(self, pool: Any, address: str, comm: Any) -> None:
        self._pool, self._address, self._comm = pool, address, comm
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._count = 0
        self._turn = asyncio.Lock()
        self._reading = asyncio.ensure_future(self._read())

    @property
    def is_open(self) -> bool:
        """Whether the connection is up."""
        return not (self._reading.done() or self._comm.closed())

    async def ask(self, verb: str, args: tuple[Any, ...]) -> asyncio.Future[Any]:
        """Send a question and return the future of its answer; what is asked later comes later.

        Raises
        ------
        OSError
            When the connection is lost; the future raises it as well.
        """
        if not self.is_open:
            raise CommClosedError(f"the connection to {self._address} was lost")
        self._count += 1
        number = self._count
        message = _straight({"number": number, **_packed((verb, args))})
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        answer.add_done_callback(lambda _: self._answers.pop(number, None))
        try:
            async with self._turn:
                await self._comm.write(message)
        except BaseException:
            answer.cancel()
            raise
        return answer

    def close(self) -> None:
        """Close the connection; who waits is told that it was lost."""
        self._comm.abort()

    async def _read(self) -> None:
        try:
            while True:
                message = await self._comm.read()
                if (answer := self._answers.get(message["number"])) is None or answer.done():
                    continue  # nobody waits for it any more
                try:
                    if "error" in message:
                        answer.set_exception(error_of(message["error"]))
                    else:
                        answer.set_result(_unpacked(message))
                except Exception as error:  # noqa: BLE001  # of a class that is not to be had here
                    answer.set_exception(error)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._comm.abort()
            self._pool.reuse(self._address, self._comm)  # which only counts one that is closed
            for answer in list(self._answers.values()):
                if not answer.done():
                    answer.set_exception(
                        CommClosedError(f"the connection to {self._address} was lost")
                    )


async def opened(
    owner: Any, address: str, prepare: Callable[..., Any]
) -> Channel | SocketChannel | None:
    """Return a new channel to a worker; None where it, or this Dask, has none.

    It has a connection of our own where the session has certificates and the worker's port can be
    reached, and one of Dask's otherwise.

    Parameters
    ----------
    owner : distributed.Client or Worker
        Whose connections are used.
    address : str
        Of the worker.
    prepare : callable
        A function of a module that calls `offer` on the worker.

    Raises
    ------
    OSError
        The connection was lost.
    """
    pool: Any = getattr(owner, "rpc", None)
    if not (hasattr(pool, "connect") and hasattr(pool, "reuse")):
        return None
    try:
        version, port = await run_at(owner, address, prepare)
        if version != VERSION:
            return None
    except OSError:
        raise
    except Exception:  # noqa: BLE001  # another version, or a Dask whose workers have no handlers
        return None
    if port is not None and (channel := await connected(owner, address, port)) is not None:
        return channel
    comm = await pool.connect(address)
    try:
        comm.allow_offload = False
        await comm.write({"op": OPERATION, "reply": False})
    except BaseException:
        comm.abort()
        pool.reuse(address, comm)
        raise
    return Channel(pool, address, comm)


def offer(worker: Any, answer: Answer) -> tuple[int, int | None]:
    """Let a worker of Dask answer questions through channels.

    Returns
    -------
    (int, int or None)
        Their `VERSION`, and the port of its own for them; None where it has none.
    """

    async def serve(comm: Any) -> None:
        await _served(comm, answer)

    worker.handlers.setdefault(OPERATION, serve)
    return VERSION, port_of(worker, answer)


async def _served(comm: Any, answer: Answer) -> None:
    turn = asyncio.Lock()
    comm.allow_offload = False
    tasks: set[asyncio.Future[None]] = set()
    with contextlib.suppress(OSError):
        while True:
            message = await comm.read()
            task = asyncio.ensure_future(_answered(comm, turn, message, answer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


async def _answered(comm: Any, turn: asyncio.Lock, message: dict[str, Any], answer: Answer) -> None:
    number = message["number"]
    try:
        verb, args = _unpacked(message)
        del message  # what a program has brought is not kept while it runs
        found: dict[str, Any] = _packed(await answer(verb, args))
    except Exception as error:  # noqa: BLE001  # the edge: errors travel
        found = {"error": core.error_message(error)}
    with contextlib.suppress(OSError):  # nobody is there to read it
        async with turn:
            await comm.write(_straight({"number": number, **found}))


def _packed(value: Any) -> dict[str, Any]:
    """Return a value as parts of a message, its largest buffer first."""
    data, buffers = dumped(value)
    if not buffers and len(data) < BUFFER_BYTES:
        return {"data": data}
    views = [memoryview(data), *buffers]
    order = sorted(range(len(views)), key=lambda number: -views[number].nbytes)
    return {"order": order, "views": [protocol.to_serialize(views[n]) for n in order], "pad": b""}


def _straight(message: dict[str, Any]) -> dict[str, Any]:
    """Let the first buffer of a message lie straight: Dask reads what is before it with it."""
    first = message["views"][0].data if "views" in message else b""
    if len(first) < COPY_BYTES:
        return message
    frames = protocol.dumps(message)
    # Number and lengths of the frames, the message itself and what describes the buffer.
    before = 8 * (1 + len(frames)) + len(frames[0]) + len(frames[1])
    return {**message, "pad": bytes(-before % ALIGNMENT)}


def _unpacked(message: dict[str, Any]) -> Any:
    if "data" in message:
        return pickle.loads(message["data"])
    views: list[Buffer] = [b""] * len(message["order"])
    for number, view in zip(message["order"], message["views"], strict=True):
        views[number] = view
    data, *buffers = views
    return pickle.loads(data, buffers=[usable(each) for each in buffers])
