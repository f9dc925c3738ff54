"""Session: the notebook's end of a running session."""

from __future__ import annotations

import atexit
import contextlib
import sys
import threading
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any

from emout_lab import sessions
from emout_lab.client.connecting import connected
from emout_lab.client.session import ConnectedSession, notebook_path
from emout_lab.engine.protocol import WHAT_HELPS
from emout_lab.remote import ipython
from emout_lab.remote.context import CONNECTED, CONTEXT, WATCHES
from emout_lab.remote.engine import RemoteEngine
from emout_lab.remote.link import EngineLink
from emout_lab.remote.module_sources import SOURCES, SentSources
from emout_lab.remote.waiting import interrupts_at_users_line
from emout_lab.sessions import forks

if TYPE_CHECKING:
    from emout_lab.remote.dispatcher import Dispatcher
    from emout_lab.remote.ref import RemoteRef
    from emout_lab.sessions.client import SessionClient
    from emout_lab.sessions.restarts import RestartedEngine


class Session:
    """A connection to a running session.

    Parameters
    ----------
    client : distributed.Client
        Synchronous client of the session.
    name : str
        Name of the session.

    Attributes
    ----------
    client : distributed.Client
        The plain Dask client, for whoever wants Dask itself.
    connection : emout_lab.client.session.ConnectedSession
        What this stands on.
    was_closed : bool
        Whether :meth:`close` was called while the connection was up, so that its end is no loss.

    Examples
    --------
    ::

        session = emout_lab.connect()
        table = session.open("pandas:read_csv", "log.csv")
        float(table.energy.mean())
    """

    def __init__(self, client: SessionClient, name: str) -> None:
        self.client = client
        self.name = name
        with interrupts_at_users_line():
            self.connection = ConnectedSession(client, name, partial(SentSources, SOURCES))
            self._home = self.connection.least_loaded()
        self._lock = threading.RLock()  # of the engines that are known
        self._turn = threading.RLock()
        self._engines: dict[str, RemoteEngine] = {}
        self._moved: list[RemoteEngine] = []
        SOURCES.look()
        self._stop_flushing = ipython.after_each_cell(self._end_of_cell)

    @property
    def engines(self) -> list[str]:
        """Names of the engines."""
        with interrupts_at_users_line():
            return self.connection.engines

    @property
    def was_closed(self) -> bool:
        """Whether :meth:`close` was called while the connection was up, so that it is no loss."""
        return self.connection.was_closed

    def engine(self, name: str | None = None) -> RemoteEngine:
        """Return one engine; without a name the notebook's home engine.

        The home engine is the least loaded one at the time of connecting. Where another engine has
        taken the place of a lost one, a name gives the lost one again once that is back; objects
        that were made meanwhile stay where they are.

        Raises
        ------
        NoEngine
            If the session has no engine of this name.
        """
        with self._lock:
            wanted = self._home if name is None else str(name)
            known = self._engines.get(wanted)
            if known is None or (name is not None and known.name != wanted):
                of = self.connection
                find = of.expected_engine if name is None else of.engine
                with interrupts_at_users_line():
                    handle = find(wanted)
                if known is None or handle.name == wanted:
                    # What is there of one whose place another has taken stays with that.
                    self._moved += [] if known is None else [known]
                    self._engines[wanted] = RemoteEngine(EngineLink(handle), self._turn)
            return self._engines[wanted]

    @property
    def _all_engines(self) -> list[RemoteEngine]:
        return [*self._engines.values(), *self._moved]

    def current_engine(self) -> RemoteEngine:
        """Return the engine on which an open figure is drawn; the home engine where none is."""
        recording = CONTEXT.recording
        drawing = [e for e in self._all_engines if recording and e.queue is recording.queue]
        return drawing[0] if drawing else self.engine()

    @property
    def queue(self) -> Dispatcher:
        """The calls for the home engine."""
        return self.engine().queue

    @property
    def is_open(self) -> bool:
        """Whether the connection is up."""
        return self.connection.is_open

    def open(
        self,
        function: Callable[..., Any] | str,
        *args: Any,
        expression: str | None = None,
        **kwargs: Any,
    ) -> RemoteRef:
        """Call ``function`` on an engine and return a ref to what it gives.

        Parameters
        ----------
        function : callable or str
            What makes the object; ``"package.module:name"`` is looked up on the engine, so that it
            need not be imported here.
        *args, **kwargs
            Its arguments; refs of this session are allowed. Relative paths mean the current
            directory.
        expression : str, optional
            How the object is called in the panel; its attributes are then shown by their own
            names alone.

        Raises
        ------
        RemoteError
            If the call fails; it is also of the original exception's class.
        """
        return self.current_engine().open(function, *args, expression=expression, **kwargs)

    def memory(self) -> list[dict[str, Any]]:
        """Return engine, used and limit of memory, the shares of objects and figures, in bytes.

        An engine that does not answer within 2 s is left out, and named on stderr.
        """
        with interrupts_at_users_line():
            found = self.connection.snapshots()
        silent = set(self.engines) - {s.engine for s in found}
        for name in sorted(silent):
            sys.stderr.write(f"engine {name} does not answer. {WHAT_HELPS.format(engine=name)}\n")
        return [
            {
                "engine": s.engine,
                "used": s.memory_used,
                "limit": s.memory_limit,
                "objects": s.memory_objects,
                "figures": s.memory_figures,
                "count": len(s.objects),
            }
            for s in found
        ]

    def restart_engine(self, engine: str | None = None) -> RestartedEngine:
        """Restart an engine, whatever it does; return when the new one is there.

        What it keeps and runs is lost; refs are computed again when they are used next.

        Parameters
        ----------
        engine : str, optional
            Its name; the notebook's home engine by default.

        Raises
        ------
        NoEngine
            There is no engine of this name; with those that there are.
        SessionError
            The session does not answer.
        EngineError
            The engine has no nanny that would start it again, or the nanny does not answer.
        """
        # Without the lock: another thread may hold it while it waits for that very engine.
        home = self._engines.get(self._home)
        wanted = (self._home if home is None else home.name) if engine is None else engine
        notebook = notebook_path()
        origin = "Python" if notebook is None else PurePath(notebook).name
        return self.connection.restart_engine(wanted, origin)

    def stop(self) -> None:
        """Stop the session itself: its workers, its jobs and its scheduler."""
        self.close()
        sessions.stop(self.name)

    def close(self) -> None:
        """Close the connection; the session goes on. Closing twice does nothing."""
        if self.is_open:
            with contextlib.suppress(Exception):  # a failure was told, or nobody is left to tell
                for engine in self._all_engines:
                    if not engine.queue.link.is_silent:
                        engine.queue.flush()
                        for watch in list(WATCHES):
                            watch.note_end(engine.queue)
        self._stop_flushing()
        self._stop_flushing = _nothing
        self.connection.close()

    def forget(self) -> None:
        """Let nobody wait in a forked child for a thread of the parent that held a lock."""
        forks.renew(self._lock)
        forks.renew(self._turn)
        for engine in self._all_engines:
            engine.queue.forget_threads()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {self.name!r}: {'connected' if self.is_open else 'closed'}>"

    def _repr_html_(self) -> str:
        state = "connected" if self.is_open else "closed"
        client = f"<small>{escape(repr(self.client))}</small>"
        return f"<b>Session {escape(self.name)}</b>: {state} {client}"

    def _end_of_cell(self) -> None:
        SOURCES.look()  # at what the cell has imported, before anybody edits it
        if self.is_open and not CONTEXT.recordings:
            for engine in self._all_engines:
                # The prompt comes back at once after an interrupt, whatever the engine does.
                if not engine.queue.link.is_silent:
                    engine.queue.end_cell()


