"""`Field`: a lazy array of one physical quantity, with NumPy's manners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from emout_lab.emses import execution, lazy_array, numpy_protocol
from emout_lab.emses import plot as drawing
from emout_lab.emses.field_sources import DIMS, FieldSource
from emout_lab.emses.parts import FieldParts
from emout_lab.emses.pictures import FieldPictures
from emout_lab.emses.plotter import Plotter
from emout_lab.emses.policy import is_granted
from emout_lab.emses.unit_conversion import axis_factor, axis_unit, in_emses_units
from emout_lab.emses.units import EMSES_UNIT, Unit, Units
from emout_lab.errors import DataError
from emout_lab.xarrays import is_in_memory, with_values

if TYPE_CHECKING:
    from emout_lab.emses.plot.animation import FieldAnimation

Array = np.ndarray[Any, Any]


class Field(numpy_protocol.NumpyManners, FieldParts, FieldPictures):
    """A field, or a part of one: values with dimensions, coordinates and a unit.

    Values and coordinates are **SI** where the run has a conversion key (``field.units`` says which
    unit), else EMSES units, labelled so. `val_emses` and ``use_si=False`` convert back.

    Slicing (integers, slices, ``...``, lists) reads nothing; the values are read when they are
    needed, and only those of the slice. Nothing is kept: use `compute` to hold values in memory.
    Operators and ufuncs work by position, as in NumPy, and give fields; other NumPy functions give
    plain arrays.

    Parameters
    ----------
    array : xarray.DataArray
        Values (lazy or not) with coordinates.
    unit : Unit, optional
        Unit of the values; None where it is not known.
    units : Units, optional
        Units of the run, for the coordinates; None without a conversion key.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> phi = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3)).phisp
    >>> phi.shape, phi[-1, :, 4].dims, phi.units
    ((3, 9, 9, 9), ('z', 'x'), 'V')
    >>> round(float(phi[-1, 4, 4, 4]), 3)
    -1.473
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

    @classmethod
    def from_source(cls, source: FieldSource, keys: tuple[Any, ...] = ()) -> Field:
        """Make the lazy field of a source, indexed by each of `keys` in turn."""
        field = cls(lazy_array.data_array(source), source.unit, source.units, (source, ()))
        for key in keys:
            field = field[key]
        return field

    def __reduce__(self) -> tuple[Any, ...]:
        if self._recipe is not None:
            return type(self).from_source, self._recipe
        return type(self), (self._array, self._unit, self._units)

    # What it is

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

    # Values

    @property
    def values(self) -> Array:
        """The values as an array; read now unless in memory."""
        if self.is_lazy:
            return execution.current().read_once(self, lambda: np.asarray(self._array.values))
        return np.asarray(self._array.values)

    @property
    def val_si(self) -> Array:
        """The values in SI.

        Raises
        ------
        DataError
            When the conversion is not known.
        """
        self._require_unit()
        return self.values

    @property
    def val_emses(self) -> Array:
        """The values in EMSES units."""
        if self._unit is not None:
            return np.asarray(self._unit.trans(self.values))
        if self.units == EMSES_UNIT:
            return self.values
        raise DataError(
            "This expression has no unit, so it cannot be given in EMSES units. Convert its "
            "operands with .val_emses."
        )

    def compute(self) -> Field:
        """Return the same field with its values in memory."""
        return self._derived(self._array.compute()) if self.is_lazy else self

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
        array: xr.DataArray = self._array.copy(deep=False)
        if use_si or self._units is None:
            return array
        return in_emses_units(array, self._unit, self._units)

    def renamed(self, name: str) -> Field:
        """Return the same field under another name."""
        return self._derived(self._array.rename(name))

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

    # Parts

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a single value")
        return self.shape[0]

    def __iter__(self) -> Iterator[Field]:
        for position in range(len(self)):
            yield self[position]

    def __getitem__(self, key: Any) -> Any:
        if numpy_protocol.needs_numpy(key):
            return self.values[numpy_protocol.plain(key)]
        index = self.normalised(key)
        part = self._array.isel(dict(zip(self.dims, index, strict=True)))
        recipe = None
        if self._recipe is not None:
            source, keys = self._recipe
            if is_granted() and not source.is_granted:
                return Field.from_source(replace(source, is_granted=True), (*keys, index))
            recipe = (source, (*keys, index))
        return Field(part, self._unit, self._units, recipe)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"'Field' object has no attribute {name!r}")
        if name.endswith("_si") and name[:-3] in self._array.coords:
            self._require_unit(self._units)
            return self.axis(name[:-3])
        try:
            value = getattr(self._array, name)
        except AttributeError:
            hint = f": its array has it, field.values.{name}" if hasattr(np.ndarray, name) else ""
            raise AttributeError(f"'Field' object has no attribute {name!r}{hint}") from None
        if isinstance(value, xr.DataArray):
            return self._derived(value) if value.name == self._array.name else value
        return self._wrapped(value) if callable(value) else value

    def __dir__(self) -> Iterable[str]:
        return sorted(
            {*super().__dir__(), *(name for name in dir(self._array) if not name.startswith("_"))}
        )

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

    def _derived(self, array: xr.DataArray, is_same_quantity: bool = True) -> Field:
        return Field(array, self._unit if is_same_quantity else None, self._units)

    def _with_values(self, values: Array, name: str | None, is_same_quantity: bool) -> Field:
        """Put other values at the same places."""
        attributes = {"units": self.units} if is_same_quantity and self.units else {}
        variable = xr.Variable(self._array.dims, values, attributes)
        # copy(data=values) would copy every index as well, in ten times the time.
        return self._derived(with_values(self._array, variable, name), is_same_quantity)

    # Pictures

    @property
    def plot(self) -> Plotter:
        """Draw a line or a colour map: ``field.plot()``; also xarray's ``field.plot.hist()``, …."""
        return Plotter(self)

    @execution.recordable
    def gifplot(
        self, *, axis: int = 0, use_si: bool = True, **options: Any
    ) -> FieldAnimation | Any:
        """Animate along a dimension, by default the first.

        Parameters
        ----------
        axis : int
            Dimension that becomes the time of the animation.
        use_si : bool
            False for EMSES units.
        **options
            For `emout_lab.emses.plot.panels.animate`: ``fps``, ``title``, ``mode``, ``cmap``,
            ``vmin``, ``vmax``, …

        Returns
        -------
        FieldAnimation
            Call ``.save("film.gif")``, or let the notebook show it.
        """
        if self.ndim not in (2, 3):
            raise DataError(
                f"gifplot() animates a line or a map, {self.name or 'this field'} has {self.dims}. "
                f"Take a slice first, such as {self.name or 'field'}[:, :, 32, :]."
            )
        origin = drawing.sharing.Origin(self, axis, use_si, options)
        views = [self.view(use_si=use_si)]
        return drawing.panels.animate(views, axis=axis, origin=origin, **options)

    def view(self, *, use_si: bool = True) -> drawing.labels.View:
        """Read the values, and bring along the coordinates and labels that a drawing needs.

        Raises
        ------
        DataError
            When there are no values.
        """
        if not self.size:
            sizes = dict(zip(self.dims, self.shape, strict=True))
            raise DataError(f"{self.name or 'This field'} is empty ({sizes}): nothing to draw.")
        values = self.values if use_si or self._unit is None else self.val_emses
        unit = self.units if use_si or self._unit is None else EMSES_UNIT
        return drawing.labels.View(
            name=self.name,
            unit=unit,
            values=values,
            dims=self.dims,
            axes=tuple(self.axis(dim, use_si=use_si) for dim in self.dims),
            axis_units=tuple(self._axis_unit(dim, use_si) for dim in self.dims),
            fixed=tuple(self._fixed_positions(use_si)),
        )

    def _fixed_positions(self, use_si: bool) -> Iterator[tuple[str, str]]:
        for dim in DIMS:
            if dim in self._array.coords and dim not in self._array.dims:
                position = float(self.axis(dim, use_si=use_si))
                yield dim, drawing.labels.quantity_text(position, self._axis_unit(dim, use_si))

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
