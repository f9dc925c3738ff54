"""What fields and vectors draw besides ``plot()`` and ``gifplot()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from emout_lab.emses import boundaries, execution
from emout_lab.emses import plot as drawing
from emout_lab.errors import DataError

if TYPE_CHECKING:
    from emout_lab.emses.fields import Field
    from emout_lab.emses.plot.panels import FrameUpdater

Array = np.ndarray[Any, Any]


class Pictures:
    """What fields and vectors share."""

    def build_frame_updater(self, **options: Any) -> FrameUpdater | Any:
        """Return one of several panels of an animation: ``gifplot(action="frames")``."""
        return cast("Any", self).gifplot(**{**options, "action": "frames"})


class FieldPictures(Pictures):
    """What fields have besides."""

    def cmap(self, **options: Any) -> Any:
        """Draw a colour map: ``plot(mode="cm")``."""
        return cast("Any", self).plot(**{**options, "mode": "cm"})

    def contour(self, **options: Any) -> Any:
        """Draw contour lines: ``plot(mode="cont")``."""
        return cast("Any", self).plot(**{**options, "mode": "cont"})

    def masked(self, mask: Array | Callable[[Field], Any]) -> Field:
        """Return the field with some values missing (NaN), which are not drawn.

        Parameters
        ----------
        mask : ndarray of bool or callable
            Where values are to be missing, or what finds that from the field.

        Examples
        --------
        >>> import tempfile
        >>> from emout_lab.emses import Emout
        >>> from emout_lab.emses.demo import write_demo_data
        >>> phi = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)).phisp[-1, 4, 4]
        >>> phi.masked(lambda phi: phi < phi.mean()).count().item()
        8
        """
        field = cast("Any", self).compute()
        is_hidden = np.asarray(mask(field) if callable(mask) else mask, dtype=bool)
        array = field.to_xarray()
        kept: Field = field._derived(array.where(~array.copy(data=is_hidden)))
        return kept

    @execution.recordable
    def plot_surfaces(self, surfaces: Any = (), *, use_si: bool = True, **options: Any) -> Any:
        """Draw surfaces in a volume, coloured by the field on them.

        Parameters
        ----------
        surfaces : BoundaryCollection, Boundary, Mesh, Surface or sequence of them
            Such as ``data.boundaries``, or ``data.boundaries.render(style="solid")``.
        use_si : bool
            False for EMSES units.
        **options
            For `emout_lab.emses.plot.surfaces.plot_surfaces`: ``planes={"y": 0.03}``, ``cmap``,
            ``vmin``, ``vmax``, ``ax``, …
        """
        field = cast("Field", self)
        if set(field.dims) != set("zyx"):
            raise DataError(
                f"plot_surfaces() draws in a volume, {field.name or 'this field'} has "
                f"{field.dims}. Take one step, such as {field.name or 'field'}[-1]."
            )
        found = boundaries.surfaces_of(surfaces, use_si=use_si)
        view = field.transpose(*"zyx").view(use_si=use_si)
        return drawing.surfaces.plot_surfaces(view, found, **options)
