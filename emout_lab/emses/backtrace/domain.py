"""What orbits move in: fields at the grid points, outer faces, bodies."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emout_lab.emses import observation
from emout_lab.emses.backtrace import parameters
from emout_lab.emses.backtrace.bodies import REFINEMENT, Bodies, Contains, bodies_of, mask_of
from emout_lab.emses.backtrace.emission import plates_of
from emout_lab.emses.backtrace.kernel import are_in_shadow
from emout_lab.emses.backtrace.maxwellian import direction
from emout_lab.emses.run import Run
from emout_lab.errors import DataError

Array = np.ndarray[Any, Any]

#: Worlds that a process keeps, so that the tasks of one grid read the fields once.
KEPT = 2


def _no_mask() -> Array:
    return np.zeros((0, 0, 0), dtype=bool)


@dataclass(frozen=True)
class Domain:
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
    bodies : Bodies
        Surfaces that end orbits.
    mask : ndarray of bool
        Solid parts of the grid besides; empty for none.
    """

    charge_to_mass: float
    electric: Array
    magnetic: Array
    cells: tuple[int, int, int]
    faces: tuple[int, int, int]
    bodies: Bodies = field(default_factory=Bodies)
    mask: Array = field(default_factory=_no_mask)

    def arguments(self) -> tuple[Any, ...]:
        """Return what the kernel takes."""
        return (
            float(self.charge_to_mass),
            self.electric,
            self.magnetic,
            np.array(self.cells, dtype=np.float64),
            np.array(self.faces, dtype=np.int64),
            *self.solids(),
        )

    def are_in_shadow(self, points: Array, light: Array) -> Array:
        """Tell for points on bodies whether a body stands between them and a far light.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            In grid units.
        light : ndarray, shape (3,)
            Unit vector towards the light.
        """
        reach = 2.0 * float(sum(self.cells))
        shadow: Array = are_in_shadow(points, light, reach, *self.solids())
        return shadow

    def solids(self) -> tuple[Any, ...]:
        """Return what the kernel takes of bodies."""
        return self.bodies.rows, self.bodies.groups, self.mask, REFINEMENT


def uniform(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Array:
    """Make a field that is the same everywhere."""
    return np.array([x, y, z], dtype=np.float64).reshape(1, 1, 1, 3)


def domain_of(
    run: Run,
    ispec: int,
    istep: int,
    *,
    use_electric_field: bool = True,
    use_magnetic_field: bool = True,
    contains: Contains | None = None,
) -> Domain:
    """Read what the orbits of a species move in at an output step.

    Parameters
    ----------
    run : Run
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
    inp = run.inp
    cells = parameters.cells(inp)
    bodies, _ = bodies_of(inp, plates_of(inp, ispec))
    return Domain(
        charge_to_mass=parameters.of_species(inp, "qm", ispec),
        electric=_electric(run, istep) if use_electric_field else uniform(),
        magnetic=_magnetic(run, istep) if use_magnetic_field else uniform(),
        cells=cells,
        faces=parameters.faces(inp, ispec),
        bodies=bodies,
        mask=_no_mask() if contains is None else mask_of(contains, cells),
    )


def _electric(run: Run, istep: int) -> Array:
    missing = [name for name in ("ex", "ey", "ez") if not _has(run, name)]
    if missing:
        raise DataError(
            f"Orbits need the electric field, and {run.directory} has no {', '.join(missing)}. "
            "Let the simulation write it (ifxyz), or pass use_electric_field=False."
        )
    return _vector(run, ("rex", "rey", "rez"), istep)


def _magnetic(run: Run, istep: int) -> Array:
    """Return what the simulation wrote and the background of ``wc``, ``phiz``, ``phixy``."""
    background = _background(run)
    if not all(_has(run, name) for name in ("bx", "by", "bz")):
        return background
    written = _vector(run, ("rbx", "rby", "rbz"), istep)
    return written + background.astype(written.dtype) if np.any(written) else background


def _has(run: Run, name: str) -> bool:
    return name in run or f"r{name}" in run


def _background(run: Run) -> Array:
    inp = run.inp
    gyration = float(inp.get("wc") or 0.0)
    strength = gyration / abs(parameters.of_species(inp, "qm", 0)) if gyration else 0.0
    along = direction(float(inp.get("phiz") or 0.0), float(inp.get("phixy") or 0.0))
    return uniform(*(strength * along))


def _vector(run: Run, names: tuple[str, str, str], istep: int) -> Array:
    fields: list[Any] = [run.named(name) for name in names]
    parts: list[Array] = [np.asarray(field[istep].val_emses) for field in fields]
    if any(part.shape != parts[0].shape for part in parts):
        shapes = ", ".join(f"{name} {part.shape}" for name, part in zip(names, parts, strict=True))
        raise DataError(f"The components of a field differ in shape: {shapes}.")
    return np.ascontiguousarray(np.stack(parts, axis=-1))


class _Kept:
    """The domains that this process used last."""

    def __init__(self) -> None:
        self._domains: OrderedDict[Hashable, Domain] = OrderedDict()
        self._lock = threading.Lock()

    def domain(self, key: Hashable, make: Callable[[], Domain]) -> Domain:
        """Return a domain, made at most once while tasks wait for it."""
        if observation.is_recorded():
            return make()
        with self._lock:
            if key not in self._domains:
                self._domains[key] = make()
                while len(self._domains) > KEPT:
                    self._domains.popitem(last=False)
            self._domains.move_to_end(key)
            return self._domains[key]


DOMAINS = _Kept()
