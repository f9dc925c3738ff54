"""Articles as upstream emout has them: a mode of the process, by environment or by keyword.

``EMOUT_ARTICLE_MODE=record python figure.py`` records what the script reads of the runs that it
opens, ``replay`` draws from that. The file is ``<records path>/<article name>.h5``.
"""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emout_lab.emses import execution
from emout_lab.emses.articles import runs, storage
from emout_lab.emses.articles.recorded_runs import RecordedDirectory
from emout_lab.emses.articles.recording import PathLike, Recording
from emout_lab.emses.articles.variables import article_variables
from emout_lab.emses.run_directory import RunDirectory
from emout_lab.errors import EmoutLabError, SpecError

NORMAL, RECORD, REPLAY = "normal", "record", "replay"
DEFAULT_NAME = "default"
#: What an article of a whole script may hold.
LIMIT = "1GB"


@dataclass(frozen=True)
class ArticleMode:
    """What becomes of the runs that are opened.

    Parameters
    ----------
    is_replay : bool
        Whether the article answers for them; else it records them.
    file : Path
        The article.
    source_name : str
        Name of the run in it; empty for that of its directory.
    """

    is_replay: bool
    file: Path
    source_name: str = ""

    def replayed(self, directory: Any, input_path: Any, output_directory: Any) -> RecordedDirectory:
        """Return the recorded run of a directory."""
        article = storage.article(os.path.abspath(self.file))
        return runs.replayed(article, directory, input_path, output_directory, self.source_name)

    def begin(self, files: RunDirectory) -> None:
        """Record what is read of a run until the process ends."""
        if not execution.current().is_on_worker:  # who asks the engine records what it reads
            _OF_PROCESS.begin(self, files)


def resolve(
    *,
    article_mode: str | None = None,
    article_records_path: PathLike | None = None,
    records_path: PathLike | None = None,
    article_name: str | None = None,
    article_source_name: str | None = None,
    article_archive: object = None,  # noqa: ARG001 - upstream's: an article is one file anyway
) -> ArticleMode | None:
    """Return the mode by arguments and, for what is not given, upstream's variables.

    Parameters
    ----------
    article_mode : {"normal", "record", "replay"}, optional
        ``EMOUT_ARTICLE_MODE``.
    article_records_path, records_path : path, optional
        Folder of the articles: ``EMOUT_ARTICLE_RECORDS_PATH``.
    article_name : str, optional
        Name of the file without ``.h5``, "default" by default: ``EMOUT_ARTICLE_NAME``.
    article_source_name : str, optional
        Name of the run in it: ``EMOUT_ARTICLE_SOURCE_NAME``.
    article_archive : object, optional
        Has no effect.

    Raises
    ------
    SpecError
        When there is no such mode, no folder is said, or the name is none of a file.

    Examples
    --------
    >>> resolve(article_mode="record", records_path="records", article_name="fig1").file.as_posix()
    'records/fig1.h5'
    """
    variables = article_variables()
    mode = (article_mode or variables[0] or NORMAL).lower()
    if mode not in (NORMAL, RECORD, REPLAY):
        raise SpecError(
            f"article_mode (EMOUT_ARTICLE_MODE) {mode!r} is none of normal, record, replay."
        )
    if mode == NORMAL:
        return None
    folder = article_records_path or records_path or variables[1]
    if not folder:
        raise SpecError(
            f"article_mode={mode!r} needs the folder of the articles: article_records_path=, or "
            "EMOUT_ARTICLE_RECORDS_PATH in the environment."
        )
    name = article_name or variables[2] or DEFAULT_NAME
    if os.path.basename(name) != name or "\0" in name or name.startswith("."):
        raise SpecError(f"article_name {name!r} is no name of a file.")
    file = Path(folder).expanduser() / f"{name}.h5"
    return ArticleMode(mode == REPLAY, file, article_source_name or variables[3])


class _OfProcess:
    """The recordings that go on until the process ends; written after each cell as well."""

    def __init__(self) -> None:
        self._recordings: dict[str, Recording] = {}

    def begin(self, mode: ArticleMode, files: RunDirectory) -> None:
        """Record a run."""
        path = os.path.abspath(mode.file)
        if path not in self._recordings:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            recording = Recording(path, "a", LIMIT).open(is_of_process=True)
            recording.recorder.only = {}
            if not self._recordings:
                atexit.register(self.close)
                execution.current().after_each_cell(self.save)
            self._recordings[path] = recording
        key = str(files.output), str(files.input_path)
        recorder = self._recordings[path].recorder
        if recorder.only is not None:
            recorder.only[key] = mode.source_name
        recorder.note_run(files)

    def save(self) -> None:
        """Write what was recorded so far."""
        for recording in self._recordings.values():
            recording.save()

    def close(self) -> None:
        """Write all of it; at the end of the process, where nobody takes an error."""
        while self._recordings:
            path, recording = self._recordings.popitem()
            try:
                recording.close()
            except (EmoutLabError, OSError) as error:
                sys.stderr.write(f"The article {path} was not written: {error}\n")


_OF_PROCESS = _OfProcess()