class Connections:
    """The sessions that this process is connected to, the latest last."""

    def __init__(self) -> None:
        self._sessions: list[Session] = []
        self._lock = threading.Lock()

    def connect(
        self, address: str | None = None, name: str | None = None, *, timeout: float = 10.0
    ) -> Session:
        """Return the connection to a session; one that is up is used again."""
        with self._lock:
            wanted = name or (None if address else sessions.get().name)
            for session in self._open():
                if session.name == wanted and address is None:
                    self._sessions.remove(session)
                    self._sessions.append(session)
                    return session
            with interrupts_at_users_line():
                client = connected(
                    partial(sessions.connect, wanted, address, timeout=timeout),
                    wanted or str(address),
                )
            session = Session(client, wanted or str(address))
            self._sessions.append(session)
            CONNECTED.latest = self.current
            forks.forget_in_children(self)
            return session

    def forget(self) -> None:
        """Begin anew in a forked child; what its parent is connected to goes on there."""
        forks.renew(self._lock)
        SOURCES.forget_threads()
        for session in self._sessions:
            session.forget()
        self._sessions.clear()

    def current(self) -> Session | None:
        """Return the latest connection that is up, if there is one."""
        with self._lock:
            found = self._open()
        return found[-1] if found else None

    def of(self, client: object) -> Session | None:
        """Return the connection whose Dask client this is, if there is one."""
        with self._lock:
            return next((each for each in self._open() if each.client is client), None)

    def latest(self) -> Session:
        """Return the latest connection that is up, or connect to the active session."""
        return self.current() or self.connect()

    def close(self) -> None:
        """Close all connections."""
        for session in self._sessions:
            with contextlib.suppress(Exception):
                session.close()
        self._sessions.clear()

    def _open(self) -> list[Session]:
        for session in [s for s in self._sessions if not s.is_open]:
            self._sessions.remove(session)
            session.close()
        return self._sessions


CONNECTIONS = Connections()
atexit.register(CONNECTIONS.close)


def connect(
    address: str | None = None, name: str | None = None, *, timeout: float = 10.0
) -> Session:
    """Connect to a running session.

    Parameters
    ----------
    address : str, optional
        Address of a scheduler (``tls://host:port``), for a session of another machine.
    name : str, optional
        Name of the session; the active one otherwise.
    timeout : float
        Seconds to wait for the scheduler.

    Raises
    ------
    NoSession
        If none runs; the message tells how to start one.
    SessionDead
        If it was there and is gone, with the reason.
    """
    return CONNECTIONS.connect(address, name, timeout=timeout)


def resolve(session: Session | str | None = None) -> Session:
    """Return the session that is meant: a given one, by name, or the latest connection."""
    if isinstance(session, Session):
        return session
    if isinstance(session, str):
        return CONNECTIONS.connect(name=session)
    return CONNECTIONS.latest()


def _nothing() -> None:
    """Stand for an end that came already."""
