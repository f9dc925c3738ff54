"""What orbits move in: fields at the grid points, outer faces, bodies."""

from __future__ import annotations

import os
import threading
import warnings
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.backtrace import parameters
from emout_lab.emses.backtrace.bodies import REFINEMENT, Contains, bodies_of, mask_of, table
from emout_lab.errors import DataError

if TYPE_CHECKING:
    from emout_lab.emses.facade import Emout

Array = np.ndarray[Any, Any]

#: Where each component stands between the grid points: along which axes of (z, y, x) it is half a
#: cell off.
STAGGERED = {"ex": (2,), "ey": (1,), "ez": (0,), "bx": (0, 1), "by": (0, 2), "bz": (1, 2)}
#: Worlds that a process keeps, so that the tasks of one grid read the fields once.
KEPT = 2


@dataclass(frozen=True)
class World:
    """Fields, faces and bodies in EMSES units.

    Parameters
    ----------
    charge_to_mass : float
        Of the species.
    electric, magnetic : ndarray, shape (nz + 1, ny + 1, nx + 1, 3)
        At the grid points; of shape (1, 1, 1, 3) where uniform.
    cells : tuple of int
        Cells along x, y, z.
    faces : tuple of int
        Kind of the outer faces along x, y, z: 0 periodic, 1 reflecting, 2 open, 3 absorbing.
    bodies : ndarray, shape (n, 8)
        Solid bodies, see `emout_lab.emses.backtrace.bodies`.
    mask : ndarray of bool
        Solid parts of the grid besides; empty for none.
    """

    charge_to_mass: float
    electric: Array
    magnetic: Array
    cells: tuple[int, int, int]
    faces: tuple[int, int, int]
    bodies: Array = field(default_factory=lambda: table([]))
    mask: Array = field(default_factory=lambda: np.zeros((0, 0, 0), dtype=bool))

    def arguments(self) -> tuple[Any, ...]:
        """Return what the kernel takes."""
        return (
            float(self.charge_to_mass),
            self.electric,
            self.magnetic,
            np.array(self.cells, dtype=np.float64),
            np.array(self.faces, dtype=np.int64),
            self.bodies,
            self.mask,
            REFINEMENT,
        )


