"""The data layer's executor of an engine's process, and of the tasks that its worker computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.emses.execution import Here
from emout_lab.emses.observation import Watch
from emout_lab.engine.output import topics
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.task_state import is_task, require_wanted
from emout_lab.remote import share

if TYPE_CHECKING:
    import numpy as np

    from emout_lab.emses.reading import Read

    Array = np.ndarray[Any, Any]


class WorkerExecutor(Here):
    """Reads everything itself; shares long computations of a program with the other workers."""

    is_on_worker = True

    def read(self, read: Read) -> Array | None:  # noqa: ARG002 - the interface's
        """Leave the read to the caller, whatever the policy: the data are before this process."""
        return None

    def read_once(self, owner: Any, read: Callable[[], Array]) -> Array:
        """Return what ``read()`` gives; what an expression has read is not read again in it."""
        return read() if PROCESS.reads is None else PROCESS.reads.once(owner, read)

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        expression: str | None = None,
        session: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Call a function on an engine of the active session, which may be another one."""
        from emout_lab.remote.session_executor import IN_SESSION  # noqa: PLC0415 - needed by few

        return IN_SESSION.call(function, *args, expression=expression, session=session, **kwargs)

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
        """Compute on all workers, where that is more at once than here; in a task, here."""
        if len(tasks) > 1 and PROCESS.worker is not None and not is_task():
            from emout_lab.client.tasks import engines_own_client  # noqa: PLC0415 - loads Dask

            client = engines_own_client(PROCESS.worker)
            threads = client.nthreads()
            if (sum(threads.values()) if uses_threads else len(threads)) > 1:
                return share.share_out(
                    client, function, tasks, label=label, report=self.progress, nbytes=nbytes
                )
        return share.one_by_one(
            function, tasks if alone is None else alone, label, self.progress, nbytes
        )

    def keep(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        label: str,
        nbytes: int,
        kept_bytes: int,
    ) -> tuple[list[Any], dict[str, int]]:
        """Compute on all workers and leave the results there; in a task, here."""
        if PROCESS.worker is None or is_task():
            return super().keep(function, tasks, label=label, nbytes=nbytes, kept_bytes=kept_bytes)
        from emout_lab.client.tasks import engines_own_client  # noqa: PLC0415 - loads Dask

        client = engines_own_client(PROCESS.worker)
        return share.keep_out(
            client,
            function,
            tasks,
            label=label,
            report=self.progress,
            nbytes=nbytes,
            kept_bytes=kept_bytes,
        )

    def send(self, values: Sequence[Array], *, lasting: bool = False) -> list[Any]:
        """Send values to all workers; in a task, and for one thread, they are here."""
        if self.threads() == 1 or PROCESS.worker is None:
            return list(values)
        from emout_lab.client.kept import send  # noqa: PLC0415 - loads Dask
        from emout_lab.client.tasks import engines_own_client  # noqa: PLC0415 - as above

        return send(engines_own_client(PROCESS.worker), values, lasting)

    def threads(self) -> int:
        """Return the threads of all workers; 1 in a task."""
        if PROCESS.worker is None or is_task():
            return 1
        from emout_lab.client.tasks import engines_own_client  # noqa: PLC0415 - loads Dask

        return max(1, sum(map(int, engines_own_client(PROCESS.worker).nthreads().values())))

    def memory_left(self) -> int | None:
        """Return what the engine has free."""
        return None if PROCESS.memory is None else int(PROCESS.memory.free())

    def check_wanted(self, label: str) -> None:
        """Raise in a task that was cancelled."""
        if is_task():
            require_wanted(label)

    def watch(self, limit: int | None) -> Watch:
        """Let other engines keep what they read for this one's calls."""
        from emout_lab.remote.session_executor import IN_SESSION  # noqa: PLC0415 - needed by few

        return IN_SESSION.watch(limit)

    def progress(self, done: int, total: int, label: str, detail: str = "") -> None:
        """Tell the notebook and the panel; in a task that was cancelled, raise.

        Raises
        ------
        NotWanted
            In such a task.
        """
        if is_task():
            require_wanted(label)
        else:
            topics.report(done, total, label, detail)


ON_WORKER = WorkerExecutor()
