"""Classes of matplotlib that are given remote objects: they are made on the engine, too.

``make_axes_locatable(ax)``, ``ConnectionPatch(…, axesA=ax)``, ``Circle(…, transform=ax.transAxes)``
and ``FuncAnimation(fig, …)`` make objects which look into the axes or the figure that they are
given. Such classes are often imported by name, so only their making can be met.
"""

from __future__ import annotations

from typing import Any

from matplotlib.animation import Animation
from matplotlib.artist import Artist
from matplotlib.colorbar import Colorbar
from matplotlib.gridspec import GridSpecBase, SubplotSpec
from matplotlib.transforms import TransformNode
from matplotlib.widgets import Widget
from mpl_toolkits.axes_grid1.axes_divider import Divider
from mpl_toolkits.axes_grid1.axes_grid import Grid

from emout_lab.engine.values import Reference
from emout_lab.remote import expression as text
from emout_lab.remote.ambient import AMBIENT

CLASSES: tuple[Any, ...] = (
    Animation,
    Artist,
    Colorbar,
    Divider,
    Grid,
    GridSpecBase,
    SubplotSpec,
    TransformNode,
    Widget,
)


def install() -> None:
    """Let these classes ask from now on where an object is to be made."""
    for each in CLASSES:
        each.__new__ = _new


def _new(cls: type[Any], *args: Any, **kwargs: Any) -> Any:
    """Make an object: on the engine where what it is given is there, else here as always."""
    recording = AMBIENT.recording
    if recording is None or not any(
        isinstance(each, Reference) for each in (*args, *kwargs.values())
    ):
        return object.__new__(cls)
    label = text.application(cls.__name__, args, kwargs)
    # No object of the class: Python does not initialise it.
    return recording.queue.effect(cls, args, kwargs, expression=label)
