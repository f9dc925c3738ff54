"""`Scene`: what ``plot3d()`` gives, a picture in space that more can be added to."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import Any, Final

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from emout_lab import pyplot_figures
from emout_lab.emses import execution
from emout_lab.emses.plot import actions
from emout_lab.emses.plot3d import figure as figures
from emout_lab.emses.plot3d import gl, rendering
from emout_lab.emses.plot3d.camera import Camera, around
from emout_lab.emses.plot3d.colours import Bar
from emout_lab.emses.plot3d.film import SceneFilm
from emout_lab.emses.plot3d.layers import Layer, StepLayer, polygons
from emout_lab.errors import BadOption
from emout_lab.files import make_folder_of, write_file

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]

#: Methods of PyVista's plotters that a scene passes on, by how their names begin.
PASSED_ON: Final = ("add_", "enable_", "disable_", "remove_", "set_", "hide_", "show_", "view_")
#: A file without a suffix gets this one.
FORMAT: Final = "png"
FRAMES: Final = 36


class Scene:
    """A picture in space, drawn by PyVista without a screen where the data are.

    ``plot3d(plotter=scene)`` adds to it. A notebook shows it where it is a cell's last value. What
    PyVista's plotters can besides is passed on: ``scene.add_text("here")``, ``scene.view_xy()``.

    Parameters
    ----------
    window_size : (int, int), optional
        Width and height in pixels, at the 150 dpi that remote figures have; 960 x 720 by default.
    background : optional
        Colour.

    Examples
    --------
    >>> Scene(window_size=(320, 240))
    <Scene of nothing>
    """

    #: How it is shown where a drawing is recorded.
    name = "scene"

    def __init__(self, *, window_size: Any = None, background: Any = "white") -> None:
        self.window_size = None if window_size is None else checked_size(window_size)
        self.background = background
        self.layers: list[Layer] = []
        self.view = Camera()
        self.bounds: dict[str, Any] | None = None
        self.has_axes = False
        self.title: str | None = None
        self.version = 0
        self._figure: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_figure": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    # What it is

    @property
    def bars(self) -> list[Bar]:
        """What its colour bars show."""
        return [layer.bar for layer in self.layers if layer.bar is not None]

    @property
    def length(self) -> str:
        """Unit of the positions."""
        return next((unit for layer in self.layers if (unit := layer.extent[0])), "")

    @property
    def shown_title(self) -> str:
        """Its title; by default the time of what is drawn."""
        if self.title is not None:
            return self.title
        return next((text for layer in self.layers if (text := layer.extent[1])), "")

    @property
    def nbytes(self) -> int:
        """Bytes of what it holds."""
        return sum(layer.nbytes for layer in self.layers)

    def __repr__(self) -> str:
        parts = [type(layer).__name__.removesuffix("Layer").lower() for layer in self.layers]
        return f"<Scene of {', '.join(parts) or 'nothing'}>"

    # Parts

    def add(self, layer: Layer) -> None:
        """Add a layer; where the data are here, it is read now, so that errors come now."""
        if not execution.current().draws_elsewhere:
            layer.prepare()
        self.layers.append(layer)
        self.changed()

    def changed(self) -> None:
        """Note that it looks different from now on."""
        self.version += 1
        if self._figure is not None:
            self._figure.arrange()

    @execution.recordable
    def add_mesh(self, mesh: Any, **options: Any) -> Scene:
        """Add a mesh of PyVista, or what has a ``mesh()`` of vertices and faces.

        Parameters
        ----------
        mesh : pyvista.DataSet or Mesh
            In the unit of the axes.
        **options
            As PyVista's ``add_mesh`` takes them.
        """
        arrays = mesh.mesh() if hasattr(mesh, "mesh") and not hasattr(mesh, "n_points") else None
        shown = mesh if arrays is None else polygons(*arrays)
        self.add(StepLayer(options=options, method="add_mesh", args=(shown,)))
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not name.startswith(PASSED_ON):
            raise AttributeError(
                f"'Scene' object has no attribute {name!r}; see scene.show(), .save(), .film(), "
                ".look(), and PyVista's add_…() methods"
            )
        if not callable(getattr(gl.pyvista().Plotter, name, None)):
            raise AttributeError(f"PyVista's plotters have no {name}(), so a scene has none")

        def add(*args: Any, **options: Any) -> Scene:
            self.add(StepLayer(options=options, method=name, args=args))
            return self

        return add

    # Camera

    def look(self, camera: Any = None, **options: Any) -> Scene:
        """See the scene from somewhere else.

        Parameters
        ----------
        camera : str or Camera, optional
            A preset, such as ``"xz"``.
        **options
            ``camera_position``, ``azimuth``, ``elevation``, ``roll``, ``zoom``, see `Camera`.
        """
        if isinstance(camera, Camera):
            self.view = camera
        else:
            self.view = self.view.changed(camera=camera, **options)
        self.changed()
        return self

    @property
    def camera_position(self) -> Any:
        """Place of the camera as PyVista has it: ``(position, focal point, up)``, or a preset."""
        return self.view.camera_position or self.view.camera or "isometric"

    @camera_position.setter
    def camera_position(self, position: Any) -> None:
        self.look(camera_position=position)

    # Pictures

    @execution.recordable
    def draw(self) -> Scene:
        """Make it a figure of pyplot; nothing is rendered before that is shown or saved."""
        for layer in self.layers:
            layer.prepare()
        # Where there is no OpenGL, this call fails and not the figure later.
        with gl.rendering():
            pass
        if self._figure is None or not pyplot_figures.is_any_open([self._figure]):
            self._figure = plt.figure(
                FigureClass=figures.SceneFigure,
                figsize=figures.size_in_inches(self.window_size),
                dpi=figures.DPI,
                scene=self,
            )
        return self

    @execution.recordable
    def show(self) -> Scene | None:
        """Show the picture: in the notebook, in a window, or where an engine was asked for it."""
        picture = execution.current().picture(self, "draw")
        if picture is not None:
            picture.show()
            return None
        self.draw()
        plt.show()
        self.close()
        # Whoever has a ref shows what is returned.
        return self if execution.current().is_on_worker else None

    def to_bytes(self, format: str = FORMAT, *, dpi: float = figures.DPI) -> bytes:
        """Return the picture as the content of a file.

        Parameters
        ----------
        format : str
            Any that matplotlib writes; in SVG and PDF the picture is one of pixels.
        dpi : float
            Dots per inch; 150 give `window_size` pixels, 300 twice as many along each side.
        """
        picture = execution.current().picture(self, "draw", fmt=format, dpi=dpi)
        if picture is not None:
            return bytes(picture.data)
        return figures.file_of(self, format, dpi)

    def save(self, filename: PathLike, *, dpi: float = figures.DPI) -> None:
        """Write the picture to a file, whole or not at all; a folder that is missing is made.

        Raises
        ------
        BadOption
            When there is no such format.
        OSError
            When the file cannot be written.
        """
        path, format = checked_file(filename)
        data = self.to_bytes(format, dpi=dpi)
        make_folder_of(path)
        write_file(path, data)

    def screenshot(
        self, filename: PathLike | None = None, *, return_img: bool = True
    ) -> Array | None:
        """Write the picture to a file, and return its pixels, as PyVista's plotters do.

        Returns
        -------
        ndarray, shape (height, width, 3), uint8
        """
        if filename is not None:
            self.save(filename)
        return self.pixels() if return_img else None

    def pixels(self) -> Array:
        """Return the picture as an array, shape (height, width, 3), uint8."""
        with Image.open(io.BytesIO(self.to_bytes())) as image:
            return np.asarray(image.convert("RGB"))

    @execution.recordable
    def film(
        self,
        filename: PathLike | None = None,
        *,
        frames: int = FRAMES,
        azimuth: float = 360.0,
        elevation: float | None = None,
        cameras: Sequence[Any] | None = None,
        fps: float | None = 10,
        interval: float = actions.DEFAULT_INTERVAL_MS,
        repeat: bool = True,
    ) -> SceneFilm:
        """Make a film of a way around the scene; all workers draw its frames.

        Parameters
        ----------
        filename : path, optional
            Write it there: ``.gif``, ``.webp``, and with ffmpeg ``.mp4``.
        frames : int
            How many.
        azimuth, elevation : float
            Angle of the whole way around, and elevation at its end [degree].
        cameras : sequence, optional
            A camera for each frame in place of that: `Camera`, options of it, or places as PyVista
            has them.
        fps, interval : float
            Frames per second, or milliseconds from frame to frame.
        repeat : bool
            Start again after the last frame.

        Returns
        -------
        SceneFilm
            Call ``.save("film.mp4")``, or let the notebook show it.
        """
        path = self._way(frames, azimuth, elevation, cameras)
        milliseconds = actions.milliseconds(fps, interval)
        if execution.current().is_on_worker:
            self.draw()
        drawn = Figure() if self._figure is None else self._figure
        film = SceneFilm(self, path, drawn, interval=milliseconds, repeat=repeat)
        if filename is not None:
            film.save(filename)
        return film

    #: PyVista's name of a film around a scene.
    orbit = film

    def _way(
        self, frames: Any, azimuth: float, elevation: float | None, cameras: Sequence[Any] | None
    ) -> list[Camera]:
        if cameras is not None:
            path = [self._camera(each) for each in cameras]
        elif isinstance(frames, bool) or not isinstance(frames, (int, np.integer)) or frames < 1:
            raise BadOption(f"frames={frames!r}: write how many, 1 at least.", "frames")
        else:
            path = list(around(self.view, int(frames), azimuth=azimuth, elevation=elevation))
        if not path:
            raise BadOption("cameras is empty: a film needs one frame at least.", "cameras")
        return path

    def _camera(self, given: Any) -> Camera:
        if isinstance(given, Camera):
            return given
        if isinstance(given, dict):
            return self.view.changed(**given)
        if isinstance(given, str):
            return self.view.changed(camera=given)
        return self.view.changed(camera_position=given)

    def fill(self, plotter: Any) -> Any:
        """Add all of it to a plotter of PyVista, which is returned."""
        rendering.fill(plotter, self)
        self.view.aim(plotter)
        return plotter

    def close(self) -> None:
        """Close its figure, where it has one; everything else closes itself after each picture."""
        if self._figure is not None:
            plt.close(self._figure)
            self._figure = None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002  # IPython's protocol
        picture = execution.current().picture(self, "draw")
        if picture is not None:
            return dict(picture._repr_mimebundle_())
        return {"image/png": self.to_bytes(), "text/plain": repr(self)}


def checked_size(size: Any) -> tuple[int, int]:
    """Return width and height in pixels."""
    fits = not isinstance(size, str) and np.shape(size) == (2,)
    if not fits or not all(np.isfinite(side) and 1 <= side for side in size):
        raise BadOption(
            f"window_size={size!r}: write width and height in pixels, such as (800, 600).",
            "window_size",
        )
    return int(size[0]), int(size[1])


def checked_file(filename: Any) -> tuple[str, str]:
    """Return the path of a picture, and its format."""
    if not isinstance(filename, (str, os.PathLike)) or not os.fspath(filename):
        raise BadOption(f"filename={filename!r} is no path: write 'scene.png'.", "filename")
    path = os.path.expanduser(os.fspath(filename))
    suffix = os.path.splitext(path)[1][1:].lower()
    if not suffix:
        return f"{path.rstrip('.')}.{FORMAT}", FORMAT
    known = figures.formats()
    if suffix not in known:
        raise BadOption(
            f"filename={os.fspath(filename)!r}: a scene is no .{suffix} file; there are "
            f"{', '.join(sorted(known))}. Meshes are written by field.save_vtk('part.vti').",
            "filename",
        )
    return path, suffix
