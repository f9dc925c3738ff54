"""The data layer's executor of a process that works with sessions, or may join one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.emses.execution import Here
from emout_lab.engine import operations
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.transfer import Transfer

if TYPE_CHECKING:
    import numpy as np

    from emout_lab.emses.reading import Read
    from emout_lab.remote.engine_recording import EnginesWatch
    from emout_lab.remote.ref import RemoteRef
    from emout_lab.remote.session import Session

    Array = np.ndarray[Any, Any]


class SessionExecutor(Here):
    """Reads on an engine, records figures, computes on all workers; here where no session runs.

    Without a session it pays one look at the mirror file of the active session per read, and loads
    no Dask.
    """

    def __init__(self) -> None:
        self._transfer = Transfer()

    def read(self, read: Read) -> Array | None:
        """Let the engine read, where a session is in use and the policy does not say otherwise."""
        return None if read.is_local else self._transfer.read(read)

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        expression: str | None = None,
        session: Session | str | None = None,
        **kwargs: Any,
    ) -> RemoteRef:
        """Call a function on an engine and return a ref to its result.

        A run holds no data, so that no scope has a reason to take it.
        """
        from emout_lab.remote.session import resolve  # noqa: PLC0415 - loads Dask

        with CONTEXT.outside_scopes():
            return resolve(session).open(function, *args, expression=expression, **kwargs)

    def record(
        self, owner: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> RemoteRef | None:
        """Queue a method call on a local object while a figure is recorded; None where none is.

        The object travels as it pickles, a lazy field as its recipe.
        """
        recording = CONTEXT.recording
        if recording is None:
            return None
        from emout_lab.remote import expression as text  # noqa: PLC0415 - loads cloudpickle
        from emout_lab.remote.ref import RemoteRef  # noqa: PLC0415 - loads cloudpickle

        label = text.application(
            f"{getattr(owner, 'name', 'result') or 'field'}.{method}", args, kwargs
        )
        drawn = recording.queue.effect(
            operations.call_method, (owner, method, *args), kwargs, expression=label
        )
        return RemoteRef(drawn)

    @property
    def draws_elsewhere(self) -> bool:
        """Whether a session is in use."""
        return self._transfer.session_in_use() is not None

    def picture(self, owner: Any, method: str, **options: Any) -> Any | None:
        """Draw on an engine of the session in use; None without one, or where files are not seen.

        It is a figure block of its own, also within another one.
        """
        session = self._transfer.session_in_use()
        if session is None:
            return None
        from emout_lab.remote.figure import RemoteFigure  # noqa: PLC0415 - loads Dask

        try:
            with RemoteFigure(session=session, display=False, **options) as figure:
                self.record(owner, method, (), {})
        except FileNotFoundError:
            return None  # The workers do not see the files; this process may.
        return figure.result

    def map(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        label: str,
        alone: Sequence[tuple[Any, ...]] | None = None,
        uses_threads: bool = False,  # noqa: ARG002 - the interface's
        nbytes: int = 0,
    ) -> list[Any]:
        """Compute on all workers of the session in use; here where there is none.

        Raises
        ------
        SessionDead
            When the session ended meanwhile.
        EngineLost
            When the workers died of a task, or none is left.
        NoEngine
            When the session's jobs wait in the queue.
        """
        session = self._transfer.session_in_use()
        if session is not None:
            from emout_lab.remote.share import share_out  # noqa: PLC0415 - needs a session

            try:
                return share_out(
                    session.client,
                    function,
                    tasks,
                    label=label,
                    session=session.name,
                    report=self.progress,
                    nbytes=nbytes,
                )
            except FileNotFoundError:
                pass  # The workers do not see the files; this process may.
        from emout_lab.remote.share import one_by_one  # noqa: PLC0415 - as above

        return one_by_one(function, tasks if alone is None else alone, label, self.progress, nbytes)

    def keep(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        label: str,
        nbytes: int,
        kept_bytes: int,
    ) -> tuple[list[Any], dict[str, int]]:
        """Compute on all workers of the session in use and leave the results there; else here."""
        session = self._transfer.session_in_use()
        if session is not None:
            from emout_lab.remote.share import keep_out  # noqa: PLC0415 - needs a session

            try:
                return keep_out(
                    session.client,
                    function,
                    tasks,
                    label=label,
                    report=self.progress,
                    session=session.name,
                    nbytes=nbytes,
                    kept_bytes=kept_bytes,
                )
            except FileNotFoundError:
                pass  # as above
        return super().keep(function, tasks, label=label, nbytes=nbytes, kept_bytes=kept_bytes)

    def send(self, values: Sequence[Array], *, lasting: bool = False) -> list[Any]:
        """Send values to all workers of the session in use."""
        session = self._transfer.session_in_use()
        if session is None:
            return list(values)
        from emout_lab.client.kept import send  # noqa: PLC0415 - loads Dask

        return send(session.client, values, lasting)

    def threads(self) -> int:
        """Return the threads of all workers of the session in use; 1 where there is none."""
        session = self._transfer.session_in_use()
        return 1 if session is None else max(1, sum(session.client.nthreads().values()))

    def watch(self, limit: int | None) -> EnginesWatch:
        """Let every engine that this thread sends calls to keep what it reads for them."""
        from emout_lab.remote.engine_recording import EnginesWatch  # noqa: PLC0415 - loads h5py

        return EnginesWatch(limit)

    def after_each_cell(self, callback: Callable[[], None]) -> None:
        """Call a function at the end of every cell of IPython."""
        from emout_lab.remote import ipython  # noqa: PLC0415 - needed by few

        ipython.after_each_cell(callback)

    def progress(self, done: int, total: int, label: str, detail: str = "") -> None:
        """Show a line that is written over as the work goes on."""
        from emout_lab.client.progress_line import LINE  # noqa: PLC0415 - only long work has it

        LINE.show(done, total, label, detail)


IN_SESSION = SessionExecutor()
