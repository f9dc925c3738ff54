"""View: what direct and load-balanced views have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.view_jobs import ViewJobs

if TYPE_CHECKING:
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
    block : bool
        Whether calls wait for their results and return them; else they return an `AsyncResult`.
    track : bool
        Whether one is told when arrays have left this process.
    targets
        Which engines.
    """

    flags: tuple[str, ...] = ("block", "track", "targets", "retries", "timeout")

    def __init__(self, client: ViewClient, **flags: Any) -> None:
        super().__init__(client)
        self.block = False
        self.track = False
        self.targets: Any = "all"
        self.retries = 0
        self.timeout: float | None = None
        self.set_flags(**flags)

    def set_flags(self, **flags: Any) -> None:
        """Set attributes by name.

        Raises
        ------
        TypeError
            For one that a view does not have.
        """
        for name, value in flags.items():
            if name not in self.flags:
                raise TypeError(f"{name!r} is no flag of a view; there are {self.flags}")
            setattr(self, name, value)

    @contextmanager
    def temp_flags(self, **flags: Any) -> Iterator[None]:
        """Set attributes for a block of code."""
        before = {name: getattr(self, name) for name in self.flags}
        try:
            self.set_flags(**flags)
            yield
        finally:
            self.set_flags(**before)

    def apply(self, __f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call ``f(*args, **kwargs)`` on the engines; wait for the results where ``block`` is set.

        Raises
        ------
        RemoteError, CompositeError
            When it waits and the call fails.
        """
        return self._applied(__f, args, kwargs, self.block)

    def apply_async(self, __f: Callable[..., Any], *args: Any, **kwargs: Any) -> AsyncResult:
        """Call ``f(*args, **kwargs)`` on the engines and return at once."""
        found: AsyncResult = self._applied(__f, args, kwargs, False)
        return found

    def apply_sync(self, __f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call ``f(*args, **kwargs)`` on the engines and return the results.

        Raises
        ------
        RemoteError, CompositeError
            When the call fails.
        """
        return self._applied(__f, args, kwargs, True)

    def map(self, __f: Callable[..., Any], *sequences: Any, **options: Any) -> Any:
        """Call ``f`` for each item of the sequences, in parts on the engines."""
        raise NotImplementedError

    def map_async(self, __f: Callable[..., Any], *sequences: Any, **options: Any) -> Any:
        """Do what `map` does and return at once."""
        return self.map(__f, *sequences, **{**options, "block": False})

    def map_sync(self, __f: Callable[..., Any], *sequences: Any, **options: Any) -> Any:
        """Do what `map` does and return the list of results."""
        return self.map(__f, *sequences, **{**options, "block": True})

    def imap(self, __f: Callable[..., Any], *sequences: Any, **options: Any) -> Iterator[Any]:
        """Do what `map` does and return an iterator of the results as they come."""
        return iter(self.map_async(__f, *sequences, **options))

    def _applied(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        block: Any,
    ) -> Any:
        raise NotImplementedError

    def _finished(self, result: AsyncResult, block: bool | None) -> Any:
        """Return a result, or wait for its value where that is wanted."""
        is_blocking = self.block if block is None else block
        self._note_own(result)
        return result.wait_or_abort() if is_blocking else result
