"""Launch a host: claim the name, spawn the process, wait until its scheduler is up."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Final

from emout_lab.config import Settings, find_program
from emout_lab.errors import EmoutLabError, SessionExists, SpecError, StartFailed
from emout_lab.paths import make_private_directory
from emout_lab.sessions import slurm
from emout_lab.sessions.network import LARGEST_PORT, choose_address
from emout_lab.sessions.polling import poll
from emout_lab.sessions.process import ProcessId
from emout_lab.sessions.record import SessionRecord, SessionState
from emout_lab.sessions.spec import SessionSpec
from emout_lab.sessions.store import SessionStore

LOG_TAIL_LINES: Final = 15


def check_machine(spec: SessionSpec, settings: Settings) -> None:
    """Refuse what this machine cannot do, before anything is started.

    Raises
    ------
    SpecError
        sbatch is missing, or the address or port that the user set cannot be listened on.
    """
    if settings.scheduler_port is not None and not 1 <= settings.scheduler_port <= LARGEST_PORT:
        raise SpecError(
            f"Scheduler port {settings.scheduler_port} is not between 1 and {LARGEST_PORT}; "
            "unset EMOUT_DASK_SCHED_PORT to have one chosen.",
            field="scheduler_port",
        )
    if spec.backend != "slurm":
        return
    if find_program("sbatch") is None:
        raise SpecError(
            "backend 'slurm' needs sbatch, which is not on the PATH of this machine. Load SLURM's "
            "module or log in to a node that has it, or use backend 'local'.",
            field="backend",
        )
    choose_address(settings.scheduler_ip)


def claim(store: SessionStore, name: str, *, allow_multiple: bool) -> None:
    """Make sure that a session may start under `name`; clean what a dead one left.

    Call it with the store's lock held.

    Raises
    ------
    SessionExists
        The name is taken, or another session is active and only one is allowed.
    """
    paths = store.paths(name)
    for record in store.records():
        if record.state.is_over:
            if record.name == name:
                cancel_jobs(record)
                store.remove(name)
        elif record.name == name:
            raise SessionExists(
                f"Session {name!r} is {record.state.value} already (since {record.started_at}, "
                f"process {record.process.pid} on {record.process.machine}). Use it, stop it with "
                f"'emout-lab server stop --name {name}', or choose another name."
            )
        elif not allow_multiple:
            raise SessionExists(
                f"Session {record.name!r} is active already. Use it, stop it with "
                f"'emout-lab server stop --name {record.name}', or allow a second one: "
                "--allow-multiple (allow_multiple=True)."
            )
    if paths.state.exists():
        raise SessionExists(
            f"{paths.state} is broken, or of another program or version (emout?). Stop that "
            f"session there, or remove its folder: rm -r {paths.directory}"
        )


def spawn(store: SessionStore, spec: SessionSpec) -> subprocess.Popen[bytes]:
    """Launch the host, detached, and write the record it starts from.

    Call it with the store's lock held.

    Raises
    ------
    SessionError
        The record cannot be written; nothing was started.
    """
    paths = store.paths(spec.name)
    now = datetime.datetime.now(datetime.timezone.utc)
    try:
        for directory in (paths.directory, paths.logs):
            make_private_directory(directory)
        record = SessionRecord(
            spec=spec,
            process=ProcessId.of(os.getpid()),
            state=SessionState.STARTING,
            started_at=now.isoformat(timespec="seconds"),
            heartbeat=now.timestamp(),
            session_dir=str(paths.directory),
            reason="its host is being started",
        )
        store.write(record)
        store.activate(record)
        with open(os.open(paths.host_log, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as output:
            host = subprocess.Popen(
                [sys.executable, "-m", "emout_lab.sessions", spec.name],
                # Not the user's folder: Python would import a 'dask.py' that lies there.
                cwd=paths.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
    except (OSError, EmoutLabError):
        shutil.rmtree(paths.directory, ignore_errors=True)
        raise
    store.write(replace(record, process=ProcessId.of(host.pid)))
    # The host outlives us, or ends while we live on: then somebody must take its exit code.
    threading.Thread(target=host.wait, name=f"emout-lab-host-{host.pid}", daemon=True).start()
    return host


def wait_until_up(
    store: SessionStore, name: str, host: subprocess.Popen[bytes], timeout: float
) -> SessionRecord | None:
    """Wait until the host has its scheduler up and its jobs accepted.

    Returns
    -------
    SessionRecord or None
        None when the time is over.

    Raises
    ------
    StartFailed
        The host failed; its own words are quoted, or the end of its log where it has none.
    """

    def look() -> SessionRecord | None:
        record = store.read(name)
        if record is None or record.process.pid != host.pid:
            raise StartFailed(f"Session {name!r} was stopped by somebody while it started.")
        if record.state is SessionState.FAILED:
            raise StartFailed(f"Session {name!r} did not start: {_last_words(store, record)}")
        return record if record.address else None

    return poll(look, timeout)


def _last_words(store: SessionStore, record: SessionRecord) -> str:
    written = store.read_as_written(record.name)
    if written is not None and written.state is SessionState.FAILED:
        return str(written.reason)
    log = store.paths(record.name).host_log
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return "its host died. Last lines of its log:\n" + "\n".join(lines[-LOG_TAIL_LINES:])


def cancel_jobs(record: SessionRecord) -> None:
    """Cancel what a host that died could not."""
    if record.spec.backend == "slurm" and record.job_ids:
        slurm.call_sync("scancel", "--quiet", *record.job_ids)
