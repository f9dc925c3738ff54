"""An engine of a connected session: programs, and what it can be asked beside them, as futures."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from emout_lab.client import aio
from emout_lab.client.direct_path import DirectPath
from emout_lab.client.location import Location
from emout_lab.client.output import Listener, Receiver
from emout_lab.client.staged_values import StagedValues
from emout_lab.client.submission import CodeUpdates, Submission
from emout_lab.client.transport import watched
from emout_lab.client.waiting import Awaited, begun, explained, require_own, waited
from emout_lab.engine.protocol import WHAT_HELPS, Description, Program, Reply
from emout_lab.engine.serialization import Packed
from emout_lab.errors import CodeUnknown, EngineLost, SessionDead
from emout_lab.sessions import forks

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

#: How long an engine has to tell what became of a program that was interrupted [s].
GRACE_S = 0.8
#: How often it is asked whether a program has come, before the next one is sent [s].
ARRIVAL_POLL_S = 0.005


class Engine:
    """Carries programs to one engine of a session, several at a time.

    Programs begin in the order in which they were submitted. No lock is held while one is awaited.

    Parameters
    ----------
    client : distributed.Client
        Client of the session.
    session : str
        Name of the session.
    name : str
        Name of the engine.
    code : CodeUpdates, optional
        Adds what has changed of the user's own modules to each program.

    Attributes
    ----------
    location : Location
        Where the engine is now.
    programs_sent : int
        How many were submitted.

    Examples
    --------
    ::

        reply = engine.submit(program).result()
        engine.cancel(program.id)
        png = engine.invoke("preview", object_id).result()
    """

    def __init__(
        self, client: Client, session: str, name: str, code: CodeUpdates | None = None
    ) -> None:
        self._client = client
        self.session_name = session
        self.location = Location(client, session, name)
        self.programs_sent = 0
        self._code = code
        self._staged = StagedValues(self.free)
        self._under_way: dict[str, Submission] = {}
        self._last: Submission | None = None
        self._direct = DirectPath(client, self._awaited, self._staged.noted)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name of the engine; of another one, once that has taken the place of a lost one."""
        return self.location.engine

    @property
    def client_id(self) -> str:
        """Owner of the objects that this process makes; it tells its connection from others."""
        return str(self._client.id)

    @property
    def is_silent(self) -> bool:
        """Whether the engine has not answered yet what was interrupted here."""
        return any(each.is_given_up for each in list(self._under_way.values()))

    def locate(self) -> str:
        """Return the address of the engine; wait a little for one that is being restarted.

        Raises
        ------
        SessionDead, NoEngine, EngineLost
            As for `Location.find`.
        """
        if (known := self.location.known) is not None:
            return known
        self.location.check_session()
        listener = Listener()
        awaited = Awaited(self.session_name, ())
        return waited(self._client, awaited, self.location.find(listener.note), listener)

    def fate_of(self, address: str) -> str:
        """Return what became of the engine that was at an address, for a message."""
        asked = self.location.fate_of(address)
        return waited(self._client, Awaited(self.session_name, ()), asked)

    def submit(
        self, program: Program, *, address: str | None = None, listener: Receiver | None = None
    ) -> Future[Reply]:
        """Send a program and return the future of its reply.

        Parameters
        ----------
        program : Program
            What to run; by its id it is cancelled, and by its future, which then has no reply.
        address : str, optional
            Where its objects are; wherever the engine is, by default.
        listener : Receiver, optional
            Told what this program writes, how far it is and what keeps it waiting.

        Raises
        ------
        SessionDead
            If the session is over, or was connected by another process. The future raises
            `EngineLost`, and all that an engine raises in place of a reply.
        """
        self.location.check_session()
        if not program.id:
            program = replace(program, id=uuid.uuid4().hex)
        entry = Submission(program, address or self.location.known, listener)
        with self._lock:
            if entry.address is not None:
                entry.program = self._with_code(program, entry.address)
            entry.before = self._last
            answer = entry.answer = self._sent(entry) or self._begun(self._answered(entry))
            self._last = self._under_way[program.id] = entry
            self.programs_sent += 1
        # Also of one that was cancelled before its coroutine began.
        answer.add_done_callback(lambda _: self._end(entry))
        return answer

    def run(self, program: Program, address: str, listener: Listener) -> Reply:
        """Submit a program and wait for its reply, while the listener shows what it tells.

        Ctrl-C cancels it in the engine; what the engine answers at once is returned.

        Raises
        ------
        KeyboardInterrupt
            Where the engine does not answer then: the program is cancelled as soon as it does.
        EngineLost
            If the engine ends meanwhile.
        """
        answer = self.submit(program, address=address, listener=listener)
        try:
            reply: Reply = listener.wait(answer)
        except KeyboardInterrupt:
            reply = self._interrupted(program.id, answer)
        listener.show_rest(reply)
        return reply

    def cancel(self, program: str, *, is_given_up: bool = False) -> Future[None]:
        """End a program, running or in line, and no other; it answers that it was interrupted.

        Parameters
        ----------
        program : str
            Its id.
        is_given_up : bool
            Whether nobody waits for its reply any more: what it has made is dropped.
        """
        entry = self._under_way.get(program)
        if entry is None:
            return self.invoke("cancel", program, is_given_up)
        # The next one need not wait for this one to come: its engine may stand still.
        entry.is_cancelled = True
        entry.is_given_up = entry.is_given_up or is_given_up
        return self.invoke("cancel", program, is_given_up, address=entry.address)

    def invoke(self, verb: str, *args: Any, address: str | None = None) -> Future[Any]:
        """Let the engine do something beside its programs, see `emout_lab.client.aio.invoke`.

        Parameters
        ----------
        verb : str
            What: ``"drop"``, ``"preview"``, ``"interrupt"``, ``"draw_again"``, ``"figure"``, …
        *args : Any
            What it needs.
        address : str, optional
            Where; wherever the engine is, by default.
        """
        self.location.check_session()
        return self._begun(self._invoked(verb, args, address))

    def take(
        self, name: str, address: str, listener: Receiver | None = None
    ) -> Future[bytes | Packed]:
        """Bring a value that the engine staged; its future tells the listener how far it is."""
        told = None if listener is None else listener.note_bytes
        return self._begun(self._taken(name, address, told), (address,), listener)

    def move(
        self,
        source: tuple[str, str],
        target: tuple[str, str],
        labels: dict[str, Any],
        listener: Receiver | None = None,
    ) -> Future[Description]:
        """Copy an object of another engine to this one, see `emout_lab.client.transfers.move`."""
        asked = self._moved(source, target, labels)
        return self._begun(asked, (source[0], target[0]), listener)

    def free(self, names: list[str]) -> bool:
        """Have objects dropped, without waiting for it; False where no engine is known."""
        if (address := self.location.known) is None:
            return False
        with contextlib.suppress(SessionDead):  # at this moment, and all objects with it
            self.location.check_session()
            # The way that snapshots go as well: the next one shows them no longer.
            self._begun(aio.invoke(self._client, address, "drop", names))
        return True

    def tell(self, event: dict[str, Any]) -> None:
        """Pass on what a program tells while it runs, to its own listener; called by any thread."""
        entry = self._under_way.get(event.get("program") or "")
        if entry is not None and entry.listener is not None:
            entry.listener.tell(event)

    def close(self) -> None:
        """Let nobody wait for a reply any more: the connection is about to be closed."""
        for entry in list(self._under_way.values()):
            entry.is_cancelled = True  # by the engine itself, once the connection is gone
            if entry.answer is not None:
                entry.answer.cancel()

    def forget(self) -> None:
        """Let nobody wait in a forked child for a thread of the parent that held the lock."""
        forks.renew(self._lock)
        self._direct.forget()
        self._under_way.clear()
        self._last = None

    def _with_code(self, program: Program, address: str, *, is_all: bool = False) -> Program:
        return program if self._code is None else self._code.added(program, address, is_all=is_all)

    def _begun(
        self,
        asked: Coroutine[Any, Any, Any],
        addresses: tuple[str, ...] = (),
        listener: Receiver | None = None,
    ) -> Future[Any]:
        awaited = Awaited(self.session_name, addresses)
        note = None if listener is None else listener.note
        return begun(self._client, awaited, asked, note)

    async def _told(self, entry: Submission, asked: Coroutine[Any, Any, T], *addresses: str) -> T:
        """Return what a coroutine gives; the listener is told what keeps it waiting."""
        if entry.listener is None:
            return await asked
        what = Awaited(self.session_name, addresses, entry.program.id)
        return await explained(self._client, asked, what, entry.listener.note)

    async def _answered(self, entry: Submission) -> Reply:
        if entry.awaited() is not None:
            await self._told(entry, self._let_come(entry))
            entry.before = entry.before if entry.is_cancelled else None
        if entry.address is None:
            note = _ignore if entry.listener is None else entry.listener.note
            entry.address = await self._told(entry, self.location.find(note))
            entry.program = await asyncio.to_thread(self._with_code, entry.program, entry.address)
        return await self._awaited(entry)

    def _sent(self, entry: Submission) -> Future[Reply] | None:
        """Send a program from this thread, where it can be; None where it cannot."""
        require_own(self._client, self.session_name)
        return self._direct.sent(entry) if self.location.is_reached(entry.address) else None

    async def _awaited(
        self, entry: Submission, coming: asyncio.Future[Reply] | None = None
    ) -> Reply:
        assert entry.address is not None
        try:
            reply = await self._told(entry, self._ran(entry, entry.address, coming), entry.address)
        except EngineLost as error:
            raise await self.location.loss(entry.address, error) from None
        except SessionDead:
            await self.location.require_session()
            raise
        return self._staged.noted(reply)

    async def _ran(
        self, entry: Submission, address: str, coming: asyncio.Future[Reply] | None
    ) -> Reply:
        is_direct = await self.location.can_reach(address)
        try:
            if coming is not None:
                return cast("Reply", await watched(self._client, coming, address))
            return await aio.run(
                self._client, address, entry.program, entry.note_sent, is_direct=is_direct
            )
        except CodeUnknown:
            told = await asyncio.to_thread(self._with_code, entry.program, address, is_all=True)
            return await aio.run(self._client, address, told, is_direct=is_direct)

    async def _let_come(self, entry: Submission) -> None:
        """Wait until the program before one runs or stands in line: messages may overtake."""
        while (before := entry.awaited()) is not None:
            if before.is_sent and before.address is not None:
                asked = aio.invoke(self._client, before.address, "has", before.program.id)
                try:
                    if await asked:
                        return
                except (EngineLost, SessionDead):
                    return  # its own answer tells
            await asyncio.sleep(ARRIVAL_POLL_S)

    async def _invoked(self, verb: str, args: tuple[Any, ...], address: str | None) -> Any:
        place = address or self.location.known or await self.location.find(_ignore)
        is_direct = await self.location.can_reach(place)
        return await aio.invoke(self._client, place, verb, *args, is_direct=is_direct)

    async def _taken(
        self, name: str, address: str, on_progress: Callable[[int, int], None] | None
    ) -> bytes | Packed:
        is_direct = await self.location.can_reach(address)
        try:
            packed = await aio.take(
                self._client, address, name, is_direct=is_direct, on_progress=on_progress
            )
        except EngineLost as error:
            raise await self.location.loss(address, error) from None
        except SessionDead:
            await self.location.require_session()
            raise
        self._staged.note_taken(name)
        return packed

    async def _moved(
        self, source: tuple[str, str], target: tuple[str, str], labels: dict[str, Any]
    ) -> Description:
        is_direct = await self.location.can_reach(target[0])
        try:
            return await aio.move(self._client, source, target, labels, is_direct=is_direct)
        except (EngineLost, SessionDead):
            await self.location.require_session()
            raise

    def _interrupted(self, program: str, answer: Future[Reply]) -> Reply:
        """Cancel a program and return the engine's answer, if it comes at once."""
        self.cancel(program)
        try:
            return answer.result(GRACE_S)
        except (FutureTimeoutError, KeyboardInterrupt):
            if answer.done():
                raise
            self.cancel(program, is_given_up=True)
            raise KeyboardInterrupt(
                f"engine {self.name} has not answered the interrupt yet. The program is "
                "cancelled there as soon as it does, and its result is dropped. "
                + WHAT_HELPS.format(engine=self.name)
            ) from None

    def _end(self, entry: Submission) -> None:
        """Forget a program that is over; called by any thread."""
        if entry.answer is not None and entry.answer.cancelled() and not entry.is_cancelled:
            self._give_up(entry)
        with self._lock:
            entry.is_over = True
            if self._under_way.get(entry.program.id) is entry:
                del self._under_way[entry.program.id]
            if self._last is entry:
                # One that was cancelled may be over before those that were sent earlier.
                before = entry.before
                self._last = None if before is None or before.is_over else before
            # What refers to itself would wait for the garbage collector.
            entry.before = entry.answer = None

    def _give_up(self, entry: Submission) -> None:
        """End a program whose future was cancelled; one that has not been sent never is."""
        entry.is_cancelled = entry.is_given_up = True
        if entry.address is not None:
            with contextlib.suppress(SessionDead, RuntimeError):  # and all its programs with it
                self.invoke("cancel", entry.program.id, True, address=entry.address)


def _ignore(text: str) -> None:
    """Stand for somebody who wants to know what keeps an answer waiting."""
