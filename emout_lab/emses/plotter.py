"""`field.plot`: our drawing when it is called, and xarray's drawings as its attributes."""

from __future__ import annotations

from functools import wraps
from typing import Any

from emout_lab.emses import execution
from emout_lab.emses import plot as drawing
from emout_lab.emses.field_base import FieldBase
from emout_lab.errors import DataError


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
            view = drawing.offsets.plane(
                field.view(use_si=use_si), offsets, options.get("axes", "auto")
            )
            artist = drawing.maps.plot_map(view, **options)
            drawing.levels.warn_if_outside(options.get("levels"), view, stacklevel=2)
            return artist
        name = field.name
        example = ", ".join([*["-1"] * (field.ndim - 2), ":", ":"])
        raise DataError(
            f"plot() draws one or two dimensions, {name or 'this field'} has {field.ndim}: "
            f"{field.dims}. Take a slice first, such as {name or 'field'}[{example}]."
        )

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
            return getattr(self._field.to_xarray(use_si=use_si).plot, name)(*args, **kwargs)

        return draw

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
