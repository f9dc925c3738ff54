"""Launch a host: claim the name, spawn the process, wait until its scheduler is up."""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
import subprocess
import threading
from dataclasses import replace
from typing import Final

from emout_lab.config import Settings, child_environment, find_program
from emout_lab.errors import (
    DamagedState,
    EmoutLabError,
    SessionError,
    SessionExists,
    SpecError,
    StartFailed,
)
from emout_lab.ownership import require_own
from emout_lab.paths import SessionPaths, make_private_directory, open_private
from emout_lab.sessions import host_job, leftovers, slurm
from emout_lab.sessions.host_job import host_command
from emout_lab.sessions.models import SessionRecord, SessionState
from emout_lab.sessions.network import choose_address
from emout_lab.sessions.process import ProcessId
from emout_lab.sessions.spec import CANCEL_PROGRAMS, SUBMIT_PROGRAMS, SessionSpec
from emout_lab.sessions.state_file import poll
from emout_lab.sessions.store import SessionStore

LOG_TAIL_LINES: Final = 15


def check_machine(spec: SessionSpec) -> None:
    """Refuse what this machine cannot do, before anything is started.

    Raises
    ------
    SpecError
        sbatch is missing, or the address that the user set cannot be listened on.
    """
    program = SUBMIT_PROGRAMS.get(str(spec.backend))
    if program is not None and find_program(program) is None:
        raise SpecError(
            f"backend {spec.backend!r} needs {program}, which is not on the PATH of this machine. "
            "Load the queue system's module or log in to a node that has it, or use backend "
            "'local'.",
            field="backend",
        )
    if program is not None and spec.host == "login":
        choose_address(spec.scheduler_ip)


def claim(store: SessionStore, name: str, *, allow_multiple: bool) -> str:
    """Make sure that a session may start under `name`; clean what a dead one left.

    Call it with the store's lock held.

    Returns
    -------
    str
        When the session was started that is replaced; empty where there was none.

    Raises
    ------
    SessionExists
        The name is taken, or another session is active and only one is allowed.
    """
    paths = store.paths(name)
    replaced = ""
    records, problems = store.survey()
    for problem in problems:
        if problem.name == name:
            raise SessionExists(str(problem))
    for record in records:
        if record.state.is_over:
            if record.name == name:
                _require_silence(record)
                cancel_jobs(record)
                leftovers.kill_marked(record.token if record.process.is_here else "")
                store.remove(record)
                replaced = record.started_at
        elif record.name == name:
            raise SessionExists(
                f"Session {name!r} is {record.state.value} already (since {record.started_at}, "
                f"{record.process}). Use it, stop it with "
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
            f"{paths.state} is of another program or version (emout?). Stop that session there, "
            f"or remove its folder: rm -r {paths.directory}"
        )
    return replaced


def _require_silence(record: SessionRecord) -> None:
    """Make sure that a host on another machine is not only kept from writing its state."""
    if record.process.is_here or record.process.is_nobody or record.address is None:
        return
    # Loads ssl, which few starts need.
    from emout_lab.sessions.network import answers  # noqa: PLC0415 - see above

    if answers(record):
        raise SessionExists(
            f"Session {record.name!r} still answers at {record.address}, although its host "
            f"({record.process}) has not written its state for long: is the disk full there? "
            f"Use it, or log in to {record.process.machine} and run: "
            f"emout-lab server stop --name {record.name}"
        )


def spawn(
    store: SessionStore, spec: SessionSpec, settings: Settings, replaced: str = ""
) -> SessionRecord:
    """Launch the host, detached or as a job, and write the record it starts from.

    Call it with the store's lock held.

    Raises
    ------
    SessionError
        The record cannot be written, or the queue refused; nothing was started.
    """
    paths = store.paths(spec.name)
    now = datetime.datetime.now(datetime.timezone.utc)
    if replaced:
        # The newer of two sessions keeps the name, and the clocks of two machines differ.
        before = datetime.datetime.fromisoformat(replaced)
        now = max(now, before + datetime.timedelta(seconds=1))
    record = SessionRecord(
        spec=spec,
        process=ProcessId.of(os.getpid()),
        state=SessionState.STARTING,
        started_at=now.isoformat(timespec="seconds"),
        heartbeat=now.timestamp(),
        session_dir=str(paths.directory),
        reason="its host is being started",
        token=secrets.token_hex(16),
    )
    try:
        for directory in (paths.directory, paths.logs, paths.scratch):
            require_own(make_private_directory(directory), settings.trusted_folders)
        store.write(record)
        store.activate(record)
        if spec.host == "job":
            job = host_job.submit(spec, settings, paths, record.token)
            store.write(replace(record, process=ProcessId.nobody(), host_job=job))
        else:
            store.write(replace(record, process=_spawn_process(paths, record, settings)))
    except (OSError, EmoutLabError):
        store.remove(record)
        raise
    return record


def _spawn_process(paths: SessionPaths, record: SessionRecord, settings: Settings) -> ProcessId:
    with open(open_private(paths.host_log, os.O_WRONLY), "wb") as output:
        host = subprocess.Popen(
            host_command(record.name, record.token, paths, settings),
            env=child_environment(**{leftovers.MARK: record.token}),
            # Not the user's folder: jobs begin where the host stands, and write their logs there.
            cwd=paths.directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    # The host outlives us, or ends while we live on: then somebody must take its exit code.
    threading.Thread(target=host.wait, name=f"emout-lab-host-{host.pid}", daemon=True).start()
    return ProcessId.of(host.pid)


def wait_until_up(
    store: SessionStore, started: SessionRecord, timeout: float
) -> SessionRecord | None:
    """Wait until the host has its scheduler up and its jobs accepted, or its own job waits.

    Returns
    -------
    SessionRecord or None
        None when the time is over.

    Raises
    ------
    StartFailed
        The host failed; its own words are quoted, or the end of its log where it has none.
    """
    name = started.name

    def look() -> SessionRecord | None:
        try:
            record = store.read(name)
        except DamagedState:
            # Its host writes it anew.
            return None
        if record is None or record.token != started.token:
            raise StartFailed(f"Session {name!r} was stopped by somebody while it started.")
        if record.state is SessionState.FAILED:
            raise StartFailed(f"Session {name!r} did not start: {_last_words(store, record)}")
        is_waiting = record.process.is_nobody and record.state is SessionState.QUEUED
        return record if record.address or is_waiting else None

    return poll(look, timeout)


def _last_words(store: SessionStore, record: SessionRecord) -> str:
    try:
        written = store.read_as_written(record.name)
    except DamagedState:
        written = None
    if written is not None and written.state is SessionState.FAILED:
        return str(written.reason)
    if record.host_job is not None:
        return str(record.reason)
    log = store.paths(record.name).host_log
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return "its host died. Last lines of its log:\n" + "\n".join(lines[-LOG_TAIL_LINES:])


def cancel_jobs(record: SessionRecord) -> None:
    """Cancel what a host that died could not, and the host's own job."""
    program = CANCEL_PROGRAMS.get(str(record.spec.backend))
    jobs = [*record.job_ids, *([record.host_job] if record.host_job else [])]
    if program is None or not jobs:
        return
    if program == "scancel":
        slurm.call_sync(program, "--quiet", *jobs)
        return
    for job in jobs:
        with contextlib.suppress(SessionError):
            # Most other queue systems fail for a job that has ended.
            slurm.call_sync(program, job)
