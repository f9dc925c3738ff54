"""Remote objects and figures: refs, scopes, recordings.

``emout_lab.remote(obj)`` puts an object on an engine (it is :func:`put`, for which this package is
a module that can be called), and ``emout_lab.remote.call(function, *args)`` calls a function there.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emout_lab.remote.ref import RemoteRef
    from emout_lab.remote.session import Session


def call(
    function: Callable[..., Any] | str,
    *args: Any,
    pure: bool = True,
    session: Session | str | None = None,
    **kwargs: Any,
) -> RemoteRef:
    """Call a function on the home engine and return a ref to its result.

    Inside a figure it is called on the engine that draws.

    Parameters
    ----------
    function : callable or str
        What is called; ``"package.module:name"`` is looked up on the engine.
    pure : bool
        False for a call with an effect beyond its result (it writes a file, say): when its engine
        is lost it is not called a second time, and using the ref raises ``EngineLost``.
    session : Session or str, optional
        Where; the connected (or the active) session otherwise.

    Raises
    ------
    RemoteError
        If the call fails; it is also of the original exception's class.
    """
    return _resolve(session).current_engine().call(function, args, kwargs, pure=pure)


def put(obj: Any, *, session: Session | str | None = None) -> RemoteRef:
    """Put an object that can be pickled on the home engine and return a ref to it.

    Lazy objects (an xarray dataset, a Dask array) travel as recipes and read their data there.
    """
    functions = importlib.import_module("emout_lab.engine.operations")
    name = f"remote({type(obj).__name__})"
    return _resolve(session).current_engine().call(functions.same, (obj,), {}, expression=name)


def _resolve(session: Session | str | None) -> Session:
    found: Session = importlib.import_module("emout_lab.remote.session").resolve(session)
    return found


class _CallableModule(ModuleType):
    """Class of this very module, so that ``emout_lab.remote(obj)`` does what `put` does.

    Python's data model provides for it: a module gets other behaviour by its ``__class__``. Nothing
    else happens when this package is imported.
    """

    def __call__(self, obj: Any, *, session: Session | str | None = None) -> RemoteRef:
        return put(obj, session=session)


sys.modules[__name__].__class__ = _CallableModule
