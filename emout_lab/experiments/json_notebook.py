"""A lab notebook in a JSON file, in epyc's form."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.result_set import ResultSet
from emout_lab.experiments.stored_notebook import StoredNotebook, foreign
from emout_lab.experiments.values import decoded, encoded

#: The version of the form, and who has written it.
VERSION: Final = "2"
CREATOR: Final = "emout_lab"
#: Versions that can be read.
KNOWN: Final = frozenset({"1", "2"})
#: Keys of a result set; all others are its attributes.
RESULTS, PENDING = "results", "pending-results"
OWN_KEYS: Final = frozenset({RESULTS, PENDING, "description", "locked"})


class JSONLabNotebook(StoredNotebook):
    """A lab notebook in a JSON file, which people can read; arrays come back as lists.

    See `StoredNotebook` for the parameters and errors.

    Examples
    --------
    >>> import os, tempfile
    >>> name = os.path.join(tempfile.mkdtemp(), "a.json")
    >>> with JSONLabNotebook(name, create=True) as notebook:
    ...     notebook.addResult({"parameters": {"k": 1}, "metadata": {}, "results": {"y": 2}})
    >>> JSONLabNotebook(name).results()[0]["results"]
    {'y': 2}
    """

    def read(self, path: Path) -> str:
        """Read the file into this notebook; return the name of its state."""
        try:
            whole = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, UnicodeDecodeError) as error:
            raise foreign(path, f"no JSON: {error}", error) from error
        if not isinstance(whole, dict) or not isinstance(whole.get("resultsets"), dict):
            raise foreign(path, "it has no 'resultsets'")
        if (version := str(whole.get("version"))) not in KNOWN:
            raise foreign(
                path, f"its version is {version}, and this reads {', '.join(sorted(KNOWN))}"
            )
        try:
            self._take(whole)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise foreign(path, f"it is damaged: {error}", error) from error
        return str(whole.get("emout_lab.state", ""))

    def _take(self, whole: dict[str, Any]) -> None:
        self._description = str(whole.get("description") or "")
        self._is_locked = bool(whole.get("locked", False))
        self._current = str(whole.get("current") or self.DEFAULT_RESULTSET)
        self._sets = {str(tag): _result_set(each) for tag, each in whole["resultsets"].items()}

    def write(self, path: Path, state: str) -> None:
        """Write a new file."""
        whole = {
            "creator": CREATOR,
            "version": VERSION,
            "description": self._description,
            "current": self._current,
            "locked": self._is_locked,
            "emout_lab.state": state,
            "resultsets": {tag: _written(each) for tag, each in self._sets.items()},
        }
        with path.open("w", encoding="utf-8") as file:
            json.dump(whole, file, indent=2)


def _result_set(whole: dict[str, Any]) -> ResultSet:
    found = ResultSet()
    found.addResults(_with_times(decoded(each)) for each in whole.get(RESULTS, []))
    pending = whole.get(PENDING, {})
    found.addPendingResults([decoded(each) for each in pending.values()], list(pending))
    attributes = {key: decoded(each) for key, each in whole.items() if key not in OWN_KEYS}
    found.restore(str(whole.get("description") or ""), attributes, bool(whole.get("locked", False)))
    return found


def _with_times(found: dict[str, Any]) -> dict[str, Any]:
    told = found[names.METADATA]
    for name in names.TIMES:
        if isinstance(told.get(name), str):
            told[name] = datetime.fromisoformat(told[name])
    return found


def _written(each: ResultSet) -> dict[str, Any]:
    return {
        **{name: encoded(each[name], name, exact=False) for name in sorted(each.keys())},
        RESULTS: [encoded(found, exact=False) for found in each.results()],
        PENDING: {
            job: encoded(each.pendingResultParameters(job), exact=False)
            for job in each.pendingResults()
        },
        "description": each.description(),
        "locked": each.isLocked(),
    }
