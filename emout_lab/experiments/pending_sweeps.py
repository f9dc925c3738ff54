"""The sweeps whose results a notebook waits for, and their way into the notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.folder import ID, SweepFolder, SweepState
from emout_lab.errors import StateError
from emout_lab.experiments.errors import LabNotebookLockedException
from emout_lab.experiments.failed_results import FailedResults, with_origin
from emout_lab.experiments.notebook import LabNotebook

if TYPE_CHECKING:
    from emout_lab.client.session import ConnectedSession

#: Stands for the jobs of other systems, whose results cannot come from here.
FOREIGN: Final = ""


def job_id(sweep: str, number: int) -> str:
    """Return the name of a point's result in a notebook.

    Examples
    --------
    >>> job_id("0" * 32, 7)
    '00000000000000000000000000000000:7'
    >>> sweep_of(job_id("0" * 32, 7)) == "0" * 32
    True
    """
    return f"{sweep}:{number}"


def sweep_of(job: str) -> str:
    """Return the sweep that a job belongs to, `FOREIGN` where it belongs to none."""
    sweep = job.partition(":")[0]
    return sweep if ID.fullmatch(sweep) else FOREIGN


@dataclass
class _Awaited:
    """A sweep with points whose results are to come.

    Attributes
    ----------
    sweep : Sweep or None
        None where it is gone from the disk, or cannot be read.
    left : int
        How many results are to come.
    """

    sweep: Sweep | None
    left: int


class PendingSweeps:
    """Brings results of sweeps into a notebook, from disk: no session is needed for that.

    Parameters
    ----------
    notebook : LabNotebook
        That waits for them.
    session : callable
        Gives the session that is connected, if any.
    """

    def __init__(
        self, notebook: LabNotebook, session: Callable[[], ConnectedSession | None]
    ) -> None:
        self._notebook = notebook
        self._session = session
        self._awaited: dict[str, _Awaited] = {}
        self._failed: dict[str, FailedResults] = {}
        self._seen: list[tuple[int, int]] = []

    @property
    def total(self) -> int:
        """How many points the sweeps have whose results are to come."""
        self._reopen()
        return sum(
            each.left if each.sweep is None else each.sweep.info.total
            for each in self._look().values()
        )

    def collect(self) -> int:
        """Put into the notebook what has come, and commit it; return of how many points.

        What cannot be committed now is read again the next time. Points that failed, and are done
        again, are waited for again.
        """
        self._reopen()
        return self._collect()

    def _collect(self) -> int:
        found = 0
        for id, awaited in list(self._look().items()):
            if awaited.sweep is None:
                continue
            try:
                found += self._taken(awaited)
            except BaseException:
                # What it has read would be gone with it.
                del self._awaited[id]
                raise
            if awaited.left <= 0:
                del self._awaited[id]
        # Also what could not be committed the last time.
        self._notebook.commit()
        return found

    def collect_and_look(self) -> tuple[int, list[str]]:
        """Put into the notebook what has come; also return the sweeps that will bring no more."""
        self._reopen()
        over = [id for id, awaited in self._look().items() if not self._may_come(awaited)]
        found = self._collect()
        return found, [id for id in over if id in self._awaited]

    def give_up(self, jobs: Sequence[str]) -> None:
        """Wait no more for jobs, and commit that; they come nevertheless when somebody retries."""
        if not jobs:
            return
        rounds = {id: self._rounds(id) for id in set(map(sweep_of, jobs))}
        pairs = []
        for job in jobs:
            given_up = names.cancelled(self._notebook.pendingResultParameters(job))
            id, number = sweep_of(job), job.rpartition(":")[2]
            if id == FOREIGN:
                pairs.append(([given_up], job))
            else:
                pairs.append((with_origin(given_up, job, _round(rounds[id], int(number))), job))
        self._notebook.resolvePendingResults(pairs)
        self._notebook.commit()
        left = set(map(sweep_of, self._notebook.allPendingResults()))
        for id in rounds.keys() - left:
            if (awaited := self._awaited.get(id)) is not None and awaited.sweep is not None:
                awaited.sweep.note_fetched()

    def jobs_of(self, sweeps: list[str], tag: str | None = None) -> list[str]:
        """Return the jobs of sweeps whose results have not come, of one or of all result sets."""
        wanted = frozenset(sweeps)
        notebook = self._notebook
        jobs = notebook.allPendingResults() if tag is None else notebook.pendingResults(tag)
        return [job for job in jobs if wanted and sweep_of(job) in wanted]

    def reason(self, sweeps: list[str]) -> str:
        """Return why the results of sweeps will not come, as one of them tells it."""
        for each in map(self.sweep, sweeps):
            if each is None:
                return "their sweep is gone from the disk, or cannot be read"
            progress = each.status().progress
            if progress.state is SweepState.INTERRUPTED and progress.first_error:
                return f"their sweep has ended early ({progress.first_error})"
        return "their sweep was cancelled, or its session is over"

    def named(self, name: str) -> list[str]:
        """Return the sweeps of a name, and those of which nobody knows theirs."""
        return [
            id
            for id, each in self._look().items()
            if id != FOREIGN and (each.sweep is None or each.sweep.info.name == name)
        ]

    def sweep(self, id: str) -> Sweep | None:
        """Return a sweep whose results are to come, None where it is gone from the disk."""
        awaited = self._look().get(id)
        return None if awaited is None else awaited.sweep

    def _look(self) -> dict[str, _Awaited]:
        """Return the sweeps whose results are to come, each with a reader of its own."""
        left = sum(each.left for each in self._awaited.values())
        notebook = self._notebook
        sets = [notebook.resultSet(tag).pending for tag in notebook]
        seen = [(id(each), each.additions) for each in sets]
        if left != sum(map(len, sets)) or seen != self._seen:
            self._seen = seen
            counts = Counter(map(sweep_of, notebook.allPendingResults()))
            known = self._awaited
            self._awaited = {
                id: _Awaited(known[id].sweep if id in known else self._opened(id), count)
                for id, count in counts.items()
            }
        return self._awaited

    def _failures(self) -> Iterator[FailedResults]:
        """Return the failed results of each result set that takes results."""
        notebook = self._notebook
        try:
            notebook.assertUnlocked()
        except LabNotebookLockedException:
            return
        for tag in notebook:
            found = notebook.resultSet(tag)
            if tag not in self._failed or self._failed[tag].of is not found:
                self._failed[tag] = FailedResults(found)
            if not found.isLocked():
                yield self._failed[tag]

    def _reopen(self) -> None:
        """Wait again for points that have failed and were asked for again since."""
        for failures in self._failures():
            for id, points in list(failures.look().items()):
                if (rounds := self._rounds(id)) is not None:
                    again = [n for n, each in points.items() if each.round < _round(rounds, n)]
                    if again:
                        failures.reopen(id, again)
                        # Its reader may have seen already what was not waited for.
                        self._awaited.pop(id, None)

    @staticmethod
    def _rounds(id: str) -> Any:
        return None if id == FOREIGN else SweepFolder(id).rounds()

    def _opened(self, id: str) -> Sweep | None:
        if id == FOREIGN:
            return None
        try:
            return Sweep.open(id, self._session())
        except StateError:
            return None

    def _taken(self, awaited: _Awaited) -> int:
        assert awaited.sweep is not None
        id, notebook = awaited.sweep.id, self._notebook
        rounds = self._rounds(id)

        def is_wanted(number: int, round_: int) -> bool:
            is_newest = round_ >= _round(rounds, number)
            return is_newest and notebook.is_pending(job_id(id, number))

        pairs = []
        for each in awaited.sweep.collect(is_wanted):
            job = job_id(id, each.point)
            results = each.results if each.is_ok else with_origin(each.results, job, each.round)
            pairs.append((results, job))
        if pairs:
            self._notebook.resolvePendingResults(pairs)
            self._notebook.commit()
            awaited.left -= len(pairs)
            if awaited.left <= 0:
                awaited.sweep.note_fetched()
        return len(pairs)

    @staticmethod
    def _may_come(awaited: _Awaited) -> bool:
        if awaited.sweep is None:
            return False
        try:
            return not awaited.sweep.status().progress.state.is_over
        except StateError:
            return False


def _round(rounds: Any, number: int) -> int:
    """Return how often a point was asked for again."""
    return int(rounds[number]) if rounds is not None and number < len(rounds) else 0
