"""Where reads, drawings and long computations run: here, in a session, on a worker.

Everything of the data layer that may run elsewhere goes through one `Executor`. This module has the
interface and the executor that does everything in its own process, `HERE`; those of a session and
of a worker lie in the remote layer (`emout_lab.remote.session_executor`,
`emout_lab.remote.worker_executor`). Which one a process uses is said in one place, the package's
``__init__``, or by `use`.
"""

# ruff: noqa: ARG002 - `Here` is asked as every executor is, and needs less

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    import numpy as np

    from emout_lab.emses.reading import Read

    Array = np.ndarray[Any, Any]

Method = TypeVar("Method", bound=Callable[..., Any])


class Executor(Protocol):
    """What the data layer asks of where it runs."""

    @property
    def is_on_worker(self) -> bool:
        """Whether this process has the data before it: an engine, which reads everything itself."""

    def read(self, read: Read) -> Array | None:
        """Read a part of a field; None means that the caller should read it itself.

        Raises
        ------
        LocalReadForbidden
            When the policy forbids the latter, and nobody else reads it.
        ReadTooLarge
            When a session is in use and the part is larger than the read limit.
        """

    def read_once(self, owner: Any, read: Callable[[], Array]) -> Array:
        """Return what ``read()`` gives for an object; on an engine, once in each expression."""

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        expression: str | None = None,
        session: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Call a function where data are computed with, and return the result or a ref to it.

        Parameters
        ----------
        function : callable
            Called as ``function(*args, **kwargs)``.
        expression : str, optional
            How the object is shown to people, such as ``Emout("run1")``.
        session : object, optional
            A session or its name; None means the active one.

        Raises
        ------
        NoSession
            When it needs a session, and none runs.
        """

    def record(
        self, owner: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any | None:
        """Let a method run where a figure is being recorded, and return a ref to its result.

        None where nothing is recorded: then the caller does it. The owner travels as its recipe,
        so nothing is read here.
        """

    def map(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        label: str,
        alone: Sequence[tuple[Any, ...]] | None = None,
        uses_threads: bool = False,
        nbytes: int = 0,
    ) -> list[Any]:
        """Call a function once per task, on all workers there are.

        The results do not depend on where they were computed: tasks share nothing.

        Parameters
        ----------
        function : callable
            Called as ``function(*task)``; function, arguments and results are pickled. A long one
            calls `progress` now and then: that raises where nobody waits for it any more.
        tasks : sequence of tuple
            Arguments of each call.
        label : str
            What is computed, for whoever watches the progress.
        alone : sequence of tuple, optional
            Fewer and larger tasks that do the same, for a process that computes by itself.
        uses_threads : bool
            Whether tasks of one process can really run at once: they release the GIL.
        nbytes : int
            Bytes that all tasks read together, for whoever watches how fast it goes; 0 where that
            is not known.

        Returns
        -------
        list
            Results in the order of the tasks.
        """

    def keep(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        label: str,
        nbytes: int,
        kept_bytes: int,
    ) -> tuple[list[Any], dict[str, int]]:
        """Do what `map` does, and leave the results where they were computed.

        Parameters
        ----------
        function, tasks, label, nbytes
            As for `map`; arguments of a task may be what this returned.
        kept_bytes : int
            Bytes of all results.

        Returns
        -------
        handles : list
            Of each result: itself, or a future (``handle.result()`` brings it here). When nobody
            has it any more, the result is forgotten.
        places : dict of str to int
            Bytes in each worker, by its name.

        Raises
        ------
        TooLarge
            When there is not so much memory.
        """

    def send(self, values: Sequence[Array], *, lasting: bool = False) -> list[Any]:
        """Bring values to those who compute the tasks of `map`, once for all tasks.

        Parameters
        ----------
        values : sequence of ndarray
        lasting : bool
            Whether they are there again after all who had them are lost.

        Returns
        -------
        list
            Handles of them, arguments of tasks, as `keep` returns them.
        """

    def progress(self, done: int, total: int, label: str, detail: str = "") -> None:
        """Tell whoever watches that ``done`` of ``total`` parts of a computation are done.

        ``detail`` is what changes meanwhile, such as how fast it goes. It raises in a computation
        that was cancelled.
        """

    def check_wanted(self, label: str) -> None:
        """Raise where nobody waits for what a task computes any more."""

    def threads(self) -> int:
        """Return how many tasks of `map` that use threads run at once."""

    def memory_left(self) -> int | None:
        """Return the bytes that a value may take in this process; None where nobody knows."""


class Here:
    """Does everything in this process and asks nobody.

    Examples
    --------
    >>> HERE.map(divmod, [(7, 2), (9, 3)], label="quotients")
    [(3, 1), (3, 0)]
    """

    is_on_worker = False

    def read(self, read: Read) -> Array | None:
        """Leave the read to the caller, where the policy lets this process read."""
        read.check_local("this process asks no session")
        return None

    def read_once(self, owner: Any, read: Callable[[], Array]) -> Array:
        """Read each time: what is kept could have changed."""
        return read()

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        expression: str | None = None,
        session: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Call the function."""
        return function(*args, **kwargs)

    def record(
        self,
        owner: Any,
        method: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any | None:
        """Record nothing."""
        return None

    def map(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        label: str,
        alone: Sequence[tuple[Any, ...]] | None = None,
        uses_threads: bool = False,
        nbytes: int = 0,
    ) -> list[Any]:
        """Call the function for one task after another."""
        return [function(*task) for task in (tasks if alone is None else alone)]

    def keep(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        label: str,
        nbytes: int,
        kept_bytes: int,
    ) -> tuple[list[Any], dict[str, int]]:
        """Keep the results in this process."""
        left = self.memory_left()
        if left is not None and kept_bytes > left:
            raise TooLarge(
                f"{label} takes {format_bytes(kept_bytes)}, and {format_bytes(left)} of memory are "
                "left. Persist a part, or save it with .save(path)."
            )
        return self.map(function, tasks, label=label, nbytes=nbytes), {}

    def send(self, values: Sequence[Array], *, lasting: bool = False) -> list[Any]:
        """Return the values: they are here."""
        return list(values)

    def progress(self, done: int, total: int, label: str, detail: str = "") -> None:
        """Tell nobody."""

    def check_wanted(self, label: str) -> None:
        """Go on: who waits is the caller."""

    def threads(self) -> int:
        """Return 1."""
        return 1

    def memory_left(self) -> int | None:
        """Leave it to the system."""
        return None


HERE = Here()


class _Chosen:
    """What this process was told to use, and who chooses where it was told nothing."""

    def __init__(self) -> None:
        self.executor: Executor | None = None
        self.choose: Callable[[], Executor] = lambda: HERE


_CHOSEN = _Chosen()


def current() -> Executor:
    """Return the executor of this process."""
    return _CHOSEN.executor or _CHOSEN.choose()


def use(executor: Executor | None) -> None:
    """Let this process, all its threads, use an executor; None leaves it to who chooses.

    Examples
    --------
    >>> use(HERE)
    >>> current() is HERE
    True
    >>> use(None)
    """
    _CHOSEN.executor = executor


@contextlib.contextmanager
def using(executor: Executor) -> Iterator[Executor]:
    """Let this process use an executor while a block runs."""
    before = _CHOSEN.executor
    use(executor)
    try:
        yield executor
    finally:
        use(before)


def choose_by(choose: Callable[[], Executor]) -> None:
    """Say who chooses the executor of a process that was told none, whenever it is asked for."""
    _CHOSEN.choose = choose


def recordable(method: Method) -> Method:
    """Let a method run on the engine while a figure is recorded, and return a ref.

    Of an animation it may be the value, see `emout_lab.remote.animations`.
    """

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        ref = current().record(self, method.__name__, args, kwargs)
        if ref is None:
            return method(self, *args, **kwargs)
        return ref._result(method.__name__, kwargs)

    return cast("Method", call)
