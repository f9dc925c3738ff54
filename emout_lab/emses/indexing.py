"""Parts of fields: by index, and by position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import xarray as xr

from emout_lab.emses import lazy_array, numpy_protocol, positions, step_values
from emout_lab.emses.blocks.nodes import plain_slice
from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.field_sources import FieldSource
from emout_lab.emses.policy import is_granted
from emout_lab.emses.unit_conversion import axis_factor
from emout_lab.errors import BadIndex, NoSuchPosition

if TYPE_CHECKING:
    from typing_extensions import Self


class IndexingMixin(FieldBase):
    """What fields have to be taken apart with; a part of a file's field knows its recipe."""

    @classmethod
    def from_source(cls, source: FieldSource, keys: tuple[Any, ...] = ()) -> Self:
        """Make the lazy field of a source, indexed by each of `keys` in turn."""
        field = cls(lazy_array.data_array(source), source.unit, source.units, (source, ()))
        for key in keys:
            field = field[key]
        return field

    def __reduce__(self) -> tuple[Any, ...]:
        if self._recipe is not None:
            return type(self).from_source, self._recipe
        return type(self), (self._array, self._unit, self._units)

    def __iter__(self) -> Iterator[Self]:
        for position in range(len(self)):
            yield self[position]

    def __getitem__(self, key: Any) -> Any:
        if numpy_protocol.needs_numpy(key):
            return self._operand[numpy_protocol.operands(key)]
        index = self.normalised(key)
        part = self._array.isel(dict(zip(self.dims, index, strict=True)))
        recipe = None
        if self._recipe is not None:
            source, keys = self._recipe
            if is_granted() and not source.is_granted:
                return type(self).from_source(replace(source, is_granted=True), (*keys, index))
            recipe = (source, (*keys, index))
        found = type(self)(part, self._unit, self._units, recipe)
        if self._made_by is not None:
            found._made_by = step_values.part(self._made_by, index)
        return found

    def normalised(self, key: Any) -> tuple[Any, ...]:
        """Return an index with a part for each dimension, checked against the shape.

        Parameters
        ----------
        key : object
            As it stands in brackets.

        Raises
        ------
        BadIndex
            When a part is no index, or names a position that is not there.
        """
        parts = list(key) if isinstance(key, tuple) else [key]
        holes = [position for position, part in enumerate(parts) if part is Ellipsis]
        missing = self.ndim - (len(parts) - len(holes))
        name = self.name or "this field"
        if missing < 0 or len(holes) > 1:
            what = "Two '...'" if len(holes) > 1 else f"{len(parts) - len(holes)} indices"
            has = f"{name} has {self.ndim} dimensions {self.dims}"
            raise BadIndex(f"{what} are too many: {has}, got {key!r}.")
        place = holes[0] if holes else len(parts)
        parts[place : place + 1] = [slice(None)] * missing
        index = []
        for dim, size, part in zip(self.dims, self.shape, parts, strict=True):
            index.append(positions.whole_number(part, dim, name))
            positions.check_range(index[-1], size, dim, name)
            if isinstance(index[-1], slice):
                index[-1] = plain_slice(index[-1], size)
        return tuple(index)

    def sel(
        self,
        indexers: Mapping[str, Any] | None = None,
        method: str | None = None,
        tolerance: Any = None,
        drop: bool = False,
        **positions_by_dim: Any,
    ) -> Any:
        """Take a part by positions: the nearest within half a cell.

        Parameters
        ----------
        indexers, **positions_by_dim
            A number, a sequence of them or a slice (with both its ends) for each dimension, in the
            unit of its coordinate: [m] and [s] with a conversion key.
        method, tolerance, drop
            As for `xarray.DataArray.sel`, which is used where one of them is given.

        Raises
        ------
        NoSuchPosition
            When nothing lies within half a cell of a position; the message names the neighbours.

        Examples
        --------
        >>> import tempfile
        >>> from emout_lab.emses import Emout
        >>> from emout_lab.emses.demo import write_demo_data
        >>> phi = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)).phisp
        >>> phi.sel(t=0, y=0.0161, x=slice(0.008, 0.024)).shape
        (9, 3)
        """
        wanted = {**(indexers or {}), **positions_by_dim}
        is_plain = method is None and tolerance is None and not drop
        if not is_plain or any(isinstance(each, xr.DataArray) for each in wanted.values()):
            return self._wrapped(self._array.sel)(wanted, method, tolerance, drop)
        part: Any = self
        for dim, each in wanted.items():
            if dim not in self.dims:
                raise NoSuchPosition(
                    f"{self.name or 'This field'} has no dimension {dim!r} to take a part of; it "
                    f"has {self.dims}."
                )
            cell = None if dim == "t" else axis_factor(self._array, dim, self._units)
            unit = self._axis_unit(dim, True)
            place = positions.nearest(each, self.axis(dim), dim, unit, cell)
            part = part[tuple(place if name == dim else slice(None) for name in part.dims)]
        return part
