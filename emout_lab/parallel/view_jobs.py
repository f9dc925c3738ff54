"""What a view does with requests that were sent: wait, abort, look, have again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.parallel.async_result import AsyncResult

if TYPE_CHECKING:
    from emout_lab.parallel.client_protocol import ViewClient

#: So many ids are remembered.
MOST_IDS = 10_000


class ViewJobs:
    """The part of a view that handles requests after they were sent.

    Attributes
    ----------
    client : Client
        Whose engines.
    history : list of str
        Ids of the requests of this view, in the order in which they were sent.
    """

    targets: Any
    label: str | None

    def __init__(self, client: ViewClient) -> None:
        self.client = client
        self.history: list[str] = []
        self._is_blocking = False

    @property
    def block(self) -> bool:
        """Whether calls wait for their results and return them; else they return an `AsyncResult`.

        Raises
        ------
        TypeError
            Where it is set to what is neither true nor false, such as ``"no"``.
        """
        return self._is_blocking

    @block.setter
    def block(self, value: bool) -> None:
        self._is_blocking = _as_flag(value)

    @property
    def outstanding(self) -> set[str]:
        """Ids of the view's requests that are under way."""
        return self.client.outstanding.intersection(self.history)

    @property
    def results(self) -> dict[str, Any]:
        """What came of the view's requests that are known, by id; exceptions of failed ones."""
        own = set(self.history)
        return {id: value for id, value in self.client.results.items() if id in own}

    def spin(self) -> None:
        """Do nothing: results come by themselves."""

    def wait(self, jobs: Any = None, timeout: float | None = -1) -> bool:
        """Wait for requests, all of this view by default; see `Client.wait`."""
        wanted = self.outstanding if jobs is None else self._with_ids(jobs)
        return self.client.wait(wanted, timeout)

    def abort(self, jobs: Any = None, targets: Any = None, block: bool | None = None) -> None:
        """End requests, all of this view by default; see `Client.abort`."""
        wanted = self.outstanding if jobs is None else self._with_ids(jobs)
        self.client.abort(wanted, targets, self._waits(block))

    def queue_status(self, targets: Any = None, verbose: bool = False) -> Any:
        """Tell what the view's engines have to do; see `Client.queue_status`."""
        return self.client.queue_status(self._or_own(targets), verbose)

    def purge_results(self, jobs: Any = (), targets: Any = ()) -> None:
        """Forget results; see `Client.purge_results`."""
        where = self._or_own(None) if targets is None or targets == "all" else targets
        self.client.purge_results([] if jobs == () else self._with_ids(jobs), where)

    def shutdown(
        self,
        targets: Any = None,
        restart: bool = False,
        hub: bool = False,
        block: bool | None = None,
    ) -> Any:
        """End the view's engines, or the session; see `Client.shutdown`."""
        is_blocking = self._waits(block)
        where = None if isinstance(targets, str) else targets
        return self.client.shutdown(self._or_own(where), restart, hub, is_blocking)

    def get_result(
        self, indices_or_msg_ids: Any = None, block: bool | None = None, owner: bool = False
    ) -> AsyncResult:
        """Return a result again, by ids or by positions in `history`; see `Client.get_result`."""
        wanted = -1 if indices_or_msg_ids is None else indices_or_msg_ids
        is_blocking = self._waits(block)
        return self.client.get_result(self._with_ids(wanted), is_blocking, owner)

    def _or_own(self, targets: Any) -> Any:
        found = self.targets if targets is None else targets
        return "all" if found is None else found

    def _with_ids(self, jobs: Any) -> Any:
        """Return jobs with ids in place of positions in this view's history."""
        if isinstance(jobs, int):
            return self.history[jobs]
        if isinstance(jobs, list | tuple | set | frozenset):
            return [self.history[each] if isinstance(each, int) else each for each in jobs]
        return jobs

    def _waits(self, block: bool | None) -> bool:
        """Return whether a call waits for its results: as it says, or as the view does."""
        return self.block if block is None else _as_flag(block)

    def _note_own(self, result: AsyncResult, label: str | None = None) -> None:
        self.history += result.msg_ids
        self._mark(result, label or self.label)
        if len(self.history) > 2 * MOST_IDS:
            del self.history[:-MOST_IDS]

    def _mark(self, result: AsyncResult, label: str | None) -> None:
        """Note in the metadata how the user has called the requests."""
        if label:
            for request in result._requests:
                request.metadata["label"] = label


def _as_flag(value: Any) -> bool:
    if isinstance(value, bool | np.bool_) or (isinstance(value, int) and value in {0, 1}):
        return bool(value)
    raise TypeError(f"block is True or False, not {value!r}")
