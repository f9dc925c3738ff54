"""What Python keeps once for a whole process, although a notebook takes it for its own."""

from __future__ import annotations

import builtins
import contextlib
import decimal
import gc
import importlib
import locale
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class GlobalSetting:
    """One thing of the process: how to read it, and how to put it back.

    Attributes
    ----------
    get, put : callable
        Return it as a value that does not change with it; make it so again.
    lasts : callable
        Tells whether a client's value (given with that of before) holds in its next program too.
    """

    get: Callable[[], Any]
    put: Callable[[Any], object]
    lasts: Callable[[Any, Any], bool]


def _always(now: Any, before: Any) -> bool:  # noqa: ARG001 - as `lasts` is called
    return True


def _never(now: Any, before: Any) -> bool:  # noqa: ARG001 - as `lasts` is called
    return False


def _is_raised(now: Any, before: Any) -> bool:
    return bool(now > before)  # the engine itself needs what there was


def _put_builtins(names: dict[str, Any]) -> None:
    builtins.__dict__.update(names)  # what a library has added stays


def _get_environment() -> Any:
    # Reading it by names decodes each; without its own dictionary that is what is left.
    data = getattr(os.environ, "_data", None)
    return data.copy() if type(data) is dict else dict(os.environ)


def _put_environment(values: dict[Any, Any]) -> None:
    wanted = {os.fsdecode(name): os.fsdecode(value) for name, value in values.items()}
    for name in [name for name in os.environ if name not in wanted]:
        del os.environ[name]
    os.environ.update(wanted)


def _put_filters(filters: tuple[Any, ...]) -> None:
    warnings.resetwarnings()  # makes Python forget what it has decided by the old ones
    warnings.filters[:] = filters  # type: ignore[index]  # a list, though declared a sequence


class _Objects(tuple[Any, ...]):
    """Objects that are alike only when they are the same ones."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # Python's way to say that there is none

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Objects) and [*map(id, self)] == [*map(id, other)]


def _get_objects() -> _Objects:
    streams = sys.stdout, sys.stderr, sys.stdin
    hooks = sys.displayhook, sys.excepthook, threading.excepthook, warnings.showwarning
    return _Objects((*streams, *hooks, os.environ, sys.path, sys.argv, sys.meta_path))


def _put_objects(objects: tuple[Any, ...]) -> None:
    sys.stdout, sys.stderr, sys.stdin, *others = objects
    sys.displayhook, sys.excepthook, threading.excepthook, warnings.showwarning, *rest = others
    os.environ, sys.path, sys.argv, sys.meta_path = rest


def _put_trace(functions: tuple[Any, Any]) -> None:
    sys.settrace(functions[0])
    sys.setprofile(functions[1])


def _put_path(entries: tuple[str, ...]) -> None:
    sys.path[:] = entries


def _get_imports() -> tuple[Any, Any]:
    return tuple(sys.meta_path), tuple(sys.path_hooks)


def _put_imports(hooks: tuple[Any, Any]) -> None:
    sys.meta_path[:], sys.path_hooks[:] = hooks


def _put_arguments(arguments: tuple[str, ...]) -> None:
    sys.argv[:] = arguments


def _xarrays_options() -> Callable[[], dict[str, Any]]:
    """Return what copies xarray's options: in no time from its own dictionary, where it has one."""
    xarray: Any = importlib.import_module("xarray")
    own = getattr(importlib.import_module("xarray.core.options"), "OPTIONS", None)
    if type(own) is dict and own == dict(xarray.get_options()):
        return own.copy
    return lambda: dict(xarray.get_options())


def _put_xarray(options: dict[str, Any]) -> None:
    xarray: Any = importlib.import_module("xarray")
    now = xarray.get_options()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        xarray.set_options(**{k: v for k, v in options.items() if now[k] != v})


def _put_garbage(values: tuple[bool, tuple[int, int, int]]) -> None:
    (gc.enable if values[0] else gc.disable)()
    gc.set_threshold(*values[1])


def _get_umask() -> int:
    now = os.umask(0o077)  # it can be read only by setting it: meanwhile to what is safe
    os.umask(now)
    return now


def _get_decimal() -> tuple[Any, ...]:
    context = decimal.getcontext()
    traps = tuple(context.traps.values())
    return context.prec, context.rounding, context.Emin, context.Emax, context.capitals, traps


