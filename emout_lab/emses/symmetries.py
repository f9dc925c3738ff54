"""Fields continued by symmetry, and with other signs: ``field.negate().mirror("z").tile(1, "x")``.

Nothing is read: a field of a file stays one, and its recipe holds what was done to it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.unit_conversion import axis_factor
from emout_lab.errors import BadOption

if TYPE_CHECKING:
    from typing_extensions import Self


Array = np.ndarray[Any, Any]


class Operation(NamedTuple):
    """What is done to a field; it stands among the indices of a recipe.

    Parameters
    ----------
    kind : {"scale", "flip", "mirror", "tile"}
        What.
    dim : str
        Along which dimension; empty for ``"scale"``.
    factor : float
        For ``"scale"``.
    copies : int
        Further copies for ``"tile"``.
    include_edge : bool
        Whether they repeat the edge.
    """

    kind: str
    dim: str = ""
    factor: float = 1.0
    copies: int = 0
    include_edge: bool = False

    def positions(self, size: int) -> Array:
        """Return which of `size` values stand along the dimension afterwards.

        Examples
        --------
        >>> Operation("mirror", "x").positions(3).tolist()
        [0, 1, 2, 1, 0]
        >>> Operation("tile", "x", copies=1).positions(3).tolist()
        [0, 1, 2, 1, 2]
        """
        once = np.arange(size)
        if self.kind == "flip":
            return once[::-1]
        if self.kind == "mirror":
            return np.concatenate([once, once[::-1][1:]])
        further = once if self.include_edge else once[1:]
        return np.concatenate([once, *[further] * self.copies])

    def places(self, axis: Array, cell: float | None) -> Array:
        """Return the coordinates afterwards: going on as before.

        Parameters
        ----------
        axis : ndarray
            Coordinates before.
        cell : float or None
            Distance of copies of a single position; None where it is not known.
        """
        if self.kind == "flip" or not len(axis):
            return axis
        last = axis[-1]
        if self.kind == "mirror":
            return np.concatenate([axis, (2 * last - axis[::-1])[1:]])
        if not self.include_edge:
            shifts = [(last - axis[0]) * (number + 1) for number in range(self.copies)]
            return np.concatenate([axis, *(axis[1:] + shift for shift in shifts)])
        step = cell if len(axis) == 1 else last - axis[-2]
        if step is None:
            raise BadOption(
                f"tile(include_edge=True) of one position along {self.dim}: how far its copies "
                "lie apart is not known. Take two positions or more.",
                "include_edge",
            )
        period = last - axis[0] + step
        shifts = [period * number for number in range(self.copies + 1)]
        return np.concatenate([axis + shift for shift in shifts])


class SymmetryMixin(FieldBase):
    """What fields are continued with."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Operation):
            return self._after(key)
        return super().__getitem__(key)  # type: ignore[misc]  # of the mixin beside this one

    def negate(self) -> Self:
        """Return the field with the other sign; reads nothing.

        Examples
        --------
        >>> import tempfile
        >>> from emout_lab.emses import Emout
        >>> from emout_lab.emses.demo import write_demo_data
        >>> ex = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)).ex
        >>> ex[-1, :, 4].negate().mirror("z").shape
        (17, 9)
        """
        return self._after(Operation("scale", factor=-1.0))

    def scale(self, factor: float) -> Self:
        """Return the field times a number, in the same unit; reads nothing.

        Parameters
        ----------
        factor : float
            The number. A field is multiplied by an array with ``*``.

        Raises
        ------
        BadOption
            When it is no number.
        """
        return self._after(Operation("scale", factor=_number(factor)))

    def flip(self, axis: int | str = 0) -> Self:
        """Return the values in the opposite order along a dimension, at the same positions.

        Parameters
        ----------
        axis : int or {"t", "z", "y", "x"}
            The dimension, by its place or name.
        """
        return self._after(Operation("flip", self._dimension(axis)))

    def mirror(self, axis: int | str = 0) -> Self:
        """Append the mirror image along a dimension; reads nothing.

        The last plane is the mirror and comes once: n positions become 2n - 1. Signs stay;
        a quantity that changes its sign there needs `negate` of the second half.

        Parameters
        ----------
        axis : int or {"t", "z", "y", "x"}
            The dimension, by its place or name.

        Raises
        ------
        BadOption
            When the field has no such dimension.
        """
        return self._after(Operation("mirror", self._dimension(axis)))

    def tile(self, n: int = 1, axis: int | str = 0, *, include_edge: bool = False) -> Self:
        """Append copies along a dimension, as a periodic box goes on; reads nothing.

        Parameters
        ----------
        n : int
            Number of further copies.
        axis : int or {"t", "z", "y", "x"}
            The dimension, by its place or name.
        include_edge : bool
            Repeat the first plane of each copy, which by default is the last one of the copy
            before.

        Raises
        ------
        BadOption
            When the field has no such dimension, or `n` is no number of copies.
        """
        try:
            copies = operator.index(n)
        except TypeError:
            copies = -1
        if isinstance(n, (bool, np.bool_)) or copies < 0:
            raise BadOption(f"tile(n={n!r}): n is the number of further copies, 0 or more.", "n")
        dim = self._dimension(axis)
        return self._after(Operation("tile", dim, copies=copies, include_edge=bool(include_edge)))

    def _dimension(self, axis: Any) -> str:
        """Return the name of a dimension that is given by its place or name."""
        if isinstance(axis, str) and axis in self.dims:
            return axis
        is_place = isinstance(axis, (int, np.integer)) and not isinstance(axis, bool)
        if is_place and -self.ndim <= axis < self.ndim:
            return self.dims[int(axis)]
        raise BadOption(
            f"axis={axis!r}: {self.name or 'this field'} has the dimensions {self.dims}. Give one "
            "of these names, or its place.",
            "axis",
        )

    def _after(self, operation: Operation) -> Self:
        """Apply an operation; what is read from files stays lazy."""
        name = self.name or "this field"
        if not self.size and operation.kind != "scale":
            raise BadOption(f"{operation.kind}() of {name}, which is empty: {self.shape}.", "axis")
        array, recipe = self._array, self._recipe
        if operation.kind == "scale":
            if recipe is None:
                scaled: Any = np.multiply(self, operation.factor)  # type: ignore[call-overload]
                return scaled if isinstance(scaled, type(self)) else self._derived(scaled)
            variable = _lazy(array.variable, factor=operation.factor)
            made = xr.DataArray(variable, coords=array.coords, name=array.name)
        else:
            made = self._continued(operation)
        kept = None if recipe is None else (recipe[0], (*recipe[1], operation))
        return type(self)(made, self._unit, self._units, kept)

    def _continued(self, operation: Operation) -> xr.DataArray:
        array, dim = self._array, operation.dim
        positions = operation.positions(array.sizes[dim])
        variable = array.variable
        if self._recipe is None:
            variable = variable.isel({dim: positions})
        else:
            variable = _lazy(variable, axis=self.dims.index(dim), positions=positions)
        coordinates: dict[Hashable, Any] = {}
        for name, place in array.coords.items():
            if name == dim:
                cell = None if dim == "t" else axis_factor(array, dim, self._units)
                places = operation.places(np.asarray(place.values), cell)
                coordinates[name] = xr.Variable((dim,), places, place.attrs)
            elif dim in place.dims and operation.kind != "flip":
                coordinates[name] = place.variable.isel({dim: positions})
            else:
                coordinates[name] = place.variable
        return xr.DataArray(variable, coords=coordinates, name=array.name)


