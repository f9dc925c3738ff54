"""From a session's name to a Dask client that speaks TLS, or an error that says why not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from distributed import Client, Security

from emout_lab.config import load
from emout_lab.errors import EmoutLabError, NoSession, SessionDead, SessionError, SpecError
from emout_lab.paths import require_private
from emout_lab.sessions import restarts
from emout_lab.sessions.client import HEARTBEAT_MS, SessionClient
from emout_lab.sessions.foreign import ForeignSession, find_foreign
from emout_lab.sessions.lookup import HOW_TO_START, find_record, raise_if_dead
from emout_lab.sessions.models import SessionRecord
from emout_lab.sessions.scheduler_plugin import request_scale, request_stop
from emout_lab.sessions.store import SessionStore

CLIENT_NAME: Final = "emout-lab"
CLOSE_TIMEOUT_S: Final = 2.0
_OWN: Final = {
    "set_as_default": False,
    "name": CLIENT_NAME,
    "heartbeat_interval": HEARTBEAT_MS,
}
_TLS_KEYS: Final = ("ca_file", "client_cert", "client_key")


def connect(
    address: str | None = None,
    name: str | None = None,
    *,
    timeout: float = 10.0,
    security: Security | None = None,
    **options: Any,
) -> Client:
    """Connect to a session, also to one that upstream emout has started.

    Parameters
    ----------
    address : str, optional
        ``tls://host:port`` of its scheduler, where the state file's does not lead there (a
        tunnel); without a name it also says which session is meant. A text that is no address
        is taken as the name.
    name : str, optional
        Which; the active one by default.
    timeout : float [s]
        How long to wait for the scheduler.
    security : distributed.Security, optional
        Keys for a scheduler at `address` that is in no state file. Without it, and without a name,
        ``tcp://host:port`` is joined as it stands: no session of ours, which speak TLS.
    **options
        Passed on to `distributed.Client`.

    Returns
    -------
    distributed.Client
        Close it when done.

    Raises
    ------
    NoSession
        Nothing runs (under this name).
    SessionDead
        The session is over or its scheduler does not answer; with the reason.
    UnsafeFile
        A key or certificate can be read by others.

    Examples
    --------
    >>> client = connect()  # doctest: +SKIP
    >>> client = connect(name="batch2")  # doctest: +SKIP
    >>> client = connect("tls://10.0.0.1:10000", name="batch2")  # doctest: +SKIP
    """
    address, name = _told_apart(address, name)
    is_plain = name is None and (address or "").startswith("tcp://")
    if address is not None and (security is not None or is_plain):
        return _joined(f"The scheduler at {address}", address, security, timeout, **options)
    try:
        record = _find(name, address)
    except (NoSession, SessionDead):
        foreign = find_foreign(load().home, name, address)
        if foreign is None:
            raise
        return _foreign_client(foreign, address, timeout, **options)
    security = security_of(record)
    try:
        return _client(record, security, address, timeout, **options)
    except OSError as exc:
        raise _unreachable(record, address, exc) from exc


def restart_engine(
    name: str | None, engine: str, *, origin: str = "Python", timeout: float = 60.0
) -> restarts.RestartedEngine:
    """Restart an engine, whatever it does; return when the new one is there.

    Its process is killed after a short grace, with what it keeps and runs. Other engines go on.
    What notebooks need of the lost objects is computed again when they use it next.

    Parameters
    ----------
    name : str or None
        Which session; None for the active one.
    engine : str
        Name of the engine, as the panel shows it, or its address.
    origin : str
        Where the user asked for it; notebooks that lose objects are told.
    timeout : float [s]
        How long the new engine may take.

    Returns
    -------
    RestartedEngine

    Raises
    ------
    NoSession
        There is none (of this name), or its scheduler is not up yet.
    NoEngine
        It has no such engine; with those that it has.
    SessionDead, SessionError
        The session is over, or its host does not answer.
    EngineError
        The engine has no nanny that would start it again, or the nanny does not answer.

    Examples
    --------
    >>> restart_engine(None, "0").name  # doctest: +SKIP
    '0'
    """
    restarts.check_engine(engine)
    record = _find(name, None)
    try:
        with _client(record, security_of(record), None, restarts.ANSWER_TIMEOUT_S) as client:
            asked = (client, record.name, engine, origin, timeout)
            restarted: restarts.RestartedEngine = client.sync(restarts.ask, *asked)
            return restarted
    except EmoutLabError:
        raise
    except OSError as exc:
        raise _unreachable(record, None, exc) from exc


async def connect_async(
    address: str | None = None,
    name: str | None = None,
    *,
    timeout: float = 10.0,
    **options: Any,
) -> Client:
    """Do what `connect` does, in a running event loop.

    Returns
    -------
    distributed.Client
        An asynchronous one; close it with ``await client.close()``.
    """
    address, name = _told_apart(address, name)
    record = _find(name, address)
    client = _client(record, security_of(record), address, timeout, asynchronous=True, **options)
    try:
        return await client
    except BaseException as exc:
        # Cancelled too: nobody else knows of this client, and its sockets would stay open.
        await _close_whatever_happens(client)
        if isinstance(exc, OSError):
            raise _unreachable(record, address, exc) from exc
        raise


async def _close_whatever_happens(client: Client) -> None:
    """Close a client that is half open, even while the caller is being cancelled."""
    closing = asyncio.ensure_future(client.close(timeout=CLOSE_TIMEOUT_S))
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        await asyncio.shield(closing)


def security_of(record: SessionRecord) -> Security:
    """Return the client's side of a session's TLS.

    Raises
    ------
    UnsafeFile
        A file can be read by others.
    SessionDead
        The files are gone.
    """
    return _security(record.name, record.tls or {})


def _security(name: str, tls: Mapping[str, Any]) -> Security:
    try:
        files = {key: str(require_private(Path(tls[key]))) for key in _TLS_KEYS}
    except (KeyError, TypeError, FileNotFoundError) as exc:
        raise SessionDead(
            f"The certificates of session {name!r} are missing ({exc}). {HOW_TO_START}"
        ) from exc
    return Security(
        require_encryption=True,
        tls_ca_file=files["ca_file"],
        tls_client_cert=files["client_cert"],
        tls_client_key=files["client_key"],
    )


def ask_to_stop(record: SessionRecord, timeout: float) -> None:
    """Ask the host of a session, wherever it runs, to stop it.

    Raises
    ------
    NoSession
        Its scheduler is not up yet.
    OSError
        It does not answer.
    """
    # Without an address Dask would start a cluster of its own.
    _require_address(record)
    with _client(record, security_of(record), None, timeout) as client:
        client.run_on_scheduler(request_stop)


def ask_to_scale(record: SessionRecord, jobs: int, timeout: float) -> None:
    """Ask the host of a session for another number of jobs, and wait until they are accepted.

    Raises
    ------
    NoSession
        Its scheduler is not up yet.
    SessionDead
        It does not answer.
    SessionError
        The jobs are not accepted in time.
    StartFailed, SpecError
        What the host says.
    """
    _require_address(record)
    connect_timeout = min(timeout, restarts.ANSWER_TIMEOUT_S)
    try:
        with _client(record, security_of(record), None, connect_timeout) as client:
            client.sync(_scaled, client, record.name, jobs, timeout)
    except EmoutLabError:
        raise
    except OSError as exc:
        raise _unreachable(record, None, exc) from exc


async def _scaled(client: Client, name: str, jobs: int, timeout: float) -> None:
    try:
        await asyncio.wait_for(client.run_on_scheduler(request_scale, jobs), timeout)
    except asyncio.TimeoutError:
        raise SessionError(
            f"Session {name!r} has not got {jobs} jobs accepted within {timeout:.0f} s; it may "
            "still do so, or its queue hangs. See: emout-lab server status"
        ) from None


def _told_apart(first: str | None, second: str | None) -> tuple[str | None, str | None]:
    """Return address and name, in whichever order they were given."""
    given = [text for text in (first, second) if text is not None]
    addresses = [text for text in given if "://" in text]
    names = [text for text in given if "://" not in text]
    if len(addresses) > 1 or len(names) > 1:
        raise SpecError(
            f"{given[0]!r} and {given[1]!r}: connect takes one address (tls://host:port) and one "
            "name of a session"
        )
    return next(iter(addresses), None), next(iter(names), None)


def _find(name: str | None, address: str | None) -> SessionRecord:
    store = SessionStore(load())
    if name is None and address is not None:
        same = [record for record in store.records() if record.address == address]
        record = same[-1] if same else find_record(store, None)
    else:
        record = find_record(store, name)
    raise_if_dead(record)
    _require_address(record)
    return record


def _require_address(record: SessionRecord) -> None:
    if record.address is None:
        detail = f" ({record.reason})" if record.reason else ""
        raise NoSession(
            f"Session {record.name!r} is still {record.state.value}{detail}; its scheduler is not "
            "up yet. Try again in a moment, or see: emout-lab server status"
        )


def _client(
    record: SessionRecord,
    security: Security,
    address: str | None,
    timeout: float,
    **options: Any,
) -> Client:
    return SessionClient(
        address or record.address, security=security, timeout=timeout, **{**_OWN, **options}
    )


def _foreign_client(
    foreign: ForeignSession, address: str | None, timeout: float, **options: Any
) -> Client:
    security = None if foreign.tls is None else _security(foreign.name, foreign.tls)
    what = f"Session {foreign.name!r} of emout (process {foreign.pid})"
    return _joined(what, address or foreign.address, security, timeout, **options)


def joined(
    what: str, name: str, address: str, tls: Mapping[str, Any] | None, timeout: float
) -> SessionClient:
    """Return a client of a scheduler that is known by its address and its keys alone.

    Raises
    ------
    SessionDead
        It does not answer, or the keys are gone.
    UnsafeFile
        A key or certificate can be read by others.
    """
    return _joined(what, address, None if tls is None else _security(name, tls), timeout)


def _joined(
    what: str, address: str, security: Security | None, timeout: float, **options: Any
) -> SessionClient:
    """Return a client of a scheduler that is none of ours."""
    try:
        return SessionClient(address, security=security, timeout=timeout, **{**_OWN, **options})
    except OSError as exc:
        raise SessionDead(f"{what} does not answer at {address} ({exc}). {HOW_TO_START}") from exc


def _unreachable(record: SessionRecord, address: str | None, cause: OSError) -> SessionDead:
    return SessionDead(
        f"Session {record.name!r} does not answer at {address or record.address} ({cause}). "
        f"{_remark(record)}"
        f"Its host is process {record.process.pid} on {record.process.machine}; see its log "
        f"{record.session_dir}/logs/host.log. {HOW_TO_START}"
    )


def _remark(record: SessionRecord) -> str:
    """Return what its host says of a session, which may explain why nobody gets in."""
    return f"The session is {record.state.value}: {record.reason}. " if record.reason else ""
