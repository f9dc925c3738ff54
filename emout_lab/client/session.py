"""A connection to a running session: its engines, and what it tells of them."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab import sessions
from emout_lab.client import aio
from emout_lab.client.balancer import Balancer
from emout_lab.client.connecting import connected
from emout_lab.client.engine import Engine
from emout_lab.client.location import Location
from emout_lab.client.requests import answered
from emout_lab.client.submission import CodeUpdates
from emout_lab.client.transport import close_channels
from emout_lab.client.waiting import Awaited, require_own, waited
from emout_lab.config import jupyter_session_name
from emout_lab.engine.engine_numbers import NumberedEngine
from emout_lab.engine.output.topics import PROGRESS_TOPIC, TEXT_TOPIC
from emout_lab.engine.snapshot import EngineSnapshot
from emout_lab.engine.worker_plugin import ENGINES_TOPIC
from emout_lab.errors import NoEngine
from emout_lab.sessions import forks, restarts
from emout_lab.sessions.restarts import RESTARTS_TOPIC, RestartedEngine
from emout_lab.sessions.scheduler_plugin import END_TOPIC

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

#: How long an engine may take to tell of itself [s].
TIMEOUT_S = 2.0


class ConnectedSession:
    """A session as a process holds it that has connected.

    Parameters
    ----------
    client : distributed.Client
        Synchronous client of the session.
    name : str
        Name of the session.
    code : callable, optional
        Makes for each engine what adds the user's own modules to its programs.

    Attributes
    ----------
    client : distributed.Client
        The plain Dask client.
    was_closed : bool
        Whether `close` was called while the connection was up, so that its end is no loss.
    engine_changes : int
        How often engines have come or gone since.
    """

    def __init__(
        self, client: Client, name: str, code: Callable[[], CodeUpdates] | None = None
    ) -> None:
        self.client = client
        self.name = name
        self.was_closed = False
        self.engine_changes = 0
        self._code = code
        self._balancer: Balancer | None = None
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._handles: list[Engine] = []  # those too whose names others have now
        self.wait_for(aio.ensure_engines(client))
        client.subscribe_topic(ENGINES_TOPIC, self._note_engine)
        client.subscribe_topic(RESTARTS_TOPIC, self._note_restart)
        client.subscribe_topic(END_TOPIC, self._note_end)
        for topic in (PROGRESS_TOPIC, TEXT_TOPIC):
            client.subscribe_topic(topic, self._note_told)
        forks.forget_in_children(self)

    @classmethod
    def connect(
        cls,
        name: str | None = None,
        address: str | None = None,
        *,
        timeout: float = 10.0,
        code: Callable[[], CodeUpdates] | None = None,
    ) -> ConnectedSession:
        """Connect to a session, see `emout_lab.sessions.connect`; Ctrl-C ends the waiting."""
        wanted = sessions.get().name if name is None and address is None else name
        client = connected(
            partial(sessions.connect, wanted, address, timeout=timeout), wanted or str(address)
        )
        return cls(client, wanted or str(address), code)

    @property
    def is_open(self) -> bool:
        """Whether the connection is up."""
        return str(self.client.status) == "running"

    @property
    def engines(self) -> list[str]:
        """Names of the engines."""
        return sorted(self.wait_for(aio.addresses(self.client)))

    def engine(self, name: str) -> Engine:
        """Return one engine; a new handle where another engine had taken its place for a while.

        Raises
        ------
        NoEngine
            If the session has no engine of this name.
        """
        handle = self._engines.get(name)
        if handle is None and name not in (known := self.engines):
            raise NoEngine(
                f"session {self.name!r} has no engine {name!r}; "
                f"it has {', '.join(known) or 'none yet'}."
            )
        if handle is not None and handle.name != name and name in self.engines:
            with self._lock:
                if self._engines.get(name) is handle:
                    del self._engines[name]
        return self.expected_engine(name)

    def expected_engine(self, name: str) -> Engine:
        """Return an engine that is there, or is to come."""
        with self._lock:
            if name not in self._engines:
                code = None if self._code is None else self._code()
                self._engines[name] = Engine(self.client, self.name, name, code)
                self._handles.append(self._engines[name])
            return self._engines[name]

    @property
    def balancer(self) -> Balancer:
        """What spreads independent calls over the engines."""
        with self._lock:
            if self._balancer is None:
                self._balancer = Balancer(self.client, self.name)
            return self._balancer

    def least_loaded(self) -> str:
        """Return the name of the engine with the fewest bytes of objects; "0" where none is yet."""
        # One that does not answer is no home.
        found = self.snapshots()
        if not found:
            return "0"
        return str(min(found, key=lambda s: (s.memory_objects, s.engine)).engine)

    def snapshots(self, timeout: float = TIMEOUT_S) -> list[EngineSnapshot]:
        """Return the snapshots of the engines that answer within ``timeout`` seconds, by name."""
        found = self.wait_for(aio.prompt_snapshots(self.client, timeout))
        return sorted(found.values(), key=lambda s: s.engine)

    def restart_engine(self, engine: str, origin: str) -> RestartedEngine:
        """Restart an engine, see `emout_lab.sessions.restart_engine`."""
        found: RestartedEngine = self.client.sync(
            restarts.ask, self.client, self.name, engine, origin
        )
        return found

    def wait_for(self, asked: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine gives in the event loop of the client; Ctrl-C cancels it."""
        return waited(self.client, Awaited(self.name, ()), asked)

    def check(self) -> None:
        """Make sure that the connection is up, and this process's own.

        Raises
        ------
        SessionDead
            With what became of it.
        """
        require_own(self.client, self.name)
        Location(self.client, self.name, "").check_session()

    def numbered_engines(self) -> list[NumberedEngine]:
        """Return the engines by the numbers that views know them by.

        Raises
        ------
        SessionDead
            If the session is over, or does not answer.
        """
        self.check()
        return self.wait_for(answered(self.client, self.name, aio.engines(self.client)))

    def close(self) -> None:
        """Close the connection; the session goes on. Closing twice does nothing."""
        self.was_closed = self.was_closed or self.is_open
        for engine in list(self._handles):
            engine.close()
        if self._balancer is not None:
            self._balancer.close()
        close_channels(self.client)
        self.client.close()

    def forget(self) -> None:
        """Let nobody wait in a forked child for a thread of the parent that held a lock."""
        forks.renew(self._lock)
        # Dask's own client, where somebody has given one, does not know of it.
        self.client.is_inherited = True
        for engine in self._handles:
            engine.forget()

    def _note_engine(self, event: tuple[float, dict[str, str]]) -> None:
        self.engine_changes += 1
        if (gone := event[1].get("gone")) is not None:
            for engine in list(self._handles):
                engine.location.note_gone(gone)

    def _note_restart(self, event: tuple[float, dict[str, str]]) -> None:
        for engine in list(self._handles):
            engine.location.note_restart(event[1]["address"], event[1]["origin"])

    def _note_end(self, event: tuple[float, dict[str, str]]) -> None:  # noqa: ARG002  # Dask's form
        # A client whose scheduler vanishes would try to reconnect, and complain in the notebook.
        self._closing = asyncio.ensure_future(self.client.close())

    def _note_told(self, event: tuple[float, dict[str, Any]]) -> None:
        for engine in list(self._handles):
            engine.tell(event[1])


def notebook_path() -> str | None:
    """Return the path of the notebook as Jupyter Server tells its kernels, or a script's name.

    It is None where neither is known, as in an interactive interpreter.
    """
    script = Path(sys.argv[0]).name if sys.argv else ""
    is_script = script.endswith(".py") and script not in ("ipykernel_launcher.py", "__main__.py")
    return jupyter_session_name() or (script if is_script else None)
