"""Session records on disk: read, write, list, lock, remove.

The host writes its record; everybody else reads. Only `SessionStore.locked` sections remove one.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from emout_lab.config import Settings
from emout_lab.errors import SpecError
from emout_lab.ownership import require_own
from emout_lab.paths import Runtime, SessionPaths, check_name, write_private
from emout_lab.sessions import hostjob
from emout_lab.sessions.locking import file_lock
from emout_lab.sessions.record import SessionRecord, SessionState, SessionStatus

#: Age of a heartbeat after which the queue is asked about the host's own job.
HOST_JOB_TRUST_S: Final = 5.0


class SessionStore:
    """The state files below one runtime root.

    Parameters
    ----------
    settings : Settings
        Says where the root is, and how long a host may be silent.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.runtime = Runtime(settings.home)

    def paths(self, name: str) -> SessionPaths:
        """Return where the session `name` keeps its files."""
        return self.runtime.session(name)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that serialises starts and removals of all this user's processes.

        Raises
        ------
        SessionError
            Another process holds it too long, or the file system is full or read-only.
        """
        self.runtime.create()
        require_own(self.runtime.servers, self._settings.trusted_folders)
        with file_lock(self.runtime.lock):
            yield

    def read(self, name: str) -> SessionRecord | None:
        """Return the record of a session, corrected where its host is gone; None if there is none.

        Raises
        ------
        SpecError
            The name cannot be one.
        """
        record = self.read_as_written(name)
        return None if record is None else self._corrected(record)

    def read_as_written(self, name: str) -> SessionRecord | None:
        """Return the record of a session as its host last wrote it; None if there is none."""
        return _parse(self.paths(name).state)

    def records(self) -> list[SessionRecord]:
        """Return all records, oldest first."""
        records = []
        for name in self._names():
            record = self.read(name)
            if record is not None:
                records.append(record)
        return sorted(records, key=lambda record: record.started_at)

    def write(self, record: SessionRecord) -> None:
        """Write a record, and its mirror where it is the active session's.

        Raises
        ------
        SessionError
            The file system is full or read-only.
        """
        data = json.dumps(record.to_json(), indent=2).encode()
        write_private(self.paths(record.name).state, data)
        if self.mirrored_name() == record.name:
            write_private(self.runtime.active, data)

    def activate(self, record: SessionRecord) -> None:
        """Make `record` the session that is meant when no name is given."""
        write_private(self.runtime.active, json.dumps(record.to_json(), indent=2).encode())

    def remove(self, name: str) -> None:
        """Remove all files of a session; the newest living one becomes the active one."""
        shutil.rmtree(self.paths(name).directory, ignore_errors=True)
        if self.mirrored_name() != name:
            return
        others = [record for record in self.records() if not record.state.is_over]
        if others:
            self.activate(others[-1])
        else:
            self.runtime.active.unlink(missing_ok=True)

    def bury(self, record: SessionRecord) -> None:
        """Keep of a failed session its reason and its logs; its keys and scratch files go."""
        paths = self.paths(record.name)
        for directory in (paths.certs, paths.scratch):
            shutil.rmtree(directory, ignore_errors=True)
        self.write(replace(record, tls=None))

    def mirrored_name(self) -> str | None:
        """Return the name in the mirror file, or None."""
        data = _load(self.runtime.active)
        return None if data is None else str(data.get("name"))

    def active(self) -> SessionRecord | None:
        """Return the record that is meant when no name is given.

        That is the mirrored one while it lives, else the newest living one, else the newest.
        """
        records = self.records()
        mirrored = self.mirrored_name()
        candidates = [record for record in records if record.name == mirrored] + records[::-1]
        living = [record for record in candidates if not record.state.is_over]
        return next(iter(living or candidates), None)

    def status(self, record: SessionRecord) -> SessionStatus:
        """Return what people see of a record."""
        active = self.active()
        return record.to_status(active=active is not None and active.name == record.name)

    def statuses(self) -> list[SessionStatus]:
        """Return what people see of all sessions, oldest first."""
        active = self.active()
        return [
            record.to_status(active=active is not None and active.name == record.name)
            for record in self.records()
        ]

    def _names(self) -> list[str]:
        try:
            entries = sorted(os.listdir(self.runtime.servers))
        except FileNotFoundError:
            return []
        names = []
        for entry in entries:
            # Not ours: nothing that we make has such a name.
            with contextlib.suppress(SpecError):
                names.append(check_name(entry))
        return names

    def _corrected(self, record: SessionRecord) -> SessionRecord:
        """Tell what the file cannot: that its writer is gone, or has not begun."""
        if record.state.is_over:
            return record
        if record.host_job is not None and not self._is_fresh(record):
            record = _as_the_queue_says(record, record.host_job)
        if record.state.is_over or self._host_lives(record):
            return record
        if record.process.is_here:
            reason = f"its host ({record.process}) is gone; see {record.session_dir}/logs/host.log"
        else:
            silent = time.time() - record.heartbeat
            reason = f"its host ({record.process}) has not been heard of for {silent:.0f} s"
        return replace(record, state=SessionState.FAILED, reason=reason, workers=0)

    def _is_fresh(self, record: SessionRecord) -> bool:
        return time.time() - record.heartbeat < HOST_JOB_TRUST_S and not record.process.is_nobody

    def _host_lives(self, record: SessionRecord) -> bool:
        if record.process.is_nobody:
            # Its job waits, or has only just begun.
            return True
        if record.process.is_here:
            return record.process.is_alive()
        return time.time() - record.heartbeat < self._settings.heartbeat_lost_s


def _as_the_queue_says(record: SessionRecord, job_id: str) -> SessionRecord:
    job = hostjob.look(job_id)
    if job is None:
        return record
    if job.is_over:
        reason = f"the host's own {job.describe()}"
        return replace(record, state=SessionState.FAILED, reason=reason, workers=0)
    if record.process.is_nobody:
        state = SessionState.QUEUED if job.is_pending else SessionState.STARTING
        return replace(
            record,
            state=state,
            reason=f"the host's own {job.describe()}",
            estimated_start=job.starts_at if job.is_pending else None,
        )
    return record


def _load(file: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # One broken file must not hide the other sessions; a start under its name tells of it.
        return None
    return data if isinstance(data, dict) else None


def _parse(file: Path) -> SessionRecord | None:
    data = _load(file)
    try:
        return None if data is None else SessionRecord.from_json(data)
    except (KeyError, TypeError, ValueError):
        # Written by upstream emout or another version: its session is none of ours to judge.
        return None
