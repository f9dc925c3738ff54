"""Recording pyplot: while a recording is open, pyplot's functions become calls."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
import uuid
import weakref
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from emout_lab import pyplot_figures
from emout_lab.engine import operations
from emout_lab.engine.serialization import Reference
from emout_lab.remote import expression as text
from emout_lab.remote import pandas_backend, rcparams
from emout_lab.remote.cell_events import CellEvents
from emout_lab.remote.constructor_hooks import ConstructorHooks
from emout_lab.remote.context import CONTEXT, Recording
from emout_lab.remote.dispatcher import Dispatcher
from emout_lab.remote.ref import RemoteRef

if TYPE_CHECKING:
    from emout_lab.engine.protocol import Figure, FigureOptions
    from emout_lab.remote.graph import Node

PYPLOT = "matplotlib.pyplot"
# They change the user's settings (which travel by themselves) or talk to a screen.
STAYS_LOCAL = frozenset(
    {
        "rc",
        "rc_context",
        "rcdefaults",
        "xkcd",
        "ion",
        "ioff",
        "isinteractive",
        "switch_backend",
        "get_backend",
        "install_repl_displayhook",
        "uninstall_repl_displayhook",
        "set_loglevel",
        "colormaps",
        "get_cmap",
    }
)
DOES_NOTHING = frozenset({"pause", "draw_if_interactive"})
SHOW = "show"
NO_KWARGS: dict[str, Any] = {}


class PyplotRecording:
    """The calls of one figure block, on their way to an engine.

    Parameters
    ----------
    queue : Dispatcher
        Where the calls go.
    options : FigureOptions
        How its figures are rendered.
    on_figure : callable
        A bound method, told of every picture that comes before the end.
    keeps_nodes : bool
        Whether it holds its calls until it is dropped: they may be run again later.

    Attributes
    ----------
    nodes : list of Node
        Its calls where it keeps them, in the order in which they were made.
    is_of_thread : bool
        Whether it records all that its thread draws while cells run, in whichever context.
    is_paused : bool
        Whether it records nothing just now: what a notebook does between cells.
    """

    def __init__(
        self,
        queue: Dispatcher,
        options: FigureOptions,
        on_figure: Callable[[Figure], None],
        *,
        keeps_nodes: bool = False,
    ) -> None:
        self._keeps_nodes = keeps_nodes
        self.nodes: list[Node] = []
        self.id = uuid.uuid4().hex
        self.queue = queue
        self.options = options
        # What forgets its figure without closing it is not kept alive by the recording.
        self._on_figure = weakref.WeakMethod(on_figure)
        self._calls = 0
        self._was_shown = False
        self.is_of_thread = False
        self.is_paused = False
        self._task: Callable[[], asyncio.Task[Any] | None] = _nothing
        self._settings: dict[str, Any] = {}
        self._stack: list[Recording] | None = None
        self._local: weakref.WeakSet[Any] = weakref.WeakSet()

    def open(self, *, is_of_thread: bool = False) -> None:
        """Record from now on what this context draws with pyplot, or the whole thread."""
        self.is_of_thread = is_of_thread
        self._task = _current_task()
        # What the user has set otherwise is sent before the first call.
        self._settings = rcparams.defaults()
        # Kept: another thread may close the recording, the garbage collector's among them.
        self._stack = CONTEXT.begin(self)
        _PATCH.acquire()

    def close(self) -> None:
        """Stop recording."""
        stack, self._stack = self._stack, None
        if stack is not None:
            CONTEXT.end(self, stack)
            _PATCH.release()

    @property
    def is_open(self) -> bool:
        """Whether it records."""
        return self._stack is not None

    def is_left_behind(self) -> bool:
        """Tell whether the cell and the task that opened it have ended, though it is open."""
        task = self._task()
        return not CONTEXT.is_begun(self) and (task is None or task.done())

    def adopt(self, node: Node) -> None:
        """Let a call belong to the figure."""
        if self._keeps_nodes:
            self.nodes.append(node)

    def note_local(self, figure: Any) -> None:
        """Remember a figure that was made in this process while this was recorded."""
        self._local.add(figure)

    def has_drawn_here(self) -> bool:
        """Tell whether pyplot holds a figure that was made here while this was recorded."""
        return pyplot_figures.is_any_open(list(self._local))

    def set_figsize(self, size: tuple[float, float]) -> None:
        """Let new figures of this recording have a size, in inches."""
        label = text.Expression(f"figsize={size}")
        changed = {"figure.figsize": list(size)}
        self.queue.perform(operations.update_rc, (changed,), expression=label)

    def current_figure(self) -> RemoteRef:
        """Return a ref to pyplot's current figure."""
        with CONTEXT.within(self):
            return self._called("gcf")

    def show(self) -> None:
        """Show what is drawn so far, at this place; what comes next begins new figures."""
        if self._calls:
            self._called(SHOW)
            self.queue.flush()
            self._calls, self._was_shown = 0, True

    def take(self, figure: Figure) -> None:
        """Pass on a picture that code has shown."""
        if (on_figure := self._on_figure()) is not None:
            on_figure(figure)

    def finish(self) -> tuple[Figure, ...]:
        """Stop recording; draw what is left to be drawn, and return it."""
        if self._was_shown and not self._calls:
            self.close()
            self.queue.discard(self.id)
            return ()
        with CONTEXT.within(self):
            self.note_call()
        self.close()
        return self.queue.finish(self.id, self.options)

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a call of pyplot."""
        if name == SHOW:
            return self.show()
        if name in DOES_NOTHING:
            return None  # a figure that is recorded shows itself when its block ends
        result = self._called(name, args, kwargs)
        if name == "set_cmap" or name in sys.modules["matplotlib"].colormaps:
            _set_map(name, args, kwargs)
        return result

    def _called(
        self, name: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] = NO_KWARGS
    ) -> RemoteRef:
        label = text.application(f"plt.{name}", args, kwargs)
        called = self.queue.effect(operations.call_pyplot, (name, *args), kwargs, expression=label)
        return RemoteRef(called)

    def note_call(self) -> None:
        """Count a call, and send before it what the user has changed of rcParams."""
        self._calls += 1
        now = rcparams.settings()
        changed = rcparams.changes(self._settings, now)
        self._settings = now
        if changed:
            label = text.Expression("plt.rcParams.update(…)")
            self.queue.perform(operations.update_rc, (changed,), expression=label)


class _RecordedPyplot(ModuleType):
    """Class of pyplot while some recording is open: calls go to the recording of their thread.

    There is no list of functions: this holds for any that is looked up.
    """

    def __getattribute__(self, name: str) -> Any:
        value = ModuleType.__getattribute__(self, name)
        is_recorded = name not in STAYS_LOCAL and _is_pyplot_function(value)
        return _asking(name, value) if is_recorded and CONTEXT.recording is not None else value


@functools.cache
def _asking(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what a function of pyplot is while recording.

    The user may keep it (``from matplotlib.pyplot import plot``): afterwards it draws here.
    """

    @functools.wraps(function)
    def asking(*args: Any, **kwargs: Any) -> Any:
        recording = CONTEXT.recording
        if recording is None:
            return function(*args, **kwargs)
        return recording.call(name, args, kwargs)

    return asking


