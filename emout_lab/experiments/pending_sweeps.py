"""The sweeps whose results a notebook waits for, and their way into the notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps.folder import ID, SweepState
from emout_lab.errors import StateError
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
        self._seen: list[tuple[int, int]] = []

    @property
    def total(self) -> int:
        """How many points the sweeps have whose results are to come."""
        return sum(
            each.left if each.sweep is None else each.sweep.info.total
            for each in self._look().values()
        )

    def collect(self) -> int:
        """Put into the notebook what has come, and commit it; return of how many points.

        What cannot be committed now is read again the next time.
        """
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
        over = [id for id, awaited in self._look().items() if not self._may_come(awaited)]
        found = self.collect()
        return found, [id for id in over if id in self._awaited]

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

    def _opened(self, id: str) -> Sweep | None:
        if id == FOREIGN:
            return None
        try:
            return Sweep.open(id, self._session())
        except StateError:
            return None

    def _taken(self, awaited: _Awaited) -> int:
        assert awaited.sweep is not None
        id = awaited.sweep.id
        pairs = [
            (record.results, job)
            for record in awaited.sweep.collect()
            if self._notebook.is_pending(job := job_id(id, record.point))
        ]
        if pairs:
            self._notebook.resolvePendingResults(pairs)
            self._notebook.commit()
            awaited.left -= len(pairs)
        return len(pairs)

    @staticmethod
    def _may_come(awaited: _Awaited) -> bool:
        if awaited.sweep is None:
            return False
        try:
            return not awaited.sweep.status().progress.state.is_over
        except StateError:
            return False
