"""Parts of fields on regular grids, as VTK takes them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from emout_lab.emses.plot import spacing
from emout_lab.emses.plot3d import gl, memory
from emout_lab.errors import BadOption, DataError

Array = np.ndarray[Any, Any]
#: What is added to the positions along x, y, z.
Offsets = tuple[float, float, float]

#: Points of a volume that are drawn at most; a run of 256 cells a side has 17 million.
MAX_POINTS: Final = 20_000_000
#: What VTK and OpenGL need for a point of a volume beside its value [B], about.
BYTES_PER_POINT: Final = 16


@dataclass(frozen=True, eq=False)
class Grid:
    """Values on a regular grid in space.

    Parameters
    ----------
    name, unit : str
        Of the values.
    x, y, z : ndarray
        Positions along each axis, rising.
    values : ndarray, shape (nz, ny, nx) or (nz, ny, nx, 3)
        One value, or three components, at each point.
    length : str
        Unit of the positions.
    """

    name: str
    unit: str
    x: Array
    y: Array
    z: Array
    values: Array
    length: str

    @property
    def label(self) -> str:
        """Name and unit of the values, as plain text."""
        return f"{self.name or 'value'} [{self.unit}]" if self.unit else self.name or "value"

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return int(self.values.nbytes)

    @property
    def is_finite(self) -> bool:
        """Whether no value is missing."""
        return bool(np.isfinite(self.values).all())

    def dataset(self, name: str | None = None) -> Any:
        """Return the grid as PyVista has it, with its values as point data.

        Evenly spaced positions give an `ImageData`, others a `RectilinearGrid`. VTK counts x first.
        """
        pyvista = gl.pyvista()
        axes = (self.x, self.y, self.z)
        if all(spacing.is_even(axis) for axis in axes):
            steps = [float(axis[-1] - axis[0]) / max(len(axis) - 1, 1) or 1.0 for axis in axes]
            grid = pyvista.ImageData(
                dimensions=[len(axis) for axis in axes],
                spacing=steps,
                origin=[float(axis[0]) for axis in axes],
            )
        else:
            grid = pyvista.RectilinearGrid(*(axis.astype(float) for axis in axes))
        shape = (-1, 3) if self.values.ndim == 4 else (-1,)
        # In the order of C, x is the fastest of (z, y, x).
        grid.point_data[name or self.name or "value"] = np.ascontiguousarray(self.values).reshape(
            shape
        )
        return grid


def require_space(field: Any, *, least: int = 2) -> None:
    """Refuse what is no part of one output step in space.

    Raises
    ------
    DataError
        With an example of one.
    """
    name = field.name or "this"
    if "t" in field.dims or not least <= field.ndim <= 3:
        what = "a volume" if least == 3 else "a plane or a volume"
        raise DataError(
            f"plot3d() draws {what} of one output step, {name} has {field.dims}. Take a step "
            f"first, such as {field.name or 'field'}[-1]."
        )
    if not all(field.shape):
        sizes = dict(zip(field.dims, field.shape, strict=True))
        raise DataError(f"{name} is empty ({sizes}): nothing to draw.")


def shifts(field: Any, offsets: Sequence[Any] | None, use_si: bool) -> Offsets:
    """Return what is added to positions, of offsets that may be words.

    Parameters
    ----------
    field : Field
        Whose positions are meant.
    offsets : sequence, optional
        For x, y, z: a number, or which point becomes zero: ``"left"``, ``"center"``, ``"right"``.
    use_si : bool
        Whether positions are in SI.
    """
    if offsets is None:
        return 0.0, 0.0, 0.0
    return _three(
        shift(field.axis(dim, use_si=use_si), offset)
        for dim, offset in zip("xyz", checked_offsets(offsets), strict=True)
    )


def checked_offsets(offsets: Any) -> tuple[Any, Any, Any]:
    """Return offsets that are three, for x, y, z."""
    if isinstance(offsets, str) or np.ndim(offsets) != 1 or len(offsets) != 3:
        raise BadOption(f"offsets={offsets!r}: write three, for x, y and z.", "offsets")
    for each in offsets:
        shift(np.zeros(1), each)
    x, y, z = offsets
    return x, y, z


def shift(axis: Array, offset: Any) -> float:
    """Return what an offset adds to positions.

    Examples
    --------
    >>> axis = np.array([1.0, 2.0, 3.0])
    >>> shift(axis, "center"), shift(axis, 0.5), shift(axis, None)
    (-2.0, 0.5, 0.0)
    """
    axis = np.atleast_1d(axis)
    places = {"left": 0, "center": len(axis) // 2, "right": -1}
    if offset is None:
        return 0.0
    if isinstance(offset, str) and offset in places:
        return -float(axis[places[offset]])
    if isinstance(offset, (int, float, np.number)) and np.isfinite(offset):
        return float(offset)
    raise BadOption(
        f"offsets: {offset!r} is no offset; write a number, 'left', 'center', 'right' or None.",
        "offsets",
    )


def read(field: Any, *, use_si: bool, offset: Offsets) -> Grid:
    """Read a part of a field.

    Parameters
    ----------
    field : Field
        A volume, or a plane or line whose other positions are known.
    use_si : bool
        Whether values and positions are in SI.
    offset : tuple of float
        Is added to the positions along x, y, z.
    """
    view = spacing.rising(field.view(use_si=use_si))
    order = [view.dims.index(dim) for dim in "zyx" if dim in view.dims]
    shape = [len(view.axes[view.dims.index(dim)]) if dim in view.dims else 1 for dim in "zyx"]
    values = np.transpose(view.values, order).reshape(shape)
    axes = {}
    for dim, each in zip("xyz", offset, strict=True):
        place = view.axes[view.dims.index(dim)] if dim in view.dims else _fixed(field, dim, use_si)
        axes[dim] = np.atleast_1d(np.asarray(place, dtype=float)) + each
    if not np.issubdtype(values.dtype, np.floating):
        values = values.astype(np.float32)
    return Grid(view.name, view.unit, **axes, values=values, length=view.axis_units[-1])


def _fixed(field: Any, dim: str, use_si: bool) -> Array:
    try:
        return np.asarray(field.axis(dim, use_si=use_si))
    except KeyError:
        raise DataError(
            f"{field.name or 'This field'} has no position along {dim}, so it has no place in "
            "space: take a slice such as field[-1, :, 4, :] instead of a mean or a sum."
        ) from None


def thinned(field: Any, most: int, what: str) -> Any:
    """Return a field with no more points than a limit, each n-th of them, saying so.

    Parameters
    ----------
    field : Field
        A volume.
    most : int
        Points that are drawn at most.
    what : str
        What is drawn, for the warning.
    """
    step = thinning(field.shape, most)
    if step == 1:
        memory.require(field.size * (field.dtype.itemsize + BYTES_PER_POINT), what)
        return field
    part = field[tuple(slice(None, None, step) for _ in field.shape)]
    warnings.warn(
        f"{what}: {field.size:,} points are more than {most:,} (max_points), so every {step}. "
        f"point along each axis is drawn, {part.size:,} in all. Draw a part of the volume, or "
        "give a larger max_points.",
        UserWarning,
        stacklevel=2,
    )
    memory.require(part.size * (field.dtype.itemsize + BYTES_PER_POINT), what)
    return part


def thinning(shape: Sequence[int], most: int) -> int:
    """Return each which point is taken along every axis so that there are no more than a limit.

    Examples
    --------
    >>> thinning((100, 100, 100), 1_000_000), thinning((101, 101, 101), 1_000_000)
    (1, 2)
    """
    if isinstance(most, bool) or not isinstance(most, (int, float)) or not most >= 8:
        raise BadOption(f"max_points={most!r}: write a number of points, 8 at least.", "max_points")
    step = 1
    while np.prod([-(-count // step) for count in shape], dtype=float) > most:
        step += 1
    return step


def faces(field: Any) -> list[Any]:
    """Return the planes around a volume, or a plane itself; nothing else of it is read."""
    if field.ndim < 3 or 1 in field.shape:
        return [field]
    found = []
    for axis in range(3):
        for place in (0, -1):
            found.append(field[(slice(None),) * axis + (place,)])
    return found


def cuts(field: Any, planes: Mapping[str, Any] | None, use_si: bool, offset: Offsets) -> list[Any]:
    """Return planes of a volume across its axes, each through the grid points nearest to a place.

    Parameters
    ----------
    field : Field
        A volume.
    planes : mapping of str to float or sequence of float, optional
        Axes, and places along them; the middle of each axis by default.
    use_si : bool
        Whether the places are in SI.
    offset : tuple of float
        What is added to positions.
    """
    if planes is None:
        return [
            field[(slice(None),) * axis + (count // 2,)] for axis, count in enumerate(field.shape)
        ]
    found = []
    for dim, places in planes.items():
        if dim not in field.dims:
            raise BadOption(
                f"planes={{{dim!r}: …}}: the volume has {', '.join(field.dims)}.", "planes"
            )
        axis = np.asarray(field.axis(dim, use_si=use_si)) + offset["xyz".index(dim)]
        for place in np.atleast_1d(np.asarray(places, dtype=float)):
            if not axis.min() <= place <= axis.max():
                raise BadOption(
                    f"planes={{{dim!r}: {place:g}}} lies outside: {dim} goes from {axis.min():g} "
                    f"to {axis.max():g}.",
                    "planes",
                )
            number = int(np.abs(axis - place).argmin())
            found.append(field[(slice(None),) * field.dims.index(dim) + (number,)])
    return found


def _three(values: Any) -> Offsets:
    x, y, z = values
    return x, y, z
