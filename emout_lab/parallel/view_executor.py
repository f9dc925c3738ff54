"""ViewExecutor: a view as an executor of `concurrent.futures`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, Protocol


class ExecutingView(Protocol):
    """What an executor needs of its view."""

    def apply_async(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function."""

    def imap(self, f: Callable[..., Any], /, *sequences: Any, **options: Any) -> Iterator[Any]:
        """Call a function for each item."""

    def wait(self, jobs: Any = None, timeout: float | None = -1) -> bool:
        """Wait for all that was asked for."""


class ViewExecutor(Executor):
    """Runs functions as a view does; its futures are of type `AsyncResult`.

    Parameters
    ----------
    view : DirectView or LoadBalancedView
        Where: on all its engines, or on whichever is free.

    Examples
    --------
    ::

        with client.executor() as executor:
            executor.submit(pow, 2, 5).result()
    """

    def __init__(self, view: ExecutingView) -> None:
        self.view = view

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function and return the future of what it gives."""
        return self.view.apply_async(fn, *args, **kwargs)

    def map(
        self,
        fn: Callable[..., Any],
        *iterables: Iterable[Any],
        **options: Any,
    ) -> Iterator[Any]:
        """Call a function for each item, and return an iterator of the results.

        All calls are sent at once, whether their results are looked at or not; more options are
        those of the view's ``imap``, such as ``max_outstanding`` for iterables without end.
        """
        for name in ("timeout", "chunksize", "buffersize"):
            options.pop(name, None)
        options.setdefault("max_outstanding", 0)
        return self.view.imap(fn, *iterables, **options)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Wait for what goes on; the engines stay."""
        if wait:
            self.view.wait()
