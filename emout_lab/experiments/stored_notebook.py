"""A lab notebook on disk: committed results are not lost, and the file is whole at any moment.

A small file is written anew at each commit, and takes the place of the old one at once. Changes of
a large one go to a journal beside it, which is put on top of it when it is opened, until the file
is written anew: when the journal has grown, and when the notebook is closed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import weakref
from abc import abstractmethod
from pathlib import Path
from typing import Any, Final

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.errors import ForeignNotebook, NotebookLocked
from emout_lab.experiments.journal import Journal
from emout_lab.experiments.notebook import LabNotebook
from emout_lab.experiments.notebook_lock import NotebookLock
from emout_lab.experiments.result_set import ResultSet
from emout_lab.experiments.values import decoded, encoded
from emout_lab.files import replacing

#: A file of at most this size is written anew at each commit [B].
SMALL_BYTES: Final = 1_000_000
#: A larger one is, when the journal has this part of its size.
JOURNAL_SHARE: Final = 0.5

_OPEN: Final[weakref.WeakValueDictionary[str, StoredNotebook]] = weakref.WeakValueDictionary()


class StoredNotebook(LabNotebook):
    """A lab notebook in a file.

    Parameters
    ----------
    name : str
        Path of the file.
    create : bool
        Begin anew; a notebook that is there is overwritten, any other file is not.
    description : str, optional
        What it is, for people.
    read_only : bool
        Open it for reading, also while another process writes it.

    Raises
    ------
    FileNotFoundError
        There is no such file, and ``create`` is not set.
    ForeignNotebook
        The file is no notebook, is damaged, or of another version; it is left as it is.
    NotebookInUse
        Another process has it open.
    """

    def __init__(
        self,
        name: str | os.PathLike[str],
        create: bool = False,
        description: str | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        self._path = Path(os.path.realpath(os.fspath(name)))
        self._read_only = read_only
        self._state = ""
        self._saved: dict[str, _Saved] = {}
        self._about: Any = None
        self._is_closed = False
        self._lock: NotebookLock | None = None
        self._journal = Journal(self._path)
        if not create and not self._path.exists():
            raise FileNotFoundError(
                f"there is no notebook {os.fspath(name)!r}; create=True begins one"
            )
        if not read_only:
            self._take_over()
            self._lock = NotebookLock(self._path)
            weakref.finalize(self, self._lock.release)
        try:
            super().__init__(os.fspath(name), description)
            self._open_file(create)
        except BaseException:
            self._give_free()
            raise
        if not read_only:
            _OPEN[str(self._path)] = self

    def _begin(self) -> None:
        """Begin empty: what there is comes from the file."""

    def isPersistent(self) -> bool:
        """Return whether it is on disk."""
        return True

    def assertUnlocked(self) -> None:
        """Make sure that it takes results; ``NotebookLocked`` where it does not."""
        if self._is_closed or self._read_only:
            how = "was closed, or opened again" if self._is_closed else "is open for reading only"
            raise NotebookLocked(f"notebook {self._name!r} {how}, and takes no results")
        super().assertUnlocked()

    def close(self) -> None:
        """Write the file and give it free. Closing twice does nothing."""
        if self._is_closed:
            return
        try:
            if not self._read_only:
                self._commit(is_last=True)
        finally:
            self._give_free()

    def commit(self) -> None:
        """Write what has changed: after that nothing of it can be lost.

        Raises
        ------
        NotStorable
            When a value is of a kind that the file cannot hold.
        OSError
            When there is no room; what was committed before is as it was.
        """
        if not self._is_closed and not self._read_only:
            self._commit()

    def addResult(self, results: Any, tag: str | None = None) -> None:
        """Add a results dictionary, or a list of them; they are committed with the next commit.

        Raises
        ------
        NotStorable
            When a value is of a kind that the file cannot hold; nothing is added then.
        """
        self.check(results)
        super().addResult(results, tag)

    def check(self, results: Any) -> None:
        """Make sure that results can be added; ``NotStorable`` where the file cannot hold them."""
        for each in names.flattened(results):
            for part in each.values():
                for name, value in part.items():
                    self.check_value(name, value)

    def check_value(self, name: str, value: Any) -> None:
        """Make sure that the file can hold a value; ``NotStorable`` where it cannot."""
        encoded(value, name)

    @abstractmethod
    def read(self, path: Path) -> str:
        """Read the file into this notebook; return the name of its state, "" where it has none.

        Raises
        ------
        ForeignNotebook
            When it is none.
        """

    @abstractmethod
    def write(self, path: Path, state: str) -> None:
        """Write a new file, with the name of its state."""

    def _open_file(self, create: bool) -> None:
        if self._path.exists():
            if self._path.stat().st_size == 0 and create:
                pass  # somebody has reserved the name
            else:
                self._state = self.read(self._path)
                for entry in self._journal.entries(self._state):
                    self._replay(entry)
        if create:
            self._sets = {self.DEFAULT_RESULTSET: ResultSet()}
            self._current, self._is_locked = self.DEFAULT_RESULTSET, False
            self._rewrite()
            return
        if not self._sets:
            self._sets[self.DEFAULT_RESULTSET] = ResultSet()
        if self._current not in self._sets:
            self._current = next(iter(self._sets))
        self._note_jobs()
        if not self._read_only:
            self._journal.trim()
        self._note_saved()

    def _note_jobs(self) -> None:
        self._jobs = {job: tag for tag, each in self._sets.items() for job in each.pendingResults()}

    def _commit(self, *, is_last: bool = False) -> None:
        if not self._has_changed() and not (is_last and self._journal.size > 0):
            return
        size = self._path.stat().st_size if self._path.exists() else 0
        is_due = self._journal.size > max(SMALL_BYTES, JOURNAL_SHARE * size)
        if is_last or is_due or size <= SMALL_BYTES or not self._state:
            self._rewrite()
            return
        self._journal.append(self._state, self._changes())
        self._note_saved()

    def _rewrite(self) -> None:
        state = secrets.token_hex(8)
        with replacing(self._path) as part:
            self.write(Path(part), state)
            with open(part, "rb") as written:
                os.fsync(written.fileno())
        self._state = state
        self._journal.remove()
        self._note_saved()

    def _note_saved(self) -> None:
        self._about = self._told()
        self._saved = {tag: _Saved(each) for tag, each in self._sets.items()}

    def _told(self) -> Any:
        return [self._description, self._current, self._is_locked, list(self._sets)]

    def _has_changed(self) -> bool:
        return self._told() != self._about or any(
            not self._saved[tag].is_as(each) for tag, each in self._sets.items()
        )

    def _changes(self) -> list[Any]:
        """Return what has changed since the last commit, as entries of the journal."""
        entries: list[Any] = []
        gone = [
            tag for tag, was in self._saved.items() if self._sets.get(tag) is not was.result_set
        ]
        if gone:
            entries.append({"delete": gone})
        for tag, each in self._sets.items():
            was = None if tag in gone else self._saved.get(tag)
            entries += _entries(tag, each, was)
        if entries or self._told() != self._about:
            description, current, is_locked, _ = self._told()
            entries.append({"about": [description, current, is_locked]})
        return entries

    def _replay(self, entry: Any) -> None:
        if "about" in entry:
            self._description, self._current, self._is_locked = entry["about"]
        elif "delete" in entry:
            for tag in entry["delete"]:
                self._sets.pop(tag, None)
        else:
            _replay(self._sets.setdefault(entry["tag"], ResultSet()), entry)

    def _take_over(self) -> None:
        """Close what this process has open of the same file, as when a cell is run again."""
        before = _OPEN.pop(str(self._path), None)
        if before is not None:
            before.close()

    def _give_free(self) -> None:
        self._is_closed = True
        self._journal.close()
        if self._lock is not None:
            self._lock.release()


class _Saved:
    """What of a result set is on disk."""

    def __init__(self, result_set: ResultSet) -> None:
        self.result_set = result_set
        self.rows = len(result_set)
        self.changes = result_set.changes
        self.jobs = frozenset(result_set.pendingResults())

    def is_as(self, now: ResultSet) -> bool:
        """Return whether a result set is as it was."""
        return (
            now is self.result_set
            and (len(now), now.changes) == (self.rows, self.changes)
            and len(self.jobs) == now.numberOfPendingResults()
            and all(map(now.is_pending, self.jobs))
        )


def _entries(tag: str, each: ResultSet, was: _Saved | None) -> list[Any]:
    rows = 0 if was is None else was.rows
    jobs = frozenset() if was is None else was.jobs
    entry: dict[str, Any] = {"tag": tag}
    if was is None or each.changes != was.changes:
        attributes = {name: encoded(each[name], name) for name in each.keys()}
        entry["set"] = [each.description(), attributes, each.isLocked()]
    if len(each) > rows:
        entry["rows"] = [
            [encoded(found[part]) for part in (names.PARAMETERS, names.METADATA, names.RESULTS)]
            for found in map(each.result, range(rows, len(each)))
        ]
    now = each.pendingResults()
    if new := [job for job in now if job not in jobs]:
        entry["jobs"] = [[job, encoded(each.pendingResultParameters(job))] for job in new]
    if gone := jobs.difference(now):
        entry["gone"] = sorted(gone)
    return [entry] if len(entry) > 1 else []


def _replay(target: ResultSet, entry: Any) -> None:
    if "rows" in entry:
        target.addResults(
            {names.PARAMETERS: decoded(p), names.METADATA: decoded(m), names.RESULTS: decoded(r)}
            for p, m, r in entry["rows"]
        )
    if "gone" in entry:
        target.cancelPendingResults(entry["gone"])
    if jobs := entry.get("jobs"):
        target.addPendingResults([decoded(each) for _, each in jobs], [job for job, _ in jobs])
    if "set" in entry:
        description, attributes, is_locked = entry["set"]
        target.restore(description, {k: decoded(v) for k, v in attributes.items()}, is_locked)


def foreign(path: Path, why: str, cause: BaseException | None = None) -> ForeignNotebook:
    """Return the error for a file that is no notebook."""
    error = ForeignNotebook(
        f"{str(path)!r} is no lab notebook of this kind ({why}); it was left as it is"
    )
    error.__cause__ = cause
    return error
