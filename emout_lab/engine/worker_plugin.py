"""The engine: the part of a worker that keeps objects and runs calls."""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import psutil
from distributed import WorkerPlugin

from emout_lab.config import Settings, load, open_hdf5_unlocked
from emout_lab.engine import pieces
from emout_lab.engine.dropped_objects import DroppedObjects
from emout_lab.engine.engine_status import CallRecord
from emout_lab.engine.error_reports import run_foreign
from emout_lab.engine.kept_replies import MOST_BYTES, KeptReplies
from emout_lab.engine.live.views import LiveViews
from emout_lab.engine.object_exchange import ObjectExchange
from emout_lab.engine.output.topics import SentOutput
from emout_lab.engine.process.memory_guard import MemoryLimit
from emout_lab.engine.process.worker_setup import prepare_worker, reserve_memory, unfilter_log
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.program_queue import Interrupted, ProgramQueue, StillRuns, WorkKind
from emout_lab.engine.protocol import (
    WHAT_HELPS,
    Call,
    Description,
    Display,
    Figure,
    FigureOptions,
    Program,
    Reply,
    Shown,
)
from emout_lab.engine.serialization import Packed
from emout_lab.engine.snapshot import EngineSnapshot, FigureInfo, ProgramStatus, Versions
from emout_lab.engine.user_objects import PackedObject, packed_object
from emout_lab.engine.views.bundles import BundleRuns
from emout_lab.errors import EngineBusy, EngineError, ObjectsDropped
from emout_lab.sockets.channel import close_port
from emout_lab.sockets.early_answers import EARLY_ANSWER

if TYPE_CHECKING:
    from distributed import Worker

    from emout_lab.engine.executor import ProgramExecutor
    from emout_lab.engine.object_store import ObjectStore
    from emout_lab.engine.program_run import ProgramRun

FIGURES_TOPIC = "emout-lab-figures"
ENGINES_TOPIC = "emout-lab-engines"
PLUGIN_NAME = "emout-lab-engine"


