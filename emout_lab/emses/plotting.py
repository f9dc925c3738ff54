"""What fields and vectors draw besides ``plot()`` and ``gifplot()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from emout_lab.emses import boundaries, execution, plot3d
from emout_lab.emses import plot as drawing
from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.plotter import Plotter
from emout_lab.errors import DataError

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from typing_extensions import Self

    from emout_lab.emses.plot.animation import FieldAnimation
    from emout_lab.emses.plot.panels import FrameUpdater

Array = np.ndarray[Any, Any]


class PlotMixin:
    """What fields and vectors share."""

    def build_frame_updater(self, **options: Any) -> FrameUpdater | Any:
        """Return one of several panels of an animation: ``gifplot(action="frames")``."""
        return cast("Any", self).gifplot(**{**options, "action": "frames"})


class FieldPlotMixin(FieldBase, PlotMixin):
    """What fields have besides."""

    def cmap(self, **options: Any) -> Any:
        """Draw a colour map: ``plot(mode="cm")``."""
        return cast("Any", self).plot(**{**options, "mode": "cm"})

    def contour(self, **options: Any) -> Any:
        """Draw contour lines: ``plot(mode="cont")``."""
        return cast("Any", self).plot(**{**options, "mode": "cont"})

    def masked(self, mask: Array | Callable[[Self], Any]) -> Self:
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
        field = self.compute()
        is_hidden = np.asarray(mask(field) if callable(mask) else mask, dtype=bool)
        array = field.to_xarray()
        return field._derived(array.where(~array.copy(data=is_hidden)))

    @property
    def plot(self) -> Plotter:
        """Draw a line or a colour map: ``field.plot()``; also xarray's ``field.plot.hist()``, …."""
        return Plotter(self)

    @property
    def emout_lab_steps(self) -> Any:
        """Output steps of a plane that matplotlib draws itself, as ``plt.imshow(field)`` does."""
        return self.plot.steps()

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
        origin = drawing.parallel_frames.Origin(self, axis, use_si, options)
        views = [self.view(use_si=use_si, is_film=True)]
        return drawing.panels.animate(views, axis=axis, origin=origin, **options)

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
            For `emout_lab.emses.plot.surfaces.plot_surfaces`: ``planes={"y": 0.03}``,
            ``bounds={"z": (0, 0.02)}``, ``cmap``, ``vmin``, ``vmax``, ``ax``, … With bounds and
            both limits of the colours, only what lies in the bounds is read.
        """
        if set(self.dims) != set("zyx"):
            raise DataError(
                f"plot_surfaces() draws in a volume, {self.name or 'this field'} has "
                f"{self.dims}. Take one step, such as {self.name or 'field'}[-1]."
            )
        found = boundaries.surfaces_of(surfaces, use_si=use_si)
        field = cast("Any", self)
        if options.get("bounds") is not None and None not in (
            options.get("vmin"),
            options.get("vmax"),
        ):
            box = drawing.bounds.Bounds3D.of(options["bounds"])
            field = field[tuple(box.part(dim, self.axis(dim, use_si=use_si)) for dim in self.dims)]
        view = field.transpose(*"zyx").view(use_si=use_si)
        return drawing.surfaces.plot_surfaces(view, found, **options)

    @execution.recordable
    def plot3d(self, mode: str = "box", **options: Any) -> Any:
        """Draw a volume, or a plane in space, with PyVista where the data are.

        Parameters
        ----------
        mode : {"box", "slice", "contour", "volume"}
            The faces of the volume, planes across it (``planes={"y": 0.03}``, through the middle by
            default), isosurfaces (``contour_levels=8`` or their values; ``"isosurface"`` is another
            name), or all of it, partly transparent.
        **options
            ``plotter`` (the scene that is added to), ``surfaces`` (bodies), ``window_size``,
            ``camera``, ``camera_position``, ``azimuth``, ``elevation``, ``zoom``, ``savefilepath``,
            ``show``, ``cmap``, ``vmin``, ``vmax``, ``clim``, ``norm``, ``opacity``, ``use_si``,
            ``offsets``, ``add_scalar_bar``, ``add_outline``, ``show_bounds``, ``max_points``, …:
            see the page on plot3d. Others go to PyVista's ``add_mesh`` or ``add_volume``.

        Returns
        -------
        Scene
            Notebooks show it; ``.show()``, ``.save("a.png")``, ``.film("a.gif")``. The plotter
            where one of PyVista was given.

        Raises
        ------
        MissingExtra
            When PyVista is not installed where it is drawn.
        NoRendering
            When there is no OpenGL.
        DataError
            When this is no volume or plane of one output step.
        BadOption
            When an option does not fit.
        TooLarge
            When there is no memory for it.

        Examples
        --------
        >>> import tempfile
        >>> from emout_lab.emses import Emout
        >>> from emout_lab.emses.demo import write_demo_data
        >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2))
        >>> scene = data.phisp[-1].plot3d("slice", window_size=(320, 240))
        >>> data.boundaries.plot3d(plotter=scene, opacity=0.5)
        <Scene of field, surface>
        >>> scene.pixels().shape
        (240, 320, 3)
        """
        return plot3d.drawings.field(self, mode, surfaces_of=boundaries.surfaces_of, **options)

    def to_vtk(
        self,
        filename: str | os.PathLike[str] | None = None,
        use_si: bool = True,
        array_name: str | None = None,
        *,
        offsets: Any = None,
    ) -> Any:
        """Return one output step as an `ImageData` of PyVista, or write it to a file.

        Parameters
        ----------
        filename : path, optional
            A ``.vti`` file; its path is returned then.
        use_si : bool
            False for EMSES units.
        array_name : str, optional
            Of the values; that of the field by default.
        offsets : sequence, optional
            What is added to x, y, z.

        Returns
        -------
        pyvista.ImageData or pathlib.Path
            Its values are those of the grid points, x fastest. A `RectilinearGrid` where positions
            are not evenly spaced.

        Raises
        ------
        MissingExtra
            When PyVista is not installed.
        DataError
            When this is no part of one output step.
        """
        if filename is not None:
            return self.save_vtk(filename, use_si=use_si, array_name=array_name, offsets=offsets)
        return plot3d.vtk_files.dataset(self, use_si=use_si, array_name=array_name, offsets=offsets)

    def save_vtk(
        self,
        filename: str | os.PathLike[str],
        *,
        use_si: bool = True,
        array_name: str | None = None,
        offsets: Any = None,
    ) -> Path:
        """Write one output step as a ``.vti`` file for ParaView; arguments as for `to_vtk`.

        Raises
        ------
        OSError
            When the file cannot be written; an old one is as it was then.
        """
        return plot3d.vtk_files.save(
            self, filename, use_si=use_si, array_name=array_name, offsets=offsets
        )
