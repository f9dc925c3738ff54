"""Writes the file of an article, whole or not at all."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import h5py
import numpy as np

from emout_lab.emses.articles import regions
from emout_lab.emses.articles.content import Content, PartKey
from emout_lab.emses.articles.recipes import record_to_json
from emout_lab.emses.articles.storage import FORMAT, INDEX, VERSION, array_name
from emout_lab.emses.articles.values import encoded
from emout_lab.emses.field_sources import DIMS, FieldSource
from emout_lab.files import replacing

Array = np.ndarray[Any, Any]

#: Whose versions stand in the file.
PACKAGES = ("emout_lab", "numpy", "h5py", "xarray", "matplotlib")
#: Smaller arrays are not compressed [B].
SMALL = 1024


def write(content: Content, path: str) -> None:
    """Write an article; a file that is there is replaced when it is complete.

    Raises
    ------
    DataError
        When a value cannot be kept in a file.
    OSError
        When the file cannot be written.
    """
    with replacing(path) as part, h5py.File(part, "w", locking=False) as file:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        file.attrs["created"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        file.attrs["versions"] = json.dumps(_versions())
        labels = content.labels()
        index = {
            "runs": _runs(file, content, labels),
            "parts": [
                _part(file.create_group(f"parts/{number}"), key, value, content, labels[key.run])
                for number, (key, value) in enumerate(content.parts.items())
            ],
            "kept": [
                _kept(file.create_group(f"kept/{number}"), name, value)
                for number, (name, value) in enumerate(content.kept.items())
            ],
        }
        _put_text(file, INDEX, json.dumps(index))


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _runs(file: Any, content: Content, labels: dict[tuple[str, str], str]) -> list[Any]:
    found = []
    number = 0
    for record in content.runs.values():
        texts: list[list[Any]] = []
        for name, text in record.texts.items():
            if text is None:
                texts.append([name, None])
                continue
            _put_text(file, f"texts/{number}", text)
            file[f"texts/{number}"].attrs["name"] = f"{labels[record.key]}/{name}"
            texts.append([name, number])
            number += 1
        found.append({"label": labels[record.key], **record_to_json(record), "texts": texts})
    return found


def _part(group: Any, key: PartKey, value: Any, content: Content, label: str) -> dict[str, Any]:
    source = content.runs[key.run].sources[key.field]
    group.attrs["field"] = key.field
    group.attrs["description"] = source.description
    group.attrs["part"] = str(key)
    group.attrs["unit"] = source.unit.unit if source.unit and key.factor is not None else ""
    group.attrs["run"] = label
    if not key.how:
        _put_coordinates(group, key, source)
    return {
        "run": label,
        "field": key.field,
        "factor": key.factor,
        "region": key.region,
        "how": key.how,
        "value": encoded(value, _storing(group)),
    }


def _put_coordinates(group: Any, key: PartKey, source: FieldSource) -> None:
    """Write where the values lie, along each dimension that they have, for who reads with h5py."""
    coordinates = source.coordinates()
    names = []
    for dim, positions in zip(DIMS, regions.parsed(key.region), strict=True):
        places = np.asarray(coordinates[dim].values)[positions]
        group.create_dataset(dim, data=places)
        group[dim].attrs["unit"] = str(coordinates[dim].attrs.get("units", ""))
        if not isinstance(positions, int):
            names.append(dim)
    group.attrs["dimensions"] = ",".join(names)


def _kept(group: Any, name: str, value: Any) -> dict[str, Any]:
    group.attrs["name"] = name
    return {"name": name, "value": encoded(value, _storing(group))}


def _storing(group: Any) -> Callable[[Array], int]:
    """Return what puts arrays into a group, one after the other."""
    count = 0

    def store(array: Array) -> int:
        nonlocal count
        _put(group, array_name(count), array)
        count += 1
        return count - 1

    return store


def _put_text(file: Any, name: str, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    _put(file, name, np.frombuffer(data, dtype=np.uint8))


def _put(group: Any, name: str, array: Array) -> None:
    is_packed = array.ndim > 0 and array.nbytes > SMALL
    options = {"compression": "gzip", "shuffle": True} if is_packed else {}
    group.create_dataset(name, data=array, track_times=False, **options)
