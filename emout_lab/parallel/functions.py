"""Functions that run on the engines of a view when they are called here."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab.parallel.partition import check_dist
from emout_lab.parallel.sender import label_of

if TYPE_CHECKING:
    from emout_lab.parallel.function_view import FunctionView

F = TypeVar("F", bound=Callable[..., Any])


class RemoteFunction:
    """A function that runs on the engines of a view.

    Parameters
    ----------
    view : View
        Where.
    f : callable
        What runs there.
    block : bool, optional
        Whether a call waits for its results; as the view does, by default.
    **flags
        Of the view, for these calls.

    Attributes
    ----------
    func : callable
        The function itself, to be called here.

    Examples
    --------
    ::

        @view.remote(block=True)
        def pid():
            return os.getpid()

        pid()  # of each engine
    """

    def __init__(
        self, view: FunctionView, f: Callable[..., Any], block: bool | None = None, **flags: Any
    ) -> None:
        self.view = view
        self.func = f
        self.block = block
        self.flags = flags
        self.__name__ = label_of(f)
        self.__doc__ = f"{type(self).__name__} wrapping:\n{getattr(f, '__doc__', None) or ''}"
        try:
            self.__signature__ = inspect.signature(f)
        except (TypeError, ValueError):  # some that are written in C tell none
            pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function on the engines.

        Raises
        ------
        RemoteError, CompositeError
            When it waits and the call fails.
        """
        return self._flagged().apply(self.func, *args, **kwargs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__name__} on {self.view!r}>"

    def _flagged(self) -> FunctionView:
        """Return a view with the flags: other threads use this one meanwhile."""
        view = copy.copy(self.view)
        flags = self.flags if self.block is None else {**self.flags, "block": self.block}
        view.set_flags(**flags)
        return view


class ParallelFunction(RemoteFunction):
    """A function of sequences, of which each engine gets a part.

    What comes of the parts is joined: arrays give an array, lists a list.

    Parameters
    ----------
    view, f, block, **flags
        As of `RemoteFunction`.
    dist : {"b", "r"}
        Whether the parts are blocks or items in turn.
    **options
        Of the view's ``map``: ``ordered``, ``chunksize``, ``return_exceptions``.

    Examples
    --------
    ::

        @view.parallel(block=True)
        def multiplied(a, b):
            return a * b

        multiplied(np.arange(64.0), np.arange(64.0))  # one array
        multiplied.map(range(64), range(64))  # a list, by single calls
    """

    def __init__(
        self,
        view: FunctionView,
        f: Callable[..., Any],
        dist: str = "b",
        block: bool | None = None,
        chunksize: int | None = None,
        ordered: bool = True,
        return_exceptions: bool = False,
        **flags: Any,
    ) -> None:
        super().__init__(view, f, block, **flags)
        check_dist(dist)
        self.dist = dist
        self.chunksize = chunksize
        self.ordered = ordered
        self.return_exceptions = return_exceptions

    def __call__(self, *sequences: Any, **kwargs: Any) -> Any:
        """Call the function with one part of the sequences on each engine, and join the results.

        Raises
        ------
        TypeError
            For keyword arguments.
        ValueError
            Where the sequences differ in length.
        """
        if kwargs:
            raise TypeError(f"{self.__name__} takes sequences only, not {', '.join(kwargs)}=")
        return self._flagged().apply_to_parts(self.func, sequences, self.dist, self.chunksize)

    def map(self, *sequences: Any) -> Any:
        """Call the function for each item of the sequences; the result is a list."""
        options: dict[str, Any] = {"return_exceptions": self.return_exceptions}
        if self.chunksize is not None:
            options["chunksize"] = self.chunksize
        if not self.ordered:
            options["ordered"] = False
        return self._flagged().map(self.func, *sequences, **options)


def remote(
    view: FunctionView, block: bool | None = None, **flags: Any
) -> Callable[[Callable[..., Any]], RemoteFunction]:
    """Decorate a function, which runs on the engines of a view then; see `RemoteFunction`."""

    def decorated(f: Callable[..., Any]) -> RemoteFunction:
        return RemoteFunction(view, f, block, **flags)

    return decorated


def parallel(
    view: FunctionView, dist: str = "b", block: bool | None = None, **flags: Any
) -> Callable[[Callable[..., Any]], ParallelFunction]:
    """Decorate a function of sequences, of which each engine gets a part: `ParallelFunction`."""
    check_dist(dist)

    def decorated(f: Callable[..., Any]) -> ParallelFunction:
        return ParallelFunction(view, f, dist, block, **flags)

    return decorated


def interactive(f: F) -> F:
    """Let a function of a module use the names of the engine, as if it were of the notebook.

    Examples
    --------
    ::

        @interactive
        def scaled(x):
            return scale * x  # the engine's scale
    """
    made: Any = f
    if isinstance(f, FunctionType):
        names = vars(sys.modules["__main__"])
        made = FunctionType(f.__code__, names, f.__name__, f.__defaults__, f.__closure__)
        made.__kwdefaults__, made.__doc__ = f.__kwdefaults__, f.__doc__
        vars(made).update(vars(f))
    made.__module__ = "__main__"
    found: F = made
    return found
