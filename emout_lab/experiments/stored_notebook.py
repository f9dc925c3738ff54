"""A lab notebook on disk: committed results are not lost, and the file is whole at any moment.

A small file is written anew at each commit, and takes the place of the old one at once. Changes of
a large one go to a journal beside it, which is put on top of it when it is opened, until they come
to the file: when the journal has grown, and when the notebook is closed. Where only rows were added
they are appended to a copy of the file, which then takes its place.
"""

from __future__ import annotations

import errno
import os
import secrets
import warnings
import weakref
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

from emout_lab.errors import SpecError
from emout_lab.experiments.errors import (
    LabNotebookLockedException,
    NotebookInUse,
)
from emout_lab.experiments.journal import Journal, sync_folder
from emout_lab.experiments.journal_entries import entries_of, replay
from emout_lab.experiments.notebook import LabNotebook
from emout_lab.experiments.notebook_lock import NotebookLock
from emout_lab.experiments.result_set import ResultSet
from emout_lab.experiments.values import require_storable
from emout_lab.files import replacing

#: A file of at most this size is written anew at each commit [B].
SMALL_BYTES: Final = 1_000_000
#: A larger one takes in its journal when that has this part of its size.
JOURNAL_SHARE: Final = 0.5
#: A row takes about so much in the journal [B].
ROW_BYTES: Final = 200
#: So often is a file read again that another process replaces meanwhile.
MOST_READS: Final = 10

_OPEN: Final[weakref.WeakValueDictionary[str, StoredNotebook]] = weakref.WeakValueDictionary()


