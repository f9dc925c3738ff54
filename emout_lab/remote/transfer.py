"""Transfer mode: what a local lazy array needs is read on an engine, and only that comes here.

A process without a session pays one look at the mirror file of the active session per read, and
loads no Dask.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from emout_lab import sessions
from emout_lab.config import Settings, load
from emout_lab.engine.task_state import is_task
from emout_lab.errors import EngineError, EngineLost, ReadTooLarge, RemoteError, SessionError
from emout_lab.format import format_bytes
from emout_lab.paths import Runtime
from emout_lab.remote.call_site import warn_at_users_line
from emout_lab.remote.context import CONNECTED, CONTEXT

if TYPE_CHECKING:
    import numpy as np

    from emout_lab.emses.reading import Read
    from emout_lab.remote.graph import Queue
    from emout_lab.remote.session import Session

    Array = np.ndarray[Any, Any]

NO_SESSION = "no session runs"
IN_TASK = "a task of a Dask worker asks no session"
# How a session shows that it died or has no engine; failures of the reading are RemoteErrors.
FAILURES = (SessionError, EngineError, OSError, TimeoutError, CancelledError)


class Transfer:
    """Reads for this process on engines, and remembers where that did not work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # The mirror file as it was when it led to no session that could be used.
        self._useless: tuple[str, int, int] | None = None
        # Sessions that failed, and files that their engines do not see.
        self._failed: set[str] = set()
        self._unseen: set[tuple[str, str]] = set()
        self._said: set[str] = set()
        self._used: Session | None = None

    def read(self, read: Read) -> Array | None:
        """Return what an engine read, or None where this process should read itself.

        Raises
        ------
        LocalReadForbidden
            When the policy forbids the latter.
        ReadTooLarge
            When this process works with a session and the part is larger than the read limit.
        RemoteError
            When reading failed on the engine.
        """
        if CONTEXT.recording is not None:
            _check_size(read)
            values, reason = self._ask(CONTEXT.recording.queue, read)
        else:
            values, reason = self._through_session(read)
        if values is None and not (read.is_local_allowed or is_task()):
            read.check_local(reason)
        return values

    def session_in_use(self) -> Session | None:
        """Return the session that reads for this process, or None."""
        return self._session(load())[0]

    def _through_session(self, read: Read) -> tuple[Array | None, str]:
        """Return what the latest connection's or the active session's engine read."""
        session, reason = self._session(read.settings)
        if reason == IN_TASK:
            return None, reason
        if self._used is not None and self._used.was_closed:
            self._used = None
        if session is not None or self._used is not None or reason != NO_SESSION:
            _check_size(read)
        if session is not None:
            self._used = session
            return self._ask(session.queue, read)
        if self._used is not None and reason == NO_SESSION:
            self._warn(f"over {self._used.client.id}", f"Session {self._used.name!r} is over")
        return None, reason

    def _session(self, settings: Settings) -> tuple[Session | None, str]:
        """Return the session to ask, or None and why there is none."""
        session: Session | None = CONNECTED.latest()
        if session is None:
            return self._join(settings)
        if is_task():
            return None, IN_TASK
        if session.client.id in self._failed and not _has_engine(session.name):
            return None, f"session {session.name!r} has no engine"
        return session, ""

    def _join(self, settings: Settings) -> tuple[Session | None, str]:
        """Connect to the active session, if it runs."""
        stamp = _stamp(Runtime(settings.home).active)
        if stamp is None or stamp == self._useless:
            return None, NO_SESSION
        status = _active()
        if status is None or status.state.is_over:
            self._useless = stamp
            return None, NO_SESSION
        key = f"{status.name} {status.started_at}"
        if status.state is not sessions.SessionState.RUNNING:
            self._warn(key, f"Session {status.name!r} is {status.state.value}")
            return None, f"session {status.name!r} is {status.state.value}"
        reason = f"session {status.name!r} cannot be reached"
        if key in self._failed:
            return None, reason
        if is_task():
            return None, IN_TASK
        try:
            from emout_lab.remote.session import resolve  # noqa: PLC0415 - loads Dask

            return resolve(), ""
        except FAILURES as error:
            self._failed.add(key)
            self._warn(f"{key} failed", f"Session {status.name!r} cannot be reached ({error})")
            return None, reason

    def _ask(self, queue: Queue, read: Read) -> tuple[Array | None, str]:
        """Return what an engine read, or None and why it did not."""
        client, name = queue.link.client_id, queue.link.session_name
        reason = f"the engine of session {name!r} does not see the file"
        if (client, read.path) in self._unseen:
            return None, reason
        try:
            values = _value(queue, read)
        except RemoteError:
            raise
        except FAILURES as error:
            if CONTEXT.recording is not None:
                # Half a figure is lost with its engine: no reading here would bring it back.
                raise
            self._failed.add(client)
            self._warn(f"over {client}", f"Session {name!r} failed ({error})")
            return None, f"session {name!r} failed"
        self._failed.discard(client)
        self._said.discard(f"over {client}")
        if values is None:
            self._unseen.add((client, read.path))
            # A file that nobody sees is an error of its own, which reading here will tell.
            if os.path.exists(read.path):
                self._warn(f"unseen {client}", f"T{reason[1:]} {read.path}")
        return values, reason

    def _warn(self, key: str, what: str) -> None:
        with self._lock:
            if key in self._said:
                return
            self._said.add(key)
        warn_at_users_line(f"{what}: field data are read in this process meanwhile.")


def _value(queue: Queue, read: Read) -> Array | None:
    from emout_lab.remote.expression import Expression  # noqa: PLC0415 - loads cloudpickle

    label = Expression(f"read {read.label}")
    try:
        values = queue.value(queue.node(read.function, read.args, expression=label))
    except EngineLost:
        if CONTEXT.recording is not None:
            raise
        # Its worker is started again, so asking once more is worth it.
        values = queue.value(queue.node(read.function, read.args, expression=label))
    return cast("Array | None", values)


def _active() -> sessions.SessionStatus | None:
    try:
        return sessions.get()
    except SessionError:
        return None


def _has_engine(name: str) -> bool:
    try:
        status = sessions.get(name)
    except SessionError:
        return False
    return status.state is sessions.SessionState.RUNNING and status.workers > 0


def _stamp(file: Path) -> tuple[str, int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return str(file), found.st_mtime_ns, found.st_ino


def _check_size(read: Read) -> None:
    limit = read.settings.read_limit
    if limit is not None and read.nbytes > limit:
        raise ReadTooLarge(
            f"{read.label} takes {format_bytes(read.nbytes)}, and no more than "
            f"{format_bytes(limit)} of a field is brought into a process that works with a "
            f"session. Let the engine compute with it: {read.remote_way}. Or take a smaller slice, "
            "or set EMOUT_LAB_READ_LIMIT (a size, or none)."
        )
