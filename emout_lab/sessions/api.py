"""Start, find and stop sessions: what the command line, the server and notebooks call."""

from __future__ import annotations

import builtins
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from emout_lab.config import load
from emout_lab.errors import DamagedState, NoSession, SessionDead, SessionError, StartFailed
from emout_lab.sessions import leftovers, site_profiles
from emout_lab.sessions.host_stop import KILL_GRACE_S, as_written, end_host
from emout_lab.sessions.launcher import (
    cancel_jobs,
    check_machine,
    claim,
    spawn,
    wait_until_up,
)
from emout_lab.sessions.lookup import HOW_TO_START, find_record, raise_if_dead, settled
from emout_lab.sessions.models import SessionRecord, SessionState, SessionStatus
from emout_lab.sessions.spec import SessionSpec
from emout_lab.sessions.state_file import poll
from emout_lab.sessions.store import SessionStore


def start(
    spec: SessionSpec | None = None,
    *,
    allow_multiple: bool = False,
    timeout: float = 60.0,
    **fields: Any,
) -> SessionStatus:
    """Start a session and return as soon as its scheduler is up and its jobs are accepted.

    Everything is validated before anything is started. With ``host="job"`` it returns as soon as
    the host's own job waits in the queue.

    Parameters
    ----------
    spec : SessionSpec, optional
        What to start; `fields` replace single properties of it.
    allow_multiple : bool
        Start although another session is active.
    timeout : float [s]
        How long to wait for the scheduler.
    **fields
        Properties of `SessionSpec`, for example ``memory="2G"``.

    Returns
    -------
    SessionStatus

    Raises
    ------
    SpecError
        A value cannot be used; nothing was started.
    SessionExists
        The name is taken, or another session is active.
    StartFailed
        The host, the scheduler or the queue refused; their words are quoted.

    Examples
    --------
    >>> start(backend="local", memory="1G", cores=1).state.value  # doctest: +SKIP
    'starting'
    """
    settings = load()
    asked = SessionSpec.from_json({**(spec.to_json() if spec else {}), **fields}).validated()
    resolved = site_profiles.apply(asked, settings).resolved(settings)
    check_machine(resolved)
    store = SessionStore(settings)
    settled(store, resolved.name)
    with store.locked():
        replaced = claim(store, resolved.name, allow_multiple=allow_multiple)
        started = spawn(store, resolved, settings, replaced)
    record = wait_until_up(store, started, timeout)
    if record is None:
        stop(resolved.name, timeout=KILL_GRACE_S)
        raise StartFailed(
            f"Session {resolved.name!r} did not start within {timeout:.0f} s and was stopped. "
            "Is this machine very busy? Allow more time with timeout=."
        )
    return store.status(record)


def list() -> builtins.list[SessionStatus]:
    """Return all sessions, oldest first, the failed ones that nobody has stopped included.

    Examples
    --------
    >>> [session.name for session in list()]  # doctest: +SKIP
    ['default']
    """
    return SessionStore(load()).statuses()


def problems() -> builtins.list[DamagedState]:
    """Return what is wrong with the files of sessions that `list` cannot show.

    Examples
    --------
    >>> [str(problem) for problem in problems()]  # doctest: +SKIP
    []
    """
    return SessionStore(load()).survey()[1]


def get(name: str | None = None) -> SessionStatus:
    """Return a session's status; no name means the active session.

    Raises
    ------
    NoSession
        There is none (of this name).
    SpecError
        The name cannot be one.
    """
    store = SessionStore(load())
    return store.status(find_record(store, name))


def stop(name: str | None = None, *, timeout: float = 30.0) -> SessionStatus:
    """Stop a session: its workers, jobs (pending ones too), scheduler, host, keys and files.

    Parameters
    ----------
    name : str, optional
        Which; the active one by default.
    timeout : float [s]
        How long its host may take before it is killed.

    Returns
    -------
    SessionStatus
        The last status, ``stopped``.

    Raises
    ------
    NoSession
        There is none (of this name).
    SessionError
        It could not be stopped, with what to do by hand.
    """
    store = SessionStore(load())
    wanted = find_record(store, name).name
    with store.locked():
        # While a session is launched its record names who launches it, and who must live on.
        record = find_record(store, wanted)
    return _stop(store, record, timeout)


