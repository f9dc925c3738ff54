"""The way from a queue to its engine: where it is now, and what to do when it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab import sessions
from emout_lab.config import load
from emout_lab.engine import client as engines
from emout_lab.engine.protocol import WHAT_HELPS, Description, Program, Reply, Shown
from emout_lab.errors import CodeUnknown, EngineLost, NoEngine, SessionDead, SessionError
from emout_lab.remote.asking import begun, require_own, waited
from emout_lab.remote.listener import Listener
from emout_lab.remote.module_sources import SOURCES, Told
from emout_lab.remote.notebook import notebook_path
from emout_lab.remote.waiting import Awaited, interrupted

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from distributed import Client

T = TypeVar("T")

RETURN_TIMEOUT_S = 30.0
#: So long an engine that is being restarted is waited for, before another one takes over [s].
COMEBACK_S = 20.0
QUEUE_PATIENCE_S = 15.0
NOTICE_AFTER_S = 1.0
POLL_INTERVAL_S = 0.2
#: How long an engine has to tell what became of a program that was interrupted [s].
GRACE_S = 0.8


class EngineLink:
    """Carries programs to one engine of a session.

    Parameters
    ----------
    client : distributed.Client
        Synchronous client of the session.
    session_name : str
        Name of the session, for messages and to ask what became of it.
    engine : str
        Name of the engine.
    """

    def __init__(self, client: Client, session_name: str, engine: str) -> None:
        self._client = client
        self.session_name = session_name
        self.engine = engine
        self._address: str | None = None
        self._previous: str | None = None
        self._gone: dict[str, float] = {}
        self._restarts: dict[str, str] = {}
        self._has_told = False
        self.fetch_limit = load().fetch_limit
        self.programs_sent = 0
        self._listener: Listener | None = None
        self._reached: dict[str, bool] = {}
        self._unheard: set[Future[Any]] = set()
        self.notebook = notebook_path()
        self._code = Told(SOURCES)

    @property
    def client_id(self) -> str:
        """Owner of the objects that this process makes."""
        return str(self._client.id)

    @property
    def session_id(self) -> str:
        """What tells this connection from all others."""
        return str(self._client.id)

    @property
    def is_silent(self) -> bool:
        """Whether the engine has not answered yet what was interrupted here."""
        return bool(self._unheard)

    @property
    def is_up(self) -> bool:
        """Whether the session is still connected."""
        return str(self._client.status) == "running"

    def directory(self) -> str | None:
        """Return the directory that relative paths mean; None where it was removed."""
        try:
            return os.getcwd()
        except FileNotFoundError:
            return None

    def note_gone(self, address: str) -> None:
        """Take notice that a worker left the session."""
        self._gone.setdefault(address, time.monotonic())

    def note_restart(self, address: str, origin: str) -> None:
        """Take notice that the user restarts the engine at an address, and from where."""
        self._restarts[address] = origin

    def restarted_from(self, address: str) -> str | None:
        """Return where the user restarted the engine that was at an address, if that is why."""
        return self._restarts.get(address)

    def gone_since(self, address: str) -> float:
        """Return when (by ``time.monotonic``) a worker that is gone was first missed."""
        return self._gone[address]

    def is_gone(self, address: str) -> bool:
        """Tell whether the worker at an address is known to have left."""
        return address in self._gone

    def locate(self) -> str:
        """Return the address of the engine; wait a little for one that is being restarted.

        Raises
        ------
        SessionDead
            If the session is over, with the reason.
        NoEngine
            If its job still waits in the queue.
        EngineLost
            If no engine comes back in time.
        """
        if self._address is not None and self._address not in self._gone and self.is_up:
            return self._address
        start = time.monotonic()
        while True:
            self._check_session()
            found = self._present()
            present = {n: a for n, a in found.items() if a not in self._gone or self._is_back(a)}
            is_back = self.engine in present or time.monotonic() - start > COMEBACK_S
            if present and (is_back or self._address not in self._restarts):
                name = self.engine if self.engine in present else min(present)
                self.engine, self._address = name, present[name]
                self._has_told = False
                return self._address
            self._check_hope(time.monotonic() - start)
            time.sleep(POLL_INTERVAL_S)

    def _present(self) -> dict[str, str]:
        """Return the addresses of the engines; none where the host cannot be asked (any more)."""
        try:
            found: dict[str, str] = self.wait_for(engines.addresses(self._client))
        except OSError:
            return {}
        return found

    def _is_back(self, address: str) -> bool:
        """Tell whether an engine that was missed answers: then only a connection to it was lost."""
        if not self.wait_for(engines.is_alive(self._client, address)):
            return False
        self._gone.pop(address, None)
        self._reached.pop(address, None)
        return True

    def _loss(self, address: str, error: EngineLost) -> EngineLost:
        """Take notice of a lost engine; return the error that says what is known of it."""
        self.note_gone(address)
        self._check_session()
        if (origin := self._restarts.get(address)) is not None:
            return EngineLost(
                f"engine {self.engine!r} was restarted from {origin} while this ran. Run it "
                "again; what it needs of lost objects is computed again."
            )
        return self._explained(error)

    def _explained(self, error: EngineLost) -> EngineLost:
        """Add what the session knows where no nanny told: it went with its job."""
        if error.during is not None:
            return error
        with contextlib.suppress(SessionError):
            status = sessions.get(self.session_name)
            if status.reason:
                return EngineLost(f"{error} Session {self.session_name!r}: {status.reason}.")
        return error

    def fate_of(self, address: str) -> str:
        """Return what became of the engine that was at an address, for a message."""
        if (origin := self._restarts.get(address)) is not None:
            return f"was restarted from {origin}"
        reason: str | None = self.wait_for(engines.reason_of_exit(self._client, address))
        return f"was lost ({reason})" if reason else "was lost"

    def lost_since_last_use(self, address: str) -> str | None:
        """Return the address of the engine that was used before ``address``, once."""
        before, self._previous = self._previous, address
        return before if before not in (None, address) else None

    def send(self, address: str, program: Program) -> Reply:
        """Run a program.

        Ctrl-C cancels it in the engine; what the engine answers at once is returned.

        Raises
        ------
        KeyboardInterrupt
            Where the engine does not answer then: the program is cancelled as soon as it does.
        EngineLost
            If the engine ends meanwhile.
        """
        try:
            return self._run(address, self._code.added(program, address))
        except CodeUnknown:
            return self._run(address, self._code.added(program, address, is_all=True))

    def _run(self, address: str, program: Program) -> Reply:
        self.programs_sent += 1
        is_direct = self._can_reach(address)
        fetch = partial(self._shown, address, program.id)
        self._listener = listener = Listener(program, fetch if program.drawings else None)
        asked = engines.run(self._client, address, program, is_direct=is_direct)
        awaited = Awaited(self.session_name, (address,), program.id)
        answer = begun(self._client, awaited, asked, listener)
        try:
            try:
                reply: Reply = listener.wait(answer)
            except KeyboardInterrupt:
                reply = self._cancelled(address, program.id, answer)
        except EngineLost as error:
            raise self._loss(address, error) from None
        except SessionDead:
            self._check_session()
            raise
        finally:
            self._listener = None
        listener.show_rest(reply)
        return reply

    def _shown(self, address: str, program: str, mark: str) -> Shown | None:
        """Return a figure that a program has shown, while it runs on."""
        found: Shown | None = self.wait_for(engines.shown(self._client, address, program, mark))
        return found

    def _can_reach(self, address: str) -> bool:
        if address not in self._reached:
            self._reached = {address: self.wait_for(engines.can_reach(self._client, address))}
        return self._reached[address]

    def tell(self, event: dict[str, Any]) -> None:
        """Pass on what the program that is waited for tells; called from any thread."""
        if (listener := self._listener) is not None:
            listener.tell(event)

    def take(self, name: str) -> bytes:
        """Return a value that the engine put aside, telling how far it is."""
        address = self._address or ""
        listener = Listener()
        asked = engines.take(
            self._client,
            address,
            name,
            is_direct=self._can_reach(address),
            on_progress=listener.note_bytes,
        )
        try:
            pieces = self.wait_for(asked, address, listener=listener)
        except EngineLost as error:
            raise self._loss(address, error) from None
        except SessionDead:
            self._check_session()
            raise
        return b"".join(pieces)

    def move(
        self, source: tuple[str, str], target: tuple[str, str], expression: str
    ) -> Description:
        """Copy an object from another engine of the session, from worker to worker."""
        labels = {"owner": self.client_id, "notebook": self.notebook, "expression": expression}
        is_direct = self._can_reach(target[0])
        asked = engines.move(self._client, source, target, labels, is_direct=is_direct)
        try:
            found: Description = self.wait_for(asked, source[0], target[0])
        except (EngineLost, SessionDead):
            self._check_session()
            raise
        return found

    def wait_for(
        self,
        asked: Coroutine[Any, Any, Any],
        *addresses: str,
        listener: Listener | None = None,
    ) -> Any:
        """Run a coroutine in the client's event loop and return what it gives.

        Parameters
        ----------
        asked : coroutine
            What is waited for; Ctrl-C cancels it.
        *addresses : str
            Of the engines that must answer; without any the session alone must.
        listener : Listener, optional
            Shows what comes meanwhile.
        """
        awaited = Awaited(self.session_name, addresses)
        return waited(self._client, awaited, asked, listener)

    def _cancelled(self, address: str, program: str, answer: Future[Any]) -> Any:
        """Cancel a program and return the engine's answer, if it comes at once."""
        self._see_to(engines.cancel(self._client, address, program))
        try:
            return answer.result(GRACE_S)
        except (FutureTimeoutError, KeyboardInterrupt):
            if answer.done():
                raise
            self._unheard.add(answer)
            answer.add_done_callback(self._unheard.discard)
            self._see_to(engines.cancel(self._client, address, program, is_unheard=True))
            raise interrupted(
                f"engine {self.engine} has not answered the interrupt yet. The program is "
                "cancelled there as soon as it does, and its result is dropped. "
                + WHAT_HELPS.format(engine=self.engine)
            ) from None

    def free(self, names: list[str]) -> bool:
        """Have objects dropped, without waiting for it; False where no engine is known."""
        if self._address is None or self._address in self._gone or not self.is_up:
            return False
        self._see_to(engines.drop_objects(self._client, self._address, names))
        return True

    def _see_to(self, asked: Coroutine[Any, Any, Any]) -> None:
        """Do something beside, whose failure needs no answer: what it is about has ended then."""
        asyncio.run_coroutine_threadsafe(asked, self._loop())

    def _loop(self) -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = self._client.loop.asyncio_loop
        return loop

    def _check_hope(self, waited: float) -> None:
        """Say what is waited for; raise where waiting makes no sense (any more)."""
        status = sessions.get(self.session_name)
        is_queued = status.state is sessions.SessionState.QUEUED
        if is_queued and waited > QUEUE_PATIENCE_S:
            raise NoEngine(
                f"session {self.session_name!r} has no workers: {status.reason}. Run the cell "
                "again when the session is running; `emout-lab server status` tells."
            )
        if waited > RETURN_TIMEOUT_S:
            raise EngineLost(
                f"session {self.session_name!r} has no engine: its worker was killed or its job "
                f"ended, and none came back within {RETURN_TIMEOUT_S:.0f} s. See "
                "`emout-lab server status`, then stop the session and start it again."
            )
        if waited > NOTICE_AFTER_S and not self._has_told:
            self._has_told = True
            reason = status.reason or "its worker is being started"
            sys.stderr.write(f"waiting for session {self.session_name!r}: {reason}\n")

    def _check_session(self) -> None:
        if self.is_up:
            return
        require_own(self._client, self.session_name)
        status = sessions.get(self.session_name)
        if not status.state.is_over:
            raise SessionDead(
                f"the connection to session {self.session_name!r} was closed, or the session was "
                "started anew: what was opened through it is gone. Open it again."
            )
        raise SessionDead(
            f"session {self.session_name!r} is {status.state.value}: "
            f"{status.reason or 'its scheduler does not answer'}. Start a new one with "
            "`emout-lab server start` or in the sidebar."
        )
