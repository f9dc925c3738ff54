"""From a scene to pixels, by PyVista."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np

from emout_lab.emses.plot3d import gl, memory
from emout_lab.emses.plot3d.camera import Camera
from emout_lab.emses.plot3d.colours import one_colour
from emout_lab.emses.plot3d.layers import Layer

Array = np.ndarray[Any, Any]

#: Size of texts at scale 1, in pixels.
FONT_PX: Final = 17
#: Axes on the outer edges of what is drawn.
BOUNDS: Final = {"location": "outer", "fmt": "%.3g", "n_xlabels": 4, "n_ylabels": 4, "n_zlabels": 4}
#: Smaller than the picture, so that the words beside the axes are in it.
ROOM: Final = 0.88
#: Opening of the camera [degree]; zooming changes it.
VIEW_ANGLE: Final = 30.0


class Scenery(Protocol):
    """What is drawn."""

    layers: list[Layer]
    background: Any
    bounds: dict[str, Any] | None
    has_axes: bool

    @property
    def length(self) -> str:
        """Unit of the positions."""


def frames(
    scene: Scenery, cameras: Sequence[Camera], size: tuple[int, int], scale: float
) -> list[Array]:
    """Draw a scene as each camera sees it.

    Parameters
    ----------
    scene : Scene
        What is drawn.
    cameras : sequence of Camera
        One for each picture.
    size : (int, int)
        Width and height in pixels.
    scale : float
        Size of texts and lines.

    Returns
    -------
    list of ndarray, shape (height, width, 3), uint8
    """
    with gl.rendering() as pyvista:
        memory.require(memory.LEAST + size[0] * size[1] * memory.BYTES_PER_PIXEL, "plot3d()")
        plotter = pyvista.Plotter(off_screen=True, window_size=list(size), theme=_theme(pyvista))
        try:
            fill(plotter, scene, scale)
            found = []
            for camera in cameras:
                plotter.camera.view_angle = VIEW_ANGLE
                camera.aim(plotter)
                if scene.bounds is not None and camera.camera_position is None:
                    plotter.camera.zoom(ROOM)
                plotter.render()
                found.append(np.array(plotter.screenshot(return_img=True))[..., :3])
            return found
        finally:
            # What OpenGL holds is freed in this thread, whoever collects the rest.
            plotter.close()


def fill(plotter: Any, scene: Scenery, scale: float = 1.0) -> None:
    """Add all that a scene has to a plotter."""
    plotter.set_background(one_colour(scene.background))
    plotter.render_window.SetDPI(max(1, round(72 * scale)))
    for layer in scene.layers:
        layer.draw(plotter)
    for actor in plotter.renderer.actors.values():
        if scale != 1 and hasattr(actor, "prop") and hasattr(actor.prop, "line_width"):
            actor.prop.line_width *= scale
    if scene.bounds is not None:
        add_bounds(plotter, scene, font_size=FONT_PX)
    if scene.has_axes:
        plotter.add_axes()


def add_bounds(plotter: Any, scene: Scenery, **options: Any) -> None:
    """Draw axes with ticks around a scene: along its fields, where it has any."""
    given = {**_titles(scene.length), **BOUNDS, **options}
    boxes = np.array([layer.box for layer in scene.layers if layer.box is not None])
    if boxes.size:
        low, high = boxes[:, ::2].min(axis=0), boxes[:, 1::2].max(axis=0)
        given["bounds"] = [float(each) for each in np.stack([low, high], axis=1).ravel()]
    plotter.show_bounds(**{**given, **(scene.bounds or {})})


def _titles(length: str) -> dict[str, str]:
    return {f"{dim}title": f"{dim} [{length}]" if length else dim for dim in "xyz"}


def _theme(pyvista: Any) -> Any:
    """Return settings of our own: those of the process are the user's."""
    theme = pyvista.themes.DocumentTheme()
    theme.font.size, theme.font.label_size, theme.font.title_size = FONT_PX, FONT_PX, FONT_PX
    return theme
