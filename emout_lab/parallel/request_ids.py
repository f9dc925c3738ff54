"""Ids of requests: unique, and they tell which engine has the reply."""

from __future__ import annotations


def engine_number(id: str) -> int | None:
    """Return the number of the engine that a request's id names.

    Examples
    --------
    >>> engine_number("1f0c-12"), engine_number("of-somebody")
    (12, None)
    """
    number = id.rpartition("-")[2]
    return int(number) if number.isdecimal() else None


def request_id(unique: str, engine: int) -> str:
    """Return the id of a request to an engine."""
    return f"{unique}-{engine}"
