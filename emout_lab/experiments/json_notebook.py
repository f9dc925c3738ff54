"""A lab notebook in a JSON file, in epyc's form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.errors import NotebookVersionException
from emout_lab.experiments.foreign_files import foreign
from emout_lab.experiments.result_set import ResultSet
from emout_lab.experiments.stored_notebook import StoredNotebook
from emout_lab.experiments.values import decoded, encoded

#: The version of the form, and versions that can be read.
VERSION: Final = "2"
KNOWN: Final = frozenset({"1", "2"})
#: Keys of a result set; all others are its attributes, or those that are called like one of these.
RESULTS, PENDING, ATTRIBUTES = "results", "pending-results", "emout_lab.attributes"
OWN_KEYS: Final = frozenset({RESULTS, PENDING, ATTRIBUTES, "description", "locked"})
STATE, PREVIOUS = "emout_lab.state", "emout_lab.previous"

_BROKEN: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


class JSONLabNotebook(StoredNotebook):
    """A lab notebook in a JSON file, which people can read; arrays and tuples come back as lists.

    For many results take a `HDF5LabNotebook`, which is smaller and faster. See `StoredNotebook` for
    the parameters and errors.

    Examples
    --------
    >>> import os, tempfile
    >>> name = os.path.join(tempfile.mkdtemp(), "a.json")
    >>> with JSONLabNotebook(name, create=True) as notebook:
    ...     notebook.addResult({"parameters": {"k": 1}, "metadata": {}, "results": {"y": 2}})
    >>> JSONLabNotebook(name, read_only=True).results()[0]["results"]
    {'y': 2}
    """

    VERSION = "version"

    def recognise(self, path: Path) -> None:
        """Make sure that a file is a notebook of this kind, ``ForeignNotebook`` otherwise."""
        _whole(path)

    def read(self, path: Path) -> None:
        """Read the file into this notebook; ``ForeignNotebook`` where it is none."""
        whole = _whole(path)
        try:
            self._description = str(whole.get("description") or "")
            self._is_locked = bool(whole.get("locked", False))
            self._current = str(whole.get("current") or self.DEFAULT_RESULTSET)
            for tag, each in whole["resultsets"].items():
                self._sets[str(tag)] = _fill(self.new_set(), each)
        except _BROKEN as error:
            raise foreign(path, f"it is damaged: {error!r}", error) from error
        self.state, self.previous = str(whole.get(STATE, "")), str(whole.get(PREVIOUS, ""))

    def write(self, path: Path) -> None:
        """Write a new file."""
        head = {
            "creator": self.WRITER,
            "version": VERSION,
            "description": self._description,
            "current": self._current,
            "locked": self._is_locked,
            STATE: self.state,
            PREVIOUS: self.previous,
        }
        with path.open("w", encoding="utf-8") as file:
            file.write("{\n")
            file.writelines(f"{_pair(key, value)},\n" for key, value in head.items())
            file.write('"resultsets": {')
            for number, (tag, each) in enumerate(self._sets.items()):
                file.write("," if number else "")
                file.write(f"\n{json.dumps(tag)}: ")
                file.writelines(_written(each))
            file.write("\n}\n}\n")


def _whole(path: Path) -> dict[str, Any]:
    """Return what is in a file, which is a notebook."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise foreign(path, f"no JSON: {error}", error) from error
    if not isinstance(whole, dict) or not isinstance(whole.get("resultsets"), dict):
        raise foreign(path, "it has no 'resultsets'")
    if (version := str(whole.get("version"))) not in KNOWN:
        raise NotebookVersionException(
            f"the notebook {str(path)!r} is of version {version}, and this reads "
            f"{' and '.join(sorted(KNOWN))}; it was left as it is. Open it with the version of "
            f"{whole.get('creator', 'its program')!s:.80} that wrote it"
        )
    return whole


def _fill(found: ResultSet, whole: dict[str, Any]) -> ResultSet:
    found.addResults(_with_times(decoded(each)) for each in whole.get(RESULTS, []))
    pending = whole.get(PENDING, {})
    found.pending.add([decoded(each) for each in pending.values()], list(pending))
    attributes = {key: each for key, each in whole.items() if key not in OWN_KEYS}
    attributes.update(whole.get(ATTRIBUTES, {}))
    found.restore(
        str(whole.get("description") or ""),
        {key: decoded(each) for key, each in attributes.items()},
        bool(whole.get("locked", False)),
    )
    return found


def _with_times(found: dict[str, Any]) -> dict[str, Any]:
    told = found[names.METADATA]
    for name in names.TIMES:
        value = told.get(name)
        if value == "":
            # What epyc writes where there is none.
            del told[name]
        elif isinstance(value, str):
            told[name] = _time(value)
    return found


def _time(text: str) -> Any:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _written(each: ResultSet) -> Iterator[str]:
    """Return a result set piece by piece, a result on each line."""
    attributes = {name: encoded(each[name], name, exact=False) for name in sorted(each.keys())}
    yield "{\n"
    for name, value in attributes.items():
        if name not in OWN_KEYS:
            yield f"{_pair(name, value)},\n"
    if hidden := {name: value for name, value in attributes.items() if name in OWN_KEYS}:
        yield f"{_pair(ATTRIBUTES, hidden)},\n"
    yield f'"{RESULTS}": ['
    for row in range(len(each)):
        yield f"{',' if row else ''}\n{json.dumps(encoded(each.result(row), exact=False))}"
    yield f'\n],\n"{PENDING}": {{'
    for number, job in enumerate(each.pendingResults()):
        point = encoded(each.pendingResultParameters(job), exact=False)
        yield f"{',' if number else ''}\n{_pair(job, point)}"
    yield f"\n}},\n{_pair('description', each.description())},\n"
    yield f"{_pair('locked', each.isLocked())}\n}}"


def _pair(key: str, value: Any) -> str:
    return f"{json.dumps(key)}: {json.dumps(value)}"
