"""Sweeps as a process holds them that has begun or opened them; they go on without it."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emout_lab import sessions
from emout_lab.client.sweep_driver import SweepDriver, ask_driver
from emout_lab.engine import user_objects
from emout_lab.engine.serialization import pack
from emout_lab.engine.sweeps import folder as folders
from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo, SweepProgress
from emout_lab.engine.sweeps.records import RecordReader
from emout_lab.errors import NotSendable, SessionError, SpecError, StateError

if TYPE_CHECKING:
    from emout_lab.client.session import ConnectedSession

#: How often it is looked how far a sweep is [s].
POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """What came of a point.

    Attributes
    ----------
    point : int
        Its number.
    results : dict or list of dict
        What the experiment gave: a results dictionary, or several.
    """

    point: int
    results: Any


@dataclass(frozen=True)
class SweepStatus:
    """A sweep as people see it: what it is, and how far it is."""

    info: SweepInfo
    progress: SweepProgress

    @property
    def seconds_left(self) -> float | None:
        """How long it still takes at its present speed; None where nobody knows."""
        rate, left = self.progress.rate, self.info.total - self.progress.done
        return left / rate if rate > 0 and not self.progress.state.is_over else None


class Sweep:
    """A sweep, on disk and, while its session lives, in the session.

    Parameters
    ----------
    folder : SweepFolder
        Where it is.
    session : ConnectedSession, optional
        That runs it.
    """

    def __init__(self, folder: SweepFolder, session: ConnectedSession | None = None) -> None:
        self.folder = folder
        self._session = session
        self._info = folder.info()
        self._reader = RecordReader(folder.records)
        self._seen: set[int] = set()

    @property
    def id(self) -> str:
        """Its id."""
        return self.folder.id

    @property
    def info(self) -> SweepInfo:
        """What it is."""
        return self._info

    @classmethod
    def start(
        cls,
        session: ConnectedSession,
        experiment: Any,
        points: Sequence[Mapping[str, Any]],
        *,
        name: str = "",
        notebook: str = "",
        tag: str = "",
        retries: int = 3,
        id: str | None = None,
    ) -> Sweep:
        """Begin a sweep over points; it runs in the session whether or not this process lives.

        Parameters
        ----------
        experiment : object
            With ``set(params)`` and ``run()``; each point has a fresh copy of it.
        name, notebook, tag : str
            What is told of it where it is shown.
        retries : int
            So often a point whose worker has died is done again.
        id : str, optional
            What `new_id` has given, for who has to know it before anything runs.

        Raises
        ------
        SpecError
            When there are no points.
        NotSendable
            When the experiment cannot be pickled.
        """
        if not points:
            raise SpecError("a sweep has one point or more")
        info = SweepInfo(
            id=folders.new_id() if id is None else id,
            name=name,
            notebook=notebook,
            tag=tag,
            session=session.name,
            address=session.client.scheduler.address,
            directory=os.getcwd(),
            total=len(points),
            parameters=tuple(dict.fromkeys(each for point in points for each in point)),
            retries=retries,
            created=time.time(),
        )
        folder = SweepFolder.create(info, _packed(experiment), points)
        found = cls(folder, session)
        try:
            session.client.register_plugin(SweepDriver())
            found._ask("begin")
        except BaseException:
            folder.remove()
            raise
        return found

    @classmethod
    def open(cls, id: str, session: ConnectedSession | None = None) -> Sweep:
        """Return a sweep that was begun before, here or elsewhere.

        Raises
        ------
        StateError
            When there is none (any more).
        """
        return cls(SweepFolder(id), session)

    def collect(self) -> list[SweepRecord]:
        """Return what came of points since this was called last; of each point once."""
        found = []
        for record in self._reader.new():
            if not record.is_begun and record.point not in self._seen:
                self._seen.add(record.point)
                found.append(SweepRecord(record.point, record.results()))
        return found

    def status(self) -> SweepStatus:
        """Return how far it is."""
        if self._is_ours():
            found = self._ask("progress", fallback=True)
            if found is not None:
                return SweepStatus(self._info, SweepProgress.from_json(found))
        progress = self.folder.progress()
        return SweepStatus(
            self._info, progress if is_alive(self._info) else folders.interrupted(progress)
        )

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; return whether it is, after ``timeout`` seconds at the latest."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.status().progress.state.is_over:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        return True

    def cancel(self) -> None:
        """End it; what it has done stays."""
        if not self.status().progress.state.is_over:
            self._ask("cancel")

    def retry(self, points: Sequence[int] | None = None) -> None:
        """Do points again; those that failed by default.

        Raises
        ------
        StateError
            When its session is gone.
        """
        self._seen.difference_update(range(self._info.total) if points is None else points)
        self._ask("retry", None if points is None else list(points))

    def remove(self) -> None:
        """End it, and remove it from the disk."""
        if self._is_ours():
            self.cancel()
            self._ask("forget")
        self.folder.remove()

    def _is_ours(self) -> bool:
        session = self._session
        return (
            session is not None
            and session.is_open
            and session.client.scheduler.address == self._info.address
        )

    def _ask(self, method: str, *args: Any, fallback: bool = False) -> Any:
        if not self._is_ours():
            raise StateError(
                f"sweep {self._info.name or self.id} was run by session {self._info.session!r}, "
                "which is over, or is not the one that is connected here; what it has done is on "
                "disk. Run the experiment again: only the points that are missing are done"
            )
        assert self._session is not None
        try:
            return self._session.client.run_on_scheduler(ask_driver, method, self.id, *args)
        except KeyError:
            if fallback:
                return None
            raise


def statuses() -> list[SweepStatus]:
    """Return all sweeps of this user, the newest first; those that cannot be read are left out."""
    found = []
    for id in folders.known_ids():
        folder = SweepFolder(id)
        try:
            info = folder.info()
        except StateError:
            continue
        progress = folder.progress()
        found.append(
            SweepStatus(info, progress if is_alive(info) else folders.interrupted(progress))
        )
    return sorted(found, key=lambda each: -each.info.created)


def is_alive(info: SweepInfo) -> bool:
    """Return whether the session that runs a sweep is there."""
    try:
        status = sessions.get(info.session)
    except SessionError:
        return False
    return status.address == info.address and status.state in (
        sessions.SessionState.RUNNING,
        sessions.SessionState.QUEUED,
    )


def _packed(experiment: Any) -> bytes:
    try:
        with user_objects.by_value():
            return pickle.dumps(pack(experiment), protocol=5)
    except Exception as error:
        raise NotSendable(
            f"the experiment {experiment!r:.80} cannot be sent to the engines: {error}. Open "
            "files, connections and locks belong into its setUp(), which runs there"
        ) from error
