"""`Field`: a lazy array of one physical quantity, which NumPy and pyplot take as an array."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr

from emout_lab.emses.indexing import IndexingMixin
from emout_lab.emses.large_arrays import in_blocks
from emout_lab.emses.large_fields import LargeFieldMixin
from emout_lab.emses.numpy_protocol import NumpyMixin
from emout_lab.emses.plotting import FieldPlotMixin
from emout_lab.emses.symmetries import SymmetryMixin
from emout_lab.emses.time_series import TimeSeriesMixin


class Field(
    NumpyMixin, SymmetryMixin, TimeSeriesMixin, IndexingMixin, FieldPlotMixin, LargeFieldMixin
):
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

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"'Field' object has no attribute {name!r}")
        if name.endswith("_si") and name[:-3] in self._array.coords:
            self._require_unit(self._units)
            return self.axis(name[:-3])
        try:
            value = getattr(in_blocks(self._array, self._recipe), name)
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
