"""Upstream's ``emout.distributed.client``: start, join and stop sessions."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from emout_lab import sessions
from emout_lab.client.connecting import connected
from emout_lab.emout.distributed.remote_render import clear_sessions
from emout_lab.errors import NoEngine, NoSession, SessionError, SpecError
from emout_lab.quantities import parse_duration
from emout_lab.remote import session as native
from emout_lab.sessions.spec import DEFAULT_NAME

if TYPE_CHECKING:
    from emout_lab.sessions.client import SessionClient

#: How long it is waited for a first worker [s].
WORKER_TIMEOUT_S = 5.0


def connect(
    address: str | None = None,
    *,
    name: str | None = None,
    timeout: str | float = "5s",
    security: Any = None,
    require_workers: bool = False,
    worker_timeout: float = WORKER_TIMEOUT_S,
) -> SessionClient:
    """Connect to a session, also to one of ``emout server start``.

    Figures, scopes and ``Emout(...).remote()`` use the session from now on, if it is one of ours.

    Parameters
    ----------
    address : str, optional
        Of its scheduler; the active session's otherwise.
    name : str, optional
        Which session.
    timeout : str or float [s]
        How long to wait for the scheduler, ``"5s"`` or 5.
    security : distributed.Security, optional
        Keys for a scheduler at `address` that is no session.
    require_workers : bool
        Whether to wait for a worker.
    worker_timeout : float [s]
        How long.

    Returns
    -------
    distributed.Client
        Dask's default client from now on. Close it when done.

    Raises
    ------
    NoSession
        Nothing runs (under this name).
    SessionDead
        The session is over, or its scheduler does not answer; with the reason.
    NoEngine
        There is no worker in time. All of these are `RuntimeError`.
    """
    options: dict[str, Any] = {"timeout": _seconds(timeout), "set_as_default": True}
    if security is not None:
        options["security"] = security
    join = partial(sessions.connect, address, name, **options)
    client: SessionClient = connected(join, name or address or "the active session")
    try:
        own = _name_of(address, name)
        if own is not None and security is None:
            native.connect(address, own, timeout=options["timeout"])
        if require_workers:
            ensure_client_has_workers(client, timeout=worker_timeout)
    except BaseException:
        client.close()
        raise
    return client


def ensure_client_has_workers(
    client: SessionClient, *, state: Any = None, timeout: float = WORKER_TIMEOUT_S
) -> dict[str, Any]:
    """Wait for a worker and return what the scheduler knows of itself.

    Parameters
    ----------
    client : distributed.Client
        Of a session.
    state : object, optional
        Not needed.
    timeout : float [s]
        How long to wait.

    Raises
    ------
    NoEngine
        There is none; with the session's reason.
    """
    del state
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as exc:
        at = client.scheduler.address if client.scheduler else None
        reasons = [each.reason for each in sessions.list() if each.address == at and each.reason]
        raise NoEngine(
            f"The session has no worker after {timeout:g} s: {(reasons or ['none is known'])[0]}. "
            "See: emout-lab server status"
        ) from exc
    found: dict[str, Any] = client.scheduler_info()
    return found


def get_cluster_info(state: Mapping[str, Any], timeout: str | float = "3s") -> dict[str, Any]:
    """Return what the scheduler of a saved state knows of itself and its workers."""
    where = state["address"], state.get("name")
    with sessions.connect(*where, timeout=_seconds(timeout)) as client:
        found: dict[str, Any] = client.scheduler_info()
        return found


def start_cluster(
    scheduler_ip: str | None = None,
    scheduler_port: int | None = None,
    partition: str | None = None,
    processes: int | None = None,
    threads: int | None = None,
    cores: int | None = None,
    memory: str | None = None,
    walltime: str | None = None,
    env_mods: list[str] | None = None,
    logdir: str | None = None,
    *,
    server_name: str = DEFAULT_NAME,
    protocol: str | None = None,
    security_files: dict[str, str] | None = None,
) -> SessionClient:
    """Start a session, or join it where it runs, and return a Dask client.

    The session goes on when this process ends: `stop_cluster` ends it.

    Parameters
    ----------
    scheduler_ip, scheduler_port, partition, processes, threads, cores, memory, walltime
        As for `emout_lab.sessions.SessionSpec`; the environment (``EMOUT_DASK_…``) and the settings
        say what is left out.
    env_mods : list of str, optional
        Commands of the job script before the worker, beside those of ``EMOUT_DASK_ENV_MODS``.
    logdir : str, optional
        Where the logs are kept when the session is stopped.
    server_name : str
        Name of the session.
    protocol : {"tls"}, optional
        What it speaks.
    security_files : None
        A session makes its own keys.

    Raises
    ------
    SpecError
        A value cannot be used.
    StartFailed
        The queue refused; its words are quoted.
    """
    if protocol not in (None, "tls"):
        raise SpecError(f"protocol {protocol!r}: sessions speak tls only; leave it out", "protocol")
    if security_files:
        raise SpecError("security_files: a session makes its own keys; leave it out")
    with contextlib.suppress(NoSession):
        if not sessions.get(server_name).state.is_over:
            return connect(name=server_name)
    given: dict[str, Any] = {
        "scheduler_ip": scheduler_ip,
        "scheduler_port": scheduler_port,
        "partition": partition,
        "processes": processes,
        "threads": threads,
        "cores": cores,
        "memory": memory,
        "walltime": walltime,
        "prologue": env_mods,
        "log_directory": logdir,
    }
    fields = {key: value for key, value in given.items() if value is not None}
    sessions.start(name=server_name, allow_multiple=True, **fields)
    return connect(name=server_name)


def stop_cluster(
    address: str | None = None,
    *,
    name: str | None = None,
    state: Mapping[str, Any] | None = None,
    timeout: str | float = "5s",
) -> None:
    """Stop a session: its workers, jobs and scheduler.

    Parameters
    ----------
    address : str, optional
        Of its scheduler.
    name : str, optional
        Which session; the active one by default.
    state : mapping, optional
        A saved state, which has both.
    timeout : str or float [s]
        How long to wait for a scheduler that is no session of ours.

    Raises
    ------
    NoSession
        There is none.
    SessionError
        It could not be stopped.
    """
    if state is not None:
        address, name = address or state.get("address"), name or state.get("name")
    own = _name_of(address, name)
    clear_sessions()
    if own is not None:
        sessions.stop(own)
        return
    with sessions.connect(address, name, timeout=_seconds(timeout)) as client:
        client.shutdown()


def _name_of(address: str | None, name: str | None) -> str | None:
    """Return the name of the session of ours that is meant; None where it is none of ours."""
    if address is not None and name is None:
        return next((each.name for each in sessions.list() if each.address == address), None)
    try:
        return sessions.get(name).name
    except SessionError:
        return None


def _seconds(time: str | float) -> float:
    return float(time) if isinstance(time, int | float) else parse_duration(time, "timeout")
