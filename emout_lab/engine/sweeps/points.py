"""The points of a sweep on disk: plain columns that anybody can read, and the rest as pickles."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from emout_lab.engine import user_objects
from emout_lab.engine.serialization import pack, unpack
from emout_lab.errors import NotSendable

COLUMNS: Final = "points.npz"
REST: Final = "points.pkl"
#: Longer texts would make an array of texts wide.
TEXT_CHARACTERS: Final = 64
_PLAIN: Final = (bool, int, float, str)


#: What the values of a column are.
PYTHON, NUMPY, OTHER = "python", "numpy", "other"


class Points:
    """The points of a sweep, by number.

    Parameters
    ----------
    folder : Path
        Of the sweep.
    is_plain : bool
        Leave out what is pickled: code of the user's would run for that.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, data in packed_points([{"k": 1, "f": abs}, {"k": 2, "f": len}]).items():
    ...     _ = (folder / name).write_bytes(data)
    >>> Points(folder)[1], Points(folder, is_plain=True)[1]
    ({'k': 2, 'f': <built-in function len>}, {'k': 2})
    """

    def __init__(self, folder: Path, *, is_plain: bool = False) -> None:
        with np.load(folder / COLUMNS, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            found = {name: arrays[name] for name in arrays.files}
        rest = [] if is_plain else unpack(pickle.loads((folder / REST).read_bytes()))
        self._total: int = about["total"]
        self._rows = rest if about["names"] is None else None
        self._columns: list[tuple[str, Any, bool]] = []
        for number, (name, kind) in enumerate(
            zip(about["names"] or (), about["kinds"], strict=True)
        ):
            if kind != OTHER:
                is_python = kind == PYTHON
                self._columns.append((name, found[f"c{number}"], is_python))
            elif not is_plain:
                self._columns.append((name, rest.pop(0), False))

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[number] for number in range(self._total))

    def __getitem__(self, number: int) -> dict[str, Any]:
        if self._rows is not None:
            return dict(self._rows[number]) if self._rows else {}
        return {
            name: column[number].item() if is_python else column[number]
            for name, column, is_python in self._columns
        }


def packed_points(points: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the files of points, by name; values come back as they are, of the same classes.

    Raises
    ------
    NotSendable
        When values cannot be pickled.
    """
    names = tuple(points[0])
    arrays: dict[str, Any] = {}
    kinds: list[str] = []
    rest: list[Any] = []
    if all(isinstance(name, str) for name in names) and all(tuple(p) == names for p in points):
        for number, name in enumerate(names):
            column, kind = _column([point[name] for point in points])
            kinds.append(kind)
            if kind is OTHER:
                rest.append(column)
            else:
                arrays[f"c{number}"] = column
        about = {"names": names, "kinds": kinds, "total": len(points)}
    else:
        about = {"names": None, "kinds": [], "total": len(points)}
        rest = [dict(point) for point in points]
    file = io.BytesIO()
    np.savez(file, about=np.array(json.dumps(about)), **arrays)
    try:
        return {COLUMNS: file.getvalue(), REST: packed(rest)}
    except Exception as error:
        raise NotSendable(
            f"the parameters cannot be sent to the engines: {error}. Give numbers, texts and "
            "arrays, and let the experiment make of them what it needs"
        ) from error


def packed(value: Any) -> bytes:
    """Return a pickle of what is the user's, with the code of modules that workers do not have."""
    with user_objects.by_value():
        return pickle.dumps(pack(value), protocol=5)


def _column(values: list[Any]) -> tuple[Any, str]:
    """Return values of one plain class as an array, others as they are."""
    kinds = {type(each) for each in values}
    (kind,) = kinds if len(kinds) == 1 else (object,)
    if issubclass(kind, np.number | np.bool_):
        return np.asarray(values), NUMPY
    if kind is int and not all(-(2**63) <= each < 2**63 for each in values):
        return values, OTHER
    if kind is str and not all(_is_short(each) for each in values):
        return values, OTHER
    if kind in _PLAIN:
        return np.asarray(values, dtype=np.int64 if kind is int else None), PYTHON
    return values, OTHER


def _is_short(text: str) -> bool:
    """Tell whether a text comes back from an array of texts."""
    return len(text) <= TEXT_CHARACTERS and "\0" not in text and text.isprintable()
