"""What the plain files of a sweep may say; who reads them relies on that, whoever wrote them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

#: A sweep has no more points, and nothing of it is counted further.
MOST: Final = 2**31 - 1
#: Slower is no speed that a sweep can have [1/s].
LEAST_RATE: Final = 1e-12

_Kinds: TypeAlias = dict[str, Callable[[Any], bool]]


def require_info(found: Mapping[str, Any]) -> None:
    """Make sure that values tell what a sweep is.

    Raises
    ------
    ValueError
        When one of them is not what its name says.

    Examples
    --------
    >>> require_info({"name": "a", "total": 3})
    >>> require_info({"total": "3"})
    Traceback (most recent call last):
    ValueError: its total is '3'
    """
    _require(found, _INFO)


def require_progress(found: Mapping[str, Any]) -> None:
    """Make sure that values tell how far a sweep is.

    Raises
    ------
    ValueError
        When one of them is not what its name says.

    Examples
    --------
    >>> require_progress({"done": 3, "rate": 0.5})
    >>> require_progress({"rate": float("inf")})
    Traceback (most recent call last):
    ValueError: its rate is inf
    """
    _require(found, _PROGRESS)


def _require(found: Mapping[str, Any], kinds: _Kinds) -> None:
    for name, is_right in kinds.items():
        if name in found and not is_right(found[name]):
            raise ValueError(f"its {name} is {found[name]!r:.80}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_time(value: Any) -> bool:
    return value is None or _is_number(value)


def _is_rate(value: Any) -> bool:
    return _is_number(value) and (value == 0 or value > LEAST_RATE)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_TEXTS: Final = ("name", "notebook", "tag", "session", "address", "directory", "session_started")
_INFO: Final[_Kinds] = {
    **dict.fromkeys(_TEXTS, _is_text),
    "total": _is_count,
    "retries": _is_count,
    "created": _is_number,
    "parameters": _are_names,
}
_PROGRESS: Final[_Kinds] = {
    **dict.fromkeys(("done", "failed", "running", "cancelled"), _is_count),
    **dict.fromkeys(("started", "ended"), _is_time),
    "rate": _is_rate,
    "first_error": _is_text,
}
