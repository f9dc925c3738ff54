"""Restarts engines that answer nothing any more: their nanny ends the process and starts a new one.

A nanny is the process beside a worker that started it: the host itself in a local session, the
batch script's process on a node of a queue. It answers while the worker does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psutil

from emout_lab.errors import EngineError, EngineLost, NoEngine, SessionError, SpecError
from emout_lab.messages import error_of, response_at

if TYPE_CHECKING:
    from distributed import Client, Nanny, Scheduler

RESTARTS_TOPIC: Final = "emout-lab-restarts"
#: How long a worker may take to end by itself; a program is interrupted meanwhile [s].
GRACE_S: Final = 2.0
#: After its grace a worker is killed; the nanny needs a moment to see it gone [s].
NANNY_TIMEOUT_S: Final = GRACE_S + 10.0
#: How long a new worker may take: it starts a Python on a busy machine [s].
RETURN_TIMEOUT_S: Final = 60.0
#: How long a session may take to say that it is there [s].
ANSWER_TIMEOUT_S: Final = 5.0
LOOK_INTERVAL_S: Final = 0.05
#: Workers report every half second, of more than 200 ever less often [s].
OVERDUE_AFTER_S: Final = 1.0
SILENT_AFTER_S: Final = 3.0
SILENT_PER_WORKER_S: Final = 0.01
LONGEST_NAME: Final = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RestartedEngine:
    """An engine that was started anew.

    Parameters
    ----------
    name : str
        The same as before.
    address : str
        Where the new one listens.
    seconds : float [s]
        How long it took.
    """

    name: str
    address: str
    seconds: float


@dataclass(frozen=True)
class _EngineEntry:
    """The place of an engine: its worker as it was last seen, and the nanny that starts it."""

    name: str
    address: str
    nanny: str | None
    host: str
    server_id: str


@dataclass(frozen=True)
class _Overdue:
    """An engine that has not reported since ``heard``; a look at ``noted`` has shown it first."""

    heard: float
    noted: float


class Restarts:
    """What a scheduler knows of the engines that can be restarted.

    An engine whose worker is away keeps its place: the process that should come back may hang
    before it has said who it is.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _EngineEntry] = {}
        self._under_way: dict[str, asyncio.Task[RestartedEngine]] = {}
        self._overdue: dict[str, _Overdue] = {}

    def note(self, scheduler: Scheduler) -> None:
        """Take notice of the workers that there are."""
        for worker in scheduler.workers.values():
            name = str(worker.name)
            self._entries[name] = _EngineEntry(
                name, worker.address, worker.nanny, worker.host, worker.server_id
            )

    async def restart(self, scheduler: Scheduler, engine: str, origin: str) -> RestartedEngine:
        """End the process of an engine, whatever it does, and wait for the new one.

        Who asks while it is being restarted waits for the same new engine.

        Parameters
        ----------
        scheduler : distributed.Scheduler
            Of the session.
        engine : str
            Name of the engine, or its address.
        origin : str
            Where the user asked for it, for those whose objects are lost.

        Raises
        ------
        NoEngine
            There is no such engine; with those that there are.
        EngineError
            It has no nanny that would start it again.
        EngineLost
            Its nanny does not answer, or no new worker came.
        """
        self.note(scheduler)
        post = self._find(scheduler, engine)
        task = self._under_way.get(post.name)
        if task is None:
            task = asyncio.create_task(_restart(scheduler, post, origin))
            self._under_way[post.name] = task
            task.add_done_callback(lambda done: self._end(post.name, done))
        # Shielded: it is not half done because the one who asked has left.
        return await asyncio.shield(task)

    def remark(self, scheduler: Scheduler) -> str | None:
        """Return what there is to say about engines that are silent or being restarted."""
        silent = self._silent(scheduler)
        told = [f"engine {name} is being restarted" for name in sorted(self._under_way)]
        if silent:
            since = time.strftime("%H:%M:%S", time.localtime(min(silent.values())))
            noun, verb = ("engine", "has") if len(silent) == 1 else ("engines", "have")
            told.append(
                f"{noun} {', '.join(sorted(silent))} {verb} not answered since {since}: busy with "
                "something that cannot be looked into, or stopped. What helps: emout-lab server "
                f"restart {min(silent)}"
            )
        return "; ".join(told) or None

    def _silent(self, scheduler: Scheduler) -> dict[str, float]:
        """Return the engines that do not answer, and when each was last heard of.

        One look is no proof: a host that was frozen itself has heard of nobody for long. Who was
        overdue before, and is still silent though reports could come in, does not answer.
        """
        slack = SILENT_PER_WORKER_S * len(scheduler.workers)
        now, before, self._overdue = time.time(), self._overdue, {}
        silent = {}
        for worker in scheduler.workers.values():
            name, heard = str(worker.name), worker.last_seen
            if now - heard < OVERDUE_AFTER_S + slack or name in self._under_way:
                continue
            known = before.get(name)
            is_same = known is not None and known.heard == heard
            self._overdue[name] = known if known and is_same else _Overdue(heard, now)
            waited = now - self._overdue[name].noted
            if waited >= OVERDUE_AFTER_S and now - heard >= SILENT_AFTER_S + slack:
                silent[name] = heard
        return silent

    def _find(self, scheduler: Scheduler, engine: str) -> _EngineEntry:
        for post in self._entries.values():
            if engine in (post.name, post.address):
                return post
        raise NoEngine(_no_engine(scheduler, engine))

    def _end(self, name: str, task: asyncio.Task[RestartedEngine]) -> None:
        self._under_way.pop(name, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("Engine %s was not restarted: %s", name, error)


async def ask(
    client: Client, session: str, engine: str, origin: str, timeout: float = RETURN_TIMEOUT_S
) -> RestartedEngine:
    """Ask the host of a session to restart an engine, and wait until it is there again.

    Parameters
    ----------
    client : distributed.Client
        Of the session.
    session : str
        Its name, for messages.
    engine, origin : str
        As for :meth:`Restarts.restart`.
    timeout : float [s]
        How long the new engine may take.

    Raises
    ------
    SpecError
        The engine's name cannot be one.
    SessionError
        The host does not answer.
    NoEngine, EngineError, EngineLost
        As for :meth:`Restarts.restart`.
    """
    name = check_engine(engine)
    try:
        # First whether anybody is there: an engine may take its time, a host that lives does not.
        await asyncio.wait_for(client.run_on_scheduler(_is_there), ANSWER_TIMEOUT_S)
        restarted: RestartedEngine = await asyncio.wait_for(
            client.run_on_scheduler(request_restart, name, origin), NANNY_TIMEOUT_S + timeout
        )
    except (asyncio.TimeoutError, OSError) as exc:
        raise SessionError(
            f"Session {session!r} does not answer, so that engine {name!r} cannot be restarted: "
            f"its host is frozen, cut off or very busy ({str(exc) or 'no answer in time'}). See: "
            f"emout-lab server status {session}"
        ) from exc
    return restarted


def check_engine(engine: str) -> str:
    """Return the name of an engine as a text.

    Raises
    ------
    SpecError
        It is none: empty, too long, or not printable.

    Examples
    --------
    >>> check_engine(0)
    '0'
    """
    name = str(engine)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise SpecError(
            f"engine {name[:LONGEST_NAME]!r} cannot be the name of an engine; names are like '0' "
            "or '1-0', see the Workers section or session.engines"
        )
    return name


async def request_restart(engine: str, origin: str, dask_scheduler: Any = None) -> RestartedEngine:
    """Restart an engine; run it with ``client.run_on_scheduler``."""
    control = dask_scheduler.plugins.get("emout-lab-control")
    # A session that another program started has no host of ours.
    restarts = Restarts() if control is None else control.restarts
    restarted: RestartedEngine = await restarts.restart(dask_scheduler, engine, origin)
    return restarted


def _is_there(dask_scheduler: Any = None) -> bool:
    return dask_scheduler is not None


async def _restart(scheduler: Scheduler, post: _EngineEntry, origin: str) -> RestartedEngine:
    began = time.monotonic()
    if post.nanny is None:
        raise EngineError(
            f"Engine {post.name!r} on {post.host} has no nanny that would start it again "
            "(dask worker --no-nanny). End its process there by hand, and start a worker in its "
            "place."
        )
    log.info("Engine %s at %s is restarted from %s", post.name, post.address, origin)
    # Before its end: who notices that shall know why.
    event = {"engine": post.name, "address": post.address, "origin": origin}
    scheduler.log_event(RESTARTS_TOPIC, event)
    await _end_process_of(scheduler, post, post.nanny)
    address = await _return_of(scheduler, post)
    return RestartedEngine(post.name, address, time.monotonic() - began)


async def _end_process_of(scheduler: Scheduler, post: _EngineEntry, nanny: str) -> None:
    try:
        answer = await asyncio.wait_for(response_at(scheduler, nanny, end_process), NANNY_TIMEOUT_S)
    except (asyncio.TimeoutError, OSError) as exc:
        if post.address not in scheduler.workers:
            raise NoEngine(_no_engine(scheduler, post.name)) from exc
        raise EngineLost(
            f"The nanny of engine {post.name!r} on {post.host} does not answer either: the node "
            "or the job hangs. Cancel the job, then bring the session to its number of jobs again "
            "(emout-lab server scale); that replaces it."
        ) from exc
    if answer["status"] != "OK":
        error = error_of(answer)
        raise EngineError(f"Engine {post.name!r} on {post.host} cannot be ended: {error!r}")


async def _return_of(scheduler: Scheduler, post: _EngineEntry) -> str:
    """Wait for the worker that takes a place, and return its address."""
    deadline = time.monotonic() + RETURN_TIMEOUT_S
    while time.monotonic() < deadline:
        for worker in scheduler.workers.values():
            # Not by its address: where a site prescribes ports, it is the same again.
            if str(worker.name) == post.name and worker.server_id != post.server_id:
                return str(worker.address)
        await asyncio.sleep(LOOK_INTERVAL_S)
    raise EngineLost(
        f"Engine {post.name!r} on {post.host} was ended, but no new one has come within "
        f"{RETURN_TIMEOUT_S:.0f} s. See: emout-lab server logs"
    )


async def end_process(dask_worker: Nanny | None = None) -> None:
    """End the worker of the nanny that runs this, with all processes that it has started."""
    if dask_worker is None:
        return
    family = _family(dask_worker.pid)
    with contextlib.suppress(asyncio.TimeoutError):
        # Dask kills after 0.8 of the time. It waits for ever for a worker that hangs while it
        # starts; that one is killed below.
        await asyncio.wait_for(
            dask_worker.kill(timeout=GRACE_S / 0.8, reason="restart"), GRACE_S + 2.0
        )
    _kill(family)


def _family(pid: int | None) -> list[psutil.Process]:
    """Return a process and those that it has started; nothing where it has ended."""
    try:
        process = psutil.Process(pid) if pid else None
        return [] if process is None else [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        # psutil makes sure that no other process has taken the number.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _no_engine(scheduler: Scheduler, engine: str) -> str:
    names = sorted(str(worker.name) for worker in scheduler.workers.values())
    return f"The session has no engine {engine!r}. Its engines: {', '.join(names) or 'none yet'}."
