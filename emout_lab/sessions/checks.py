"""Checks of what a state file holds, before anything is believed of it."""

from __future__ import annotations

import math
import re
from typing import Any, Final

#: A job's id becomes an argument of scancel: it must not look like an option, nor like a pattern.
_JOB_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@\[\]-]{0,127}")
_MOST_SHOWN: Final = 60
_LARGEST: Final = 2**53


class Keys:
    """The keys of a JSON object, each of the kind that is asked for.

    Parameters
    ----------
    data : dict
        The object.

    Examples
    --------
    >>> Keys({"pid": 7}).count("pid")
    7
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def text(self, key: str) -> str:
        """Return a text; ValueError where it is none."""
        value = self._data.get(key)
        if isinstance(value, str):
            return value
        raise self._refusal(key, "a text")

    def optional_text(self, key: str) -> str | None:
        """Return a text or None; ValueError where it is something else."""
        return None if self._data.get(key) is None else self.text(key)

    def count(self, key: str) -> int:
        """Return a whole number that is not negative."""
        value = self._data.get(key)
        # True is an int in Python.
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
            return value
        raise self._refusal(key, "a whole number")

    def number(self, key: str) -> float:
        """Return a finite number."""
        value = self._data.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if math.isfinite(value) and abs(value) <= _LARGEST:
                return float(value)
        raise self._refusal(key, "a number")

    def table(self, key: str) -> dict[str, Any]:
        """Return a JSON object."""
        value = self._data.get(key)
        if isinstance(value, dict):
            return value
        raise self._refusal(key, "an object")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty where the key is missing."""
        value = self._data.get(key, [])
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return tuple(value)
        raise self._refusal(key, "a list of texts")

    def optional_job_id(self, key: str) -> str | None:
        """Return a job's id or None."""
        value = self.optional_text(key)
        if value is None or _JOB_ID.fullmatch(value):
            return value
        raise self._refusal(key, "a job's id")

    def job_ids(self, key: str) -> tuple[str, ...]:
        """Return ids of jobs."""
        value = self._data.get(key)
        if isinstance(value, list) and all(
            isinstance(job, str) and _JOB_ID.fullmatch(job) for job in value
        ):
            return tuple(value)
        raise self._refusal(key, "a list of jobs' ids")

    def _refusal(self, key: str, wanted: str) -> ValueError:
        if key not in self._data:
            return ValueError(f"key {key!r} is missing")
        return ValueError(f"{key!r} is {repr(self._data[key])[:_MOST_SHOWN]}, not {wanted}")
