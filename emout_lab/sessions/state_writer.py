"""The thread that keeps a session's files true: its state, the copy, the mirror, the certificates.

A network file system may answer late or not at all, and the scheduler must go on meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from emout_lab.errors import DamagedState, SessionError
from emout_lab.paths import install_private, make_private_directory
from emout_lab.sessions.models import SessionRecord
from emout_lab.sessions.state_file import read_object
from emout_lab.sessions.store import NotOurs, SessionStore, damaged_path, discard
from emout_lab.sessions.tls import Certificates

#: How often the files are looked at.
LOOK_INTERVAL_S: Final = 1.0
#: How long one attempt waits for the lock; whoever starts or stops a session holds it.
LOCK_WAIT_S: Final = 5.0
#: So many of the five numbers that tell files apart do not depend on who may read them.
UNTIL_MODE: Final = 3
GONE: Final = (0, 0, 0, 0, 0)

log = logging.getLogger(__name__)

#: What tells a file from one that somebody has changed, put in its place, or taken away.
_Look = tuple[int, ...]


class StateWriter:
    """Writes the last record that was published, and writes it anew where files are damaged.

    Parameters
    ----------
    store : SessionStore
        Where the files are.
    record : SessionRecord
        The first record.
    on_loss : callable
        Called once, in the thread, with the reason, when another session owns the files.
    """

    def __init__(
        self, store: SessionStore, record: SessionRecord, on_loss: Callable[[str], None]
    ) -> None:
        #: What keeps the state, or the certificates, from being written; for people.
        self.problem: str | None = None
        self.certificate_problem: str | None = None
        self._store = store
        self._record = record
        self._on_loss = on_loss
        self._certificates: Certificates | None = None
        self._seen: dict[Path, _Look] = {}
        self._was_active = False
        self._published = 0
        self._written = 0
        self._is_over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="emout-lab-state", daemon=True)

    def start(self) -> None:
        """Begin to look after the files."""
        self._thread.start()

    def keep(self, certificates: Certificates) -> None:
        """Look after these certificates as well."""
        with self._changed:
            self._certificates = certificates

    def publish(self, record: SessionRecord) -> None:
        """Let a record be written; of several, the last one is."""
        with self._changed:
            self._record = record
            self._published += 1
            self._changed.notify_all()

    async def flush(self, timeout: float) -> None:
        """Wait until what was published last is written.

        Raises
        ------
        SessionError
            It cannot be written.
        """
        await asyncio.to_thread(self._flush, timeout)

    def stop(self, timeout: float) -> None:
        """Write no more; a write that hangs in the file system is left behind."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join(timeout)

    def _flush(self, timeout: float) -> None:
        with self._changed:
            wanted = self._published
            self._changed.wait_for(
                lambda: self._written >= wanted or self.problem or self._is_over, timeout
            )
            if self._written < wanted:
                raise SessionError(
                    self.problem
                    or f"The state of session {self._record.name!r} is not written after "
                    f"{timeout:.0f} s: does the file system of {self._record.session_dir} hang?"
                )

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._is_over and self._written == self._published:
                    self._changed.wait(LOOK_INTERVAL_S)
                if self._is_over:
                    return
                record, number = self._record, self._published
            if number > self._written or self._is_damaged():
                self._attempt(record, number)

    def _attempt(self, record: SessionRecord, number: int) -> None:
        problem = None
        try:
            self._write(record)
        except NotOurs as exc:
            problem = f"Its files are not its own any more: {exc}"
            self._is_over = True
        except (SessionError, OSError) as exc:
            problem = str(exc)
        except Exception as exc:  # noqa: BLE001 - edge: the thread must go on, whatever a file system says
            problem = f"{type(exc).__name__}: {exc}"
        if problem and problem != self.problem:
            log.warning("The state is not written: %s", problem)
        with self._changed:
            self.problem = problem
            if problem is None:
                self._written = number
            self._changed.notify_all()
            if problem and not self._is_over:
                self._changed.wait(LOOK_INTERVAL_S)
        if self._is_over and problem:
            self._on_loss(problem)

    def _write(self, record: SessionRecord) -> None:
        self._store.require_ours(record)
        paths = self._store.paths(record.name)
        for directory in (paths.directory, paths.logs):
            _make_way(directory, stat.S_ISDIR)
            make_private_directory(directory)
        mirrored = self._mirrored()
        is_active = mirrored == record.name or (mirrored is None and self._was_active)
        with self._store.staged(record, mirrored=is_active) as staged:
            with self._store.locked(LOCK_WAIT_S):
                self._store.require_ours(record)
                # Noted before they are in place: somebody may change them right after.
                seen = {file: _look(temporary) for file, temporary in staged.items()}
                for file, temporary in staged.items():
                    _make_way(file, stat.S_ISREG)
                    install_private(temporary, file)
                self._was_active = is_active
                self._seen = seen
                self._restore_certificates()

    def _restore_certificates(self) -> None:
        if self._certificates is None:
            return
        problem = None
        try:
            _make_way(self._certificates.directory, stat.S_ISDIR)
            for file in self._certificates.files():
                _make_way(file, stat.S_ISREG)
            for _ in range(2):
                # Noted before they are read: somebody may change them right after.
                self._seen |= {file: _look_of_key(file) for file in self._certificates.files()}
                if not self._certificates.write():
                    break
        except (SessionError, OSError) as exc:
            problem = (
                f"its certificates are damaged or gone, so new workers and notebooks cannot join, "
                f"and cannot be written anew: {exc}"
            )
            log.warning("%s", problem)
        self.certificate_problem = problem

    def _mirrored(self) -> str | None:
        """Return whose state is mirrored, a session that is there; None where that is damaged."""
        try:
            data = read_object(self._store.runtime.active)
        except DamagedState:
            return None
        name = None if data is None else data.get("name")
        return name if isinstance(name, str) else None

    def _is_damaged(self) -> bool:
        changed = [file for file, seen in self._seen.items() if _look(file)[: len(seen)] != seen]
        active = self._store.runtime.active
        if changed == [active] and self._mirrored() not in (None, self._record.name):
            # Another session was made the active one.
            self._was_active = False
            self._seen.pop(active, None)
            return False
        if changed:
            names = ", ".join(str(file) for file in changed)
            log.warning("Changed, damaged or removed, and written anew: %s", names)
        return bool(changed)


def _look(file: Path) -> _Look:
    try:
        found = file.lstat()
    except OSError:
        return GONE
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode, found.st_uid


def _look_of_key(file: Path) -> _Look:
    # Whether others have read a key that they can read is for the user to judge.
    return _look(file)[:UNTIL_MODE]


def _make_way(place: Path, is_right: Callable[[int], bool]) -> None:
    """Put aside what stands in a file's place and is none (for a folder: none)."""
    try:
        if is_right(place.lstat().st_mode):
            return
    except FileNotFoundError:
        return
    target = damaged_path(place)
    discard(target)
    place.rename(target)
