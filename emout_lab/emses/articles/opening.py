"""Which run a directory means: its files, or what an article holds of it.

Nothing is loaded here before an article is named.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from emout_lab.emses.articles.variables import article_variables
from emout_lab.emses.run_directory import RunDirectory, find_run

PathLike = str | os.PathLike[str]

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SEPARATOR = "::"


class _Replays:
    """The articles that answer for runs just now, the innermost last."""

    def __init__(self) -> None:
        self.open: list[Any] = []


REPLAYS = _Replays()


def is_article(directory: Any) -> bool:
    """Say whether a path is that of an article's file, with or without the name of a run.

    Examples
    --------
    >>> is_article("fig1.h5::run1"), is_article(".")
    (True, False)
    """
    path = os.fspath(directory)
    if _SEPARATOR in path and not os.path.isdir(path):
        return True
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(len(_SIGNATURE)) == _SIGNATURE


def files_of(
    directory: PathLike | None = None,
    input_path: PathLike | None = None,
    output_directory: PathLike | Sequence[PathLike] | None = None,
    append_directories: str | Sequence[PathLike] | None = None,
    article: Mapping[str, Any] | None = None,
) -> RunDirectory:
    """Find a run by parameters as for `emout_lab.emses.run_directory.find_run`.

    Parameters
    ----------
    article : mapping, optional
        Parameters of `emout_lab.emses.articles.modes.resolve`.

    Raises
    ------
    NotAnEmsesDirectory
        When there is none.
    NotRecorded
        When an article answers for runs, and has not this one.
    """
    if directory is not None and is_article(directory):
        from emout_lab.emses.articles import runs  # noqa: PLC0415 - loads h5py

        return runs.named(os.fspath(directory))
    if REPLAYS.open:
        from emout_lab.emses.articles import runs  # noqa: PLC0415 - loads h5py

        return runs.replayed(REPLAYS.open[-1], directory, input_path, output_directory)
    if article or any(article_variables()):
        from emout_lab.emses.articles import modes  # noqa: PLC0415 - loads h5py

        mode = modes.resolve(**(article or {}))
        if mode is not None and mode.is_replay:
            return mode.replayed(directory, input_path, output_directory)
        files = find_run(directory, input_path, output_directory, append_directories)
        if mode is not None:
            mode.begin(files)
        return files
    return find_run(directory, input_path, output_directory, append_directories)
