"""Where the values of a field are, and which run they are of, under upstream's names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emout.sources import Conversion, EmsesSource
from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.field_sources import DIMS
from emout_lab.emses.run import Run, reopened
from emout_lab.emses.units import GRID_UNIT

if TYPE_CHECKING:
    from emout_lab.emses.boundaries import BoundaryCollection

Array = np.ndarray[Any, Any]

#: Properties that the run gives.
OF_RUN = frozenset({"filename", "directory", "inp", "unit", "boundaries", "boundary"})


class PlacesMixin(FieldBase):
    """Coordinates, which are counted, and the run."""

    _units: Conversion | None

    def axis(self, dim: str | int, *, use_si: bool = False) -> Array:
        """Coordinates along a dimension, given by its name or its place.

        Parameters
        ----------
        dim : int or {"t", "z", "y", "x"}
            The dimension.
        use_si : bool
            In SI, where there is a conversion key.
        """
        name = self.dims[dim] if isinstance(dim, (int, np.integer)) else dim
        places = np.asarray(self._array.coords[name].values)
        return places if self._units is None or not use_si else self._units.in_si(name, places)

    @property
    def use_axes(self) -> list[str]:
        """Names of the dimensions."""
        return list(self.dims)

    @property
    def slice_axes(self) -> list[int]:
        """Numbers of the dimensions: t is 0, x is 3."""
        return [DIMS.index(dim) for dim in self.dims]

    @property
    def slices(self) -> list[slice]:
        """The part along t, z, y and x."""
        return [_as_slice(self._places(dim)) for dim in DIMS]

    def _places(self, dim: str) -> Array:
        if dim not in self._array.coords:
            raise AttributeError(f"{self.name or 'This field'} has no position along {dim} left.")
        return np.atleast_1d(self.axis(dim))

    def _axis_unit(self, dim: str, use_si: bool) -> str:
        if use_si and self._units is not None:
            return self._units.of(dim).unit
        return "" if dim == "t" else GRID_UNIT

    # Where it is from

    @property
    def filename(self) -> Path:
        """The (first) file."""
        return Path(self._source().path)

    @property
    def directory(self) -> Path:
        """Its directory."""
        return self.filename.parent

    @property
    def inp(self) -> Any:
        """The run's parameters."""
        return self._run().inp

    @property
    def unit(self) -> Any:
        """The run's units."""
        return self._run().unit

    @property
    def boundaries(self) -> BoundaryCollection:
        """The run's boundaries."""
        from emout_lab.emses.boundaries import read_boundaries  # noqa: PLC0415 - needed by few

        return read_boundaries(self._run().inp)

    boundary = boundaries

    def _run(self) -> Run:
        directory, input_path, output, policy, later = self._source().opening
        return reopened(directory, input_path, output, policy, list(later))

    def _source(self) -> EmsesSource:
        if self._recipe is None or not isinstance(self._recipe[0], EmsesSource):
            raise AttributeError(
                f"{self.name or 'This expression'} is computed, and tells of no run. Ask the run: "
                "data.inp, data.unit, data.boundaries."
            )
        return self._recipe[0]


def _as_slice(places: Array) -> slice:
    """Return positions that are evenly spaced as a slice."""
    step = int(places[1] - places[0]) if len(places) > 1 else 1
    return slice(int(places[0]), int(places[-1]) + step, step) if len(places) else slice(0, 0, 1)
