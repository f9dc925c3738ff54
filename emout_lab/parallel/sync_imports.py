"""Imports that happen on the engines as well as here, or there alone."""

from __future__ import annotations

import builtins
import dis
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType, ModuleType, TracebackType
from typing import Any

from emout_lab.parallel.async_result import AsyncResult

#: Frames between a ``with`` statement and its manager.
MANAGERS = "contextlib"


class SyncImports:
    """Sends the imports of a block of code to engines.

    Parameters
    ----------
    send : callable
        Has the engines run an import statement.
    local : bool
        Whether the imports happen here too. Otherwise their names mean nothing here.
    quiet : bool
        Whether nothing is printed.
    """

    def __init__(self, send: Callable[[str], AsyncResult], *, local: bool, quiet: bool) -> None:
        self._send = send
        self._local = local
        self._quiet = quiet
        self._import: Callable[..., Any] = builtins.__import__
        self._frame: FrameType | None = None
        self._before: dict[str, Any] = {}
        self._results: dict[str, AsyncResult] = {}

    def __enter__(self) -> None:
        frame = sys._getframe(1)
        while frame.f_globals.get("__name__") == MANAGERS and frame.f_back is not None:
            frame = frame.f_back
        self._frame = frame
        self._before = dict(frame.f_locals) if frame.f_locals is frame.f_globals else {}
        self._import = builtins.__import__
        builtins.__import__ = self._imported

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until the engines have imported everything.

        Raises
        ------
        RemoteError, CompositeError
            Where an engine could not import something; also of class ImportError then.
        """
        builtins.__import__ = self._import
        frame, self._frame = self._frame, None
        if not self._local and frame is not None:
            self._forget_stand_ins(frame)
        if error is None:
            for result in self._results.values():
                result.get()

    def _imported(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002  # as Python calls it
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        # Modules that import others meanwhile, and other threads, are left alone.
        caller = sys._getframe(1)
        if caller is not self._frame or level > 0:
            return self._import(name, globals, locals, fromlist, level)
        found: Any
        if self._local:
            found = self._import(name, globals, locals, fromlist, level)
        else:
            found = _OnEngines(name if fromlist else name.partition(".")[0])
        statement = _statement(caller, name, fromlist or ())
        if statement not in self._results:
            if not self._quiet:
                what = f"{','.join(fromlist)} from {name}" if fromlist else name
                sys.stdout.write(f"importing {what} on engine(s)\n")
            self._results[statement] = self._send(statement)
        return found

    def _forget_stand_ins(self, frame: FrameType) -> None:
        names = frame.f_globals
        for name, value in list(names.items()):
            if isinstance(value, _OnEngines):
                if name in self._before:
                    names[name] = self._before[name]
                else:
                    del names[name]


class _OnEngines(ModuleType):
    """Stands here for what was imported on the engines alone."""

    __all__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if _is_importing(sys._getframe(1)):
            return _OnEngines(f"{self.__name__}.{name}")
        raise AttributeError(
            f"{self.__name__} was imported on the engines only: use {name} in functions that run "
            "there, or import it here too, with view.sync_imports()"
        )


def _is_importing(frame: FrameType) -> bool:
    """Return whether a frame is at the second part of ``from x import y``."""
    code = dis.get_instructions(frame.f_code)
    return any(each.offset == frame.f_lasti and each.opname == "IMPORT_FROM" for each in code)


def _statement(frame: FrameType, name: str, fromlist: Sequence[str]) -> str:
    """Return the import that a frame is at, with the names that it gives.

    Nothing tells them to an import but what the code does with the module afterwards.
    """
    if "*" in fromlist:
        return f"from {name} import *"
    pairs = list(_bindings(frame))
    if fromlist:
        if [part for part, _ in pairs] != list(fromlist):  # not as expected: without new names
            pairs = [(each, each) for each in fromlist]
        names = [each if each == given else f"{each} as {given}" for each, given in pairs]
        return f"from {name} import {', '.join(names)}"
    part, stored = pairs[-1] if pairs else (None, None)
    is_renamed = stored is not None and (part is not None or stored != name.partition(".")[0])
    return f"import {name} as {stored}" if is_renamed else f"import {name}"


def _bindings(frame: FrameType) -> Iterator[tuple[str | None, str]]:
    """Yield what is stored of the module that a frame is about to import, by which names."""
    part: str | None = None
    is_from = False
    code = (each for each in dis.get_instructions(frame.f_code) if each.offset > frame.f_lasti)
    for each in code:
        if each.opname == "IMPORT_FROM":
            is_from, part = True, each.argval
        elif each.opname.startswith("STORE_"):
            # Newer Pythons join it with the instruction behind it.
            stored = each.argval[0] if isinstance(each.argval, tuple) else each.argval
            yield part, str(stored)
            part = None
            if not is_from:
                return
        elif each.opname == "POP_TOP" and part is None:
            return
        elif each.opname == "IMPORT_NAME":
            return