class StoredNotebook(LabNotebook):
    """A lab notebook in a file.

    Parameters
    ----------
    name : str
        Path of the file; a new notebook is begun where there is none.
    create : bool
        Begin anew; a notebook that is there is overwritten, any other file is not.
    description : str, optional
        What it is, for people; that of a notebook which is there stays.
    read_only : bool
        Open it for reading, also while another process writes it.

    Raises
    ------
    ForeignNotebook
        The file is no notebook, is damaged, or of another version; it is left as it is.
    NotebookInUse
        Another process has it open.
    FileNotFoundError
        There is no such file to be read, or no folder for it.
    """

    #: What is told to have written a file.
    WRITER: ClassVar = "emout_lab"

    def __init__(
        self,
        name: str | os.PathLike[str],
        create: bool = False,
        description: str | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        self._path = _path_of(name)
        self._read_only = read_only
        #: The name of what the file holds, and of what it held before.
        self.state, self.previous = "", ""
        self._seen: Any = None
        self._about: Any = None
        self._in_file: dict[str, tuple[ResultSet, int]] = {}
        self._is_closed = self._keeps_file = False
        self._lock: NotebookLock | None = None
        self._journal = Journal(self._path)
        if read_only and create:
            raise SpecError(
                "a notebook that is begun is for writing: create or read_only, not both"
            )
        if not read_only:
            self._take_over()
            self._lock = _lock(self._path, os.fspath(name))
            weakref.finalize(self, _free, self._journal, self._lock)
        try:
            super().__init__(os.fspath(name), description)
            self._open_file(create)
        except BaseException:
            self._give_free()
            raise
        if not read_only:
            _OPEN[str(self._path)] = self

    def new_set(self, description: str | None = None) -> ResultSet:
        """Return an empty result set, which takes what the file can hold."""
        return ResultSet(description, check=require_storable)

    def isPersistent(self) -> bool:
        """Return whether it is on disk."""
        return True

    def assertUnlocked(self) -> None:
        """Make sure that it takes results; ``LabNotebookLockedException`` where it does not."""
        if self._is_closed:
            raise LabNotebookLockedException(
                f"notebook {self._name!r} was closed, or opened again in this process, and takes "
                "no results here; use the one that was opened last"
            )
        if self._read_only:
            raise LabNotebookLockedException(
                f"notebook {self._name!r} is open for reading only and takes no results; open it "
                "without read_only"
            )
        super().assertUnlocked()

    def finish(self, commit: bool = True) -> None:
        """Cancel what is pending and take no more results, in any result set.

        Parameters
        ----------
        commit : bool
            Whether the file says so as well; else it stays as it is, also when this is closed.
        """
        super().finish(commit)
        self._keeps_file = not commit

    def close(self) -> None:
        """Write the file and give it free. Closing twice does nothing."""
        if self._is_closed:
            return
        try:
            if not self._read_only and not self._keeps_file:
                self._commit(is_last=True)
        finally:
            self._give_free()

    def commit(self) -> None:
        """Write what has changed: after that nothing of it can be lost.

        Raises
        ------
        NotebookInUse
            When somebody else has taken or changed the file meanwhile; it is left as it is.
        OSError
            When there is no room; what was committed before is as it was, and what was not can be
            committed again.
        """
        if not self._is_closed and not self._read_only:
            self._commit()

    @abstractmethod
    def recognise(self, path: Path) -> None:
        """Make sure that a file is a notebook of this kind, ``ForeignNotebook`` otherwise."""

    @abstractmethod
    def read(self, path: Path) -> None:
        """Read the file into this notebook; ``ForeignNotebook`` where it is none."""

    @abstractmethod
    def write(self, path: Path) -> None:
        """Write a new file."""

    def extend(self, path: Path, part: Path) -> bool:  # noqa: ARG002  # some forms cannot
        """Write a copy of the file with what was added since, where nothing else has changed.

        Returns
        -------
        bool
            Whether it could be done: else a new file is to be written.
        """
        return False

    def _open_file(self, create: bool) -> None:
        is_there = self._path.exists()
        if self._read_only and not is_there:
            raise FileNotFoundError(f"there is no notebook {self._name!r} to be read")
        # Somebody may have reserved the name by an empty file.
        is_empty = is_there and self._path.stat().st_size == 0
        if is_there and not (is_empty and create):
            (self.recognise if create else self._read)(self._path)
        if create or not is_there:
            self._seen = _signature(self._path)
            self._store()
            return
        if self.DEFAULT_RESULTSET not in self._sets:
            self._sets = {self.DEFAULT_RESULTSET: self.new_set(), **self._sets}
        if self._current not in self._sets:
            self._current = self.DEFAULT_RESULTSET
        if not self._read_only:
            self._journal.trim()
        self._note_written()

    def _read(self, path: Path) -> None:
        """Read the file and its journal, of one moment."""
        for _ in range(MOST_READS):
            self._sets = {}
            self._seen = _signature(path)
            self.read(path)
            self._in_file = self._rows_of_sets()
            if self._replay_journal() and self._seen == _signature(path):
                return
        raise NotebookInUse(
            f"notebook {self._name!r} is written so often that it cannot be read meanwhile; try "
            "again in a moment"
        )

    def _replay_journal(self) -> bool:
        """Put the journal on top; return whether it may be that of the file."""
        state = self._journal.state()
        if state is None:
            return True
        if state == self.state and state:
            for entry in self._journal.entries():
                self._replay(entry)
            return True
        if self._read_only:
            # Its writer may have replaced the file just now; else it belongs to another file.
            return state == self.previous or self._seen == _signature(self._path)
        if state != self.previous:
            aside = self._journal.set_aside()
            warnings.warn(
                f"The journal beside {self._name!r} belongs to another state of this file, as when "
                f"an older copy was put in its place: it was kept as {str(aside)!r}.",
                stacklevel=5,
            )
        else:
            self._journal.remove()
        return True

    def _commit(self, *, is_last: bool = False) -> None:
        has_journal = self._journal.size > 0
        if not self._is_changed() and not (is_last and has_journal):
            return
        self._require_own()
        # What is pending is written anew with the file.
        waiting = ROW_BYTES * self.numberOfAllPendingResults()
        size = max(waiting, 0 if self._seen is None else int(self._seen[-1]))
        rows = sum(len(each) - each.written_rows for each in self._sets.values())
        grown = self._journal.size + ROW_BYTES * max(rows, 0)
        is_due = self._journal.is_old or grown > max(SMALL_BYTES, JOURNAL_SHARE * size)
        if is_last or is_due or size <= SMALL_BYTES or not self.state:
            self._store()
            return
        self._journal.append(self.state, self._entries())
        self._note_written()

    def _require_own(self) -> None:
        """Make sure that nobody else has changed the file."""
        if self._lock is not None:
            self._lock.require()
        now = _signature(self._path)
        if now is not None and now != self._seen:
            raise NotebookInUse(
                f"the file {str(self._path)!r} was changed by another program since it was opened "
                "here, and is left as it is. What was not committed is still in this notebook: "
                "rename the file, and commit() writes a new one"
            )

    def _store(self) -> None:
        """Bring all to the file, and forget the journal."""
        before = self.state, self.previous
        self.state, self.previous = secrets.token_hex(8), self.state
        try:
            beside = f".{self._path.stem}.new{self._path.suffix}"
            with replacing(self._path, beside) as part:
                if not (self._is_grown() and self.extend(self._path, Path(part))):
                    self.write(Path(part))
        except BaseException:
            self.state, self.previous = before
            raise
        self._seen, self._in_file = _signature(self._path), self._rows_of_sets()
        sync_folder(self._path.parent)
        self._journal.remove()
        self._note_written()

    def _is_grown(self) -> bool:
        """Return whether all result sets of the file are still there, as far as it tells."""
        now = self._rows_of_sets()
        is_there = bool(self.previous) and self._path.exists()
        return is_there and all(now.get(tag) == each for tag, each in self._in_file.items())

    def _rows_of_sets(self) -> dict[str, tuple[ResultSet, int]]:
        """Return what changes when rows are not only added to a result set."""
        return {tag: (each, each.removals) for tag, each in self._sets.items()}

    def _note_written(self) -> None:
        self._about = self._told()
        for each in self._sets.values():
            each.note_written()

    def _told(self) -> Any:
        return [[self._description, self._current, self._is_locked], dict(self._sets)]

    def _is_changed(self) -> bool:
        return self._told() != self._about or any(each.isDirty() for each in self._sets.values())

    def _entries(self) -> Iterator[Any]:
        """Return what has changed since the last commit, as entries of the journal."""
        before = self._about[1]
        gone = [tag for tag, was in before.items() if self._sets.get(tag) is not was]
        if gone:
            yield {"delete": gone}
        for tag, each in self._sets.items():
            is_new = tag in gone or tag not in before
            yield from entries_of(tag, each, 0 if is_new else each.written_rows, is_new=is_new)
        yield {"about": self._told()[0]}

    def _replay(self, entry: Any) -> None:
        if "about" in entry:
            self._description, self._current, self._is_locked = entry["about"]
        elif "delete" in entry:
            for tag in entry["delete"]:
                self._sets.pop(tag, None)
        else:
            if entry["tag"] not in self._sets:
                self._sets[entry["tag"]] = self.new_set()
            replay(self._sets[entry["tag"]], entry)

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


def _free(journal: Journal, lock: NotebookLock) -> None:
    journal.close()
    lock.release()


def _path_of(name: str | os.PathLike[str]) -> Path:
    text = os.fspath(name)
    if not isinstance(text, str) or not text:
        raise SpecError(f"a notebook has the path of a file as its name, not {name!r}")
    if "://" in text:
        raise SpecError(f"{text!r} is an address: download the notebook, and open the file")
    return Path(os.path.realpath(os.path.expanduser(text)))


def _lock(path: Path, name: str) -> NotebookLock:
    # A file that is replaced is not asked whether it may be written.
    if path.is_file() and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK)):
        reason = "the notebook is write-protected; read_only=True reads it, and chmod u+w frees it"
        raise PermissionError(errno.EACCES, reason, name)
    try:
        return NotebookLock(path)
    except OSError as error:
        if not path.parent.is_dir():
            raise FileNotFoundError(
                error.errno, f"there is no folder {str(path.parent)!r} for the notebook", name
            ) from error
        reason = f"{error.strerror}, so that it cannot be written; read_only=True reads it"
        raise OSError(error.errno, reason, name) from error


def _signature(path: Path) -> Any:
    """Return what differs when a file is another one, its size last; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
