"""LoadBalancedView: calls that any engine may run, as soon as it has nothing else to do."""

from __future__ import annotations

import numbers
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from emout_lab.engine.views import requests
from emout_lab.parallel.async_map_result import AsyncMapResult
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.balanced_sender import Arguments, BalancedSender, TaskOptions
from emout_lab.parallel.joined_result import JoinedResult
from emout_lab.parallel.lazy_map import LazyMap, LazyMapIterator
from emout_lab.parallel.partition import equally_long, parts_of, taken
from emout_lab.parallel.sender import label_of
from emout_lab.parallel.targets import is_all
from emout_lab.parallel.task_dependencies import Dependency, ids_of
from emout_lab.parallel.view import View

if TYPE_CHECKING:
    from typing_extensions import Self

#: How long one that has seen engines does not look for them again [s].
LOOK_S = 1.0


class LoadBalancedView(View):
    """Calls functions on any of the engines, each call on one that is free.

    Attributes
    ----------
    after : AsyncResult, id of a request, collection of them, or Dependency
        What must be over before a call begins.
    follow
        As ``after``; the call runs on the same engine.
    retries : int
        How often a call is run again that fails.
    timeout : float, optional
        How long a call waits for what must be over [s].
    hwm : int
        Most calls that one engine is sent before it has answered; the view chooses by itself.

    Examples
    --------
    ::

        view = client.load_balanced_view()
        view.map_sync(lambda x: x**2, range(100))
        first = view.apply_async(os.getpid)
        with view.temp_flags(after=first, retries=2):
            view.apply_async(os.getpid).get()
    """

    flags = ("block", "track", "targets", "label", "retries", "timeout", "after", "follow", "hwm")

    def __init__(self, client: Any, **flags: Any) -> None:
        self.after: Any = None
        self.follow: Any = None
        self.hwm = 0
        self._seen_at = float("-inf")
        super().__init__(client, **flags)

    def set_flags(self, **flags: Any) -> Self:
        """Set attributes by name, and return the view.

        Raises
        ------
        UnknownFlag
            For one that a view does not have.
        TypeError
            For a value of a wrong type.
        ValueError
            For a dependency that is none, or a negative timeout.
        """
        for name in ("after", "follow"):
            if name in flags:
                _rendered(flags[name])
        timeout = flags.get("timeout")
        if not isinstance(timeout, (int, float, type(None))):
            raise TypeError(f"timeout={timeout!r}: seconds, or None")
        if timeout is not None and timeout < 0:
            raise ValueError(f"timeout={timeout}: not negative")
        if not isinstance(flags.get("retries", 0), numbers.Integral):
            raise TypeError(f"retries={flags['retries']!r}: an int")
        return super().set_flags(**flags)

    def map(
        self,
        f: Callable[..., Any],
        /,
        *sequences: Any,
        block: bool | None = None,
        chunksize: int | None = None,
        ordered: bool = True,
        return_exceptions: bool = False,
        label: str | None = None,
    ) -> Any:
        """Call ``f`` for each item of the sequences, wherever an engine is free.

        Parameters
        ----------
        chunksize : int, optional
            How many items are one request, which fails as a whole. One, by default; short ones
            travel together all the same.
        ordered : bool
            Whether results are iterated in the order of the items, or as they come.
        return_exceptions : bool
            Whether what fails gives its error in place of a value.

        The shortest of the sequences tells how many calls there are.
        """
        if not sequences:
            raise TypeError("map needs at least one sequence for the arguments of the function")
        items = taken(sequences)
        total = min(len(each) for each in items)
        size = 1 if chunksize is None else int(chunksize)
        if size < 1:
            raise ValueError(f"chunksize={chunksize}: at least 1")
        name = label or self.label or label_of(f)
        starts = range(0, total, size)
        parts: Iterator[Arguments] = (
            (tuple(e[n : min(n + size, total)] for e in items), {}) for n in starts
        )
        has_failures = return_exceptions and size > 1
        one = requests.map_part_with_failures if has_failures else requests.map_part
        made = self._sender(partial(one, f), name).send(parts)
        kind = JoinedResult if has_failures else AsyncMapResult
        result = kind(
            made,
            name=name,
            sizes=[min(size, total - start) for start in starts],
            return_exceptions=return_exceptions,
            ordered=ordered,
        )
        return self._finished(self.client.note(result), block, label)

    def apply_to_parts(
        self, f: Callable[..., Any], sequences: tuple[Any, ...], dist: str, chunksize: int | None
    ) -> Any:
        """Call a function with parts of sequences, see `ParallelFunction`."""
        items = equally_long(sequences)
        count = -(-len(items[0]) // (chunksize or 1)) if items else 0
        calls: list[tuple[Any, ...]] = list(
            zip(*(parts_of(each, count, dist) for each in items), strict=True)
        )
        made = self._sender(f, label_of(f)).send((call, {}) for call in calls if count)
        result = JoinedResult(made, dist=dist, name=label_of(f))
        return self._finished(self.client.note(result), None)

    def imap(
        self,
        f: Callable[..., Any],
        /,
        *sequences: Any,
        ordered: bool = True,
        max_outstanding: int | str = "auto",
        return_exceptions: bool = False,
    ) -> LazyMapIterator:
        """Call ``f`` for each item as long as there are any, and return an iterator of the results.

        Items are taken from their sequences as results come, so that these need not end.

        Parameters
        ----------
        ordered : bool
            Whether results come in the order of the items, or as soon as they can.
        max_outstanding : int or "auto"
            Most calls that have not come back; 0 takes all items at once. By default two for each
            engine.
        return_exceptions : bool
            Whether what fails gives its error in place of a value.
        """
        if not sequences:
            raise TypeError("imap takes one sequence at least")
        most = 2 * max(1, len(self)) if max_outstanding == "auto" else int(max_outstanding)
        sender = self._sender(f, label_of(f))
        calls: Iterator[Arguments] = ((items, {}) for items in zip(*sequences, strict=False))

        def note(made: Sequence[Any]) -> None:
            self._note_own(self.client.note(AsyncResult(made, name=label_of(f))))

        return LazyMapIterator(
            LazyMap(
                sender, calls, most, is_ordered=ordered, gives_errors=return_exceptions, note=note
            )
        )

    def __len__(self) -> int:
        return len(self._engines())

    def __repr__(self) -> str:
        return f"<LoadBalancedView {self.targets}>"

    def _applied(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        block: Any,
    ) -> Any:
        name = self.label or label_of(function)
        made = self._sender(function, name).send([(args, kwargs)])
        result = AsyncResult(made, is_single=True, name=name)
        return self._finished(self.client.note(result), block)

    def _sender(self, function: Any, name: str) -> BalancedSender:
        options = TaskOptions(
            places=self._places(),
            after=_rendered(self.after),
            follow=_rendered(self.follow),
            timeout=self.timeout,
            retries=int(self.retries),
        )
        return BalancedSender(self.client, function, name, options)

    def _places(self) -> frozenset[int] | None:
        """Return which engines may run a call; with none at all it would wait for long."""
        if not is_all(self._or_own(None)):
            return frozenset(self._engines())
        now = time.monotonic()
        if now - self._seen_at > LOOK_S:
            self._engines()
            self._seen_at = now
        return None

    def _engines(self) -> Sequence[int]:
        return [each.number for each in self.client.engines_of(self._or_own(None))]


def _rendered(value: Any) -> Dependency | None:
    """Return the dependency that a flag means.

    Raises
    ------
    ValueError
        For what is none.
    """
    if value is None or isinstance(value, Dependency):
        return value
    try:
        found = value if isinstance(value, dict) else ids_of(value)
    except TypeError as error:
        raise ValueError(f"no dependency: {error}") from None
    return Dependency(found)
