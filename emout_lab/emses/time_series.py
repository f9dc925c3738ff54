"""Values along time at points of a field, and in small parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.field_sources import DIMS
from emout_lab.errors import BadOption, DataError

if TYPE_CHECKING:
    from typing_extensions import Self


class TimeSeriesMixin(FieldBase):
    """What fields with all four dimensions have besides."""

    def time_series(self, x: Any, y: Any, z: Any, *, skip_overlap: bool = True) -> Self:
        """Return all output steps at a point, or in a part of the box; lazy, as every slice.

        Parameters
        ----------
        x, y, z : int, slice or list of int
            Grid points.
        skip_overlap : bool
            Leave out the first step of a restart, which repeats the last one of the run before.
            Nothing else can be had of a run with restarts.

        Returns
        -------
        Field
            ``field[:, z, y, x]``: ``.plot()`` draws it over time, ``.values`` is its array.

        Raises
        ------
        DataError
            When the field does not have the dimensions t, z, y, x any more.

        Examples
        --------
        >>> import tempfile
        >>> from emout_lab.emses import Emout
        >>> from emout_lab.emses.demo import write_demo_data
        >>> phi = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3)).phisp
        >>> phi.time_series(4, 4, 6).shape, phi.time_series(slice(2, 6), 4, 6).dims
        ((3,), ('t', 'x'))
        """
        name = self.name or "field"
        if self.dims != DIMS:
            raise DataError(
                f"time_series() takes points of a whole field, {name} has {self.dims}. Index a "
                "part of one instead: the first dimension of [:, ...] is t."
            )
        if not skip_overlap and self._recipe is not None and len(self._recipe[0].segments) > 1:
            raise BadOption(
                f"time_series(skip_overlap=False): {name} goes on in restarts, whose first step "
                "repeats the last one before and is not read. Leave the option out, or open each "
                "run alone: Emout(..., append_directories=[]).",
                "skip_overlap",
            )
        return cast("Self", cast("Any", self)[:, z, y, x])
