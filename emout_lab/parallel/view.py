"""View: what direct and load-balanced views have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.errors import UnknownFlag
from emout_lab.parallel.functions import ParallelFunction, RemoteFunction, parallel, remote
from emout_lab.parallel.joined_result import JoinedResult
from emout_lab.parallel.partition import equally_long, parts_of
from emout_lab.parallel.references import Reference
from emout_lab.parallel.sender import label_of
from emout_lab.parallel.view_executor import ViewExecutor
from emout_lab.parallel.view_jobs import ViewJobs

if TYPE_CHECKING:
    from typing_extensions import Self

    from emout_lab.parallel.client_protocol import ViewClient


class View(ViewJobs):
    """Calls functions on engines.

    Parameters
    ----------
    client : Client
        Whose engines.
    **flags
        Values of `flags`.

    Attributes
    ----------
    track : bool
        Whether one is told when arrays have left this process.
    targets
        Which engines.
    label : str or None
        What requests are called where they are shown; what is called, by default.
    retries : int
        How often a call that failed is repeated; of load-balanced views.
    timeout : float or None
        How long a call waits for others that must be over [s]; of load-balanced views.
    """

    flags: tuple[str, ...] = ("block", "track", "targets", "label", "retries", "timeout")

    def __init__(self, client: ViewClient, **flags: Any) -> None:
        super().__init__(client)
        self.track = False
        self.targets: Any = "all"
        self.label: str | None = None
        self.retries = 0
        self.timeout: float | None = None
        self.set_flags(**flags)

    def set_flags(self, **flags: Any) -> Self:
        """Set attributes by name, and return the view.

        Raises
        ------
        UnknownFlag
            For one that a view does not have.
        """
        for name, value in flags.items():
            if name not in self.flags:
                raise UnknownFlag(f"a view has no flag {name!r}; it has {', '.join(self.flags)}")
            setattr(self, name, value)
        return self

    @contextmanager
    def temp_flags(self, **flags: Any) -> Iterator[None]:
        """Set attributes for a block of code."""
        before = {name: getattr(self, name) for name in self.flags}
        try:
            self.set_flags(**flags)
            yield
        finally:
            self.set_flags(**before)

    def remote(
        self, block: bool | None = None, **flags: Any
    ) -> Callable[[Callable[..., Any]], RemoteFunction]:
        """Decorate a function, which runs on the engines then when it is called here.

        Parameters
        ----------
        block : bool, optional
            Whether a call waits for its results; as the view does now, by default.
        **flags
            Flags of the view for these calls.
        """
        return remote(self, self._waits(block), **flags)

    def parallel(
        self, dist: str = "b", block: bool | None = None, **flags: Any
    ) -> Callable[[Callable[..., Any]], ParallelFunction]:
        """Decorate a function of sequences, of which each engine gets a part then.

        Parameters
        ----------
        dist : {"b", "r"}
            Whether the parts are blocks or items in turn.
        block, **flags
            As of `remote`.
        """
        return parallel(self, dist, self._waits(block), **flags)

    @property
    def executor(self) -> ViewExecutor:
        """The view as an executor of `concurrent.futures`."""
        return ViewExecutor(self)

    def apply(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call ``f(*args, **kwargs)`` on the engines; wait for the results where ``block`` is set.

        Raises
        ------
        RemoteError, CompositeError
            When it waits and the call fails.
        """
        return self._applied(checked_function(f), args, kwargs, self.block)

    def apply_async(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> AsyncResult:
        """Call ``f(*args, **kwargs)`` on the engines and return at once."""
        found: AsyncResult = self._applied(checked_function(f), args, kwargs, False)
        return found

    def apply_sync(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call ``f(*args, **kwargs)`` on the engines and return the results.

        Raises
        ------
        RemoteError, CompositeError
            When the call fails.
        """
        return self._applied(checked_function(f), args, kwargs, True)

    def map(self, f: Callable[..., Any], /, *sequences: Any, **options: Any) -> Any:
        """Call ``f`` for each item of the sequences, in parts on the engines."""
        raise NotImplementedError

    def map_async(self, f: Callable[..., Any], /, *sequences: Any, **options: Any) -> Any:
        """Do what `map` does and return at once."""
        _check_options("map_async", options)
        return self.map(f, *sequences, **{**options, "block": False})

    def map_sync(self, f: Callable[..., Any], /, *sequences: Any, **options: Any) -> Any:
        """Do what `map` does and return the list of results."""
        _check_options("map_sync", options)
        return self.map(f, *sequences, **{**options, "block": True})

    def imap(self, f: Callable[..., Any], /, *sequences: Any, **options: Any) -> Iterator[Any]:
        """Do what `map` does and return an iterator of the results as they come."""
        options.pop("max_outstanding", None)  # all are sent at once
        return iter(self.map_async(f, *sequences, **options))

    def _applied(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        block: Any,
    ) -> Any:
        raise NotImplementedError

    def _finished(self, result: AsyncResult, block: bool | None, label: str | None = None) -> Any:
        """Return a result, or wait for its value where that is wanted."""
        self._note_own(result, label)
        return result.wait_or_abort() if self._waits(block) else result

    def apply_to_parts(
        self,
        f: Callable[..., Any],
        sequences: tuple[Any, ...],
        dist: str,
        chunksize: int | None,
    ) -> Any:
        """Call a function with parts of sequences, see `ParallelFunction`.

        Parameters
        ----------
        f : callable
            What is called.
        sequences : tuple
            Its arguments, of which each call gets a part.
        dist : {"b", "r"}
            Whether the parts are blocks or items in turn.
        chunksize : int, optional
            Most items of a part; 1 by default.

        Raises
        ------
        ValueError
            Where the sequences differ in length.
        """
        items = equally_long(sequences)
        count = -(-len(items[0]) // (chunksize or 1)) if items else 0
        calls = zip(*(parts_of(each, count, dist) for each in items), strict=True)
        results: list[AsyncResult] = [self._applied(f, call, {}, False) for call in calls if count]
        requests = [request for result in results for request in result._requests]
        joined = JoinedResult(requests, dist=dist, name=label_of(f))
        return self._finished(joined, None)


def checked_function(f: Any) -> Callable[..., Any]:
    """Return what is to be called; TypeError for what cannot be."""
    if not (callable(f) or isinstance(f, Reference)):
        raise TypeError(f"{type(f).__name__} {f!r} cannot be called: give a function")
    found: Callable[..., Any] = f
    return found


def _check_options(method: str, options: dict[str, Any]) -> None:
    if "block" in options:
        raise TypeError(f"{method} takes no block=; use map(..., block=...)")
