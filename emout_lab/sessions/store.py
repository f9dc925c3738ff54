"""Session records on disk: read, write, list, lock, remove.

The host writes its record, twice, so that one damaged file hides nothing; everybody else reads. Who
writes or removes makes sure, under the lock, that the files carry the token of the own session.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from emout_lab.config import Settings
from emout_lab.errors import DamagedState, SessionError, SpecError
from emout_lab.ownership import require_own
from emout_lab.paths import (
    Runtime,
    SessionPaths,
    check_name,
    make_private_directory,
    stage_private,
    write_private,
)
from emout_lab.sessions import leftovers
from emout_lab.sessions.host_lifetime import corrected, is_certainly_gone
from emout_lab.sessions.kept_logs import keep_logs
from emout_lab.sessions.locking import LOCK_TIMEOUT_S, file_lock
from emout_lab.sessions.models import SessionRecord, SessionStatus
from emout_lab.sessions.state_file import ForeignState, read_object, read_record

#: How long it is remembered that a session was stopped whose host could not be asked.
REMEMBERED_S: Final = 30 * 86_400.0


class NotOurs(SessionError):
    """The files under the name of a session are another session's, or were taken away for good."""


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
    def locked(self, timeout: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Hold the lock that serialises writing and removing of all this user's processes.

        Raises
        ------
        SessionError
            Another process holds it too long, or the file system is full or read-only.
        """
        self.runtime.create(self._settings.trusted_folders)
        require_own(self.runtime.servers, self._settings.trusted_folders)
        with file_lock(self.runtime.lock, timeout):
            yield

    def read(self, name: str) -> SessionRecord | None:
        """Return the record of a session, corrected where its host is gone; None if there is none.

        Raises
        ------
        SpecError
            The name cannot be one.
        DamagedState
            There are files, and none of them can be used.
        """
        problems: list[str] = []
        record = self._read(name, problems)
        if record is None:
            return None
        found = corrected(record, self._settings)
        if is_certainly_gone(found):
            self.discard_secrets(found)
        if not problems:
            return found
        remarks = [found.reason, f"{'; '.join(problems)} (its copy is read instead)"]
        return replace(found, reason="; ".join(remark for remark in remarks if remark))

    def read_as_written(self, name: str) -> SessionRecord | None:
        """Return the record of a session as its host last wrote it; None if there is none.

        Raises
        ------
        DamagedState
            There are files, and none of them can be used.
        """
        return self._read(name, [])

    def records(self) -> list[SessionRecord]:
        """Return all records that can be read, oldest first."""
        return self.survey()[0]

    def survey(self) -> tuple[list[SessionRecord], list[DamagedState]]:
        """Return all records, oldest first, and what is wrong with the others' files."""
        records, problems = [], []
        for name in self._names():
            try:
                record = self.read(name)
            except DamagedState as exc:
                # One broken file must not hide the other sessions.
                problems.append(exc)
                continue
            if record is not None:
                records.append(record)
        return sorted(records, key=lambda record: record.started_at), problems

    def write(self, record: SessionRecord) -> None:
        """Write a record, its copy, and its mirror where it is the active session's.

        Raises
        ------
        SessionError
            The file system is full or read-only.
        """
        data = _encoded(record)
        paths = self.paths(record.name)
        write_private(paths.state, data)
        write_private(paths.state_copy, data)
        if self.mirrored_name() == record.name:
            write_private(self.runtime.active, data)

    @contextlib.contextmanager
    def staged(self, record: SessionRecord, *, mirrored: bool) -> Iterator[dict[Path, Path]]:
        """Write a record beside its files; inside, each only has to be put in its place.

        So the lock is not held while a file system takes its time, nor by a host that is frozen.
        """
        paths = self.paths(record.name)
        files = [paths.state, paths.state_copy, *([self.runtime.active] if mirrored else [])]
        data = _encoded(record)
        staged: dict[Path, Path] = {}
        try:
            for file in files:
                staged[file] = stage_private(file, data)
            yield staged
        finally:
            for temporary in staged.values():
                temporary.unlink(missing_ok=True)

    def require_ours(self, record: SessionRecord) -> None:
        """Make sure that the files under a session's name are its own, or damaged, or missing.

        Call it with the lock held, before anything is written or removed.

        Raises
        ------
        NotOurs
            A newer session has the name, or this one was stopped while its host was away.
        """
        if record.token and (self.runtime.ended / record.token).exists():
            raise NotOurs(f"session {record.name!r} was stopped while its host did not answer")
        try:
            found = self.read_as_written(record.name)
        except DamagedState:
            return
        if found is None or found.token == record.token or not found.is_newer_than(record):
            return
        raise NotOurs(f"a newer session has the name {record.name!r} ({found.process})")

    def is_ours(self, record: SessionRecord) -> bool:
        """Return whether the files under a session's name are its own, or nobody's."""
        try:
            self.require_ours(record)
        except NotOurs:
            return False
        return True

    def activate(self, record: SessionRecord) -> None:
        """Make `record` the session that is meant when no name is given."""
        write_private(self.runtime.active, _encoded(record))

    def remove(self, record: SessionRecord) -> None:
        """Remove all files of a session; the newest living one becomes the active one.

        Call it with the lock held. What belongs to another session by now stays.
        """
        if not self.is_ours(record):
            return
        if not record.process.is_here and not record.process.is_nobody:
            self._remember_end(record)
        was_active = self.mirrored_name() == record.name
        if was_active:
            # First: the mirror serves as one more copy of what stands in the folder.
            self.runtime.active.unlink(missing_ok=True)
        directory = self.paths(record.name).directory
        keep_logs(record, self.paths(record.name).logs)
        for each in (directory, damaged_path(directory)):
            discard(each)
        others = [other for other in self.records() if not other.state.is_over]
        if was_active and others:
            self.activate(others[-1])

    def archive(self, record: SessionRecord) -> None:
        """Keep of a failed session its reason and its logs; its keys and scratch files go.

        Call it with the lock held. What belongs to another session by now stays.
        """
        if self.is_ours(record):
            make_private_directory(self.paths(record.name).directory)
            self._remove_secrets(record)
            self.write(replace(record, tls=None))

    def discard_secrets(self, record: SessionRecord) -> None:
        """Remove the keys of a session whose host was killed, and end what it left running here.

        Whoever notices first does it; what a file system refuses is left for the next.
        """
        paths = self.paths(record.name)
        if not (paths.certs.exists() or paths.scratch.exists()):
            return
        with contextlib.suppress(SessionError), self.locked(timeout=0.0):
            found = self._read(record.name, [])
            if found is not None and found.token == record.token:
                leftovers.kill_marked(record.token)
                self._remove_secrets(record)

    def mirrored_name(self) -> str | None:
        """Return the name in the mirror file, or None."""
        try:
            data = read_object(self.runtime.active)
        except DamagedState:
            return None
        return None if data is None else str(data.get("name"))

    def active(self) -> SessionRecord | None:
        """Return the record that is meant when no name is given.

        That is the mirrored one while it lives, else the newest living one, else the newest.
        """
        return self._active_of(self.records())

    def status(self, record: SessionRecord) -> SessionStatus:
        """Return what people see of a record."""
        active = self.active()
        return record.to_status(active=active is not None and active.name == record.name)

    def statuses(self) -> list[SessionStatus]:
        """Return what people see of all sessions, oldest first."""
        records = self.records()
        active = self._active_of(records)
        return [
            record.to_status(active=active is not None and active.name == record.name)
            for record in records
        ]

    def _active_of(self, records: list[SessionRecord]) -> SessionRecord | None:
        mirrored = self.mirrored_name()
        candidates = [record for record in records if record.name == mirrored] + records[::-1]
        living = [record for record in candidates if not record.state.is_over]
        return next(iter(living or candidates), None)

    def _read(self, name: str, problems: list[str]) -> SessionRecord | None:
        """Return the record from the first usable file; note what is wrong with the others."""
        paths = self.paths(name)
        first: DamagedState | None = None
        for file in (paths.state, paths.state_copy, self.runtime.active):
            try:
                record = read_record(file, name)
            except ForeignState as exc:
                if file == paths.state:
                    first = exc
            except DamagedState as exc:
                # The mirror of another session is none of ours.
                if file != self.runtime.active:
                    problems.append(str(exc))
                    first = first or exc
            else:
                if record is not None:
                    return record
        if first is None or isinstance(first, ForeignState):
            # Written by upstream emout or another version: its session is none of ours to judge.
            return None
        raise DamagedState(
            f"{first}. If a host of session {name!r} lives, it writes its state anew within "
            "seconds: look again. If none does (no process 'emout_lab.sessions', no job of it): "
            f"rm -r {paths.directory}",
            name,
        )

    def _names(self) -> list[str]:
        try:
            entries = sorted(os.listdir(self.runtime.servers))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as exc:
            raise DamagedState(
                f"{self.runtime.servers} cannot be read: {exc.strerror or exc}. Sessions that run "
                "go on; check the permissions of the folder and whether its file system answers."
            ) from exc
        names = []
        for entry in entries:
            # Not ours: nothing that we make has such a name.
            with contextlib.suppress(SpecError):
                names.append(check_name(entry))
        return names

    def _remove_secrets(self, record: SessionRecord) -> None:
        paths = self.paths(record.name)
        for directory in (paths.certs, paths.scratch, paths.live):
            discard(directory)

    def _remember_end(self, record: SessionRecord) -> None:
        """Leave a note for a host that was away, and must not bring its files back."""
        ended = make_private_directory(self.runtime.ended)
        now = time.time()
        for note in ended.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if now - note.stat().st_mtime > REMEMBERED_S:
                    note.unlink()
        if record.token:
            write_private(ended / record.token, f"{record.name}\n".encode())

    def forget_end(self, record: SessionRecord) -> None:
        """Take back the note for a host that was away, once it has ended itself."""
        if record.token:
            (self.runtime.ended / record.token).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                # Where it was the last one.
                self.runtime.ended.rmdir()


def discard(place: Path) -> None:
    """Remove a file or a folder, whatever it is; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        # Not rmtree for all: it opens what it removes, and a FIFO does not let it go.
        if stat.S_ISDIR(place.lstat().st_mode):
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink()


def damaged_path(place: Path) -> Path:
    """Return where what stands in the place of a file (of a folder) is put."""
    return place.with_name(f".{place.name}.damaged")


def _encoded(record: SessionRecord) -> bytes:
    return json.dumps(record.to_json(), indent=2).encode()
