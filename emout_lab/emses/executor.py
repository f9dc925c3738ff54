"""The interface of what runs reads, drawings and long computations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from emout_lab.emses.observation import Watch

if TYPE_CHECKING:
    import numpy as np

    from emout_lab.emses.reading import Read

    Array = np.ndarray[Any, Any]


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

    @property
    def draws_elsewhere(self) -> bool:
        """Whether `picture` gives one: then nothing is read here for it."""

    def picture(self, owner: Any, method: str, **options: Any) -> Any | None:
        """Let a method of an object draw on an engine, and return what comes back.

        None where it is to be drawn here. The owner travels as it pickles, so nothing is read here.

        Parameters
        ----------
        owner : object
            Whose method makes a figure of pyplot.
        method : str
            Its name.
        **options
            ``fmt`` and ``dpi``.

        Returns
        -------
        FigureResult or None
            With ``data`` (the content of a file) and ``show()``.
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

    def watch(self, limit: int | None) -> Watch | None:
        """Let engines that this thread asks keep what they read; None where it asks none."""

    def after_each_cell(self, callback: Callable[[], None]) -> None:
        """Call a function whenever a cell of a notebook has ended; where there are cells."""