def uniform(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Array:
    """Make a field that is the same everywhere."""
    return np.array([x, y, z], dtype=np.float64).reshape(1, 1, 1, 3)


def world_of(
    data: Emout,
    ispec: int,
    istep: int,
    *,
    use_electric_field: bool = True,
    use_magnetic_field: bool = True,
    contains: Contains | None = None,
) -> World:
    """Read what the orbits of a species move in at an output step.

    Parameters
    ----------
    data : Emout
        The run.
    ispec, istep : int
        Species, from 0; output step.
    use_electric_field, use_magnetic_field : bool
        False leaves a field out.
    contains : callable, optional
        Solid parts besides the run's bodies, see `emout_lab.emses.backtrace.bodies.mask_of`.

    Raises
    ------
    DataError
        When the run lacks what is needed.
    """
    inp = data.inp
    cells = (int(inp["nx"]), int(inp["ny"]), int(inp["nz"]))
    bodies, skipped = bodies_of(inp)
    if skipped:
        warnings.warn(
            f"Orbits pass through {', '.join(skipped)}: only spheres, boxes, cylinders and the "
            "ground end them. Give contains=... for other bodies.",
            stacklevel=4,
        )
    return World(
        charge_to_mass=parameters.of_species(inp, "qm", ispec),
        electric=_electric(data, istep) if use_electric_field else uniform(),
        magnetic=_magnetic(data, istep) if use_magnetic_field else uniform(),
        cells=cells,
        faces=parameters.faces(inp, ispec),
        bodies=bodies,
        mask=np.zeros((0, 0, 0), bool) if contains is None else mask_of(contains, cells),
    )


def at_grid_points(values: Array, axes: tuple[int, ...], is_periodic: tuple[bool, ...]) -> Array:
    """Bring a staggered component to the grid points, as the mean of its neighbours.

    Parameters
    ----------
    values : ndarray, shape (nz + 1, ny + 1, nx + 1)
        ``values[i]`` stands at ``i + 1/2`` along each of `axes`.
    axes : tuple of int
        Axes along which it is half a cell off.
    is_periodic : tuple of bool
        Of each axis. At the first point of others there is one neighbour only, which counts alone.

    Examples
    --------
    >>> at_grid_points(np.array([[[0.0, 2.0, 4.0]]]), (2,), (False, False, False))
    array([[[0., 1., 3.]]])
    """
    for axis in axes:
        line = np.moveaxis(values, axis, 0)
        mean = np.empty_like(line)
        mean[1:] = (line[1:] + line[:-1]) / 2
        mean[0] = (line[0] + line[-2]) / 2 if is_periodic[axis] else line[0]
        if is_periodic[axis]:
            mean[-1] = mean[0]
        values = np.moveaxis(mean, 0, axis)
    return values


def _electric(data: Emout, istep: int) -> Array:
    missing = [name for name in ("ex", "ey", "ez") if name not in data]
    if missing:
        raise DataError(
            f"Orbits need the electric field, and {data.directory} has no {', '.join(missing)}. "
            "Let the simulation write it (ifxyz), or pass use_electric_field=False."
        )
    return _vector(data, ("ex", "ey", "ez"), istep)


def _magnetic(data: Emout, istep: int) -> Array:
    """Return what the simulation wrote and the background of ``wc``, ``phiz``, ``phixy``."""
    background = _background(data)
    names = ("bx", "by", "bz")
    if not all(name in data for name in names):
        return background
    field = _vector(data, names, istep)
    return field + background.astype(field.dtype) if np.any(field) else background


def _background(data: Emout) -> Array:
    inp = data.inp
    gyration = float(inp.get("wc") or 0.0)
    strength = gyration / abs(parameters.of_species(inp, "qm", 0)) if gyration else 0.0
    polar, azimuth = (np.radians(float(inp.get(name) or 0.0)) for name in ("phiz", "phixy"))
    return uniform(
        strength * np.sin(polar) * np.cos(azimuth),
        strength * np.sin(polar) * np.sin(azimuth),
        strength * np.cos(polar),
    )


def _vector(data: Emout, names: tuple[str, str, str], istep: int) -> Array:
    # Of the fields, not of the particles: electrons may be reflected where the field is periodic.
    kinds: Any = data.inp.get("nfbnd") or [0, 0, 0]
    is_periodic = tuple(kind == 0 for kind in reversed(list(kinds)[:3]))
    parts = [
        at_grid_points(data[name][istep].val_emses, STAGGERED[name], is_periodic) for name in names
    ]
    if any(part.shape != parts[0].shape for part in parts):
        shapes = ", ".join(f"{name} {part.shape}" for name, part in zip(names, parts, strict=True))
        raise DataError(f"The components of a field differ in shape: {shapes}.")
    return np.ascontiguousarray(np.stack(parts, axis=-1))


class _Kept:
    """The worlds that this process used last."""

    def __init__(self) -> None:
        self._worlds: OrderedDict[Any, World] = OrderedDict()
        self._lock = threading.Lock()

    def world(self, data: Emout, ispec: int, istep: int, flags: tuple[bool, bool]) -> World:
        """Return a world, read at most once while tasks wait for it."""
        stamp = tuple(
            (name, os.stat(path).st_mtime_ns)
            for name in ("ex", "ey", "ez", "bx", "by", "bz")
            if (path := data.directory / f"{name}00_0000.h5").exists()
        )
        key = (str(data.directory), str(data.inp.file), ispec, istep, flags, stamp)
        with self._lock:
            if key not in self._worlds:
                self._worlds[key] = world_of(
                    data,
                    ispec,
                    istep,
                    use_electric_field=flags[0],
                    use_magnetic_field=flags[1],
                )
                while len(self._worlds) > KEPT:
                    self._worlds.popitem(last=False)
            self._worlds.move_to_end(key)
            return self._worlds[key]


KEPT_WORLDS = _Kept()
