"""`field.plot`: our drawing when it is called, and xarray's drawings as its attributes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial, wraps
from typing import Any

from emout_lab.emses import execution, step_values
from emout_lab.emses import plot as drawing
from emout_lab.emses.field_base import FieldBase
from emout_lab.errors import DataError

#: Drawings of xarray that colour cells.
OF_CELLS = ("imshow", "pcolormesh")


class Plotter:
    """Draws one field.

    ``field.plot()`` draws a line or a colour map with SI labels. What `xarray.DataArray.plot` has
    beyond that is here under the same name and takes the same arguments, and ``use_si=False``:
    ``field.plot.contourf(levels=12)``, ``field.plot.hist()``, ``field.plot.imshow(col="t")``.

    Parameters
    ----------
    field : Field
        What is drawn.
    """

    def __init__(self, field: FieldBase) -> None:
        self._field = field

    @property
    def name(self) -> str:
        """How this is shown where it is recorded."""
        return f"{self._field.name or 'field'}.plot"

    def __call__(self, *, use_si: bool = True, **options: Any) -> Any:
        """Draw a line (one dimension) or a colour map (two dimensions) on the current axes.

        Parameters
        ----------
        use_si : bool
            False for EMSES units.
        **options
            For `emout_lab.emses.plot.maps.plot_map` (``mode``, ``axes``, ``cmap``, ``vmin``,
            ``vmax``, ``norm``, …) or `emout_lab.emses.plot.lines.plot_line`; both take ``ax``,
            ``title``, ``xlabel``, ``ylabel``, ``savefilename`` and ``show``.

        Returns
        -------
        matplotlib.artist.Artist
            The line, image (a mesh where positions are not evenly spaced) or contour set.

        Raises
        ------
        DataError
            When there are not one or two dimensions.
        BadOption
            When an option does not fit the values, or there is none of its name.
        """
        field = self._field
        ref = execution.current().record(field, "plot", (), {"use_si": use_si, **options})
        if ref is not None:
            return ref
        offsets = options.pop("offsets", None)
        if field.ndim == 1:
            view = drawing.offsets.line(field.view(use_si=use_si), offsets)
            return drawing.lines.plot_line(view, **options)
        if field.ndim == 2 and options.get("mode") == "surf":
            place = drawing.planes.place_of(field, use_si)
            del options["mode"]
            view = field.view(use_si=use_si)
            return drawing.planes.plot_in_space(view, *place, offsets=offsets, **options)
        if field.ndim == 2:
            return self._map(use_si, offsets, options)
        name = field.name
        example = ", ".join([*["-1"] * (field.ndim - 2), ":", ":"])
        raise DataError(
            f"plot() draws one or two dimensions, {name or 'this field'} has {field.ndim}: "
            f"{field.dims}. Take a slice first, such as {name or 'field'}[{example}]."
        )

    def _map(self, use_si: bool, offsets: Any, options: dict[str, Any]) -> Any:
        axes = options.get("axes", "auto")
        view = drawing.offsets.plane(self._field.view(use_si=use_si), offsets, axes)
        artist = drawing.maps.plot_map(view, **options)
        if options.get("mode", "cm") in drawing.map_steps.MODES:
            how = {"view": replace(view, values=None), "offsets": offsets, "axes": axes}
            steps = self.steps(use_si=use_si, read=drawing.map_steps.Arranged, **how)
            drawing.map_steps.give(artist, steps)
        drawing.levels.warn_if_outside(options.get("levels"), view, stacklevel=3)
        return artist

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"'Plotter' object has no attribute {name!r}")
        method = getattr(self._field.to_xarray().plot, name)

        @wraps(method)
        def draw(*args: Any, use_si: bool = True, **kwargs: Any) -> Any:
            ref = execution.current().record(self, name, args, {"use_si": use_si, **kwargs})
            if ref is not None:
                return ref
            if name == "imshow":
                self._refuse_uneven({kwargs.get("row"), kwargs.get("col")})
            artist = getattr(self._field.to_xarray(use_si=use_si).plot, name)(*args, **kwargs)
            if name in OF_CELLS and not args:
                first, last = self._field.dims[0], self._field.dims[-1]
                is_turned = kwargs.get("x") == first or kwargs.get("y") == last
                steps = self.steps(use_si=use_si, is_turned=is_turned)
                drawing.map_steps.give(artist, steps)
            return artist

        return draw

    def steps(self, *, use_si: bool = True, read: Any = None, **how: Any) -> Any:
        """Return which output steps a map of the field has, None where there is only one.

        Parameters
        ----------
        use_si : bool
            False for EMSES units.
        read : callable, optional
            `emout_lab.emses.plot.map_steps.Arranged`, or `Plain`: how a map has the values.
        **how
            For ``read``.

        Returns
        -------
        emout_lab.emses.plot.map_steps.MapSteps or None
        """
        field = self._field
        found = step_values.at_all_steps(field) if field.ndim == 2 else None
        if found is None:
            return None
        convert, value_unit = field.unit_of_drawings(use_si=use_si)
        reader = (read or drawing.map_steps.Plain)(found, convert, **how)
        return drawing.map_steps.MapSteps(
            found.at,
            found.count,
            partial(found.times, use_si=use_si),
            field.axis_unit(step_values.TIME, use_si=use_si),
            reader,
            value_unit=value_unit,
        )

    def _refuse_uneven(self, facets: set[Any]) -> None:
        """Refuse xarray's image, which takes the first two positions of an axis for all."""
        for dim in self._field.dims:
            if dim not in facets and not drawing.spacing.is_even(self._field.axis(dim)):
                raise DataError(
                    f".plot.imshow() needs evenly spaced positions, and those along {dim} are not. "
                    "Draw it with .plot() or .plot.pcolormesh(), which draw where they are."
                )

    def __dir__(self) -> list[str]:
        drawings = (name for name in dir(self._field.to_xarray().plot) if not name.startswith("_"))
        return sorted({*super().__dir__(), *drawings})

    def __repr__(self) -> str:
        return f"<{self.name}: call it, or one of xarray's drawings such as .contourf()>"
