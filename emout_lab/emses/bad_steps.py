"""Output steps that cannot be read: an error, or not-a-number with a warning."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from emout_lab.errors import BadFile
from emout_lab.policies import SKIP


class StepError(Exception):
    """What is wrong with a step, as the end of a sentence that begins with its name."""


#: Name of a field, and of each of its files the steps that were left out with what is wrong.
Found: TypeAlias = "tuple[str, dict[str, dict[str, str]]]"
#: A warning names this many steps of a file, and counts the others.
MAX_NAMED = 20


class BadSteps:
    """The steps that one read could not have: each is an error, or is left out and told at the end.

    Parameters
    ----------
    name : str
        Name of the field.
    choice : {"raise", "skip"}
        What the user wants.
    dtype : numpy.dtype
        Type of the values: integers cannot be NaN.

    Examples
    --------
    >>> bad = BadSteps("phisp", "raise", np.dtype("f4"))
    >>> bad.add("phisp00_0000.h5", "0003", EOFError("the file was cut off"))
    Traceback (most recent call last):
        ...
    emout_lab.errors.BadFile: Output step 0003 of phisp00_0000.h5 cannot be read: the file was \
cut off. Leave it out by a slice of t, or read it as NaN: Emout(..., bad_steps="skip").
    """

    def __init__(self, name: str, choice: str, dtype: np.dtype[Any]) -> None:
        self._name = name
        self._choice = choice
        self._can_be_nan = dtype.kind in "fc"
        self._found: dict[str, dict[str, str]] = {}

    def add(self, path: str, step: str, error: Exception) -> None:
        """Note a step, or raise where the user wants an error.

        Parameters
        ----------
        path, step : str
            File, and name of the dataset.
        error : Exception
            What is wrong.

        Raises
        ------
        BadFile
            Under ``"raise"``, and where the values are integers.
        """
        reason = _reason(error)
        if self._choice == SKIP and self._can_be_nan:
            self._found.setdefault(path, {})[step] = reason
            return
        advice = "Leave it out by a slice of t"
        if self._choice == SKIP:
            advice += (
                f": the values of {self._name} are integers, which cannot be NaN as "
                "bad_steps='skip' would have it."
            )
        else:
            advice += ', or read it as NaN: Emout(..., bad_steps="skip").'
        raise BadFile(f"Output step {step} of {path} {reason} {advice}") from error

    def warn(self) -> None:
        """Warn of the steps that were left out, once for all of them."""
        if not self._found:
            return
        if _THREAD.found is not None:
            _THREAD.found.append((self._name, self._found))
        else:
            warn_of([(self._name, self._found)])


class _Thread(threading.local):
    """What a thread collects, where it does."""

    found: list[Found] | None = None


_THREAD = _Thread()


@contextmanager
def collected() -> Iterator[list[Found]]:
    """Collect what reads of this thread would warn of, for who asked for many of them."""
    before, _THREAD.found = _THREAD.found, []
    try:
        yield _THREAD.found
    finally:
        _THREAD.found = before


def warn_of(found: Iterable[Found]) -> None:
    """Warn once for each field of the steps that were left out."""
    fields: dict[str, dict[str, dict[str, str]]] = {}
    for name, steps_of in found:
        for path, steps in steps_of.items():
            fields.setdefault(name, {}).setdefault(path, {}).update(steps)
    for name, steps_of in fields.items():
        files = " ".join(
            f"Output step {_listed(sorted(steps))} of {path} {next(iter(steps.values()))}"
            for path, steps in steps_of.items()
        )
        message = f"Steps of {name} are NaN, as bad_steps='skip' wants it: {files}"
        # Each read tells it anew: what a result lacks is said of that result.
        warnings.warn_explicit(message, UserWarning, __file__, 1, __name__, registry={})


def _listed(steps: list[str]) -> str:
    more = f" and {len(steps) - MAX_NAMED} more" if len(steps) > MAX_NAMED else ""
    return ", ".join(steps[:MAX_NAMED]) + more


def _reason(error: Exception) -> str:
    """Return the end of a sentence that begins with the step."""
    text = str(error.args[0] if error.args else error).strip() or type(error).__name__
    text = text if text.endswith(".") else f"{text}."
    return text if isinstance(error, StepError) else f"cannot be read: {text}"