class VectorSymmetryMixin:
    """The same for vectors: each component is continued with its own sign."""

    def negate(self) -> Self:
        """Return the vector with the other sign; reads nothing."""
        return self._each(lambda part: part.negate())

    def scale(self, factor: float) -> Self:
        """Return the vector times a number; reads nothing."""
        return self._each(lambda part: part.scale(factor))

    def flip(self, axis: int | str = 0) -> Self:
        """Return the values in the opposite order along a dimension; no component changes sign."""
        return self._each(lambda part: part.flip(axis))

    def mirror(self, axis: int | str = 0) -> Self:
        """Append the mirror image of each component along a dimension; none changes its sign.

        See `Field.mirror`.
        """
        return self._each(lambda part: part.mirror(axis))

    def tile(self, n: int = 1, axis: int | str = 0, *, include_edge: bool = False) -> Self:
        """Append copies along a dimension; see `Field.tile`."""
        return self._each(lambda part: part.tile(n, axis, include_edge=include_edge))

    def _each(self, operation: Callable[[Any], Any]) -> Self:
        vector: Any = self
        parts = [operation(part) for part in vector.components]
        made: Self = type(vector)(parts, vector.axes, vector.name)
        return made


class LazyArray(BackendArray):  # type: ignore[misc, unused-ignore]  # untyped in some xarrays
    """Values of a variable in another order along one axis, or times a number, when they are read.

    Parameters
    ----------
    variable : xarray.Variable
        Lazy values.
    axis : int, optional
        The axis.
    positions : ndarray of int, optional
        Which of its values stand there.
    factor : float, optional
        The number.
    """

    def __init__(
        self,
        variable: xr.Variable,
        axis: int = 0,
        positions: Array | None = None,
        factor: float | None = None,
    ) -> None:
        self.variable = variable
        self.axis = axis
        self.positions = positions
        self.factor = factor
        shape = list(variable.shape)
        if positions is not None:
            shape[axis] = len(positions)
        self.shape = tuple(shape)
        self.dtype = np.dtype(variable.dtype)
        if factor is not None:
            self.dtype = (np.ones(1, self.dtype) * factor).dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> Array:
        if self.positions is None:
            return np.asarray(self.variable[key].values * self.factor)
        chosen = self.positions[key[self.axis]]
        if np.ndim(chosen) == 0 or not np.size(chosen):
            part: Any = int(chosen) if np.ndim(chosen) == 0 else slice(0, 0)
            return np.asarray(self.variable[self._at(key, part)].values)
        # One contiguous part of the file, put in order in memory, is read much faster than places.
        first, last = int(chosen.min()), int(chosen.max())
        values = self.variable[self._at(key, slice(first, last + 1))].values
        dropped = sum(isinstance(part, (int, np.integer)) for part in key[: self.axis])
        return np.asarray(np.take(values, chosen - first, axis=self.axis - dropped))

    def _at(self, key: tuple[Any, ...], part: Any) -> tuple[Any, ...]:
        return (*key[: self.axis], part, *key[self.axis + 1 :])


def _lazy(variable: xr.Variable, **how: Any) -> xr.Variable:
    array = indexing.LazilyIndexedArray(LazyArray(variable, **how))
    return xr.Variable(variable.dims, array, variable.attrs)


def _number(factor: Any) -> float:
    try:
        value = float(factor) if np.ndim(factor) == 0 else None
    except (TypeError, ValueError):
        value = None
    if value is None or isinstance(factor, str):
        raise BadOption(
            f"scale({factor!r}): the factor is one number. Fields and arrays are multiplied by *.",
            "factor",
        )
    return value
