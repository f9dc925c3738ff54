"""AsyncResult: what comes of the requests of one call."""

from __future__ import annotations

import concurrent.futures
import operator
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from emout_lab.client.progress_line import LINE
from emout_lab.parallel.errors import TimeoutError
from emout_lab.parallel.metadata import Metadata
from emout_lab.parallel.outputs import show_grouped
from emout_lab.parallel.request import Request
from emout_lab.parallel.requests_future import RequestsFuture, limit_of, outcome_of
from emout_lab.parallel.screen import Screen
from emout_lab.parallel.stream import streamed
from emout_lab.parallel.waiter import show_bar

R = TypeVar("R", bound="AsyncResult")


class AsyncResult(RequestsFuture):
    """What comes of the requests of one call; a future of the list of their results.

    It may be given to ``concurrent.futures.wait`` and ``asyncio.wrap_future``. Callbacks run in a
    thread of their own and may wait for other results. Ctrl-C ends the waiting alone: the requests
    go on until `abort`. What is known of the requests (`Metadata`: ``engine_id``, ``stdout``,
    ``started``, …) are attributes and items: of several requests, lists.

    Parameters
    ----------
    requests : sequence of Request
        One for each engine.
    is_single : bool
        Whether the result is the only request's own and not a list.
    name : str
        What was called.
    sizes : sequence of int, optional
        How many items each request has, for `progress` and ``len``; one by default.
    return_exceptions : bool
        Whether errors are results, and nothing is raised.

    Examples
    --------
    ::

        result = client[:].apply_async(os.getpid)
        result.ready()
        result.get(timeout=10)
        result.engine_id, result.stdout, result.wall_time
    """

    _parts: tuple[AsyncResult, ...] | None = None

    def wait(self, timeout: float | None = None, return_when: str | None = None) -> Any:
        """Wait for the results, at most ``timeout`` seconds.

        Parameters
        ----------
        timeout : float, optional
            In seconds; negative or None for as long as it takes.
        return_when : str, optional
            ``"ALL_COMPLETED"``, ``"FIRST_COMPLETED"`` or ``"FIRST_EXCEPTION"`` of
            `concurrent.futures`.

        Returns
        -------
        bool or (set, set)
            Whether all are here; with ``return_when``, those requests that are done and those that
            are not, each as an `AsyncResult`.
        """
        if return_when is None:
            return self._wait(timeout)
        parts = self.split()

        def look(slice_s: float) -> Any:
            found = concurrent.futures.wait(parts, slice_s, return_when)
            return found if self._is_over(return_when, *found) else None

        return self._waiter.watch(look, limit_of(timeout)) or tuple(
            concurrent.futures.wait(parts, 0, return_when)
        )

    def wait_for_output(self, timeout: float | None = -1) -> bool:
        """Wait until all is here that the requests print and show; return whether it is."""
        return bool(self.wait(timeout))

    def get(
        self,
        timeout: float | None = None,
        return_exceptions: bool | None = None,
        return_when: str | None = None,
    ) -> Any:
        """Return the result; wait for it at most ``timeout`` seconds.

        Parameters
        ----------
        timeout : float, optional
            In seconds; negative or None for as long as it takes.
        return_exceptions : bool, optional
            Whether errors stand in place of the results that they are instead of.
        return_when : str, optional
            ``"FIRST_EXCEPTION"``: raise the first error at once, while others still run.

        Raises
        ------
        TimeoutError
            When it has not come in time; it is still to be had later.
        RemoteError
            What the call raised; `CompositeError` for a view of several engines.
        EngineError
            When the engine was lost.
        TaskAborted
            When it was aborted before it began.
        """
        if return_exceptions is None:
            return_exceptions = self._return_exceptions
        if return_when == FIRST_EXCEPTION:
            done, pending = self.wait(timeout, return_when)
            failed = [each for each in done if pending and not each.successful()]
            if failed:
                return failed[0].get(return_exceptions=return_exceptions)
        elif return_when == FIRST_COMPLETED:
            warnings.warn("get() waits for all results: see wait(return_when=)", stacklevel=2)
        if not self.wait(timeout):
            raise TimeoutError(
                f"{self._name}: no result within {timeout} s; it is still to be had with get()"
            )
        if return_exceptions and not self.cancelled():
            return self._assembled([outcome_of(each) for each in self._requests])
        return self.result()

    @property
    def r(self) -> Any:
        """What `get` returns."""
        return self.get()

    def get_dict(self, timeout: float | None = -1) -> dict[int, Any]:
        """Return the results by the ids of their engines.

        Raises
        ------
        ValueError
            Where an engine has several.
        """
        found = self.get(timeout)
        engines = [each["engine_id"] for each in self._known()]
        for engine, count in Counter(engines).items():
            if count > 1:
                raise ValueError(
                    f"no dict of {self._name}: {count} requests ran on engine {engine}"
                )
        return dict(zip(engines, [found] if self._is_single else found, strict=True))

    @property
    def result_dict(self) -> dict[int, Any]:
        """What `get_dict` returns."""
        return self.get_dict()

    def wait_interactive(
        self,
        interval: float = 0.1,
        timeout: float | None = -1,
        widget: bool | None = None,  # noqa: ARG002  # one line does for both
        return_when: str = ALL_COMPLETED,
    ) -> None:
        """Wait, and show in a line how many requests or items are done.

        Parameters
        ----------
        interval, timeout : float
            Between two looks, and at most [s].
        widget : bool, optional
            Has no meaning here: the line shows in terminals and notebooks.
        return_when : str
            As for `wait`.
        """
        when = None if return_when == ALL_COMPLETED else return_when
        limit = limit_of(timeout)
        deadline = None if limit is None else time.monotonic() + limit
        is_over = False
        while not is_over and (deadline is None or time.monotonic() < deadline):
            found = self.wait(interval, when)
            is_over = found if when is None else self._is_over(when, *found)
            show_bar(self.progress, len(self), self._name)
        LINE.end()

    def split(self) -> tuple[AsyncResult, ...]:
        """Return a result for each request."""
        if len(self._requests) == 1:
            return (self,)
        if self._parts is None:
            pairs = zip(self._requests, self._sizes, strict=True)
            self._parts = tuple(self._part(each, size) for each, size in pairs)
        return self._parts

    @classmethod
    def join(cls: type[R], *results: AsyncResult) -> R:
        """Return one result of the requests of several.

        Raises
        ------
        ValueError
            For none.
        """
        if not results:
            raise ValueError("join takes one result or more")
        return cls(
            [request for each in results for request in each._requests],
            name=results[0]._name,
            sizes=[size for each in results for size in each._sizes],
            return_exceptions=results[0]._return_exceptions,
        )

    def stream_output(self) -> AbstractContextManager[None]:
        """Show what the requests print and display as it comes, while a block of code runs.

        Examples
        --------
        ::

            with result.stream_output():
                result.wait()
        """
        return streamed(self._requests, has_labels=not self._is_single)

    def display_outputs(self, groupby: str = "type", result_only: bool = False) -> None:
        """Show what was printed and displayed, and values of cells, once all is here.

        Parameters
        ----------
        groupby : str
            ``"type"``, ``"engine"`` or ``"order"``, see `emout_lab.parallel.outputs.show_grouped`.
        result_only : bool
            Whether only the values are shown.
        """
        self.wait()
        screen = Screen(has_labels=not self._is_single)
        show_grouped(self._known(), screen, groupby, result_only=result_only)

    def __iter__(self) -> Iterator[Any]:
        """Give the results as they come, in the order of the engines."""
        if self._is_single:
            raise TypeError(f"{self._name}: a single result, which get() returns, is not iterable")
        return self._each()

    def __getitem__(self, key: Any) -> Any:
        """Return a result by its number, several by a slice, or what is known by its key.

        Raises
        ------
        TimeoutError
            Where results are still to come.
        KeyError
            Where there is no such key.
        """
        if isinstance(key, str):
            return self._value_of(key)
        if not isinstance(key, slice):
            key = operator.index(key)
        self._require_ready()
        return self.get()[key]

    def __getattr__(self, name: str) -> Any:
        """Return what is known of the requests."""
        if hasattr(type(self), name):
            # A property that has failed with an AttributeError, which may be the remote one.
            return getattr(type(self), name).__get__(self)
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None

    def _each(self) -> Iterator[Any]:
        for request in self._requests:
            self._waiter.wait_for(request, None)
            yield self._read(request)

    def _part(self, request: Request, size: int) -> AsyncResult:
        return AsyncResult(
            [request],
            is_single=True,
            name=self._name,
            sizes=[size],
            return_exceptions=self._return_exceptions,
        )

    def _is_over(self, when: str, done: set[Any], pending: set[Any]) -> bool:
        if when == FIRST_COMPLETED and done:
            return True
        is_failed = when == FIRST_EXCEPTION and any(not each.successful() for each in done)
        return not pending or is_failed

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *Metadata()]

    def __repr__(self) -> str:
        state = "pending"
        if self.done():
            state = "finished" if self.successful() else "failed"
        return f"<{type(self).__name__}({self._name}): {state}>"
