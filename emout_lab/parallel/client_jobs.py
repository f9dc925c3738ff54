"""What a client does with requests that were sent: wait, abort, look what engines have to do."""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent import futures
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from emout_lab.client.requests import request_queues, unassigned
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.client_results import ClientResults, as_list
from emout_lab.parallel.errors import TimeoutError
from emout_lab.parallel.request_ids import engine_number
from emout_lab.remote.waiting import interrupts_at_users_line

if TYPE_CHECKING:
    from emout_lab.engine.kept_replies import RequestQueue

#: So long engines have to tell what they do [s].
PATIENCE_S = 10.0
#: So long a thread waits at once: an interrupt may have been given to another thread [s].
WAKE_S = 0.5


class ClientJobs(ClientResults):
    """The part of a client that handles requests after they were sent."""

    def wait(self, jobs: Any = None, timeout: float | None = -1) -> bool:
        """Wait for requests, for all that are under way by default.

        Parameters
        ----------
        jobs : int, str, AsyncResult, Future or sequence of them, optional
            Positions in `history`, ids, results. Ids that are not known here count as done.
        timeout : float
            At most so many seconds; without end where it is negative or None.

        Returns
        -------
        bool
            Whether all are done.
        """
        waited: list[Future[Any]] = []
        for job in self._jobs.open_results() if jobs is None else as_list(jobs):
            if isinstance(job, Future):
                waited.append(job)
            else:
                waited += [r for id in self.ids_of(job) if (r := self._jobs.get(id))]
        is_endless = timeout is None or timeout < 0
        end = time.monotonic() + (0 if timeout is None else timeout)
        pending: Collection[Future[Any]] = waited
        with interrupts_at_users_line():
            while pending:
                left = WAKE_S if is_endless else end - time.monotonic()
                pending = futures.wait(pending, min(max(left, 0.0), WAKE_S)).not_done
                if pending and not is_endless and time.monotonic() >= end:
                    return False
        return True

    def wait_interactive(
        self, jobs: Any = None, interval: float = 1.0, timeout: float | None = -1.0
    ) -> None:
        """Wait for requests and show how far they are, see `AsyncResult.wait_interactive`."""
        found = self._jobs.open_results() if jobs is None else [self.get_result(jobs, block=False)]
        requests = [request for each in found for request in each.requests]
        result: Any = AsyncResult(requests, name="requests")
        if requests:
            result.wait_interactive(interval=interval, timeout=timeout)

    def abort(self, jobs: Any = None, targets: Any = None, block: bool | None = None) -> None:
        """End requests, whether they run or stand in line; all that are under way by default.

        Parameters
        ----------
        jobs : str, AsyncResult or sequence of them, optional
            Ids, also of other clients, or results.
        targets : int, list of int or "all", optional
            Only those on these engines.
        block : bool, optional
            Wait until they have ended.

        Raises
        ------
        TypeError
            For a job that is no id and no result.
        """
        wanted = [*self.outstanding] if jobs is None else as_list(jobs)
        for job in wanted:
            if not isinstance(job, str | AsyncResult):
                raise TypeError(f"{job!r} is no job: give ids or AsyncResults")
        ids = self.ids_of(wanted)
        if targets is not None:
            numbers = {each.number for each in self._table.engines(targets)}
            ids = [id for id in ids if engine_number(id) in {None, *numbers}]
        ended: list[Future[Any]] = []
        for id in ids:
            request = self._jobs.get(id)
            if request is not None:
                request.abort()
                ended.append(request)
            elif (engine := self.engine_of(id)) is not None:
                ended.append(
                    self.sender.handle(engine).invoke("cancel", id, address=engine.address)
                )
        if self.is_blocking(block):
            self.wait(ended)

    def queue_status(self, targets: Any = "all", verbose: bool = False) -> Any:
        """Tell what engines have to do.

        Parameters
        ----------
        targets : int, list of int, slice or "all"
            Which engines.
        verbose : bool
            Tell ids in place of numbers.

        Returns
        -------
        dict
            By the engine's id a dict of ``"queue"`` (requests that run or stand in line, of all
            clients), ``"completed"`` and ``"tasks"`` (of Dask); and ``"unassigned"`` (tasks that
            wait for an engine). Of an int that engine's dict alone.

        Raises
        ------
        TimeoutError
            Where an engine does not answer; it names it.
        """
        engines = self._table.engines(targets)
        asked = request_queues(self._dask, [e.address for e in engines], PATIENCE_S)
        queues = self._asked(asked)
        silent = [e.number for e in engines if queues.get(e.address, self) is None]
        if silent:
            raise TimeoutError(
                f"engines {silent} have not told within {PATIENCE_S:.0f} s what they do: they are "
                "stopped, or in C code that lets nothing else run"
            )
        found: dict[Any, Any] = {
            each.number: _status(queue, verbose)
            for each in engines
            if (queue := queues.get(each.address)) is not None
        }
        chosen = self._table.chosen(targets)
        if isinstance(chosen, int):
            return found[chosen]
        return {"unassigned": self._asked(unassigned(self._dask)), **found}

    def hub_history(self) -> list[str]:
        """Return the ids of the requests, of all clients, whose results the engines still keep."""
        states = self.queue_status("all", verbose=True)
        return [
            id for key, each in states.items() if key != "unassigned" for id in each["completed"]
        ]

    @property
    def _dask(self) -> Any:
        return self.session.connection.client

    def _asked(self, coroutine: Any) -> Any:
        with interrupts_at_users_line():
            return self.session.connection.wait_for(coroutine)


def _status(queue: RequestQueue, verbose: bool) -> dict[str, Any]:
    if verbose:
        return {
            "queue": list(queue.queue),
            "completed": list(queue.completed),
            "tasks": list(queue.tasks),
        }
    return {"queue": len(queue.queue), "completed": queue.count, "tasks": len(queue.tasks)}
