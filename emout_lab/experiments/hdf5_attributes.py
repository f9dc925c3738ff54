"""Attributes of notebooks and result sets in HDF5, as they are or as JSON beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import h5py
import numpy as np

from emout_lab.experiments.values import decoded, encoded

#: What HDF5 does not keep as an attribute, by name, in a text.
ATTRIBUTES: Final = "emout_lab.attributes"
#: A description that is no attribute.
DESCRIPTION: Final = "emout_lab.description"
#: An attribute takes at most so much [B]; HDF5 allows for 64 KiB with all that describes it.
MOST_BYTES: Final = 16_000
#: A group takes so many at most.
MOST_ATTRIBUTES: Final = 500


def write_attributes(group: Any, attributes: Mapping[str, Any], own: frozenset[str]) -> None:
    """Write attributes; those named as one of our `own`, or of kinds that HDF5 has not, as JSON."""
    hidden = {}
    for number, (name, value) in enumerate(attributes.items()):
        if name in own or number >= MOST_ATTRIBUTES or not _is_plain(name, value):
            hidden[name] = encoded(value, name)
        else:
            group.attrs[name] = value
    if hidden:
        group.create_dataset(ATTRIBUTES, data=json.dumps(hidden), dtype=h5py.string_dtype())


def read_attributes(group: Any, own: frozenset[str]) -> dict[str, Any]:
    """Return the attributes that were written."""
    found = {name: _value(each) for name, each in group.attrs.items() if name not in own}
    if ATTRIBUTES in group:
        hidden = json.loads(text_of(group[ATTRIBUTES][()]))
        found.update({name: decoded(each) for name, each in hidden.items()})
    return found


def write_description(group: Any, text: str) -> None:
    """Write a description; what HDF5 has not as an attribute stands beside it, as JSON."""
    is_plain = _is_text(text)
    group.attrs["description"] = text if is_plain else "see emout_lab.description"
    if not is_plain:
        group.create_dataset(DESCRIPTION, data=json.dumps(text), dtype=h5py.string_dtype())


def read_description(group: Any) -> str:
    """Return a description that was written."""
    if DESCRIPTION in group:
        return str(json.loads(text_of(group[DESCRIPTION][()])))
    return text_of(group.attrs.get("description", ""))


def text_of(value: Any) -> str:
    """Return a text of HDF5, which may be bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _is_plain(name: str, value: Any) -> bool:
    """Return whether HDF5 gives back what it is given."""
    if not name.isprintable() or len(name) > 200:
        return False
    if type(value) is str:
        return _is_text(value)
    if type(value) is int:
        return -(2**63) <= value < 2**63
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc" and value.ndim > 0 and 0 < value.nbytes < MOST_BYTES
    return type(value) in (bool, float)


def _is_text(value: str) -> bool:
    try:
        return "\0" not in value and len(value.encode()) < MOST_BYTES
    except UnicodeEncodeError:
        return False


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value
