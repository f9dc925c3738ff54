"""What a field is: a lazy array of one physical quantity, with its unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from emout_lab.emses import execution
from emout_lab.emses.arithmetic import Quantity, at_places_of
from emout_lab.emses.blocks.array import BlockArray
from emout_lab.emses.field_sources import DIMS, FieldSource
from emout_lab.emses.large_arrays import blocks_of, in_blocks, is_large
from emout_lab.emses.plot import labels
from emout_lab.emses.unit_conversion import axis_factor, axis_unit, in_emses_units
from emout_lab.emses.units import EMSES_UNIT, Unit, Units
from emout_lab.errors import DataError
from emout_lab.xarrays import is_in_memory

if TYPE_CHECKING:
    from typing_extensions import Self

Array = np.ndarray[Any, Any]


class FieldBase:
    """Values with dimensions, coordinates and a unit, and what they are in each system of units.

    What can be done with them (`NumpyMixin`), how parts are taken (`IndexingMixin`) and how they
    are drawn (`FieldPlotMixin`) stands on this; `emout_lab.emses.fields.Field` is all of it.
    """

    def __init__(
        self,
        array: xr.DataArray,
        unit: Unit | None = None,
        units: Units | None = None,
        _recipe: tuple[FieldSource, tuple[Any, ...]] | None = None,
    ) -> None:
        self._array = array
        self._unit = unit
        self._units = units
        self._recipe = _recipe
        # Of an expression: what was computed, see `emout_lab.emses.step_values`.
        self._made_by: Any = None

    @property
    def name(self) -> str:
        """Name of the field; empty after operations that change the quantity."""
        return str(self._array.name or "")

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions, such as ``("z", "x")``."""
        return tuple(str(dim) for dim in self._array.dims)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape; reads nothing."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """Number of values."""
        return self._array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the values."""
        return self._array.dtype

    @property
    def nbytes(self) -> int:
        """Bytes that all values take once they are in memory."""
        return self.size * self.dtype.itemsize

    @property
    def units(self) -> str:
        """Unit of the values as text; empty where it is not known."""
        return str(self._array.attrs.get("units", ""))

    @property
    def valunit(self) -> Unit | None:
        """Unit of the values with its conversion (``trans``, ``reverse``), or None."""
        return self._unit

    @property
    def _quantity(self) -> Quantity:
        """Array and unit, for arithmetic."""
        return Quantity(self._array, self._unit)

    @property
    def is_lazy(self) -> bool:
        """Whether the values are still in the file."""
        return not is_in_memory(self._array.variable)

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + (0 if self.is_lazy else self.nbytes)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{dim}: {size}" for dim, size in zip(self.dims, self.shape, strict=True))
        fixed = ", ".join(f"{dim} = {text}" for dim, text in self._fixed_positions(True))
        state = f"lazy, {self.nbytes / 2**20:.1f} MiB" if self.is_lazy else "in memory"
        unit = f" [{self.units}]" if self.units else ""
        head = f"<Field {self.name or 'expression'}{unit} ({sizes}) {self.dtype}, {state}>"
        return head + (f"\n  at {fixed}" if fixed else "")

    @property
    def values(self) -> Array:
        """The values as an array; read now unless in memory."""
        if self.is_lazy:
            return execution.current().read_once(self, lambda: np.asarray(self._array.values))
        return np.asarray(self._array.values)

    @property
    def is_large(self) -> bool:
        """Whether it is computed in blocks: the values are not in memory, and above the limit."""
        return is_large(self._array)

    @property
    def _operand(self) -> Array | BlockArray:
        """What to compute with: values, or the blocks of a large field."""
        return blocks_of(self._array, self._recipe) if self.is_large else self.values

    @property
    def val_si(self) -> Array | Any:
        """The values in SI; of a large field an array that is computed in blocks.

        Raises
        ------
        DataError
            When the conversion is not known.
        """
        self._require_unit()
        return self._operand

    @property
    def val_emses(self) -> Array | Any:
        """The values in EMSES units; of a large field an array that is computed in blocks."""
        if self._unit is not None:
            values = self._unit.trans(self._operand)
            return values if isinstance(values, BlockArray) else np.asarray(values)
        if self.units == EMSES_UNIT:
            return self._operand
        raise DataError(
            "This expression has no unit, so it cannot be given in EMSES units. Convert its "
            "operands with .val_emses."
        )

    def compute(self) -> Self:
        """Return the same field with its values in memory."""
        if not self.is_lazy:
            return self
        if self._recipe is None:  # an expression, which xarray takes for values
            return self._with_values(self.values, self._array.name, True)
        return self._derived(self._array.compute())

    def item(self) -> Any:
        """Return the one value of a field that has just one."""
        return self.values.item()

    def to_xarray(self, *, use_si: bool = True) -> xr.DataArray:
        """Return the `xarray.DataArray`, lazy if the field is.

        Parameters
        ----------
        use_si : bool
            False for EMSES units.
        """
        array: xr.DataArray = in_blocks(self._array, self._recipe).copy(deep=False)
        if use_si or self._units is None:
            return array
        return in_emses_units(array, self._unit, self._units)

    def renamed(self, name: str) -> Self:
        """Return the same field under another name."""
        other = self._derived(self._array.rename(name))
        other._made_by = self if self._recipe is not None else self._made_by
        return other

    def axis(self, dim: str, *, use_si: bool = True) -> Array:
        """Coordinates along a dimension.

        Parameters
        ----------
        dim : {"t", "z", "y", "x"}
            Also one of those that a slice has fixed.
        use_si : bool
            False for EMSES units (grid index, ``dt`` as in the parameter file).
        """
        coordinate = np.asarray(self._array.coords[dim].values)
        if use_si or self._units is None:
            return coordinate
        return coordinate / axis_factor(self._array, dim, self._units)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.ndim == 0 else format(str(self), spec)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a single value")
        return self.shape[0]

    def _wrapped(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Let a method of the DataArray give a field where the quantity stays the same."""

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            is_same = isinstance(result, xr.DataArray) and result.attrs.get(
                "units"
            ) == self._array.attrs.get("units")
            return self._derived(result) if is_same else result

        return call

    def _derived(self, array: xr.DataArray, is_same_quantity: bool = True) -> Self:
        return type(self)(array, self._unit if is_same_quantity else None, self._units)

    def _with_values(self, values: Any, name: Any, is_same_quantity: bool) -> Self:
        """Put other values at the same places."""
        array = at_places_of(self._array, values, name, is_same_quantity)
        return self._derived(array, is_same_quantity)

    def view(self, *, use_si: bool = True, is_film: bool = False) -> labels.View:
        """Read the values, and bring along the coordinates and labels that a drawing needs.

        The values of a film that is larger than memory stay in blocks: it shows one frame at a
        time.

        Raises
        ------
        DataError
            When there are no values.
        """
        if not self.size:
            sizes = dict(zip(self.dims, self.shape, strict=True))
            raise DataError(f"{self.name or 'This field'} is empty ({sizes}): nothing to draw.")
        values = self._operand if use_si or self._unit is None else self.val_emses
        if not is_film:
            values = np.asarray(values)
        unit = self.units if use_si or self._unit is None else EMSES_UNIT
        return labels.View(
            name=self.name,
            unit=unit,
            values=values,
            dims=self.dims,
            axes=tuple(self.axis(dim, use_si=use_si) for dim in self.dims),
            axis_units=tuple(self._axis_unit(dim, use_si) for dim in self.dims),
            fixed=tuple(self._fixed_positions(use_si)),
        )

    def unit_of_drawings(self, *, use_si: bool = True) -> tuple[Callable[[Any], Any] | None, str]:
        """Return what brings values into the unit of a drawing (None: nothing), and that unit."""
        if use_si or self._unit is None:
            return None, self.units
        return self._unit.trans, EMSES_UNIT

    def fixed_positions(self, *, use_si: bool = True) -> list[tuple[str, str]]:
        """Return the dimensions that slices have fixed, with their positions as text."""
        return list(self._fixed_positions(use_si))

    def _fixed_positions(self, use_si: bool) -> Iterator[tuple[str, str]]:
        for dim in DIMS:
            if dim in self._array.coords and dim not in self._array.dims:
                position = float(self.axis(dim, use_si=use_si))
                yield dim, labels.quantity_text(position, self._axis_unit(dim, use_si))

    def axis_unit(self, dim: str, *, use_si: bool = True) -> str:
        """Return the unit of the coordinates along a dimension, see `axis`."""
        return self._axis_unit(dim, use_si)

    def _axis_unit(self, dim: str, use_si: bool) -> str:
        return axis_unit(self._array, dim, self._units, use_si)

    def _require_unit(self, unit: Any = ...) -> None:
        if (self._unit if unit is ... else unit) is not None:
            return
        if self._units is None:
            raise DataError(
                f"{self.name or 'This field'} is in EMSES units: the parameter file has no "
                "conversion key. Add a first line like: !!key dx=[0.001],to_c=[1000.0]"
            )
        raise DataError(
            f"The SI unit of {self.name or 'this expression'} is not known; use .values."
        )
