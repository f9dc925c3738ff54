"""``display(...)`` in what an engine runs: it goes to the client, at its place in what is printed.

IPython's functions ask its class of shells for the one that runs. In the thread of a program the
class answers with the shell of that program's client, made when it is first asked for; everywhere
else as it always did. IPython is not loaded for it: it is changed when a program has loaded it.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from emout_lab.engine.protocol import Display
from emout_lab.engine.views.shell import shell_of

MODULE = "IPython.core.interactiveshell"
CHANGED = ("instance", "initialized")


@dataclass
class CallDisplays:
    """Where a call displays: its program's outcome, and the names of its client.

    Attributes
    ----------
    take : callable
        Takes what is displayed, see `emout_lab.engine.program_outcome.ProgramOutcome.display`.
    namespace : callable
        Returns the client's names, which have its shell.
    """

    take: Callable[..., Display]
    namespace: Callable[[], dict[str, Any]]
    is_making: bool = False

    def shell(self) -> Any:
        """Return the client's shell; None while it is being made."""
        if self.is_making:
            return None
        self.is_making = True
        try:
            return shell_of(self.namespace())
        finally:
            self.is_making = False


class _OfThread(threading.local):
    displays: CallDisplays | None = None


_CURRENT = _OfThread()


@contextmanager
def displaying(
    take: Callable[..., Display], namespace: Callable[[], dict[str, Any]]
) -> Iterator[None]:
    """Let what this thread displays go to ``take``, and IPython find the shell of the names."""
    before = _CURRENT.displays
    _CURRENT.displays = CallDisplays(take, namespace)
    try:
        yield
    finally:
        _CURRENT.displays = before


def current() -> CallDisplays | None:
    """Return where the call of this thread displays; None where none runs."""
    return _CURRENT.displays


def plain(value: Any) -> Any:
    """Return a value as it can travel: bytes as they are, all else as JSON has it.

    Examples
    --------
    >>> plain({"a": (1, 2.5, None), 3: b"PNG"})
    {'a': [1, 2.5, None], '3': b'PNG'}
    """
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if isinstance(value, (bytearray, memoryview, bytes)):
        return bytes(value)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if hasattr(value, "tolist"):  # of NumPy
        return plain(value.tolist())
    return str(value)


class IPythonHook(MetaPathFinder):
    """Lets IPython's functions find the shell of the program that runs, once they are loaded."""

    def __init__(self) -> None:
        self._is_asking = False

    def start(self) -> None:
        """Change IPython, now or when it is loaded."""
        if MODULE in sys.modules:
            _change(sys.modules[MODULE])
        else:
            sys.meta_path.insert(0, self)

    def close(self) -> None:
        """Leave IPython as it was."""
        sys.meta_path[:] = [each for each in sys.meta_path if each is not self]
        shells = getattr(sys.modules.get(MODULE), "InteractiveShell", None)
        for name in CHANGED:
            if name in vars(shells or object):
                delattr(shells, name)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # Python's signature
        target: ModuleType | None = None,  # noqa: ARG002  # Python's signature
    ) -> ModuleSpec | None:
        """Let the others find the module of shells, and change it when it has been run."""
        if fullname != MODULE or self._is_asking:
            return None
        self._is_asking = True  # other finders ask all finders too
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._is_asking = False
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                _change(module)

            vars(spec.loader)["exec_module"] = exec_module
        return spec


def _change(module: ModuleType) -> None:
    shells: Any = vars(module)["InteractiveShell"]

    def instance(cls: Any, *args: Any, **kwargs: Any) -> Any:
        displays = _CURRENT.displays
        found = None if displays is None else displays.shell()
        return super(shells, cls).instance(*args, **kwargs) if found is None else found

    def initialized(cls: Any) -> bool:
        displays = _CURRENT.displays
        is_here = displays is not None and not displays.is_making
        return is_here or bool(super(shells, cls).initialized())

    shells.instance = classmethod(instance)
    shells.initialized = classmethod(initialized)