def _set_map(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Set a default colour map in this process too, so that an rc_context restores it."""
    wanted = next(iter((*args, *kwargs.values())), name)
    if not isinstance(wanted, Reference):
        map_name = wanted if isinstance(wanted, str) else wanted.name
        sys.modules["matplotlib"].rc("image", cmap=map_name)


class _Part(Protocol):
    """What else is changed in this process while something is recorded."""

    def install(self) -> None: ...
    def uninstall(self) -> None: ...


class _Patch:
    """Makes pyplot recordable while at least one recording is open in any thread."""

    def __init__(self) -> None:
        # A figure that is collected meanwhile, in this thread, releases as well.
        self._lock = threading.RLock()
        self._count = 0
        self._class: type[ModuleType] = ModuleType
        self._parts: tuple[_Part, ...] = (ConstructorHooks(), CellEvents(), pandas_backend)

    def acquire(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == 1:
                module = sys.modules[PYPLOT]
                self._class, module.__class__ = type(module), _RecordedPyplot
                for part in self._parts:
                    part.install()

    def release(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0:
                sys.modules[PYPLOT].__class__ = self._class
                for part in self._parts:
                    part.uninstall()


_PATCH = _Patch()


def _current_task() -> Callable[[], asyncio.Task[Any] | None]:
    """Return the way to the task that runs here, which keeps it and what it holds not alive."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop runs here
        task = None
    return _nothing if task is None else weakref.ref(task)


def _nothing() -> None:
    """Stand for a task where none runs."""


def _is_pyplot_function(value: Any) -> bool:
    return isinstance(value, FunctionType) and value.__module__ == PYPLOT