class Engine(WorkerPlugin):  # type: ignore[misc]  # distributed is untyped
    """Worker plugin with a thread of its own, so that heartbeats go on while a program runs.

    A restarted or added worker gets one by itself. The heavy imports and a first figure happen in
    the engine's thread right after the start: the engine is warm before anybody asks.
    """

    name = PLUGIN_NAME
    idempotent = True

    def __init__(self, settings: Settings | None = None) -> None:
        # The session's, not those of the machine where a worker comes to run.
        used = settings or load()
        self._figure_share, self._figure_pixels = used.figure_share, used.figure_pixels

    def setup(self, worker: Worker) -> None:
        """Start the engine's thread and warm it up."""
        PROCESS.has_engine = True
        PROCESS.worker = worker
        prepare_worker(worker)
        self._worker = worker
        PROCESS.calls = CallRecord(worker.local_directory)
        self._memory_limit = PROCESS.memory = MemoryLimit(self._limit())
        reserve_memory(self._memory_limit)
        self._id = uuid.uuid4().hex
        self._runs: dict[str, ProgramRun] = {}
        self._exchange = ObjectExchange(worker, export_object)
        self._forgotten: dict[str, str] = {}
        self.replies = KeptReplies(lambda: self.objects, min(MOST_BYTES, self._limit() // 50))
        self._queue = ProgramQueue(asyncio.get_running_loop())
        self.live = LiveViews(self._executor, self._queue)
        self.bundles = PROCESS.bundles = BundleRuns(self)
        self._previews = ThreadPoolExecutor(1, thread_name_prefix="emout-lab-preview")
        self._warm = self._queue.begin(WorkKind.WARM_UP, self._warm_up)

    def teardown(self, worker: Worker) -> None:
        """Stop the thread; a program that still runs is interrupted."""
        close_port(worker)
        self.live.close_all()
        self._queue.close()
        self._previews.shutdown(wait=False, cancel_futures=True)
        PROCESS.on_progress = None
        PROCESS.close_own_client()
        PROCESS.calls.close()
        unfilter_log()
        if self._is_ready():
            self._warm.result().close()

    async def run(self, program: Program, *more: int) -> Reply:
        """Run a program in the engine's thread.

        ``more`` is the size of the largest value that is part of the reply [B], if not a usual one.

        Raises
        ------
        ObjectsDropped
            Once, when what its client kept here was dropped; nothing was run.
        CodeUnknown
            When it tells changes of modules that were never told here; nothing was run.
        """
        return await self.replies.noted(program, self._ran(program, *more))

    async def _ran(self, program: Program, *more: int) -> Reply:
        executor = await self._executor()
        self._require_objects_of(program.client)
        if program.code is not None:
            executor.process.modules.apply_update(program.client, program.code)
        with SentOutput(self._worker, program.id) as output:
            run = self._runs[program.id] = executor.prepare(program, output, *more)
            try:
                reply: Reply = await self._queue.begin(
                    WorkKind.PROGRAM,
                    partial(executor.execute, run),
                    id=program.id,
                    owner=program.client,
                    early=EARLY_ANSWER.get(),
                )
                return reply
            except Interrupted:
                # Before it began, or when it was just over.
                return executor.give_up(run, "interrupted", has_ended=True)
            except StillRuns:
                message = self._still_runs(run.current)
                return executor.give_up(run, message, has_ended=False)
            finally:
                self._runs.pop(program.id, None)

    @property
    def address(self) -> str:
        """Address of the worker."""
        return str(self._worker.address)

    def has(self, program: str) -> bool:
        """Tell whether a program has come, and runs or stands in line."""
        return program in self._runs

    def shown(self, program: str, mark: str) -> Shown | Display | None:
        """Return what the code of a program which runs has shown; None where none runs."""
        run = self._runs.get(program)
        return None if run is None else run.outcome.find(mark)

    async def drop(self, names: list[str]) -> None:
        """Forget objects, and those that are on their way from another engine."""
        for name in names:
            self._exchange.cancel(name)
        (await self._executor()).objects.drop(names)

    async def forget(self, client: str, reason: str) -> DroppedObjects:
        """End and forget what a vanished client left, and tell it when it comes back after all."""
        await self._queue.cancel_all_of(client)
        executor = await self._executor()
        self._forgotten[client] = reason
        objects = executor.objects
        infos = [info for info in objects.infos() if objects.owner(info.id) == client]
        executor.forget_client(client)
        return DroppedObjects(
            len(infos),
            sum(info.bytes or 0 for info in infos),
            tuple({info.notebook for info in infos if info.notebook}),
        )

    def _require_objects_of(self, client: str) -> None:
        if (reason := self._forgotten.pop(client, None)) is not None:
            raise ObjectsDropped(
                f"engine {self._worker.name} has dropped the objects of this notebook: {reason}"
            )

    async def export_object(self, name: str, client: str) -> Any:
        """Return an object to another engine."""
        executor = await self._executor()
        self._require_objects_of(client)
        value, description = executor.objects.get(name), executor.objects.describe(name)
        executor.figures.require_not_drawn(value)
        own = executor.process.modules.of(client)
        if not own or description is None or isinstance(value, PackedObject):
            return value
        return await asyncio.to_thread(packed_object, value, description, own)

    async def figure(self, name: str) -> bytes:
        """Return the bytes of a figure in the gallery."""
        return (await self._executor()).figures.image(name)

    async def forget_figures(self, names: list[str]) -> None:
        """Give up figures of the gallery."""
        (await self._executor()).forget_figures(names)

    async def preview(self, name: str) -> bytes | None:
        """Return a thumbnail of an object; of one in memory also while a program runs.

        Raises
        ------
        EngineBusy
            When a program runs, and the object would have to be read from a file or is of a
            foreign kind: a look must neither wait for the program nor meddle with it.
        """
        executor = await self._executor()
        module = importlib.import_module("emout_lab.engine.preview")
        value, description = executor.objects.get(name), executor.objects.describe(name)
        if description is not None and module.is_at_hand(value, description):
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._previews, run_foreign, module.preview_png, value)
            return cast("bytes | None", await asked)
        self._require_none(executor, WorkKind.PROGRAM, WorkKind.DRAWING)
        begun = self._queue.begin(WorkKind.PREVIEW, partial(run_foreign, module.preview_png, value))
        return cast("bytes | None", await begun)

    async def draw_again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of the gallery again, while no program runs."""
        executor = await self._executor()
        self._require_none(executor, WorkKind.PROGRAM)
        begun = self._queue.begin(WorkKind.DRAWING, partial(executor.draw_again, name, options))
        return cast("Figure", await begun)

    @property
    def objects(self) -> ObjectStore:
        """The objects of the engine, for tasks that run beside its own thread."""
        return cast("ProgramExecutor", self._warm.result()).objects

    def piece(self, name: str, start: int, count: int) -> tuple[tuple[int, ...], Packed]:
        """Return the sizes of a packed value's parts and a piece of it, which ends with a part.

        The value is forgotten with its last piece.
        """
        data: bytes | Packed = self.objects.get(name)
        if start + count >= len(data):
            self.objects.drop([name])
        return pieces.sizes(data), Packed(b"", pieces.cut(data, start, start + count))

    async def receive(
        self, source: tuple[str, str], name: str, labels: dict[str, Any]
    ) -> Description:
        """Copy an object of another engine into this one, unless it is dropped meanwhile."""
        objects = (await self._executor()).objects
        return await self._exchange.import_object(source, name, labels, objects)

    def interrupt(self) -> None:
        """Raise ``KeyboardInterrupt`` in whatever runs."""
        self._queue.interrupt()

    async def cancel(self, program: str, *, is_given_up: bool = False) -> None:
        """End a program, running or in line, and no other.

        Parameters
        ----------
        program : str
            Its id.
        is_given_up : bool
            Whether nobody waits for its reply any more: what it has made is dropped.
        """
        self._queue.cancel(program)
        if is_given_up:
            await self._queue.ended(program)
            (await self._executor()).objects.drop_program(program)

    def program_status(self, program: str | None) -> ProgramStatus:
        """Tell where a program stands, and what runs now."""
        executor = self._warm.result() if self._is_ready() else None
        is_running = program is not None and self._queue.is_running(program)
        is_shown = executor is not None and not self._queue.is_ending()
        current = executor.status.current if executor and is_shown else None
        return ProgramStatus(str(self._worker.name), is_running, current)

    def snapshot(self, known: Versions | None = None) -> EngineSnapshot:
        """Tell memory, current call, objects and figures, but not those that are known."""
        worker = self._worker
        executor = self._warm.result() if self._is_ready() else None
        # Versions first: what changes after that is told once more, rather than never.
        versions = Versions(
            self._id,
            executor.objects.version if executor else 0,
            executor.figures.version if executor else 0,
        )
        if executor is not None and executor.objects.names.is_behind:
            # The next snapshot tells: foreign code describes the objects, in the engine's thread.
            looking = partial(run_foreign, executor.objects.names.note_all)
            self._queue.begin_if_idle(WorkKind.PREVIEW, looking)
        seen = known if known is not None and known.engine == self._id else Versions("", -1, -1)
        objects, figures = seen.objects != versions.objects, seen.figures != versions.figures
        used, limit = int(worker.monitor.recent()["memory"]), self._limit()
        return EngineSnapshot(
            engine=str(worker.name),
            address=str(worker.address),
            host=socket.gethostname(),
            pid=os.getpid(),
            ready=executor is not None,
            memory_used=used,
            memory_limit=limit,
            memory_objects=executor.objects.bytes() if executor else 0,
            cpu=float(worker.monitor.recent()["cpu"]),
            current=executor.status.current if executor else None,
            objects=executor.objects.infos() if executor and objects else (),
            figures=executor.figures.infos() if executor and figures else (),
            progress=executor.status.progress if executor else None,
            versions=versions,
            memory_figures=executor.figures.bytes() if executor else 0,
        )

    def _limit(self) -> int:
        return int(self._worker.memory_manager.memory_limit or psutil.virtual_memory().total)

    def _warm_up(self) -> ProgramExecutor:
        open_hdf5_unlocked()
        module = importlib.import_module("emout_lab.engine.executor")
        executor: ProgramExecutor = module.start_executor(
            str(self._worker.name),
            self._announce,
            self._memory_limit,
            self._figure_share,
            self._figure_pixels,
        )
        importlib.import_module("emout_lab.engine.preview")
        PROCESS.on_progress = executor.note_progress
        return executor

    async def _executor(self) -> ProgramExecutor:
        if self._is_ready():
            return cast("ProgramExecutor", self._warm.result())
        # Shielded: a client that stops waiting must not cancel the warm-up for the others.
        return await asyncio.shield(self._warm)

    def warm_executor(self) -> ProgramExecutor:
        """Return the executor to a task in a thread of the worker, which waits for it."""
        if self._is_ready():
            return cast("ProgramExecutor", self._warm.result())
        loop = self._worker.loop.asyncio_loop
        return asyncio.run_coroutine_threadsafe(self._executor(), loop).result()

    def _is_ready(self) -> bool:
        return self._warm.done() and not self._warm.cancelled() and self._warm.exception() is None

    def _require_none(self, executor: ProgramExecutor, *kinds: WorkKind) -> None:
        if self._queue.has(*kinds):
            now = executor.status.current
            raise EngineBusy(
                f"engine {self._worker.name} is busy with {now.label if now else 'a program'}. "
                "Try again when it is done, or interrupt it in the Workers section."
            )

    def _still_runs(self, call: Call | None) -> str:
        what = "the program" if call is None else f"`{call.expression}`"
        return (
            f"{what} was interrupted and has not ended yet: it is most likely in code that Python "
            "cannot interrupt, such as C code or a sleep. It ends when it comes back to Python, "
            f"its result is dropped, and engine {self._worker.name} goes on with the next program "
            f"in another thread. {WHAT_HELPS.format(engine=self._worker.name)}"
        )

    def _announce(self, figure: FigureInfo) -> None:
        # Dask adds the worker's address to every event of a worker.
        self._worker.log_event(FIGURES_TOPIC, asdict(figure))


def engine_of(worker: Worker) -> Engine:
    """Return the engine of a worker.

    Raises
    ------
    EngineError
        If the session was not started by emout_lab and nobody registered the plugin yet.
    """
    engine: Engine | None = worker.plugins.get(PLUGIN_NAME)
    if engine is None:
        raise EngineError(
            f"worker {worker.name} at {worker.address} has no engine. Connect with "
            "emout_lab.connect(), which adds one."
        )
    return engine


async def export_object(name: str, client: str, dask_worker: Any = None) -> Any:
    """Return a client's object of the worker that receives this, to another worker."""
    return await engine_of(dask_worker).export_object(name, client)
