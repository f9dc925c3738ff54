"""Replies to requests of views, kept for a while: another client may ask for them by their ids."""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from emout_lab.engine.protocol import Program, Reply
from emout_lab.errors import ObjectGone, TooLarge
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    from emout_lab.engine.object_store import ObjectStore

#: So many replies are kept, and so many bytes of their values.
MOST_REPLIES: Final = 1000
MOST_BYTES: Final = 64_000_000
#: No reply takes more than this share of them.
SHARE: Final = 8
#: A value that is larger than this is taken in pieces.
STAGED_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class RequestQueue:
    """What an engine has to do for views.

    Attributes
    ----------
    queue : tuple of str
        Ids of the requests that run or stand in line.
    completed : tuple of str
        Ids of those whose replies it keeps, the latest last.
    count : int
        How many it has completed, also those whose replies are forgotten.
    tasks : tuple of str
        Keys of the Dask tasks that its worker has.
    """

    queue: tuple[str, ...]
    completed: tuple[str, ...]
    count: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class _Kept:
    reply: Reply
    size: int
    is_whole: bool


class KeptReplies:
    """Keeps the latest replies of an engine, bounded in number and bytes.

    Used from the worker's event loop only.

    Parameters
    ----------
    objects : callable
        Returns the objects of the engine, where large values wait to be taken.
    most_bytes : int
        Most bytes of values that are kept.
    """

    def __init__(self, objects: Callable[[], ObjectStore], most_bytes: int = MOST_BYTES) -> None:
        self._objects = objects
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._bytes = 0
        self._count = 0

    async def noted(self, program: Program, running: Awaitable[Reply]) -> Reply:
        """Return the reply to a program, and keep it where its sender wants that."""
        if not program.keeps_reply:
            return await running
        done = self._awaited[program.id] = asyncio.get_running_loop().create_future()
        try:
            reply = await running
            self._keep(program, reply)
            return reply
        finally:
            self._awaited.pop(program.id, None)
            done.set_result(None)

    async def reply(self, request: str, client: str) -> Reply:
        """Return the reply to a request of any client; wait for it while it is under way.

        Parameters
        ----------
        request : str
            Its id.
        client : str
            Who asks, and will take a large value.

        Raises
        ------
        ObjectGone
            If nothing is known of it (any more).
        TooLarge
            If its value was too large to be kept.
        """
        while (awaited := self._awaited.get(request)) is not None:
            await asyncio.shield(awaited)
        kept = self._kept.get(request)
        if kept is None:
            raise ObjectGone(
                f"this engine knows no request {request!r} (any more): it keeps the latest "
                f"{MOST_REPLIES} results, of at most {format_bytes(self._most_bytes)} together"
            )
        if not kept.is_whole:
            raise TooLarge(
                f"the result of request {request!r} takes {format_bytes(kept.size)} and was not "
                f"kept: at most {format_bytes(self._most_bytes // SHARE)} are. Its own client has "
                "it, if anybody"
            )
        return self._staged(request, kept.reply, client)

    def states(self, requests: Sequence[str]) -> dict[str, str]:
        """Tell of requests whether they are ``"pending"`` or ``"completed"``, if known at all."""
        found = {each: "pending" for each in requests if each in self._awaited}
        return found | {each: "completed" for each in requests if each in self._kept}

    def forget(self, requests: Sequence[str] | None = None) -> None:
        """Forget replies; all by default."""
        for each in list(self._kept) if requests is None else requests:
            kept = self._kept.pop(each, None)
            self._bytes -= kept.size if kept is not None and kept.is_whole else 0

    def queue(self, tasks: Sequence[str]) -> RequestQueue:
        """Return what there is to do for views."""
        return RequestQueue(tuple(self._awaited), tuple(self._kept), self._count, tuple(tasks))

    def _keep(self, program: Program, reply: Reply) -> None:
        self._count += 1
        value: Any = reply.value
        if reply.staged is not None:
            value = self._objects().get(reply.staged)
        size = (0 if value is None else len(value)) + _other_bytes(reply)
        is_whole = size <= self._most_bytes // SHARE
        failure = reply.failure
        if failure is not None:
            origin = program.calls[0].origin if program.calls else None
            failure = replace(failure, place=failure.place or origin)
        kept = replace(
            reply,
            value=value if is_whole else None,  # a copy already, which nobody changes
            staged=None,
            failure=failure,
            descriptions={},
        )
        self.forget([program.id])
        self._kept[program.id] = _Kept(kept, size, is_whole)
        self._bytes += size if is_whole else 0
        while len(self._kept) > MOST_REPLIES or self._bytes > self._most_bytes:
            self.forget([next(iter(self._kept))])

    def _staged(self, request: str, reply: Reply, client: str) -> Reply:
        if reply.value is None or len(reply.value) <= STAGED_BYTES:
            return reply
        name = f"{uuid.uuid4().hex}-value"
        self._objects().put(
            name,
            reply.value,
            owner=client,
            program=request,
            expression="(on its way to the notebook)",
        )
        return replace(reply, value=None, staged=name)


def _other_bytes(reply: Reply) -> int:
    failure = reply.failure
    failed = 0 if failure is None else len(failure.traceback) + len(failure.exception or b"")
    printed = sum(len(text) for piece in reply.printed for _, text in piece)
    pictures = sum(len(each.figure.data) for each in reply.shown)
    return failed + printed + pictures + sum(each.bytes for each in reply.displays)
