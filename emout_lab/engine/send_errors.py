"""Errors for values that cannot be pickled: which one it is, and what helps."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emout_lab.engine.serialization import Packed, UserPacker, pack
from emout_lab.errors import EmoutLabError, NotSendable
from emout_lab.format import shorten

#: How pickle, cloudpickle and classes say that something cannot be pickled.
REFUSALS = (TypeError, AttributeError, ValueError, NotImplementedError, pickle.PickleError)
#: Packages whose objects are open files, and what opens one on an engine.
OPENERS = {
    "h5py": "h5py.File",
    "netCDF4": '"netCDF4:Dataset"',
    "_io": "open",
    "gzip": '"gzip:open"',
}
SAID_CHARACTERS = 200


def packed_call(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    on_reference: Callable[[Any], str],
    packer: type[UserPacker] = UserPacker,
    *,
    is_copied: bool = True,
) -> bytes | Packed:
    """Pack what a call is made of.

    Large arrays are copied unless ``is_copied`` is false: a call that is queued, or may run again,
    has the values that they had when it was written, see `emout_lab.engine.serialization.pack`.

    Raises
    ------
    NotSendable
        When an argument cannot be pickled, with the argument and the way out.
    """
    refused: list[BaseException] = []

    def named(reference: Any) -> str:
        try:
            return on_reference(reference)
        except BaseException as error:
            refused.append(error)
            raise

    try:
        return pack((function, args, dict(kwargs)), named, packer, is_copied=is_copied)
    except REFUSALS as error:
        if error in refused or isinstance(error, EmoutLabError):
            raise
        raise not_sendable(error, function, args, kwargs) from error


def not_sendable(
    error: BaseException,
    function: Callable[..., Any],
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> NotSendable:
    """Return the error for a call that cannot be pickled, with the argument and the way out."""
    items = [(f"argument {number}", each) for number, each in enumerate(args, start=1)]
    items += [(f"argument {name!r}", each) for name, each in (kwargs or {}).items()]
    name, culprit = _culprit(items) or ("the function", function)
    return NotSendable(
        f"{name} cannot be sent to an engine: {_described(culprit)} cannot be pickled "
        f"({_said(error)}). {_way_there(culprit)}"
    )


def packed_value(value: Any) -> bytes | Packed:
    """Pack a value that a notebook asks for, as it is now: the next program may change it.

    Raises
    ------
    NotSendable
        When it cannot be pickled, with the way out.
    """
    try:
        return pack(value, is_copied=True)
    except REFUSALS as error:
        _, culprit = _culprit([("", value)]) or ("", value)
        raise NotSendable(
            f"the value cannot be sent to the notebook: {_described(culprit)} cannot be pickled "
            f"({_said(error)}). It stays on the engine: use the ref, or fetch a plain part of it, "
            'such as file["name"][...].'
        ) from error


def _culprit(items: Iterable[tuple[str, Any]]) -> tuple[str, Any] | None:
    """Return the first item that cannot be packed; of a container, the one in it."""
    for name, value in items:
        try:
            pack(value, str)
        except REFUSALS:
            inner: Iterable[Any] = ()
            if isinstance(value, (list, tuple, set)):
                inner = value
            elif isinstance(value, dict):
                inner = value.values()
            found = _culprit((name, each) for each in inner)
            return found or (name, value)
    return None


def _described(value: Any) -> str:
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__} {shorten(_text(value), 80)}"


def _text(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # the object's own code
        return "(without a text)"


def _way_there(value: Any) -> str:
    package = type(value).__module__.partition(".")[0]
    opener = OPENERS.get(package)
    if opener is None:
        return (
            "What holds a file, a connection or a lock stays in its process: make it on the engine "
            "(session.open(callable, ...), a %%remote cell), or give plain values."
        )
    path, inner = _place(value)
    there = f"session.open({opener}, {path!r})" + (f"[{inner!r}]" if inner else "")
    values = "dataset[...]" if inner else "what you need of it"
    return (
        f"Open it on the engine, where it stays: {there}, with session = emout_lab.connect(). Or "
        f"give its values: {values}."
    )


def _place(value: Any) -> tuple[str, str]:
    """Return path and name inside the file of an open file, or of something in it."""
    try:
        file: Any = getattr(value, "file", None)
        if isinstance(getattr(file, "filename", None), str):
            name = str(value.name or "/")
            return file.filename, "" if name == "/" else name
        path = value.filepath() if hasattr(value, "filepath") else getattr(value, "name", None)
    except Exception:  # noqa: BLE001  # a file that is closed
        path = None
    return (path if isinstance(path, str) else "path"), ""


def _said(error: BaseException) -> str:
    return shorten(f"{type(error).__name__}: {error}", SAID_CHARACTERS)
