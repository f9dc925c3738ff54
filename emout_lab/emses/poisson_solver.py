"""Poisson's equation on the grid, solved by Fourier transforms: potentials of charge densities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.units import EMSES_UNIT, VACUUM_PERMITTIVITY
from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]

#: Kinds of boundaries; their first letters stand in ``btypes``.
KINDS = ("periodic", "dirichlet", "neumann")
#: Unit of what has a potential.
CHARGE_DENSITY = "C/m^3"


@dataclass(frozen=True)
class _Side:
    """Both ends of the box along one axis.

    Parameters
    ----------
    kind : {"periodic", "dirichlet", "neumann"}
        What holds there.
    low, high : float
        Potential [V], or its derivative along the axis [V/m].
    cells : int
        Number of cells.
    like_emout : bool
        As upstream emout has it, see `poisson`.
    """

    kind: str
    low: float
    high: float
    cells: int
    like_emout: bool

    @property
    def unknown(self) -> slice:
        """Grid points whose potential is to be found."""
        return {
            "periodic": slice(0, -1),
            "dirichlet": slice(1, -1),
            "neumann": slice(None),
        }[self.kind]

    def eigenvalues(self) -> Array:
        """Eigenvalues of the second difference, in the order of the transform."""
        n = self.cells
        if self.kind == "periodic":
            return np.asarray(2 * (np.cos(2 * np.pi * np.arange(n) / n) - 1))
        if self.kind == "neumann":
            return np.asarray(2 * (np.cos(np.pi * np.arange(n + 1) / n) - 1))
        length = n + 1 if self.like_emout else n
        return np.asarray(2 * (np.cos(np.pi * np.arange(1, n) / length) - 1))

    def add_ends(self, source: Array, axis: int, dx: float) -> None:
        """Bring what is given at the ends to the right-hand side."""
        low, high = (_plane(source, axis, place) for place in (0, -1))
        if self.kind == "dirichlet":
            low -= self.low
            high -= self.high
        elif self.kind == "neumann":
            low += (-1 if self.like_emout else 2) * self.low * dx
            high += (1 if self.like_emout else -2) * self.high * dx

    def set_ends(self, potential: Array, axis: int) -> None:
        """Write the grid points that were not unknown."""
        low, high = (_plane(potential, axis, place) for place in (0, -1))
        if self.kind == "periodic":
            high[...] = low
        elif self.kind == "dirichlet":
            low[...], high[...] = self.low, self.high

    def transformed(self, values: Array, axis: int, *, is_inverse: bool = False) -> Array:
        """Apply the transform whose functions meet the boundaries, or its inverse."""
        if self.kind == "periodic":
            return np.asarray((np.fft.ifft if is_inverse else np.fft.fft)(values, axis=axis))
        # Sines and cosines of twice the length: the sequence goes on odd or even.
        moved = np.moveaxis(values, axis, -1)
        is_weighted = self.like_emout and self.kind == "neumann" and np.iscomplexobj(values)
        if is_weighted:
            moved = self._weighted(moved, 2**0.5)
        result: Array
        if self.kind == "dirichlet":
            none = np.zeros((*moved.shape[:-1], 1))
            whole = np.concatenate([none, moved, none, -moved[..., ::-1]], axis=-1)
            result = 0.5j * np.fft.fft(whole, axis=-1)[..., 1 : self.cells]
        else:
            whole = np.concatenate([moved, moved[..., -2:0:-1]], axis=-1)
            result = 0.5 * np.fft.fft(whole, axis=-1)[..., : self.cells + 1]
        if is_inverse:
            result = result * (2 / self.cells)
        if is_weighted:
            result = self._weighted(result, 0.5**0.5)
        if not np.iscomplexobj(values):
            result = result.real
        return np.moveaxis(result, -1, axis)

    @staticmethod
    def _weighted(values: Array, weight: float) -> Array:
        weights = np.ones(values.shape[-1])
        weights[[0, -1]] = weight
        return np.asarray(values * weights)


def poisson(
    rho: Any,
    dx: float | None = None,
    boundary_types: Sequence[str] | None = None,
    boundary_values: Sequence[Sequence[float]] | None = None,
    btypes: str | None = None,
    epsilon_0: float | None = None,
    *,
    like_emout: bool = False,
) -> Any:
    """Find the potential of a charge density: ``phi'' = -rho / epsilon_0`` on the grid.

    Parameters
    ----------
    rho : Field or array_like, shape (nz + 1, ny + 1, nx + 1)
        Charge density [C/m^3].
    dx : float, optional
        Grid spacing [m]; of a field it is known.
    boundary_types : sequence of {"periodic", "dirichlet", "neumann"}, optional
        What holds at both ends of x, y and z; periodic by default.
    boundary_values : sequence of (float, float), optional
        At the lower and upper end of x, y and z: the potential [V] of a Dirichlet boundary, its
        derivative along the axis [V/m] of a Neumann one; zero by default.
    btypes : str, optional
        The boundary types by their first letters, such as ``"pdn"``; goes before
        `boundary_types`.
    epsilon_0 : float, optional
        Permittivity [F/m]; that of the vacuum by default, which is 1 in EMSES units.
    like_emout : bool
        Compute as upstream emout 2.23 does, whose potential does not meet the equation with
        Dirichlet boundaries (eigenvalues of a box of one cell more), with Neumann and periodic
        ones together (cosines of other weights), and with values at Neumann ones (another sign and
        half the weight). All periodic, and all Neumann with values of zero, are the same.

    Returns
    -------
    Field or ndarray
        Potential [V] at the same grid points; a field where `rho` is one. Where no boundary fixes
        it (periodic and Neumann alone) its mean is zero, and charge that does not belong to
        any field, its mean over the box, is left out.

    Raises
    ------
    SpecError
        When there is no such boundary, a value is missing, or the density has a shape or values
        that cannot be used.

    Examples
    --------
    >>> x = np.linspace(0, 1, 65)
    >>> rho = np.broadcast_to(np.sin(2 * np.pi * x), (5, 5, 65))
    >>> phi = poisson(rho, x[1], btypes="ppp", epsilon_0=1.0)
    >>> bool(np.allclose(phi, rho / (2 * np.pi) ** 2, rtol=1e-2))
    True
    """
    values = _density(rho)
    spacing = _spacing(rho, dx)
    kinds = _kinds(boundary_types, btypes)
    sides = [
        _Side(kind, low, high, size - 1, like_emout)
        for kind, (low, high), size in zip(
            kinds, _ends(boundary_values), values.shape[::-1], strict=True
        )
    ][::-1]  # in the order of the array: z, y, x
    permittivity = _permittivity(rho) if epsilon_0 is None else _positive("epsilon_0", epsilon_0)
    potential = _solved(-values * (spacing**2 / permittivity), sides, spacing)
    if not isinstance(rho, FieldBase):
        return potential
    return _as_field(rho, potential)


def _solved(source: Array, sides: list[_Side], dx: float) -> Array:
    unknown = tuple(side.unknown for side in sides)
    part = source[unknown].copy()
    for axis, side in enumerate(sides):
        side.add_ends(part, axis, dx)
    for axis, side in enumerate(sides):
        part = side.transformed(part, axis)
    lines = [side.eigenvalues() for side in sides]
    total = lines[0][:, None, None] + lines[1][None, :, None] + lines[2][None, None, :]
    if all(side.kind != "dirichlet" for side in sides):
        # No end fixes the level: its mean is zero.
        total[0, 0, 0] = np.inf
    part = part / total
    for axis, side in enumerate(sides):
        part = side.transformed(part, axis, is_inverse=True)
    potential = np.zeros(source.shape)
    potential[unknown] = part.real
    # The order of upstream, x last, so that edges where two ends meet agree.
    for axis, side in reversed(list(enumerate(sides))):
        side.set_ends(potential, axis)
    return potential


def _plane(values: Array, axis: int, place: int) -> Array:
    """Return a view of the plane at one end."""
    return np.asarray(np.moveaxis(values, axis, 0)[place])


def _density(rho: Any) -> Array:
    values = np.asarray(rho)
    if values.ndim != 3 or min(values.shape) < 3:
        raise SpecError(
            f"rho has shape {values.shape}: give one output step of a box, shape (nz + 1, ny + 1, "
            "nx + 1) with two cells or more along each axis, such as data.rho[-1].",
            "rho",
        )
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise SpecError(
            "rho holds values that are no finite numbers (masked?): a potential needs the density "
            "everywhere. Fill the gaps first, such as with np.nan_to_num(rho).",
            "rho",
        )
    return np.asarray(values, dtype=float)


def _spacing(rho: Any, dx: float | None) -> float:
    if dx is not None:
        return _positive("dx", dx)
    if not isinstance(rho, FieldBase):
        raise SpecError("poisson() of an array needs dx=, the grid spacing [m].", "dx")
    steps = [np.diff(rho.axis(dim)) for dim in rho.dims]
    first = float(steps[0][0])
    if not all(np.allclose(step, first, rtol=1e-6) for step in steps):
        raise SpecError(
            f"{rho.name or 'rho'} has grid points at uneven or different distances: the solver "
            "needs the simulation's grid, without strides or lists.",
            "rho",
        )
    return _positive("dx", first)


def _permittivity(rho: Any) -> float:
    unit = rho.units if isinstance(rho, FieldBase) else ""
    if unit not in ("", CHARGE_DENSITY, EMSES_UNIT):
        raise SpecError(
            f"{rho.name or 'rho'} is in {unit}, and a potential is that of a charge density. Give "
            "one, such as data.rho[-1], or the array with dx= where its values are in C/m^3.",
            "rho",
        )
    return 1.0 if unit == EMSES_UNIT else VACUUM_PERMITTIVITY


def _positive(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not (np.isfinite(number) and number > 0):
        raise SpecError(f"{name}={value!r} must be a positive number.", name)
    return number


def _kinds(boundary_types: Sequence[str] | None, btypes: str | None) -> list[str]:
    letters = {kind[0]: kind for kind in KINDS}
    given: Any = btypes or boundary_types or ("periodic",) * 3
    name = "btypes" if btypes else "boundary_types"
    kinds = [letters.get(kind, kind) if btypes else kind for kind in given]
    wrong = [kind for kind in kinds if kind not in KINDS]
    if len(kinds) != 3 or wrong:
        raise SpecError(
            f"{name}={given!r}: give three of {', '.join(KINDS)} for x, y and z, or their first "
            'letters: btypes="pdn".',
            name,
        )
    return kinds


def _ends(boundary_values: Sequence[Sequence[float]] | None) -> list[tuple[float, float]]:
    if boundary_values is None:
        return [(0.0, 0.0)] * 3
    try:
        ends = [(float(low), float(high)) for low, high in boundary_values]
    except (TypeError, ValueError):
        ends = []
    if len(ends) != 3 or not np.isfinite(ends).all():
        raise SpecError(
            f"boundary_values={boundary_values!r}: give the values at the lower and upper end of "
            "x, y and z, such as [(0, 0), (0, 0), (-1.5, 0)].",
            "boundary_values",
        )
    return ends


def _as_field(rho: FieldBase, potential: Array) -> Any:
    """Put the potential at the places of the density."""
    made = rho._with_values(potential, "phi", False)
    unit = None if rho._units is None else rho._units.phi
    array = made._array
    if rho.units == EMSES_UNIT or unit is None:
        array = array.assign_attrs(units=EMSES_UNIT)
    else:
        array = array.assign_attrs(units=unit.unit)
    return type(rho)(array, unit, rho._units)
