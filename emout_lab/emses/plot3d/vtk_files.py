"""Fields as VTK's data sets and files, for ParaView and PyVista."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from emout_lab.emses.plot3d import gl, grids, memory
from emout_lab.errors import BadOption
from emout_lab.files import make_folder_of, replacing

PathLike = str | os.PathLike[str]


def dataset(field: Any, *, use_si: bool, array_name: str | None, offsets: Any = None) -> Any:
    """Return a field, or the components of a vector, as a data set of PyVista."""
    gl.pyvista()
    parts = field.components if hasattr(field, "components") else (field,)
    grids.require_space(field, least=1)
    needed = sum(part.size * part.dtype.itemsize for part in parts) * 2
    memory.require(needed, f"to_vtk() of {field.name or 'a field'}")
    offset = grids.shifts(parts[0], offsets, use_si)
    found = [grids.read(part, use_si=use_si, offset=offset) for part in parts]
    name = array_name or field.name or "value"
    if len(found) == 1:
        return _noted(found[0].dataset(name), field, use_si)
    data = _noted(found[0].dataset(found[0].name), field, use_si)
    for each in found[1:]:
        data.point_data[each.name] = np.ascontiguousarray(each.values).ravel()
    zero = np.zeros(found[0].values.size, dtype=found[0].values.dtype)
    by_axis = {axis: each.values.ravel() for axis, each in zip(field.axes, found, strict=True)}
    data.point_data[name] = np.stack([by_axis.get(axis, zero) for axis in "xyz"], axis=1)
    data.set_active_vectors(name)
    return data


def save(
    field: Any, filename: PathLike, *, use_si: bool, array_name: str | None, offsets: Any = None
) -> Path:
    """Write a field to a file, whole or not at all; ``.vti`` is added where it is missing."""
    path = Path(os.fspath(filename)).expanduser()
    data = dataset(field, use_si=use_si, array_name=array_name, offsets=offsets)
    suffix = ".vti" if isinstance(data, gl.pyvista().ImageData) else ".vtr"
    if path.suffix.lower() not in (".vti", ".vtr", ".vtk"):
        path = path.with_name(path.name + suffix)
    elif path.suffix.lower() not in (suffix, ".vtk"):
        what = "evenly" if suffix == ".vti" else "unevenly"
        raise BadOption(
            f"{path.name!r}: these positions are {what} spaced, which is a {suffix} file.",
            "filename",
        )
    make_folder_of(path)
    with replacing(path) as part:
        # VTK knows the format by the suffix.
        whole = f"{part}{path.suffix}"
        data.save(whole)
        os.replace(whole, part)
    return path


def _noted(data: Any, field: Any, use_si: bool) -> Any:
    """Note the unit and the time in the file."""
    unit = field.units if use_si or field.valunit is None else "EMSES unit"
    data.field_data["units"] = [unit]
    first = field.components[0] if hasattr(field, "components") else field
    for dim, text in first.fixed_positions(use_si=use_si):
        if dim == "t":
            data.field_data["time"] = [text]
    return data
