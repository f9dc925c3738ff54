"""`Recording`: one article from its beginning until it is written."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

from emout_lab.emses import execution, observation
from emout_lab.emses.articles import storage, writing
from emout_lab.emses.articles.observing import RECORDERS
from emout_lab.emses.articles.recorder import Recorder
from emout_lab.errors import BadFile, SpecError, StateError
from emout_lab.quantities import parse_bytes

PathLike = str | os.PathLike[str]

MODES = ("w", "a", "x")


class Recording:
    """Keeps what is read while it is open, and writes it when its block has ended.

    `emout_lab.article.record` makes it. What a thread reads goes to the recordings that it has
    opened, to an outer and an inner one; what threads without a recording read goes to all that are
    open.

    Attributes
    ----------
    path : str
        The file.
    """

    def __init__(self, path: PathLike, mode: str = "w", limit: Any = "256MB") -> None:
        if mode not in MODES:
            raise SpecError(f"mode {mode!r} is none of 'w' (new), 'a' (add), 'x' (not twice).")
        self.path = os.path.abspath(os.path.expanduser(os.fspath(path)))
        self._mode = mode
        self._limit = parse_bytes(limit)
        self._recorder: Recorder | None = None
        self._stack: list[Recorder] = []
        self._watch: observation.Watch | None = None

    @property
    def recorder(self) -> Recorder:
        """What takes down what is read.

        Raises
        ------
        StateError
            When it is not open.
        """
        if self._recorder is None:
            raise StateError(f"The recording to {self.path} is not open.")
        return self._recorder

    @property
    def is_open(self) -> bool:
        """Whether it records."""
        return self._recorder is not None

    @property
    def parts(self) -> list[str]:
        """What it has recorded so far in this process, such as ``phisp[3, 0:17, 8, 0:17]``."""
        return [] if self._recorder is None else list(map(str, self._recorder.content.parts))

    def open(self, *, is_of_process: bool = False) -> Recording:
        """Record from now on what this thread reads, across cells, until :meth:`close`.

        Parameters
        ----------
        is_of_process : bool
            Whether it records what all threads read.

        Raises
        ------
        StateError
            When a recording to this file is open.
        BadFile
            When the file is there and is no article.
        FileExistsError
            When the file is there and the mode is ``"x"``.
        OSError
            When there is no such folder.
        """
        _check_target(self.path, self._mode)
        _OPEN.add(self.path)
        try:
            self._recorder = recorder = Recorder(self._limit)
            if self._mode == "a" and os.path.exists(self.path):
                recorder.merge(storage.article(self.path).content())
            self._watch = execution.current().watch(self._limit)
        except BaseException:
            self.discard()
            raise
        self._stack = RECORDERS.begin(recorder, is_of_process=is_of_process)
        return self

    def save(self) -> None:
        """Write what is recorded so far, and go on.

        Raises
        ------
        StateError
            When it is not open.
        ArticleTooLarge, EngineError, OSError
            As for :meth:`close`.
        """
        recorder = self.recorder
        for content in [] if self._watch is None else self._watch.collect():
            recorder.merge(content)
        writing.write(recorder.content, self.path)

    def close(self) -> None:
        """Write the article; closing twice does nothing.

        Raises
        ------
        ArticleTooLarge
            When this process and the engines have read more than the limit together.
        EngineError
            When an engine was lost, and with it what it had read.
        OSError
            When the file cannot be written. What was there before is as it was.
        """
        recorder = self._recorder
        if recorder is None:
            return
        try:
            for content in [] if self._watch is None else self._watch.take():
                recorder.merge(content)
            writing.write(recorder.content, self.path)
        finally:
            self.discard()

    def discard(self) -> None:
        """Record nothing more and write nothing."""
        recorder, self._recorder = self._recorder, None
        watch, self._watch = self._watch, None
        if recorder is not None:
            _OPEN.discard(self.path)
            if recorder in self._stack:
                RECORDERS.end(recorder, self._stack)
        if watch is not None:
            watch.close()

    def __enter__(self) -> Recording:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    def __repr__(self) -> str:
        state = f"open, {len(self.parts)} parts" if self.is_open else "closed"
        return f"<Recording {self.path}: {state}>"


#: Files to which recordings are open.
_OPEN: set[str] = set()


def _check_target(path: str, mode: str) -> None:
    if path in _OPEN:
        raise StateError(
            f"A recording to {path} is open already. Close it, or give this one another file."
        )
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"No folder {folder} for the article {path}. Make it first.")
    if not os.path.exists(path):
        return
    if mode == "x":
        raise FileExistsError(f"{path} is there already; mode='w' replaces it, 'a' adds to it.")
    try:
        storage.article(path)
    except BadFile as error:
        raise BadFile(f"{path} is not written over, for it is something else: {error}") from error
