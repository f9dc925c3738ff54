"""Options that all of ``plot3d`` takes, and what is done with a scene after each call."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any

from emout_lab.emses import execution
from emout_lab.emses.plot.actions import one_file
from emout_lab.emses.plot3d import camera as cameras
from emout_lab.emses.plot3d import rendering
from emout_lab.emses.plot3d.colours import one_colour
from emout_lab.emses.plot3d.layers import Layer
from emout_lab.emses.plot3d.scene import Scene, checked_file, checked_size
from emout_lab.errors import BadOption

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class SceneOptions:
    """Options of the picture, as opposed to those of what is drawn.

    Parameters
    ----------
    plotter : Scene or pyvista.Plotter, optional
        Add to this one; by default a new scene is made.
    window_size, size : (int, int), optional
        Width and height in pixels, at 150 dpi.
    background : optional
        Colour.
    title : str, optional
        Above the picture; the time by default, ``""`` for none.
    show_bounds : bool, optional
        Axes with ticks around what is drawn.
    bounds_kwargs : dict, optional
        For PyVista's ``show_bounds``.
    add_axes : bool
        Arrows in a corner that show x, y, z.
    filename, savefilename, savefilepath : path, optional
        Three names for one: write the picture there.
    show : bool
        Show it at once.
    camera, camera_position, azimuth, elevation, roll, zoom : optional
        See `emout_lab.emses.plot3d.camera.Camera`.
    """

    plotter: Any = None
    window_size: Any = None
    size: Any = None
    background: Any = None
    title: str | None = None
    show_bounds: bool | None = None
    bounds_kwargs: dict[str, Any] | None = None
    add_axes: bool = True
    filename: PathLike | None = None
    savefilename: PathLike | None = None
    savefilepath: PathLike | None = None
    show: bool = False
    camera: Any = None
    camera_position: Any = None
    azimuth: float | None = None
    elevation: float | None = None
    roll: float | None = None
    zoom: float | None = None

    @property
    def file(self) -> PathLike | None:
        """The file to be written."""
        found = one_file(one_file(self.filename, self.savefilename), self.savefilepath)
        if found is not None:
            checked_file(found)
        return found

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height; None where that is not given."""
        if self.size is not None and self.window_size is not None:
            raise BadOption("size and window_size are one option: leave out one.", "size")
        given = self.size if self.window_size is None else self.window_size
        return None if given is None else checked_size(given)


def split(options: dict[str, Any]) -> tuple[SceneOptions, dict[str, Any]]:
    """Part the options of the picture from those of what is drawn."""
    names = {each.name for each in fields(SceneOptions)}
    own = {name: value for name, value in options.items() if name in names}
    return SceneOptions(**own), {n: v for n, v in options.items() if n not in names}


def drawn(layers: list[Layer], given: SceneOptions, *, has_bounds: bool) -> Any:
    """Add layers to the scene that is meant, and do with it what was asked for.

    Parameters
    ----------
    layers : list of Layer
        What is drawn.
    given : SceneOptions
        Of the picture.
    has_bounds : bool
        Whether there are axes around it by default.

    Returns
    -------
    Scene, or the pyvista.Plotter that was given
    """
    file = given.file
    if given.plotter is not None and not isinstance(given.plotter, Scene):
        return _added(layers, given, file, has_bounds=has_bounds)
    scene = Scene() if given.plotter is None else given.plotter
    view = scene.view.changed(**{name: getattr(given, name) for name in cameras.OPTIONS})
    pixels = given.pixels
    for layer in layers:
        scene.add(layer)
    scene.view = view
    _arrange(scene, given, pixels, has_bounds=has_bounds)
    if execution.current().is_on_worker:
        scene.draw()
    if file is not None:
        scene.save(file)
    if given.show:
        scene.show()
    return scene


def _arrange(
    scene: Scene, given: SceneOptions, pixels: tuple[int, int] | None, *, has_bounds: bool
) -> None:
    """Change what was given of a scene, and leave the rest of it as it was."""
    scene.window_size = pixels or scene.window_size
    scene.background = scene.background if given.background is None else given.background
    scene.title = scene.title if given.title is None else given.title
    scene.has_axes = scene.has_axes or given.add_axes
    if given.show_bounds is False:
        scene.bounds = None
    elif given.show_bounds or (has_bounds and scene.bounds is None):
        scene.bounds = dict(given.bounds_kwargs or {})
    scene.changed()


def _added(
    layers: list[Layer], given: SceneOptions, file: PathLike | None, *, has_bounds: bool
) -> Any:
    """Add layers to a plotter of PyVista in this process."""
    plotter = given.plotter
    if not hasattr(plotter, "add_mesh") or not hasattr(plotter, "screenshot"):
        raise BadOption(
            f"plotter={plotter!r}: give what plot3d() returned, or a pyvista.Plotter.", "plotter"
        )
    scene = Scene()
    for layer in layers:
        layer.prepare()
        scene.layers.append(layer)
        layer.draw(plotter)
        if (bar := layer.bar) is not None:
            plotter.add_scalar_bar(title=bar.label)
    if given.show_bounds or (has_bounds and given.show_bounds is None):
        scene.bounds = dict(given.bounds_kwargs or {})
        rendering.add_bounds(plotter, scene)
    look = {n: v for n in cameras.OPTIONS if (v := getattr(given, n)) is not None}
    _finish(plotter, given, look, file)
    return plotter


def _finish(plotter: Any, given: SceneOptions, look: dict[str, Any], file: PathLike | None) -> None:
    """Do with a plotter of PyVista what was asked for."""
    if given.background is not None:
        plotter.set_background(one_colour(given.background))
    if given.add_axes:
        plotter.add_axes()
    if look:
        cameras.Camera(**look).aim(plotter)
    if file is not None:
        plotter.screenshot(os.fspath(file))
    if given.show:
        plotter.show()
