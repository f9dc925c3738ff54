"""Classes of matplotlib that are given remote objects: they are made on the engine, too.

``make_axes_locatable(ax)``, ``ConnectionPatch(…, axesA=ax)``, ``Circle(…, transform=…)``,
``ScalarMappable(norm)`` and ``FuncAnimation(fig, …)`` make objects which look into the axes, the
figure or the norm that they are given. Such classes are often imported by name, so only their
construction can be hooked. While a recording is open, and no longer, their ``__init__`` asks where
the object is to be made: one that is made on the engine becomes a ref here. (A ``__new__`` that was
once set on a class cannot be taken back: Python then refuses the arguments of its objects.)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from matplotlib.animation import Animation
from matplotlib.artist import Artist
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecBase, SubplotSpec
from matplotlib.transforms import TransformNode
from matplotlib.widgets import Widget
from mpl_toolkits.axes_grid1.axes_divider import Divider
from mpl_toolkits.axes_grid1.axes_grid import Grid

from emout_lab.engine.serialization import Reference
from emout_lab.remote import expression as text
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.ref import RemoteRef

CLASSES: tuple[Any, ...] = (
    Animation,
    Artist,
    Colorbar,
    Divider,
    Grid,
    GridSpecBase,
    ScalarMappable,
    SubplotSpec,
    TransformNode,
    Widget,
)

_INIT, _SUBCLASS = "__init__", "__init_subclass__"


class ConstructorHooks:
    """Hooks in ``__init__`` of these classes and all that are derived from them."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any, Any]] = []

    def install(self) -> None:
        """Set the hooks, on classes too that are defined or imported from now on."""
        for root in CLASSES:
            for cls in _with_subclasses(root):
                self._hook(cls)
            self._set(root, _SUBCLASS, classmethod(self._hook_subclasses_of(root)))

    def uninstall(self) -> None:
        """Take the hooks off all classes; what others have set meanwhile stays."""
        while self._undo:
            cls, name, ours, before = self._undo.pop()
            if vars(cls).get(name) is not ours:
                continue
            if before is None:
                delattr(cls, name)
            else:
                setattr(cls, name, before)

    def _set(self, cls: Any, name: str, value: Any) -> None:
        self._undo.append((cls, name, value, vars(cls).get(name)))
        setattr(cls, name, value)

    def _hook(self, cls: Any) -> None:
        # One inherited from a class that is none of these, as of HostAxes, is hooked here.
        init = cls.__init__
        if init is not object.__init__ and not hasattr(init, "_emout_lab_hook"):
            self._set(cls, _INIT, _hooked(init))

    def _hook_subclasses_of(self, root: Any) -> Callable[..., None]:
        before = vars(root).get(_SUBCLASS)

        def init_subclass(cls: Any, **options: Any) -> None:
            inherited = super(root, cls).__init_subclass__ if before is None else None
            (inherited or before.__get__(None, cls))(**options)
            self._hook(cls)

        return init_subclass


def _with_subclasses(root: Any) -> Iterator[Any]:
    yield root
    for cls in root.__subclasses__():
        yield from _with_subclasses(cls)


def _hooked(init: Callable[..., None]) -> Callable[..., None]:
    """Return an ``__init__`` that asks first."""

    @functools.wraps(init)
    def hooked(self: Any, *args: Any, **kwargs: Any) -> None:
        if not made_remotely(hooked, self, args, kwargs):
            init(self, *args, **kwargs)

    hooked._emout_lab_hook = True  # type: ignore[attr-defined]  # a mark of ours
    return hooked


def made_remotely(
    init: Callable[..., None], new: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    """Make a new object on the engine where what it is given is there; else leave it as it is."""
    recording = CONTEXT.recording
    cls = type(new)
    # An __init__ that another one calls makes nothing, and none that is called a second time.
    if recording is None or cls.__init__ is not init or getattr(new, "__dict__", None) != {}:
        return False
    if not any(isinstance(each, Reference) for each in (*args, *kwargs.values())):
        if isinstance(new, Figure):
            recording.note_local(new)
        return False
    try:
        new.__class__ = RemoteRef
    except TypeError:  # a class with __slots__: its objects have another layout
        return False
    label = text.application(cls.__name__, args, kwargs)
    RemoteRef.__init__(new, recording.queue.effect(cls, args, kwargs, expression=label))
    return True
