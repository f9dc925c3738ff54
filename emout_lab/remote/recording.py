"""Recording pyplot: while a recording is open, pyplot's functions become calls."""

from __future__ import annotations

import sys
import threading
import uuid
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from emout_lab.engine import functions
from emout_lab.engine.values import Reference
from emout_lab.remote import expression as text
from emout_lab.remote import makers, style, tables
from emout_lab.remote.ambient import AMBIENT

if TYPE_CHECKING:
    from emout_lab.remote.queue import Queue
    from emout_lab.remote.ref import RemoteRef

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
DOES_NOTHING = frozenset({"show", "pause", "draw_if_interactive"})


class Recording:
    """The calls of one figure block, on their way to an engine.

    Parameters
    ----------
    queue : Queue
        Where the calls go.
    is_user_code : callable
        Tells whether user code is running: what a notebook does between cells is not recorded.
    """

    def __init__(self, queue: Queue, is_user_code: Callable[[], bool]) -> None:
        self.id = uuid.uuid4().hex
        self.queue = queue
        self._is_user_code = is_user_code
        self._functions: dict[str, Callable[..., Any]] = {}
        self._settings: dict[str, Any] = {}
        self._stack: list[Recording] = []

    def open(self) -> None:
        """Record this thread's pyplot calls from now on."""
        # What the user has set otherwise is sent before the first call.
        self._settings = style.defaults()
        # Kept: another thread may close the recording, the garbage collector's among them.
        self._stack = AMBIENT.recordings
        self._stack.append(self)
        _PATCH.acquire()

    def close(self) -> None:
        """Stop recording."""
        if self in self._stack:
            self._stack.remove(self)
            _PATCH.release()

    def set_figsize(self, size: tuple[float, float]) -> None:
        """Let new figures of this recording have a size, in inches."""
        label = text.Expression(f"figsize={size}")
        changed = {"figure.figsize": list(size)}
        self.queue.effect(functions.update_rc, (changed,), expression=label)

    def current_figure(self) -> RemoteRef:
        """Return a ref to pyplot's current figure."""
        return self._recorded("gcf")()

    def attribute(self, name: str, value: Any) -> Any:
        """Return what ``plt.name`` is while recording."""
        if name in STAYS_LOCAL or not _is_pyplot_function(value) or not self._is_user_code():
            return value
        if name not in self._functions:
            self._functions[name] = self._stand_in(name)
        return self._functions[name]

    def _stand_in(self, name: str) -> Callable[..., Any]:
        if name in DOES_NOTHING:
            return _nothing
        recorded = self._recorded(name)
        is_map = name in sys.modules["matplotlib"].colormaps
        return self._setting_map(recorded, name) if is_map or name == "set_cmap" else recorded

    def _recorded(self, name: str) -> Callable[..., RemoteRef]:
        def recorded(*args: Any, **kwargs: Any) -> RemoteRef:
            label = text.application(f"plt.{name}", args, kwargs)
            return self.queue.effect(functions.call_pyplot, (name, *args), kwargs, expression=label)

        recorded.__name__ = recorded.__qualname__ = name
        return recorded

    def _setting_map(
        self, recorded: Callable[..., RemoteRef], name: str
    ) -> Callable[..., RemoteRef]:
        """Let a default colour map be a setting here as well, which an rc_context takes back."""

        def setting(*args: Any, **kwargs: Any) -> RemoteRef:
            result = recorded(*args, **kwargs)
            wanted = next(iter((*args, *kwargs.values())), name)
            if not isinstance(wanted, Reference):
                map_name = wanted if isinstance(wanted, str) else wanted.name
                sys.modules["matplotlib"].rc("image", cmap=map_name)
            return result

        setting.__name__ = setting.__qualname__ = name
        return setting

    def send_settings(self) -> None:
        """Let a change of rcParams between two calls apply to the calls after it."""
        now = style.settings()
        changed = style.changes(self._settings, now)
        self._settings = now
        if changed:
            label = text.Expression("plt.rcParams.update(…)")
            self.queue.effect(functions.update_rc, (changed,), expression=label)


class _RecordedPyplot(ModuleType):
    """pyplot's class while some recording is open; every look-up asks the recorder first."""

    def __getattribute__(self, name: str) -> Any:
        value = ModuleType.__getattribute__(self, name)
        recording = AMBIENT.recording
        return value if recording is None else recording.attribute(name, value)


class _Patch:
    """Lets pyplot be recorded while at least one recording is open in any thread."""

    def __init__(self) -> None:
        # A figure that is collected meanwhile, in this thread, releases as well.
        self._lock = threading.RLock()
        self._count = 0
        self._class: type[ModuleType] = ModuleType

    def acquire(self) -> None:
        with self._lock:
            if self._count == 0:
                module = sys.modules[PYPLOT]
                self._class, module.__class__ = type(module), _RecordedPyplot
                makers.install()
                tables.install()
            self._count += 1

    def release(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0:
                sys.modules[PYPLOT].__class__ = self._class
                tables.uninstall()


_PATCH = _Patch()


def _is_pyplot_function(value: Any) -> bool:
    return isinstance(value, FunctionType) and value.__module__ == PYPLOT


def _nothing(*args: Any, **kwargs: Any) -> None:  # noqa: ARG001  # stands for any function
    """Do nothing: a figure that is recorded shows itself when its block ends."""
