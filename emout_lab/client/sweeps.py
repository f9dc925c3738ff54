"""Sweeps as a process holds them that has begun or opened them; they go on without it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from emout_lab.client.random_state import warn_of_random_state
from emout_lab.client.sweep_driver import SweepDriver, ask_driver
from emout_lab.client.sweep_status import SweepStatus, is_alive, started_of
from emout_lab.engine.error_reports import message_of, repr_of
from emout_lab.engine.sweeps import folder as folders
from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo, SweepProgress
from emout_lab.engine.sweeps.points import Points, packed
from emout_lab.engine.sweeps.records import CountedRounds, PointRecord, RecordReader
from emout_lab.engine.sweeps.results import failure, require_experiment
from emout_lab.errors import EngineLost, NotSendable, SpecError, StateError

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
    is_ok : bool
        Whether it succeeded.
    round : int
        How often the point had been asked for again.
    """

    point: int
    results: Any
    is_ok: bool = True
    round: int = 0


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
        self._counted = CountedRounds(self._info.total)
        self._points: Points | None = None

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
        TypeError
            When it is no experiment, or points are no dictionaries.
        NotSendable
            When the experiment cannot be pickled.
        OSError
            When its folder cannot be written: the disk is full, for example.
        """
        _check(experiment, points, retries)
        info = SweepInfo(
            id=folders.new_id() if id is None else id,
            name=name,
            notebook=notebook,
            tag=tag,
            session=session.name,
            address=session.client.scheduler.address,
            directory=_directory(),
            total=len(points),
            parameters=tuple(dict.fromkeys(str(each) for point in points for each in point)),
            retries=retries,
            created=time.time(),
            session_started=started_of(session.name),
        )
        sent = _packed(experiment)
        warn_of_random_state(sent, stacklevel=5)
        folder = SweepFolder.create(info, sent, points)
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

    def collect(self, wanted: Callable[[int, int], bool] | None = None) -> list[SweepRecord]:
        """Return what came of points since this was called last; of each point once, the newest.

        A point that was done again comes again. What cannot be unpickled here is a failure.

        Parameters
        ----------
        wanted : callable, optional
            Tells by point and round whether a record is to be returned; all are by default.
        """
        newest = {
            record.point: record
            for record in self._reader.new()
            if self._counted.take(record) and (wanted is None or wanted(record.point, record.round))
        }
        return [
            SweepRecord(each.point, self._results(each), each.is_ok, each.round)
            for each in newest.values()
        ]

    def _results(self, record: PointRecord) -> Any:
        try:
            if "lost" in record.told:
                return failure(self._point(record.point), EngineLost(str(record.told["lost"])))
            return record.results()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # code of the user's, or it is not here
            told = (
                f"the results of point {record.point} are on disk, and cannot be read here "
                f"({type(error).__name__}: {message_of(error, 200)}). Where the modules are that "
                f"they need, open the sweep again: {self.id}"
            )
            return failure(self._point(record.point), StateError(told))

    def _point(self, number: int) -> dict[str, Any]:
        if self._points is None:
            try:
                self._points = self.folder.points()
            except Exception:  # noqa: BLE001  # as above
                self._points = Points(self.folder.path, is_plain=True)
        return self._points[number]

    def status(self) -> SweepStatus:
        """Return how far it is."""
        progress = self.folder.progress()
        is_here = is_alive(self._info)
        if self._is_ours():
            found = self._ask("progress", fallback=True)
            if found is not None:
                return SweepStatus(self._info, SweepProgress.from_json(found))
            is_here = False  # another session has the name and the address now
        return SweepStatus(self._info, progress if is_here else folders.interrupted(progress))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; return whether it is, after ``timeout`` seconds at the latest."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.status().progress.state.is_over:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        return True

    def cancel(self, points: Sequence[int] | None = None) -> None:
        """Give up points, by default all that are not over; what is done stays.

        Points that run are interrupted, as soon as they are in Python code; for others, this waits
        a few seconds only, and they keep their engine until they are back there.

        Raises
        ------
        StateError
            When its session is gone, or is not the one that is connected here.
        """
        if not self.status().progress.state.is_over:
            self._ask("cancel", self._numbers(points))

    def retry(self, points: Sequence[int] | None = None) -> None:
        """Do points again that have failed or were given up; by default those that failed.

        Of a sweep whose session has ended, another session does what is missing as well.

        Raises
        ------
        StateError
            When there is no session to do it, or the sweep still runs in another.
        """
        session = self._session
        if session is not None and session.is_open and not self._is_ours():
            if is_alive(self._info):
                raise StateError(
                    f"sweep {self._info.name or self.id} belongs to session "
                    f"{self._info.session!r}, which runs: connect to that one"
                )
            self._info = replace(
                self._info,
                session=session.name,
                address=session.client.scheduler.address,
                session_started=started_of(session.name),
            )
            self.folder.write_info(self._info)
        if self._is_ours():
            assert session is not None
            session.client.register_plugin(SweepDriver())
        self._ask("retry", self._numbers(points))

    def _numbers(self, points: Sequence[int] | None) -> list[int] | None:
        if points is None:
            return None
        numbers = [int(each) for each in points]
        if bad := [each for each in numbers if not 0 <= each < self._info.total]:
            raise SpecError(f"there is no point {bad[0]}: the sweep has {self._info.total}")
        return numbers

    def note_fetched(self) -> None:
        """Note on disk that all results that were collected here are kept elsewhere."""
        self.folder.write_fetched(self._reader.places)

    def unfetched(self) -> int:
        """Return of how many points there are results on disk that nobody has fetched.

        What this object has collected counts as fetched, as does what a lab has put into its
        notebook, from the moment on in which it waits for nothing more of this sweep.
        """
        places = self.folder.fetched()
        for name, place in self._reader.places.items():
            places[name] = max(place, places.get(name, 0))
        left = RecordReader(self.folder.records, places=places)
        return len({head.point for head in left.heads() if not head.is_begun})

    def remove(self, *, force: bool = False) -> None:
        """Remove it from the disk, with its parameters and all results.

        Parameters
        ----------
        force : bool
            Also where it still runs in the session that is connected here, which ends it, and where
            results would be lost that nobody has fetched.

        Raises
        ------
        StateError
            When it still runs, or there are such results; nothing is removed then. Also when the
            files cannot be deleted.
        """
        name = self._info.name or self.id
        if not self.status().progress.state.is_over and not (force and self._is_ours()):
            raise StateError(
                f"sweep {name} still runs in session {self._info.session!r}: cancel() it first, or "
                "end it in the panel; with that session connected, remove(force=True) does both"
            )
        if not force and (count := self.unfetched()):
            where = f"notebook {self._info.notebook!r}" if self._info.notebook else "a notebook"
            raise StateError(
                f"sweep {name} has results of {count} point{'s' * (count > 1)} that may be nowhere "
                f"else: fetch them into {where} by ClusterLab(...).updateResults(purge=True), or "
                "give them up with force"
            )
        if self._is_ours():
            self.cancel()
            self._ask("forget", fallback=True)
        self.folder.remove()
        if self.folder.path.exists():
            raise StateError(f"sweep {name} cannot be deleted: see who uses {self.folder.path}")

    def _is_ours(self) -> bool:
        session = self._session
        return (
            session is not None
            and session.is_open
            and session.client.scheduler.address == self._info.address
            and self._info.session_started in ("", started_of(session.name))
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


def _directory() -> str:
    """Return what relative paths mean here; "" where that was removed: they mean nothing then."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _check(experiment: Any, points: Sequence[Mapping[str, Any]], retries: int) -> None:
    if not len(points):
        raise SpecError("a sweep has one point or more")
    if isinstance(points, Mapping) or not all(isinstance(each, Mapping) for each in points):
        raise TypeError(
            "points are a list of dictionaries of parameters by name, for example [{'k': 1}]"
        )
    require_experiment(experiment)
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise SpecError(f"retries={retries!r:.80} is no number of times: write 0 or more")


def _packed(experiment: Any) -> bytes:
    try:
        return packed(experiment)
    except Exception as error:
        raise NotSendable(
            f"the experiment {repr_of(experiment)} cannot be sent to the engines: {error}. Open "
            "files, connections and locks belong into its setUp(), which runs there"
        ) from error
