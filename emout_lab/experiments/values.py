"""Values of results in JSON: what it has no form for is told by a key of our own."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import numpy as np

from emout_lab.experiments.errors import NotStorable
from emout_lab.experiments.masked_values import unmasked

TIME, BYTES, COMPLEX, ARRAY = "__time__", "__bytes__", "__complex__", "__array__"
#: A dictionary that looks like one of these is told as what it is.
DICT = "__dict__"
#: Arrays that say no more than their values do.
ARRAYS = (np.ndarray, np.memmap, np.matrix, np.recarray)
MARKS = frozenset({TIME, BYTES, COMPLEX, ARRAY, DICT})
#: Whole numbers with more bits are not read from texts, which Python refuses.
MOST_BITS: Final = 14_000
#: Classes whose values every file can hold.
PLAIN = frozenset({bool, int, float, str, type(None)})


def encoded(value: Any, name: str = "", *, exact: bool = True) -> Any:
    """Return what JSON holds of a value.

    Parameters
    ----------
    name : str
        Whose value it is, for errors.
    exact : bool
        Keep arrays as arrays, and times as times; else they become lists and texts, as epyc
        writes them.

    Raises
    ------
    NotStorable
        When there is no form for it.

    Examples
    --------
    >>> encoded(np.float64(2.5)), encoded([np.int64(1), "a"]), encoded(np.arange(2), exact=False)
    (2.5, [1, 'a'], [0, 1])
    >>> decoded(encoded(np.arange(2.0)))
    array([0., 1.])
    """
    if value is None or isinstance(value, bool | int | float | str):
        return _plain(value, name)
    if isinstance(value, list | tuple):
        return [encoded(each, name, exact=exact) for each in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        whole = {key: encoded(each, name, exact=exact) for key, each in value.items()}
        return {DICT: whole} if len(whole) == 1 and not MARKS.isdisjoint(whole) else whole
    return _one(value, name, exact)


def _one(value: Any, name: str, exact: bool) -> Any:
    """Return what JSON holds of a value that it has no form for."""
    if isinstance(value, np.ma.MaskedArray):
        return encoded(unmasked(value), name, exact=exact)
    if isinstance(value, np.ndarray):
        return _array(value, name, exact)
    if isinstance(value, np.generic) and value.dtype.kind in "biufSUMm":
        return _scalar(value, name, exact)
    if isinstance(value, datetime):
        if getattr(value, "nanosecond", 0) and hasattr(value, "to_datetime64"):
            return _scalar(value.to_datetime64(), name, exact)
        return {TIME: value.isoformat()} if exact else value.isoformat()
    if isinstance(value, bytes | bytearray):
        return {BYTES: base64.b64encode(value).decode()}
    if isinstance(value, complex | np.complexfloating):
        return {COMPLEX: [float(value.real), float(value.imag)]}
    if isinstance(value, BaseException):
        return f"{value}" or type(value).__name__
    raise NotStorable(
        f"{name or 'a value'} is a {type(value).__name__}, which a notebook on disk cannot hold: "
        "give numbers, texts, bytes, arrays, or lists and dictionaries of them"
    )


def decoded(value: Any) -> Any:
    """Return the value that `encoded` was given."""
    if isinstance(value, list):
        return [decoded(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        if TIME in value:
            return datetime.fromisoformat(value[TIME])
        if BYTES in value:
            return base64.b64decode(value[BYTES])
        if COMPLEX in value:
            return complex(*value[COMPLEX])
        if DICT in value:
            return {key: decoded(each) for key, each in value[DICT].items()}
        if ARRAY in value:
            kind, shape, data = value[ARRAY]
            whole = np.frombuffer(base64.b64decode(data), np.dtype(kind)).reshape(shape)
            return whole.copy() if shape else whole[()]
    return {key: decoded(each) for key, each in value.items()}


def require_storable(name: str, values: Iterable[Any]) -> None:
    """Make sure that a file can hold values.

    Raises
    ------
    NotStorable
        When there is no form for one of them.
    """
    listed = list(values)
    found = set(map(type, listed))
    kinds = found - PLAIN
    is_exact = int not in found or _are_short(listed)
    for each in listed if kinds or not is_exact else ():
        is_plain = type(each) is np.ndarray and each.dtype.kind in "biufcSU"
        if (type(each) in kinds and not is_plain) or (type(each) is int and not is_exact):
            try:
                encoded(each, name)
            except RecursionError:
                raise NotStorable(f"{name} holds itself, or too much inside each other") from None


def _are_short(values: list[Any]) -> bool:
    """Tell whether whole numbers among values are surely not too long for a file."""
    return all(-(2**63) <= each < 2**63 for each in values if type(each) is int)


def _plain(value: Any, name: str) -> Any:
    """Return a value of Python's own class: subclasses may say anything."""
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise NotStorable(
            f"{name or 'a value'} is a whole number of {value.bit_length()} bits, which a notebook "
            f"on disk cannot hold (at most {MOST_BITS}): give a float, or a text"
        )
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _scalar(value: Any, name: str, exact: bool) -> Any:
    """Return a scalar of numpy as Python's, or as an array where that has no such number."""
    if value.dtype.kind in "Mm":
        return _array(np.asarray(value), name, True) if exact else str(value)
    if value.dtype.kind == "f" and value.dtype.itemsize > 8:
        return _array(np.asarray(value), name, True) if exact else float(value)
    return encoded(value.item(), name, exact=exact)


def _array(value: Any, name: str, exact: bool) -> Any:
    if type(value) not in ARRAYS:
        raise NotStorable(
            f"{name or 'a value'} is a {type(value).__name__}, of which a notebook on disk would "
            "keep the numbers alone: give numpy.asarray(...) of it, and what else it says, "
            "as a unit, by another name"
        )
    if value.dtype.names:
        return encoded({each: value[each] for each in value.dtype.names}, name, exact=exact)
    if value.dtype.kind not in "biufcSUMm" or not exact:
        return encoded(value.tolist(), name, exact=exact)
    data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
    return {ARRAY: [value.dtype.str, list(value.shape), data]}
