"""Where reads, drawings and long computations run: here, in a session, on a worker.

Everything of the data layer that may run elsewhere goes through one `Executor`. This module has the
one that does everything in its own process, `HERE`; those of a session and of a worker lie in the
remote layer (`emout_lab.remote.session_executor`,
`emout_lab.remote.worker_executor`). Which one a process uses is said in one place, the package's
``__init__``, or by `use`.
"""

# ruff: noqa: ARG002 - `Here` is asked as every executor is, and needs less

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from emout_lab.emses import observation
from emout_lab.emses.executor import Executor
from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    import numpy as np

    from emout_lab.emses.reading import Read

    Array = np.ndarray[Any, Any]

Method = TypeVar("Method", bound=Callable[..., Any])


class Here:
    """Does everything in this process and asks nobody.

    Examples
    --------
    >>> HERE.map(divmod, [(7, 2), (9, 3)], label="quotients")
    [(3, 1), (3, 0)]
    """

    is_on_worker = False

    @property
    def draws_elsewhere(self) -> bool:
        """Never: this process asks nobody."""
        return False

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

    def picture(self, owner: Any, method: str, **options: Any) -> Any | None:
        """Leave the drawing to the caller."""
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

    def watch(self, limit: int | None) -> observation.Watch | None:
        """Return None: nothing is read elsewhere."""
        return None

    def after_each_cell(self, callback: Callable[[], None]) -> None:
        """Do nothing: this process has no cells that it knows of."""


HERE = Here()


class _Chosen:
    """What this process was told to use, and who chooses where it was told nothing."""

    def __init__(self) -> None:
        self.executor: Executor | None = None
        self.choose: Callable[[], Executor] = lambda: HERE


_CHOSEN = _Chosen()


def current() -> Executor:
    """Return the executor of this process."""
    found: Executor = observation.observed(_CHOSEN.executor or _CHOSEN.choose())
    return found


def use(executor: Executor | None) -> None:
    """Let this process, all its threads, use an executor; None leaves it to who chooses.

    Examples
    --------
    >>> use(HERE)
    >>> current().is_on_worker
    False
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
