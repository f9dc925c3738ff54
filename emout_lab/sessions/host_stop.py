"""End a host: by a signal here, through its scheduler elsewhere."""

from __future__ import annotations

import os
import signal
from typing import Final

from emout_lab.errors import DamagedState, SessionError
from emout_lab.sessions.models import SessionRecord
from emout_lab.sessions.process import ProcessId
from emout_lab.sessions.state_file import poll
from emout_lab.sessions.store import SessionStore

KILL_GRACE_S: Final = 5.0


def end_host(store: SessionStore, record: SessionRecord, timeout: float) -> None:
    """End the host of a session, and with it the session; kill it where it does not hear.

    Raises
    ------
    SessionError
        It could not be ended, with what to do by hand.
    """
    if record.process.is_nobody or record.process == ProcessId.of(os.getpid()):
        # Only its job is there, and that is cancelled next; or a launch of ours broke off.
        return
    if not record.process.is_here:
        try:
            _end_remote_host(store, record, timeout)
        except SessionError:
            if record.host_job is None:
                raise
            # Its job is cancelled next, and the workers' jobs with it.
        return
    record.process.signal(signal.SIGTERM)
    # One that is frozen would not hear it.
    record.process.signal(signal.SIGCONT)
    if poll(lambda: not record.process.is_alive() or None, timeout) is None:
        record.process.signal(signal.SIGKILL)
        if poll(lambda: not record.process.is_alive() or None, KILL_GRACE_S) is None:
            raise SessionError(
                f"The host of session {record.name!r} (process {record.process.pid}) cannot be "
                "killed; it may hang in a dead file system."
            )


def _end_remote_host(store: SessionStore, record: SessionRecord, timeout: float) -> None:
    """Ask a host on another machine to stop; its pid means nothing here."""
    by_hand = (
        f"Log in to {record.process.machine} and run: emout-lab server stop --name {record.name}"
    )
    # Loads Dask, which a stop on the host's own machine does not need.
    from emout_lab.sessions.connection import ask_to_stop  # noqa: PLC0415 - loads Dask

    try:
        ask_to_stop(record, timeout)
    except (OSError, SessionError) as exc:
        raise SessionError(
            f"The host of session {record.name!r} runs on {record.process.machine} and cannot be "
            f"reached from here ({exc}). {by_hand}"
        ) from exc

    def is_over() -> bool | None:
        found = as_written(store, record.name)
        is_its = found is not None and found.token == record.token
        return None if found is not None and is_its and not found.state.is_over else True

    if poll(is_over, timeout) is None:
        raise SessionError(f"Session {record.name!r} did not stop in {timeout:.0f} s. {by_hand}")


def as_written(store: SessionStore, name: str) -> SessionRecord | None:
    """Return what a host last wrote; None also where its files are damaged."""
    try:
        return store.read_as_written(name)
    except DamagedState:
        return None
