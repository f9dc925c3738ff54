"""Where an engine is now, and what became of it where it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from emout_lab import sessions
from emout_lab.client import aio
from emout_lab.client.waiting import require_own
from emout_lab.errors import (
    EngineLost,
    NoEngine,
    NoSession,
    SessionDead,
    SessionError,
    SessionGone,
    SpecError,
)

if TYPE_CHECKING:
    from distributed import Client

    from emout_lab.sessions import SessionStatus

RETURN_TIMEOUT_S = 30.0
#: So long an engine that is being restarted is waited for, before another one takes over [s].
COMEBACK_S = 20.0
QUEUE_PATIENCE_S = 15.0
NOTICE_AFTER_S = 1.0
POLL_INTERVAL_S = 0.2


class Location:
    """Finds one engine of a session again when its worker was started anew.

    Parameters
    ----------
    client : distributed.Client
        Client of the session; the coroutines run in its event loop.
    session : str
        Name of the session, for messages and to ask what became of it.
    engine : str
        Name of the engine; of another one, once that has taken its place.
    """

    def __init__(self, client: Client, session: str, engine: str) -> None:
        self._client = client
        self._session = session
        self.engine = engine
        self.address: str | None = None
        self._names: dict[str, str] = {}
        self._gone: dict[str, float] = {}
        self._restarts: dict[str, str] = {}
        self._reached: dict[str, bool] = {}
        self._has_told = False

    @property
    def is_up(self) -> bool:
        """Whether the session is still connected."""
        return str(self._client.status) == "running"

    @property
    def known(self) -> str | None:
        """The address at which the engine is, as far as is known without asking."""
        return self.address if self.address not in self._gone and self.is_up else None

    def note_gone(self, address: str) -> None:
        """Take notice that a worker left the session."""
        self._gone.setdefault(address, time.monotonic())

    def note_restart(self, address: str, origin: str) -> None:
        """Take notice that the user restarts the engine at an address, and from where."""
        self._restarts[address] = origin

    def restarted_from(self, address: str) -> str | None:
        """Return where the user restarted the engine that was at an address, if that is why."""
        return self._restarts.get(address)

    def name_at(self, address: str) -> str:
        """Return the name of the engine that was at an address, whoever has taken its place."""
        return self._names.get(address, self.engine)

    def gone_since(self, address: str) -> float:
        """Return when (by ``time.monotonic``) a worker that is gone was first missed."""
        return self._gone[address]

    def is_gone(self, address: str) -> bool:
        """Tell whether the worker at an address is known to have left."""
        return address in self._gone

    async def find(self, note: Callable[[str], None]) -> str:
        """Return the address of the engine; wait a little for one that is being restarted.

        Parameters
        ----------
        note : callable
            Told what is waited for.

        Raises
        ------
        SessionDead
            If the session is over, with the reason.
        NoEngine
            If its job still waits in the queue.
        EngineLost
            If no engine comes back in time.
        """
        start = time.monotonic()
        while (known := self.known) is None:
            await self.require_session()
            present = await self._present()
            is_back = self.engine in present or time.monotonic() - start > COMEBACK_S
            if present and (is_back or self.address not in self._restarts):
                name = self.engine if self.engine in present else min(present)
                self.engine, self.address = name, present[name]
                self._names[self.address] = name
                self._has_told = False
                return self.address
            await self._check_hope(time.monotonic() - start, note)
            await asyncio.sleep(POLL_INTERVAL_S)
        return known

    async def can_reach(self, address: str) -> bool:
        """Tell whether programs go straight to the worker at an address; it is tried once."""
        if address not in self._reached:
            self._reached = {address: await aio.can_reach(self._client, address)}
        return self._reached[address]

    def is_reached(self, address: str | None) -> bool:
        """Tell whether it is known that programs go straight to the worker at an address."""
        return address is not None and self._reached.get(address, False)

    async def loss(self, address: str, error: EngineLost) -> EngineLost:
        """Take notice of a lost engine; return the error that says what is known of it."""
        self.note_gone(address)
        await self.require_session()
        if (origin := self._restarts.get(address)) is not None:
            return EngineLost(
                f"engine {self.name_at(address)!r} was restarted from {origin} while this ran. Run "
                "it again; what it needs of lost objects is computed again."
            )
        if error.during is None:  # no nanny has told: it went with its job
            with contextlib.suppress(SessionError):
                status = await self._status()
                if status is not None and status.reason:
                    return EngineLost(f"{error} Session {self._session!r}: {status.reason}.")
        return error

    async def fate_of(self, address: str) -> str:
        """Return what became of the engine that was at an address, for a message."""
        if (origin := self._restarts.get(address)) is not None:
            return f"was restarted from {origin}"
        reason = await aio.reason_of_exit(self._client, address)
        return f"was lost ({reason})" if reason else "was lost"

    async def require_session(self) -> None:
        """Do what `check_session` does, in an event loop."""
        if not self.is_up:
            await asyncio.to_thread(self.check_session)

    def check_session(self) -> None:
        """Make sure that the session is connected.

        Raises
        ------
        SessionDead
            With what became of it.
        """
        if self.is_up:
            return
        require_own(self._client, self._session)
        status = self._session_status()
        while not status.state.is_over and str(self._client.status) == "connecting":
            # Dask tries to reconnect, for a limited time: a network was cut, say.
            time.sleep(POLL_INTERVAL_S)
            if self.is_up:
                return
            status = self._session_status()
        if not status.state.is_over:
            raise SessionDead(
                f"the connection to session {self._session!r} was closed, or the session was "
                "started anew: what was opened through it is gone. Open it again."
            )
        raise SessionDead(
            f"session {self._session!r} is {status.state.value}: "
            f"{status.reason or 'its scheduler does not answer'}. Start a new one with "
            "`emout-lab server start` or in the sidebar."
        )

    def _session_status(self) -> SessionStatus:
        try:
            return sessions.get(self._session)
        except (NoSession, SpecError):
            raise SessionGone(
                f"No session {self._session!r} runs (any more), and the connection to it is "
                "closed. Connect again, or start one with `emout-lab server start` or in the "
                "sidebar."
            ) from None

    async def _present(self) -> dict[str, str]:
        """Return the addresses of the engines; none where the host cannot be asked (any more)."""
        try:
            found = await aio.addresses(self._client)
        except OSError:
            return {}
        return {n: a for n, a in found.items() if a not in self._gone or await self._is_back(a)}

    async def _is_back(self, address: str) -> bool:
        """Tell whether an engine that was missed answers: then only a connection to it was lost."""
        if not await aio.is_alive(self._client, address):
            return False
        self._gone.pop(address, None)
        self._reached.pop(address, None)
        return True

    async def _check_hope(self, waited: float, note: Callable[[str], None]) -> None:
        """Say what is waited for; raise where waiting makes no sense (any more)."""
        status = await self._status()
        is_queued = status is not None and status.state is sessions.SessionState.QUEUED
        if status is not None and is_queued and waited > QUEUE_PATIENCE_S:
            raise NoEngine(
                f"session {self._session!r} has no workers: {status.reason}. Run the cell "
                "again when the session is running; `emout-lab server status` tells."
            )
        if waited > RETURN_TIMEOUT_S:
            raise EngineLost(
                f"session {self._session!r} has no engine: its worker was killed or its job "
                f"ended, and none came back within {RETURN_TIMEOUT_S:.0f} s. See "
                "`emout-lab server status`, then stop the session and start it again."
            )
        if waited > NOTICE_AFTER_S and not self._has_told:
            self._has_told = True
            told = None if status is None else status.reason
            reason = told or "its worker is being started"
            note(f"waiting for session {self._session!r}: {reason}")

    async def _status(self) -> SessionStatus | None:
        """Return what is known of the session; None for one of another machine, or of Dask."""
        try:
            return await asyncio.to_thread(sessions.get, self._session)
        except SpecError:  # it is called by a name that no session here can have
            return None