def _stop(store: SessionStore, record: SessionRecord, timeout: float) -> SessionStatus:
    """Stop this very session, not a newer one under its name."""
    status = store.status(record)
    if not record.state.is_over:
        end_host(store, record, timeout)
    found = as_written(store, record.name)
    is_still_its = found is not None and found.token == record.token
    cancel_jobs(found if found is not None and is_still_its else record)
    if record.process.is_here:
        # What programs have forked may have outlived a host that was killed.
        leftovers.kill_marked(record.token)
    with store.locked():
        found = as_written(store, record.name)
        # Somebody may have started a new session under the name meanwhile.
        if found is not None and found.token == record.token:
            store.remove(record)
    return replace(status, state=SessionState.STOPPED, reason=None, workers=0, active=False)


def stop_all(*, timeout: float = 30.0) -> builtins.list[SessionStatus]:
    """Stop all sessions, the dead ones included; go on where one cannot be stopped.

    Parameters
    ----------
    timeout : float [s]
        How long each host may take before it is killed.

    Returns
    -------
    list of SessionStatus
        The last status of each.

    Raises
    ------
    SessionError
        Some could not be stopped; the others are.
    """
    stopped: builtins.list[SessionStatus] = []
    failures: builtins.list[str] = []
    store = SessionStore(load())
    records, problems = store.survey()
    failures += map(str, problems)
    for record in records:
        try:
            stopped.append(_stop(store, record, timeout))
        except NoSession:
            # Somebody else was faster.
            continue
        except SessionError as exc:
            failures.append(str(exc))
    if failures:
        raise SessionError("\n".join(failures))
    return stopped


def scale(jobs: int, name: str | None = None, *, timeout: float = 60.0) -> SessionStatus:
    """Bring a running session to another number of jobs; return when they are accepted.

    Jobs that ended are replaced. Going down, those that have not begun go first, then the
    youngest; their workers hand over the results of Dask tasks before they leave.

    Parameters
    ----------
    jobs : int
        How many jobs (``local``: worker groups) there shall be.
    name : str, optional
        Which session; the active one by default.
    timeout : float [s]
        How long to wait until they are accepted.

    Returns
    -------
    SessionStatus

    Raises
    ------
    NoSession
        There is none (of this name), or its scheduler is not up yet.
    SpecError
        Not a number of jobs.
    SessionDead
        The session is over, or does not answer.
    StartFailed
        The queue refused; its words are quoted, and what it accepted stays.

    Examples
    --------
    >>> scale(4).jobs  # doctest: +SKIP
    4
    """
    store = SessionStore(load())
    record = find_record(store, name)
    raise_if_dead(record)
    replace(record.spec, jobs=jobs).validated()
    # Loads Dask, which only those need who talk to a scheduler.
    from emout_lab.sessions.connection import ask_to_scale  # noqa: PLC0415 - loads Dask

    ask_to_scale(record, jobs, timeout)
    return store.status(find_record(store, record.name))


def wait_for_workers(name: str | None = None, n: int = 1, timeout: float = 300.0) -> SessionStatus:
    """Wait until a session has `n` workers.

    Parameters
    ----------
    name : str, optional
        Which session; the active one by default.
    n : int
        How many workers.
    timeout : float [s]
        How long to wait.

    Raises
    ------
    NoSession
        There is none (of this name).
    SessionDead
        The session failed or was stopped; with the queue's reason.
    TimeoutError
        It still has fewer, with the reason why.
    """
    store = SessionStore(load())
    found = find_record(store, name)

    def look() -> SessionRecord | None:
        record = settled(store, found.name)
        if record is None or record.token != found.token:
            raise SessionDead(f"Session {found.name!r} was stopped meanwhile. {HOW_TO_START}")
        raise_if_dead(record)
        return record if record.workers >= n else None

    ready = poll(look, timeout)
    if ready is None:
        record = find_record(store, found.name)
        raise TimeoutError(
            f"Session {found.name!r} has {record.workers} of {n} workers after {timeout:.0f} s: "
            f"{record.reason or record.state.value}. See: emout-lab server status"
        )
    return store.status(ready)


def watch_state(name: str | None = None, *, interval: float = 0.5) -> Iterator[SessionStatus]:
    """Yield a session's status again and again, for whoever shows how it gets on.

    Parameters
    ----------
    name : str, optional
        Which session; the active one by default.
    interval : float [s]
        How often to look.

    Raises
    ------
    NoSession
        There is none (of this name).
    SessionDead
        The session failed or was stopped; with the queue's reason.
    """
    store = SessionStore(load())
    found = find_record(store, name)
    while True:
        record = settled(store, found.name)
        if record is None or record.token != found.token:
            raise SessionDead(f"Session {found.name!r} was stopped meanwhile. {HOW_TO_START}")
        raise_if_dead(record)
        yield store.status(record)
        time.sleep(interval)
