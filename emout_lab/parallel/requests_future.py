"""RequestsFuture: a future of what comes of several requests."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from emout_lab.client.engine import GRACE_S
from emout_lab.errors import StateError
from emout_lab.parallel.errors import CompositeError, TimeoutError
from emout_lab.parallel.records import Records
from emout_lab.parallel.request import Request
from emout_lab.parallel.request_errors import info_of
from emout_lab.parallel.waiter import Waiter
from emout_lab.remote.waiting import interrupts_at_users_line

STILL_RUNS = (
    "interrupted; the engines have not answered yet. The work is ended there as soon as they do, "
    "and its results are dropped. If an engine stays stuck: Restart engine, in the panel's Workers "
    "section, or session.restart_engine(name)."
)


class RequestsFuture(Records, Future[Any]):
    """A future of the list of what requests give, or of the only one's result.

    Parameters
    ----------
    requests, is_single, name, sizes
        As for `Records`.
    return_exceptions : bool
        Whether errors are results, and nothing is raised.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        *,
        is_single: bool = False,
        name: str = "request",
        sizes: Sequence[int] | None = None,
        return_exceptions: bool = False,
    ) -> None:
        super().__init__(requests, sizes, is_single=is_single, name=name)
        self._return_exceptions = return_exceptions
        self._waiter = Waiter(self._requests)
        self._arrived = arrived = threading.Event()
        Future.add_done_callback(self, lambda _: arrived.set())
        _Countdown(self._requests, self._resolve)

    def ready(self) -> bool:
        """Return whether all results are here."""
        return self.done()

    def _wait(self, timeout: float | None) -> bool:
        return self._waiter.wait_until(self._arrived, limit_of(timeout))

    def successful(self) -> bool:
        """Return whether no request has failed.

        Raises
        ------
        RuntimeError
            Where results are still to come.
        """
        if not self.done():
            raise StateError(f"{self._name}: not ready, so nobody knows; wait() waits for it")
        return not self.cancelled() and Future.exception(self) is None

    def result(self, timeout: float | None = None) -> Any:
        """Do what `get` does, as a future."""
        error = self.exception(timeout)
        if error is None:
            return Future.result(self)
        try:
            raise error.with_traceback(None)
        finally:
            # The error's frames would keep both until the garbage collector comes.
            del self, error

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return what `get` raises; None where it returns a result.

        Raises
        ------
        TimeoutError
            When neither has come in time.
        """
        if not self._wait(timeout):
            raise TimeoutError(f"{self._name}: no result within {timeout} s")
        return Future.exception(self)

    def get(self) -> Any:
        """Return the result; wait for it."""
        raise NotImplementedError

    def wait_or_abort(self) -> Any:
        """Do what `get` does; Ctrl-C ends the requests on their engines."""
        try:
            with interrupts_at_users_line():
                return self.get()
        except KeyboardInterrupt:
            if not self._end_all():
                with interrupts_at_users_line():
                    raise KeyboardInterrupt(STILL_RUNS) from None
            raise

    def abort(self) -> None:
        """End the requests that are not done, whether they run or stand in line.

        Raises
        ------
        RuntimeError
            Where all are done.
        """
        if self.done():
            raise StateError(f"{self._name}: done already, so there is nothing to abort")
        for request in self._requests:
            request.abort()

    def cancel(self) -> bool:
        """End the requests and give up their results; return False where all are here already."""
        if self.cancelled():
            return True
        is_cancelled = super().cancel()  # before its requests end, which would be its end as well
        self._give_up()
        if not is_cancelled:
            return False
        # Who waits with `concurrent.futures.wait` is told by this.
        self.set_running_or_notify_cancel()
        return True

    def add_done_callback(self, fn: Callable[[Any], Any]) -> None:
        """Call a function with this when the results are here; at once, where they are.

        It runs in a thread of its own, and may wait for other results.
        """
        super().add_done_callback(partial(_called_back, fn))

    def _read(self, request: Request) -> Any:
        """Return what came of a request that is done, or raise it."""
        error = request.exception()
        if error is None or self._return_exceptions:
            return outcome_of(request)
        raise CompositeError.of(self._name, [(error, info_of(request, error))], 1) from None

    def _assembled(self, values: list[Any]) -> Any:
        return values[0] if self._is_single else values

    def _resolve(self) -> None:
        """Become what the requests have become, which are all done."""
        failed = [
            (error, info_of(each, error))
            for each in self._requests
            if (error := each.exception()) is not None
        ]
        with suppress(concurrent.futures.InvalidStateError):
            if failed and self._is_single:
                self.set_exception(failed[0][0])
            elif failed and not self._return_exceptions:
                self.set_exception(CompositeError.of(self._name, failed, len(self._requests)))
            else:
                self._assemble()

    def _assemble(self) -> None:
        try:
            found = self._assembled([outcome_of(each) for each in self._requests])
        except Exception as error:  # noqa: BLE001  # parts that cannot be joined; get() raises it
            self.set_exception(error)
        else:
            self.set_result(found)

    def _end_all(self) -> bool:
        """End the requests and return whether the engines have answered that they did."""
        for request in self._requests:
            request.abort()
        try:
            return bool(self._wait(GRACE_S))
        finally:
            self._give_up()

    def _give_up(self) -> None:
        for request in self._requests:
            getattr(request, "give_up", request.abort)()


class _Countdown:
    """Calls a function when all requests are done, and refers to nothing then."""

    def __init__(self, requests: Sequence[Request], function: Callable[[], None]) -> None:
        self._left = len(requests)
        self._lock = threading.Lock()
        self._function: Callable[[], None] | None = function
        if not requests:
            function()
        for each in requests:
            each.add_done_callback(self._note)

    def _note(self, request: Future[Any]) -> None:  # noqa: ARG002  # the future's form
        with self._lock:
            self._left -= 1
            if self._left:
                return
        function, self._function = self._function, None
        if function is not None:
            function()


def _called_back(function: Callable[[Any], Any], result: Future[Any]) -> None:
    try:
        function(result)
    except Exception:
        raise
    except BaseException as error:  # sys.exit() ends no other callback
        if threading.current_thread() is threading.main_thread():
            raise
        raise RuntimeError(f"a callback was ended by {type(error).__name__}") from error


def outcome_of(request: Request) -> Any:
    """Return the result of a request that is done, or its error."""
    error = request.exception()
    return request.result() if error is None else error


def limit_of(timeout: float | None) -> float | None:
    """Return a time-out as it is meant: negative ones are none."""
    return None if timeout is None or timeout < 0 else timeout
