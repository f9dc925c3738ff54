"""Dependency: what a load-balanced task waits for, and on whose engine it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.errors import ImpossibleDependency, TaskTimeout


class Dependency(set[str]):
    """Ids of requests that a task waits for.

    Parameters
    ----------
    dependencies : AsyncResult, str, or collection of them
        The requests, or their ids.
    all : bool
        Whether all of them must be over, or any one.
    success, failure : bool
        Whether it counts that one has succeeded, or failed.

    Raises
    ------
    ValueError
        Where neither counts.

    Examples
    --------
    >>> sorted(Dependency(["a", "b"], all=False))
    ['a', 'b']
    """

    def __init__(
        self,
        dependencies: Any = (),
        all: bool = True,
        success: bool = True,
        failure: bool = False,
    ) -> None:
        flags = {"all": all, "success": success, "failure": failure}
        if isinstance(dependencies, Dependency):
            flags.update(dependencies.as_dict())
        elif isinstance(dependencies, Mapping):
            flags.update({"all": True, **dependencies})
        if isinstance(dependencies, Mapping):
            dependencies = dependencies.get("dependencies", [])
        self.all: bool = flags["all"]
        self.success: bool = flags["success"]
        self.failure: bool = flags["failure"]
        if not (self.success or self.failure):
            raise ValueError("a dependency on requests that neither succeed nor fail is never met")
        super().__init__(ids_of(dependencies))

    def is_met_by(self, request: Future[Any]) -> bool | None:
        """Return whether a request counts; None where it is not over."""
        if not request.done():
            return None
        return self.success if request.exception() is None else self.failure

    def state(self, requests: Iterable[Future[Any]]) -> bool | None:
        """Return whether the requests meet it; None where that is not known yet."""
        found = [self.is_met_by(each) for each in requests]
        ends, otherwise = (False, True) if self.all else (True, False)
        if not found:
            return True
        if ends in found:
            return ends
        return None if None in found else otherwise

    def check(self, completed: Collection[str], failed: Collection[str] = ()) -> bool:
        """Return whether requests meet it, of which the ids are given that are over.

        Examples
        --------
        >>> Dependency(["a", "b"], all=False).check({"a"}), Dependency(["a", "b"]).check({"a"})
        (True, False)
        """
        counted = {*(completed if self.success else ()), *((failed or ()) if self.failure else ())}
        return not self or (self <= counted if self.all else not self.isdisjoint(counted))

    def unreachable(self, completed: Collection[str], failed: Collection[str] = ()) -> bool:
        """Return whether it will never be met, once these requests are over."""
        lost = {*(() if self.success else completed), *(() if self.failure else failed or ())}
        return bool(self) and (not self.isdisjoint(lost) if self.all else self <= lost)

    def as_dict(self) -> dict[str, Any]:
        """Return it as a dict, from which another can be made."""
        return {
            "dependencies": list(self),
            "all": self.all,
            "success": self.success,
            "failure": self.failure,
        }


def ids_of(dependencies: Any) -> list[str]:
    """Return the ids of requests.

    Raises
    ------
    TypeError
        For what is neither an id nor an `AsyncResult`.
    """
    if isinstance(dependencies, (str, AsyncResult)):
        dependencies = [dependencies]
    ids: list[str] = []
    for each in dependencies:
        if isinstance(each, str):
            ids.append(each)
        elif isinstance(each, AsyncResult):
            ids += each.msg_ids
        else:
            raise TypeError(f"{each!r} is neither an AsyncResult nor the id of a request")
    return ids


class DependencyWatch:
    """Lets tasks go when what they wait for is over, and fail when it never will be.

    Parameters
    ----------
    after, follow : Dependency
        What must be over first, and on whose engine they run.
    requests : mapping of str to Future
        The requests of both by their ids.
    go : callable
        Called once, with the ids of the engines (None: any).
    fail : callable
        Called once instead, with an error.
    """

    def __init__(
        self,
        after: Dependency,
        follow: Dependency,
        requests: Mapping[str, Future[Any]],
        go: Callable[[frozenset[int] | None], None],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._after, self._follow, self._requests = after, follow, requests
        self._go, self._fail = go, fail
        self._lock = threading.Lock()
        self._is_over = False
        self._timer: threading.Timer | None = None

    def start(self, timeout: float | None) -> None:
        """Begin; fail when it takes longer than ``timeout`` seconds."""
        for request in self._requests.values():
            request.add_done_callback(self._look)
        self._look()
        if timeout and not self._is_over:
            text = f"what it waits for has not come within {timeout} s; the task will not run"
            self._timer = threading.Timer(timeout, self._give_up, (TaskTimeout(text),))
            self._timer.daemon = True
            self._timer.start()

    def _look(self, request: Future[Any] | None = None) -> None:  # noqa: ARG002  # the future's form
        after = self._after.state(self._requests[each] for each in self._after)
        follow = self._follow.state(self._requests[each] for each in self._follow)
        engines = self._engines()
        if after is False or follow is False or engines == frozenset():
            self._give_up(ImpossibleDependency(self._reason()))
        elif after and follow and self._ends():
            self._go(engines)

    def _engines(self) -> frozenset[int] | None:
        """Return the engines of what it follows, as far as that is known; None means any."""
        met = [r for each in self._follow if self._follow.is_met_by(r := self._requests[each])]
        ids = {found for each in met for found in [_engine_of(each)] if found is not None}
        if not ids:
            return None
        return frozenset() if self._follow.all and len(ids) > 1 else frozenset(ids)

    def _reason(self) -> str:
        which = sorted({*self._after, *self._follow})
        return (
            f"the task will not run: of the requests {which} that it waits for, some have failed, "
            "have succeeded where they should not, or ran on different engines"
        )

    def _give_up(self, error: BaseException) -> None:
        if self._ends():
            self._fail(error)

    def _ends(self) -> bool:
        """Tell whether this ends it, which happens once."""
        with self._lock:
            is_first, self._is_over = not self._is_over, True
        if self._timer is not None:
            self._timer.cancel()
        return is_first


def _engine_of(request: Any) -> int | None:
    found: int | None = request.metadata.engine_id
    return found