def _put_decimal(values: tuple[Any, ...]) -> None:
    context = decimal.getcontext()
    context.prec, context.rounding, context.Emin, context.Emax, context.capitals, traps = values
    context.traps.update(zip(list(context.traps), traps, strict=True))


def _get_logging() -> tuple[Any, ...]:
    root = logging.getLogger()
    return root.manager.disable, root.level, tuple(root.handlers)


def _put_logging(values: tuple[Any, ...]) -> None:
    root = logging.getLogger()
    disabled, level, handlers = values
    logging.disable(disabled)
    root.setLevel(level)
    root.handlers[:] = handlers


def _put_errors(values: tuple[dict[str, Any], Any]) -> None:
    np.seterr(**values[0])
    np.seterrcall(values[1])


def _put_print_options(values: dict[str, Any]) -> None:
    np.set_printoptions(**values)


#: Put back in this order: first what Python needs for anything else.
SETTINGS = (
    GlobalSetting(sys.getrecursionlimit, sys.setrecursionlimit, _is_raised),
    GlobalSetting(lambda: builtins.__dict__.copy(), _put_builtins, _never),
    GlobalSetting(_get_objects, _put_objects, _never),
    GlobalSetting(lambda: tuple(warnings.filters), _put_filters, _always),
    GlobalSetting(lambda: (sys.gettrace(), sys.getprofile()), _put_trace, _never),
    GlobalSetting(_get_environment, _put_environment, _always),
    GlobalSetting(lambda: tuple(sys.path), _put_path, _always),
    GlobalSetting(lambda: (gc.isenabled(), gc.get_threshold()), _put_garbage, _never),
    GlobalSetting(sys.getswitchinterval, sys.setswitchinterval, _never),
    GlobalSetting(_get_imports, _put_imports, _always),
    GlobalSetting(lambda: tuple(sys.argv), _put_arguments, _always),
    GlobalSetting(lambda: time.tzname, lambda _: time.tzset(), _always),  # as the environment says
    GlobalSetting(_xarrays_options(), _put_xarray, _always),
    GlobalSetting(_get_umask, os.umask, _always),
    GlobalSetting(lambda: (np.geterr(), np.geterrcall()), _put_errors, _always),
    GlobalSetting(np.get_printoptions, _put_print_options, _always),
    GlobalSetting(
        lambda: locale.setlocale(locale.LC_ALL),
        lambda name: locale.setlocale(locale.LC_ALL, name),
        _always,
    ),
    GlobalSetting(_get_decimal, _put_decimal, _always),
    GlobalSetting(_get_logging, _put_logging, _always),
    GlobalSetting(socket.getdefaulttimeout, socket.setdefaulttimeout, _always),
    # Its end would end the process.
    *(
        [
            GlobalSetting(
                lambda: signal.getitimer(signal.ITIMER_REAL) != (0.0, 0.0),
                lambda _: signal.setitimer(signal.ITIMER_REAL, 0),
                _never,
            )
        ]
        if hasattr(signal, "setitimer")
        else []
    ),
)


class ProcessGlobals:
    """Swaps what each client has made of the process in for its programs, and out after them."""

    def __init__(self) -> None:
        self._of: dict[str, dict[GlobalSetting, Any]] = {}
        self._client = ""
        self._before: list[Any] | None = None

    def swap_in(self, client: str) -> None:
        """Make the process as this client left it."""
        self._client, self._before = client, [setting.get() for setting in SETTINGS]
        for setting, value in self._of.get(client, {}).items():
            with contextlib.suppress(Exception):
                setting.put(value)

    def swap_out(self, *, is_left_behind: bool = False) -> None:
        """Make it as it was before, and remember what is to last for the client (once).

        Parameters
        ----------
        is_left_behind : bool
            Whether another thread does it, which cannot see all: nothing new is remembered.
        """
        before, self._before = self._before, None
        if before is None:
            return
        changed: dict[GlobalSetting, Any] = {}
        for setting, old in zip(SETTINGS, before, strict=True):
            now = _read(setting)
            if now == old:
                continue
            with contextlib.suppress(Exception):
                setting.put(old)
                if setting.lasts(now, old):
                    changed[setting] = now
        if self._client and not is_left_behind:
            self.forget(self._client)
            if changed:
                self._of[self._client] = changed

    def forget(self, client: str) -> None:
        """Forget what was remembered for a client."""
        self._of.pop(client, None)


def _read(setting: GlobalSetting) -> Any:
    try:
        return setting.get()
    except Exception:  # noqa: BLE001  # a program may have put anything in its place
        return None
