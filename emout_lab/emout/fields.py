"""`Field` as upstream has it: EMSES units in arithmetic, SI in drawings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from emout_lab.emout import joining
from emout_lab.emout.drawing import DrawingMixin
from emout_lab.emout.places import OF_RUN, PlacesMixin
from emout_lab.emout.sources import Conversion, EmsesSource
from emout_lab.emses import fields, lazy_array
from emout_lab.emses.field_sources import DIMS
from emout_lab.emses.numpy_protocol import plain
from emout_lab.emses.plot import labels
from emout_lab.emses.run import Run
from emout_lab.emses.units import EMSES_UNIT, Unit
from emout_lab.errors import DataError, NoConversion

if TYPE_CHECKING:
    from typing_extensions import Self


Array = np.ndarray[Any, Any]

_NO_KEY = (
    "the parameter file has no conversion key. Add a first line like: "
    "!!key dx=[0.001],to_c=[1000.0]"
)
#: Methods that change an array in place.
_CHANGING = frozenset({"fill", "sort", "partition", "put", "resize", "setfield"})
#: Of an array's methods those for which xarray's of the same name do the same.
_XARRAYS = frozenset({"T", "astype", "copy", "round", "real", "imag"})


class Field(DrawingMixin, PlacesMixin, fields.Field):
    """A field, or a part of one, with values and arithmetic in EMSES units.

    Everything that `emout_lab.emses.fields.Field` can, with upstream's names: ``val_si``,
    ``valunit``, ``axisunits``, ``x`` (grid points) and ``x_si``, ``use_axes``, ``slices``; methods
    of arrays, and values that can be set.

    Parameters
    ----------
    array : xarray.DataArray
        Values in EMSES units; coordinates are numbers of grid points and output steps.
    unit : Unit, optional
        Conversion of the values to SI; None where it is not known.
    units : Conversion, optional
        That of the coordinates; None without a conversion key.

    Examples
    --------
    >>> import tempfile
    >>> import emout_lab.emout as emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> phi = emout.Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3)).phisp[-1, 4]
    >>> phi.x, phi.use_axes, phi.valunit.unit
    (array([0, 1, 2, 3, 4, 5, 6, 7, 8]), ['y', 'x'], 'V')
    >>> bool(np.isclose(phi.val_si[4, 4], phi.valunit.reverse(phi[4, 4].item())))
    True
    """

    _units: Conversion | None

    @classmethod
    def from_source(cls, source: Any, keys: tuple[Any, ...] = ()) -> Self:
        """Make the lazy field of an `EmsesSource`, indexed by each of `keys` in turn."""
        field = cls(lazy_array.data_array(source), source.si, source.conversion, (source, ()))
        for key in keys:
            field = field[key]
        return field

    @classmethod
    def of(cls, field: fields.Field, run: Run) -> Self:
        """Make the same of a field in SI that is read from files."""
        if field._recipe is None:
            raise DataError(f"{field.name or 'This field'} is not one of a run's files.")
        source, keys = field._recipe
        return cls.from_source(EmsesSource.of(source, run.recipe()), keys)

    def again(self) -> Self:
        """Return the same field as an object of its own."""
        return type(self)(self._array, self._unit, self._units, self._recipe)

    # Units

    @property
    def val_si(self) -> Array | Any:
        """The values in SI, densities in 1/cm^3.

        Raises
        ------
        NoConversion
            When the conversion is not known; it is an `AttributeError` as well.
        """
        unit = self._known_unit()
        values: Any = super().val_si  # which takes them for what is in SI
        return unit.reverse(values)

    @property
    def val_emses(self) -> Array | Any:
        """The values."""
        return self.values if self._unit is None else super().val_si

    @property
    def axisunits(self) -> list[Unit] | None:
        """Units of t, z, y and x; None without a conversion key."""
        return None if self._units is None else [self._units.of(dim) for dim in DIMS]

    def _known_unit(self) -> Unit:
        if self._unit is not None:
            return self._unit
        if self._units is None:
            raise NoConversion(f"{self.name or 'This field'} has no SI values: {_NO_KEY}")
        raise NoConversion(
            f"The SI unit of {self.name or 'this expression'} is not known. Compute it of values "
            "in SI, such as data.ex.val_si ** 2, or use the EMSES values as they are."
        )

    # A series of steps

    @property
    def grid_shape(self) -> tuple[int, ...]:
        """Points along z, y and x."""
        return self.shape[1:] if self.dims[:1] == ("t",) else self.shape

    @property
    def trange(self) -> list[int]:
        """Numbers of the output steps."""
        return [int(step) for step in self._places("t")]

    @property
    def is_series(self) -> bool:
        """Whether this is all of a file, of which nothing was taken."""
        return self._recipe is not None and not self._recipe[1]

    @property
    def lazy(self) -> Self:
        """The whole field to take parts of."""
        return self[:] if self.is_series else self

    def select_space(self, *places: Any) -> Any:
        """Take a part along z, y and x, and all steps."""
        if len(places) == 1 and isinstance(places[0], tuple):
            places = places[0]
        whole = (slice(None),) if "t" in self.dims else ()
        return self[whole + places]

    def time_series(self, x: Any, y: Any, z: Any, *, skip_overlap: bool = False) -> Any:
        """Return the values of all steps at a point or in a part, as an array.

        Parameters
        ----------
        x, y, z : int or slice
            Grid points.
        skip_overlap : bool
            Leave out the first step of a restart, which repeats the last one before.
        """
        series: Any = self
        if not skip_overlap and self._recipe is not None:
            series = type(self).from_source(joining.overlapping(self._source()), self._recipe[1])
        return fields.Field.time_series(series, x, y, z).values

    def chain(self, other: Field) -> Self:
        """Return this series with another behind it, whose first step repeats the last one."""
        if not isinstance(other, Field):
            raise TypeError(f"A series is followed by another one, not by {type(other).__name__}.")
        joined = joining.joined(self._source(), other._source())
        return type(self).from_source(joined)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Field) and self.is_series and other.is_series:
            return self.chain(other)
        return super().__add__(other)

    def close(self) -> None:
        """Do nothing: files are opened and closed as they are needed."""

    # Arrays

    def materialize(self) -> Self:
        """Return the same field with its values in memory."""
        return self.compute()

    def to_numpy(self) -> Array:
        """Return the values as an array of its own."""
        return np.array(self.values)

    def mean(self, axis: Any = None, **options: Any) -> Any:
        """Mean along dimensions; of a part of the files in all four, by default along time alone.

        Parameters
        ----------
        axis : int, str or sequence of them, optional
            Places or names of dimensions.
        **options
            As for `numpy.mean`; ``keep_metadata`` may be given, and changes nothing.
        """
        options.pop("keep_metadata", None)
        is_selection = self._recipe is not None and self.ndim == len(DIMS)
        return super().mean(0 if axis is None and is_selection else axis, **options)

    def transpose(self, *axes: Any) -> Any:
        """Return the field with its dimensions in another order, by places or names; reversed."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], (int, str)) else axes
        names = [self._dim(axis) for axis in order or ()]
        return super().__getattr__("transpose")(*names)

    def squeeze(self, axis: Any = None) -> Any:
        """Return the field without the dimensions that have one position."""
        axes = axis if isinstance(axis, (tuple, list)) or axis is None else (axis,)
        names = None if axes is None else [self._dim(each) for each in axes]
        return super().__getattr__("squeeze")(names)

    def _dim(self, axis: Any) -> str:
        return str(axis) if isinstance(axis, str) else self.dims[axis]

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        if not isinstance(part, Field) or part.ndim:
            return part
        # A single value is a number, as that of an array; that of a whole series is Python's.
        value = part.values.flat[0]
        return value.item() if self.is_series else value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._writable()[plain(key)] = plain(value)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out: Sequence[Any] = kwargs.get("out") or ()
        if not any(isinstance(item, Field) for item in out):
            return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)
        targets = [item._writable() if isinstance(item, Field) else item for item in out]
        getattr(ufunc, method)(*plain(tuple(inputs)), **plain({**kwargs, "out": tuple(targets)}))
        return out[0] if len(out) == 1 else out

    def _writable(self) -> Array:
        """Take the values into memory, where they can be changed."""
        if self.is_lazy or not self._array.values.flags.writeable:
            self._array, self._recipe = self._array.copy(data=np.array(self.values)), None
        self._made_by = None
        return self._array.values

    def to_xarray(self, *, use_si: bool = False) -> xr.DataArray:
        """Return the `xarray.DataArray`, lazy if the field is.

        Parameters
        ----------
        use_si : bool
            With values and coordinates in SI, where the conversion is known.
        """
        array = super().to_xarray()
        if not use_si or self._units is None:
            return array
        if self._unit is not None:
            array = (array * self._unit.factor).assign_attrs(array.attrs, units=self._unit.unit)
        scaled = {
            dim: array.coords[dim]
            .copy(data=self.axis(dim, use_si=True))
            .assign_attrs(units=self._axis_unit(dim, True))
            for dim in DIMS
            if dim in array.coords
        }
        converted: xr.DataArray = array.assign_coords(scaled)
        return converted

    def view(self, *, use_si: bool = True, is_film: bool = False) -> labels.View:
        """Read the values, and bring along what a drawing needs: values and axes in SI, or not."""
        if not self.size:
            return super().view(use_si=use_si)
        is_si = use_si and self._unit is not None
        values = self.val_si if is_si else self._operand
        return labels.View(
            name=self.name,
            unit=self._unit.unit if is_si and self._unit is not None else EMSES_UNIT,
            values=values if is_film else np.asarray(values),
            dims=self.dims,
            axes=tuple(self.axis(dim, use_si=use_si) for dim in self.dims),
            axis_units=tuple(self._axis_unit(dim, use_si) for dim in self.dims),
            fixed=tuple(self._fixed_positions(use_si)),
        )

    def unit_of_drawings(self, *, use_si: bool = True) -> tuple[Callable[[Any], Any] | None, str]:
        """Return what brings values into the unit of a drawing (None: nothing), and that unit."""
        if not use_si or self._unit is None:
            return None, EMSES_UNIT
        return self._unit.reverse, self._unit.unit

    def _derived(self, array: xr.DataArray, is_same_quantity: bool = True) -> Self:
        return type(self)(array, self._unit if is_same_quantity else None, self._units)

    def __getattr__(self, name: str) -> Any:
        if name in DIMS:
            return self._places(name)
        if name.endswith("_si") and name[:-3] in DIMS:
            if self._units is None:
                raise NoConversion(f"No {name}: {_NO_KEY}")
            return self._units.in_si(name[:-3], self._places(name[:-3]))
        # Of a property that has failed: its own message.
        if name == "val_si":
            self._known_unit()
        if name in OF_RUN:
            self._source()
        if name.startswith("_") or name in _XARRAYS or not hasattr(np.ndarray, name):
            return super().__getattr__(name)
        # xarray's methods of what is computed in blocks do not read all of it.
        if getattr(self, "is_large", False):
            with contextlib.suppress(AttributeError):
                return super().__getattr__(name)
        return self._of_array(name)

    def _of_array(self, name: str) -> Any:
        found = getattr(self._writable() if name in _CHANGING else self.values, name)
        if not callable(found):
            return found

        @wraps(found)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = found(*plain(args), **plain(kwargs))
            return self._with_values(result, self.name, True) if name == "clip" else result

        return call

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *(f"{dim}_si" for dim in DIMS), *DIMS})
