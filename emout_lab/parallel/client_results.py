"""What came of a client's requests, and of those of others: have it again, or forget it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab.errors import EmoutLabError, EngineLost
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.job_table import JobTable
from emout_lab.parallel.kept_request import kept_request
from emout_lab.parallel.metadata import Metadata
from emout_lab.parallel.request import Request
from emout_lab.parallel.request_ids import engine_number

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.parallel.engine_table import EngineTable
    from emout_lab.parallel.sender import Sender
    from emout_lab.remote.session import Session

R = TypeVar("R", bound=AsyncResult)


class UnknownRequest(EmoutLabError, KeyError):
    """No client and no engine knows a request of this id."""


class ClientResults:
    """The part of a client that knows what came of requests.

    Attributes
    ----------
    block : bool
        Whether `get_result`, `abort`, `clear` and `shutdown` wait, where they are not told.
    """

    session: Session
    sender: Sender
    _table: EngineTable

    def __init__(self) -> None:
        self.block = False
        self._jobs = JobTable()

    @property
    def history(self) -> list[str]:
        """Ids of the requests in the order in which they were sent; the oldest are forgotten."""
        return self._jobs.history

    @property
    def outstanding(self) -> set[str]:
        """Ids of the requests that are under way."""
        return self._jobs.outstanding

    @property
    def results(self) -> Mapping[str, Any]:
        """What came of the requests that are known here, by id; exceptions of failed ones."""
        known = self._jobs.known().items()
        return {id: r.exception() or r.result() for id, r in known if r.done()}

    @property
    def metadata(self) -> Mapping[str, Metadata]:
        """What is known of requests beside their results, by id."""
        return {id: request.metadata for id, request in self._jobs.known().items()}

    def note(self, result: R) -> R:
        """Remember a result, to be had again by its ids."""
        self._jobs.note(result)
        return result

    def noted(self, msg_id: str) -> AsyncResult | None:
        """Return the result of a request by its id; None where nothing is known of it here."""
        known = self._jobs.get(msg_id)
        return None if known is None else AsyncResult([known], is_single=True, name=msg_id)

    def get_result(
        self,
        indices_or_msg_ids: Any = None,
        block: bool | None = None,
        owner: bool = True,  # noqa: ARG002  # nobody owns what is kept as long as it is held
    ) -> AsyncResult:
        """Return a result again, of this or of any other client of the session.

        Parameters
        ----------
        indices_or_msg_ids : int, str, AsyncResult or sequence of them, optional
            Positions in `history` or ids; the latest by default. A single one gives a value, a
            sequence a list.
        block : bool, optional
            Wait until it is done.
        owner : bool
            Of no meaning here: results stay as long as somebody holds them.

        Raises
        ------
        UnknownRequest
            For an id that does not name an engine.
        EngineLost
            Where the engine is gone that has run it.
        IndexError
            For a position that the history does not have.
        """
        wanted = -1 if indices_or_msg_ids is None else indices_or_msg_ids
        if isinstance(wanted, AsyncResult):
            found = wanted
        else:
            ids = self.ids_of(wanted)
            is_single = isinstance(wanted, int | str)
            made = [self._jobs.get(id) or self._kept(id) for id in ids]
            found = AsyncResult(made, is_single=is_single, name=f"request {', '.join(ids[:3])}")
            self._jobs.note(found, is_own=False)
        if self.is_blocking(block):
            found.wait()
        return found

    def resubmit(
        self,
        indices_or_msg_ids: Any = None,
        metadata: Any = None,  # noqa: ARG002  # the original's
        block: bool | None = None,
    ) -> AsyncResult:
        """Send requests of this client again, with new ids, to the engines that they were sent to.

        Raises
        ------
        UnknownRequest
            Where one of them is another client's, or is not known any more.
        ValueError
            Where one is still under way.
        EngineLost
            Where its engine is gone.
        """
        wanted = -1 if indices_or_msg_ids is None else indices_or_msg_ids
        ids = self.ids_of(wanted)
        if pending := self.outstanding.intersection(ids):
            raise ValueError(f"{min(pending)} is still under way: it is not sent again")
        made = [self._sent_again(id) for id in ids]
        is_single = isinstance(wanted, int | str)
        result = self.note(AsyncResult(made, is_single=is_single, name="resubmitted request"))
        if self.is_blocking(block):
            result.wait()
        return result

    def result_status(self, msg_ids: Any, status_only: bool = True) -> dict[str, Any]:
        """Tell which requests are ``"pending"`` and which ``"completed"``, of any client.

        Parameters
        ----------
        msg_ids : int, str, AsyncResult or sequence of them
            Which.
        status_only : bool
            Otherwise what came of the completed ones is given by id as well.

        Raises
        ------
        UnknownRequest, EngineLost
            As for `get_result`.
        """
        ids = self.ids_of(msg_ids)
        states = {
            id: "completed" if r.done() else "pending" for id in ids if (r := self._jobs.get(id))
        }
        states |= self._states_elsewhere([id for id in ids if id not in states])
        found: dict[str, Any] = {
            state: [id for id in ids if states[id] == state] for state in ("pending", "completed")
        }
        if not status_only:
            done = found["completed"]
            found |= dict(zip(done, self.get_result(done).get(), strict=True))
        return found

    def purge_local_results(self, jobs: Any = (), targets: Any = ()) -> None:
        """Forget results here: of jobs, of engines, or ``"all"``.

        Raises
        ------
        ValueError
            Where neither is given.
        RuntimeError
            For what is still under way.
        """
        ids = self._purged(jobs, targets)
        pending = self.outstanding if ids is None else self.outstanding.intersection(ids)
        if pending:
            raise RuntimeError(
                f"still under way, so not forgotten: {', '.join(sorted(pending)[:5])}"
            )
        self._jobs.forget(ids)

    def purge_hub_results(self, jobs: Any = (), targets: Any = ()) -> None:
        """Let engines forget the results that they keep: of jobs, of engines, or ``"all"``."""
        ids = None if _is_all_jobs(jobs) or len(as_list(targets)) else self._purged(jobs, ())
        engines = self._table.engines("all" if not len(as_list(targets)) else targets)
        asked = [
            self.sender.handle(each).invoke("forget_replies", ids, address=each.address)
            for each in engines
        ]
        for each in asked:
            each.result()

    def purge_results(self, jobs: Any = (), targets: Any = ()) -> None:
        """Forget results here and on the engines: of jobs, of engines, or ``"all"``."""
        self.purge_local_results(jobs, targets)
        self.purge_hub_results(jobs, targets)

    def purge_everything(self) -> None:
        """Forget all results, and the history."""
        self.purge_results("all")
        self._jobs.history.clear()

    def is_blocking(self, block: bool | None) -> bool:
        """Return whether to wait."""
        return self.block if block is None else block

    def ids_of(self, jobs: Any) -> list[str]:
        """Return the ids of positions in the history, ids and results."""
        found: list[str] = []
        for job in as_list(jobs):
            if isinstance(job, int):
                found.append(self.history[job])
            elif isinstance(job, str):
                found.append(job)
            elif isinstance(job, AsyncResult):
                found += job.msg_ids
            else:
                raise TypeError(
                    f"{job!r} is no job: give positions in client.history, ids, or AsyncResults"
                )
        return found

    def _sent_again(self, id: str) -> Request:
        engine = self.engine_of(id)
        again = None if engine is None else self.sender.send_again(engine, id)
        if again is None:
            raise UnknownRequest(
                f"request {id!r} cannot be sent again: it is another client's, too long ago, or "
                "its arguments are too large to be kept"
            )
        return again

    def _kept(self, id: str) -> Request:
        """Return the request of another client, whose reply its engine keeps."""
        engine = self.engine_of(id)
        if engine is None:
            raise UnknownRequest(f"nothing is known of request {id!r}: it names no engine")
        return kept_request(self.sender.handle(engine), engine, id)

    def engine_of(self, id: str) -> NumberedEngine | None:
        """Return the engine that a request names; None where it names none.

        Raises
        ------
        EngineLost
            Where it is gone.
        """
        number = engine_number(id)
        if number is None:
            return None
        engines = self._table.known()
        if number not in engines and number not in (engines := self._table.look()):
            raise EngineLost(
                f"engine {number} is gone (lost, restarted or shut down), and with it what it kept "
                f"of request {id!r}"
            )
        return engines[number]

    def _states_elsewhere(self, ids: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for id in ids:
            engine = self.engine_of(id)
            if engine is not None:
                handle = self.sender.handle(engine)
                found |= handle.invoke("request_states", [id], address=engine.address).result()
            if id not in found:
                raise UnknownRequest(f"nothing is known of request {id!r} (any more)")
        return found

    def _purged(self, jobs: Any, targets: Any) -> list[str] | None:
        """Return the ids of the results that are to be forgotten; None for all."""
        if _is_all_jobs(jobs):
            return None
        if not len(as_list(jobs)) and not len(as_list(targets)):
            raise ValueError('say which results: jobs=…, targets=…, or "all"')
        numbers = set()
        if len(as_list(targets)):
            numbers = {each.number for each in self._table.engines(targets)}
        known = self._jobs.known() if numbers else {}
        return [*self.ids_of(jobs), *(id for id in known if engine_number(id) in numbers)]


def as_list(jobs: Any) -> list[Any]:
    """Return one or several of something as a list."""
    if isinstance(jobs, str | int | Future | slice) or not isinstance(jobs, Iterable):
        return [jobs]
    return list(jobs)


def _is_all_jobs(jobs: Any) -> bool:
    return isinstance(jobs, str) and jobs == "all"
