"""Ids of requests: unique, and they tell which engine has the reply."""

from __future__ import annotations


def engine_number(id: str) -> int | None:
    """Return the number of the engine that a request's id names.

    Examples
    --------
    >>> engine_number("1f0c-apply-12"), engine_number("of-somebody")
    (12, None)
    """
    number = id.rpartition("-")[2]
    return int(number) if number.isdecimal() else None


def method_of(id: str) -> str:
    """Return what kind of request an id is of: ``"apply"`` or ``"execute"``.

    Examples
    --------
    >>> method_of("1f0c-execute-12")
    'execute'
    """
    parts = id.split("-")
    return parts[1] if len(parts) == 3 else "apply"


def request_id(unique: str, engine: int, method: str) -> str:
    """Return the id of a request to an engine.

    Examples
    --------
    >>> request_id("1f0c", 12, "apply")
    '1f0c-apply-12'
    """
    return f"{unique}-{method}-{engine}"
