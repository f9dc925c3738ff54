"""A lab whose experiments run on the engines of a session, and go on without this process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

from emout_lab.client.progress_line import LINE
from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps.folder import new_id
from emout_lab.engine.sweeps.results import require_experiment
from emout_lab.errors import SessionDead, SpecError
from emout_lab.experiments.designs import Design, Point
from emout_lab.experiments.lab import Lab
from emout_lab.experiments.missing_points import MissingPoints, name_of
from emout_lab.experiments.notebook import LabNotebook
from emout_lab.experiments.pending_sweeps import PendingSweeps, job_id, sweep_of
from emout_lab.parallel.client import Client
from emout_lab.parallel.waiter import show_bar
from emout_lab.remote.waiting import interrupts_at_users_line

if TYPE_CHECKING:
    from emout_lab.client.session import ConnectedSession
    from emout_lab.parallel.direct_view import DirectView

#: Between two looks for results, the first and the longest; sweeps that ended are looked for [s].
FIRST_S, LONGEST_S, OVER_S = 0.02, 0.5, 1.0


class ClusterLab(Lab):
    """Runs experiments on the engines of a session.

    A sweep needs neither this object nor this process: what it has done is on disk, and comes
    into the notebook whenever a lab on that notebook asks, also when the session is over.

    Parameters
    ----------
    notebook : LabNotebook, optional
        Where results go. Give one on disk to find them again later, `HDF5LabNotebook` for example.
    session
        As for `parallel.Client`; it is connected at once. By default the connected (or the active)
        session, when one is needed.
    design : Design, optional
        Which points of the parameter space; each value with each of the others by default.
    timeout : float [s]
        How long the session may take to answer.
    **options
        epyc's other arguments: ``profile`` and ``cluster_id`` are names of sessions, ``url_file``
        is a state file; others mean nothing here, and say so.

    Attributes
    ----------
    WaitingTime : int [s]
        Between two tries of `open`.
    Reconnections : int
        So many tries.
    Retries : int
        So often a point whose engine has died is done again before it counts as failed.

    Examples
    --------
    ::

        with ClusterLab(HDF5LabNotebook("sweep.h5", create=True)) as lab:
            lab["k"] = np.linspace(0, 1, 1000)
            lab.runExperiment(MyExperiment())
            lab.wait()
            table = lab.dataframe()
    """

    WaitingTime: ClassVar[int] = 30
    Reconnections: ClassVar[int] = 5
    Retries: ClassVar[int] = 3

    def __init__(
        self,
        notebook: LabNotebook | None = None,
        session: Any = None,
        design: Design | None = None,
        *,
        timeout: float = 10.0,
        **options: Any,
    ) -> None:
        super().__init__(notebook, design)
        self._given = session
        self._options = {"timeout": timeout, **options}
        self._client: Client | None = None
        self._sweeps = PendingSweeps(self._notebook, self._connected)
        self._is_completing = False
        if session is not None or any(options.values()):
            self.connect()

    # The session.

    def open(self) -> None:
        """Connect to the session, with `Reconnections` tries.

        Raises
        ------
        OSError
            When there is no such session (at once), or it does not answer.
        """
        for left in reversed(range(self.Reconnections)):
            try:
                self.connect()
            except SessionDead:
                if not left:
                    raise
                time.sleep(self.WaitingTime)
            else:
                return

    def connect(self) -> None:
        """Connect to the session, in one try; see `parallel.Client` for what it raises."""
        if self._connected() is None:
            self._disconnect()
            self._client = Client(self._given, **self._options)

    def close(self) -> None:
        """Commit the notebook and give the connection up; sweeps go on."""
        super().close()
        self._disconnect()

    def activate(self) -> None:
        """Let the magics (``%px``) mean this lab's engines."""
        self._engines().activate()

    def numberOfEngines(self) -> int:
        """Return how many engines there are now."""
        return len(self._engines().ids)

    def engines(self) -> DirectView:
        """Return a view of the engines that are there now."""
        return self._engines()[:]

    def sync_imports(self, quiet: bool = False) -> AbstractContextManager[None]:
        """Let the imports of a block of code happen on the engines too.

        Parameters
        ----------
        quiet : bool
            Whether nothing is printed.
        """
        return self.engines().sync_imports(quiet=quiet)

    def recreate(self) -> tuple[str, dict[str, Any]]:
        """Return the name of the lab's class, and the arguments that make one like it."""
        name, arguments = super().recreate()
        return name, {**arguments, "session": self._given, **self._options}

    def _engines(self) -> Client:
        """Return the client, connected."""
        self.connect()
        assert self._client is not None
        return self._client

    def _connected(self) -> ConnectedSession | None:
        client = self._client
        # A client without engines is false.
        if client is None or not client.session.is_open:
            return None
        try:
            return client.session.connection
        except SessionDead:
            return None

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    # Running.

    def run_at(self, e: Any, points: Sequence[Point]) -> None:
        """Begin a sweep over points, in random order, and return at once.

        Where an earlier sweep of such an experiment has ended before all of its points were done,
        only what is missing of it is done, and points that it did not have.

        Raises
        ------
        SpecError
            When a parameter has the name of a result.
        NotebookLocked
            When the notebook takes no results.
        NotSendable
            When the experiment cannot be pickled.
        OSError
            When there is no session.
        """
        require_experiment(e)
        notebook = self._notebook
        notebook.assertUnlocked()
        notebook.current().assertUnlocked()
        self._require_no_results(points)
        self.connect()
        wanted, replaced = self._missing(e, points)
        if wanted:
            self._start(e, wanted, replaced)

    def _start(self, e: Any, points: list[Point], replaced: list[str]) -> None:
        notebook = self._notebook
        session = self._engines().session.connection
        id = new_id()
        jobs = [job_id(id, number) for number in range(len(points))]
        pending = notebook.current().pending
        before = [pending.point(job) for job in replaced]
        # The notebook knows of it first: no result can come that nobody waits for.
        notebook.addPendingResults(points, jobs)
        pending.remove(replaced)
        notebook.commit()
        try:
            Sweep.start(
                session,
                e,
                points,
                name=name_of(e),
                notebook=os.path.realpath(notebook.name()) if notebook.isPersistent() else "",
                tag=notebook.currentTag(),
                retries=self.Retries,
                id=id,
            )
        except BaseException:
            pending.add(before, replaced)
            pending.remove(jobs)
            notebook.commit()
            raise

    def _missing(self, e: Any, points: Sequence[Point]) -> tuple[list[Point], list[str]]:
        """Return which of the points are to be done, and the pending results that they replace."""
        sweeps, tag = self._sweeps, self._notebook.currentTag()
        _, over = sweeps.collect_and_look()
        same = sweeps.named(name_of(e))
        lost = sweeps.jobs_of([id for id in same if id in over], tag)
        missing = MissingPoints(self._notebook.current(), lost)
        if not missing and not self._is_completing:
            return list(points), []
        opened = [sweeps.sweep(id) for id in dict.fromkeys(map(sweep_of, lost))]
        if self._is_completing or None in opened:
            coming = sweeps.jobs_of([id for id in same if id not in over], tag)
            return missing.of(points, missing.held(e, coming))
        spaces = [each.folder.points() for each in opened if each is not None]
        done = [space[number] for space in spaces for number in range(len(space))]
        return missing.of(points, done)

    def _require_no_results(self, points: Sequence[Point]) -> None:
        results = set(self._notebook.current().resultNames())
        for name in points[0]:
            if name in results:
                raise SpecError(
                    f"lab[{name!r}] is a parameter, and {name!r} is a result in result set "
                    f"{self._notebook.currentTag()!r}; give it another name, or begin another "
                    "result set: lab.notebook().addResultSet(tag)"
                )

    def is_complete(self, tag: str) -> bool:
        """Return whether nothing is to be done for a result set: also no sweep has ended early."""
        if not super().is_complete(tag):
            return False
        _, over = self._sweeps.collect_and_look()
        return not self._sweeps.jobs_of(over, tag)

    def discard(self, tag: str) -> None:
        """Remove a result set, and end its sweeps."""
        self.cancelSlowResults(tag)
        super().discard(tag)

    def createWith(self, tag: str, *args: Any, **kwargs: Any) -> Any:
        """Make a result set by a function; see `Lab.createWith`.

        Where sweeps have ended before all of their points were done, the function is called again,
        and only what the notebook does not hold yet is done.
        """
        was, self._is_completing = self._is_completing, tag in self._notebook
        try:
            return super().createWith(tag, *args, **kwargs)
        finally:
            self._is_completing = was

    # Results.

    def updateResults(self, purge: bool = False) -> int:
        """Put into the notebook what has come, and commit it.

        Parameters
        ----------
        purge : bool
            Wait no more for results that will not come: their sweep was cancelled, its session is
            over, or it is gone from the disk.

        Returns
        -------
        int
            How many points' results have come.
        """
        if not purge:
            return self._sweeps.collect()
        found, over = self._sweeps.collect_and_look()
        self._sweeps.give_up(self._sweeps.jobs_of(over))
        return found

    def wait(self, timeout: float = -1) -> bool:
        """Wait until all results of all result sets have come, and show how far that is.

        Parameters
        ----------
        timeout : float [s]
            At most so long; without end where it is negative.

        Returns
        -------
        bool
            Whether all have come; False as well when the others will not, which is said.
        """
        deadline = time.monotonic() + timeout if timeout is not None and timeout >= 0 else None
        total, pause, looked = self._sweeps.total, FIRST_S, time.monotonic()
        if not total:
            self._sweeps.collect()
            return True
        with interrupts_at_users_line():
            try:
                while True:
                    over: list[str] = []
                    if time.monotonic() - looked >= OVER_S:
                        found, over = self._sweeps.collect_and_look()
                        looked = time.monotonic()
                    else:
                        found = self._sweeps.collect()
                    left = self._notebook.numberOfAllPendingResults()
                    show_bar(max(0, total - left), total, "sweep")
                    if not left:
                        return True
                    if (lost := len(self._sweeps.jobs_of(over))) == left:
                        self._say_lost(lost, self._sweeps.reason(over))
                        return False
                    pause = FIRST_S if found else min(LONGEST_S, 1.5 * pause)
                    if deadline is not None and time.monotonic() >= deadline:
                        return False
                    limit = pause if deadline is None else deadline - time.monotonic()
                    time.sleep(max(0.0, min(pause, limit)))
            finally:
                LINE.end()

    def cancelSlowResults(self, tag: str | None = None) -> int:
        """End the sweeps of a result set, and wait no more for what they have not done.

        Parameters
        ----------
        tag : str, optional
            Of the result set, the current one by default.

        Returns
        -------
        int
            How many results will not come.
        """
        notebook = self._notebook
        self._sweeps.collect()
        for id in dict.fromkeys(map(sweep_of, notebook.pendingResults(tag))):
            self._cancel(id)
        self._sweeps.collect()
        jobs = notebook.pendingResults(tag)
        self._sweeps.give_up(jobs)
        return len(jobs)

    def _cancel(self, id: str) -> None:
        sweep = self._sweeps.sweep(id)
        if sweep is None or sweep.status().progress.state.is_over:
            return
        if sweep.info.session != getattr(self._connected(), "name", None):
            # It may run in another session than this lab's.
            with Client(sweep.info.session, timeout=self._options["timeout"]) as client:
                Sweep.open(id, client.session.connection).cancel()
                return
        Sweep.open(id, self._connected()).cancel()

    def _say_lost(self, count: int, reason: str) -> None:
        LINE.end()
        sys.stderr.write(
            f"{count} results will not come: {reason}. "
            "lab.runExperiment(...) on a session does what is missing; "
            "lab.updateResults(purge=True) waits for it no more\n"
        )
        sys.stderr.flush()
