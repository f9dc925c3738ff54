"""Runs of articles, by their names there or by the directories where they were."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emout_lab.emses.articles import (
    observing,  # noqa: F401  # answers what is read of them
    storage,
)
from emout_lab.emses.articles.recorded_runs import SEPARATOR, RecordedDirectory
from emout_lab.emses.articles.storage import Article
from emout_lab.errors import NotRecorded


def named(path: str) -> RecordedDirectory:
    """Return a run by its article's path and, after ``::``, its name; the only one without.

    Raises
    ------
    BadFile
        When there is no such article.
    NotRecorded
        When it has no such run, or several.
    """
    file, _, label = path.partition(SEPARATOR)
    return run_of(storage.article(os.path.abspath(os.path.expanduser(file))), label)


def run_of(article: Article, label: str = "") -> RecordedDirectory:
    """Return a run of an article by its name; the only one without.

    Raises
    ------
    NotRecorded
        When it has no such run, or several.
    """
    known = article.labels
    if not label and len(known) == 1:
        label = known[0]
    if label not in known:
        what = f"no run {label!r}" if label else f"{len(known)} runs, and which is not said"
        named = ", ".join(f"{article.path}{SEPARATOR}{each}" for each in known) or "none"
        raise NotRecorded(f"The article {article.path} has {what}. Its runs: {named}.")
    return RecordedDirectory.of(article.path, label, article.run(label))


def replayed(
    article: Article,
    directory: Any,
    input_path: Any = None,
    output_directory: Any = None,
    name: str = "",
) -> RecordedDirectory:
    """Return the run that an article has recorded from a directory.

    The whole path counts first; then, for an article that has travelled, the end of it that only
    one of the runs has; its name in the article last. A `name` goes before all that.

    Raises
    ------
    NotRecorded
        When none, or more than one, is meant.
    """
    if name:
        return run_of(article, name)
    output = _output(directory, input_path, output_directory)
    places = {label: Path(article.run(label).output) for label in article.labels}
    found = [label for label, place in places.items() if place == output]
    for length in range(len(output.parts), 0, -1):
        if found:
            break
        end = output.parts[-length:]
        found = [label for label, place in places.items() if place.parts[-length:] == end]
    if not found:
        found = [label for label in places if label == output.name]
    if len(found) != 1:
        there = ", ".join(f"{label} ({place})" for label, place in places.items()) or "no run"
        why = "more than one run of that name" if found else "no run of that name"
        raise NotRecorded(
            f"The article {article.path} has {why}: {output}. It holds: {there}. Name one: "
            f"Emout('{article.path}{SEPARATOR}NAME'), or record the figure again with this run."
        )
    return run_of(article, found[0])


def _output(directory: Any, input_path: Any, output_directory: Any) -> Path:
    given = output_directory
    if isinstance(given, Sequence) and not isinstance(given, str):
        given = given[0] if given else None
    if given is None:
        given = directory
    if given is None:
        given = Path(input_path).parent if input_path is not None else "."
    return Path(os.path.abspath(os.path.expanduser(given)))
