"""The engine: the part of a worker that keeps objects and runs calls."""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import psutil
from distributed import WorkerPlugin
from distributed.gc import disable_gc_diagnosis

from emout_lab.config import Settings, load, open_hdf5_unlocked
from emout_lab.engine.call_record import CallRecord
from emout_lab.engine.error_reports import run_foreign
from emout_lab.engine.forks import allow_children
from emout_lab.engine.log_filter import hush, speak, stop_profiler
from emout_lab.engine.memory_guard import MemoryLimit
from emout_lab.engine.output.topics import told
from emout_lab.engine.process_role import PLACE
from emout_lab.engine.program_queue import Interrupted, Kind, StillRuns, Turns
from emout_lab.engine.protocol import (
    WHAT_HELPS,
    Call,
    Description,
    Figure,
    FigureOptions,
    Program,
    Reply,
    Shown,
)
from emout_lab.engine.snapshot import EngineSnapshot, FigureInfo, Standing, Versions
from emout_lab.engine.user_objects import Moved, moved
from emout_lab.errors import EngineBusy, EngineError, ObjectGone, ObjectsDropped
from emout_lab.messages import engine_lost, run_at

if TYPE_CHECKING:
    from distributed import Worker

    from emout_lab.engine.executor import Interpreter
    from emout_lab.engine.object_store import ObjectTable
    from emout_lab.engine.program_run import Run

FIGURES_TOPIC = "emout-lab-figures"
ENGINES_TOPIC = "emout-lab-engines"
PLUGIN_NAME = "emout-lab-engine"


@dataclass(frozen=True)
class Left:
    """What a client had left that is gone: objects, their memory and their notebooks."""

    count: int
    bytes: int
    notebooks: tuple[str, ...]


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
        PLACE.has_engine = True
        PLACE.worker = worker
        stop_profiler(worker)
        # It runs in whichever thread collects garbage: at the memory limit it would fail there, and
        # the user would be told.
        disable_gc_diagnosis(force=True)
        hush()
        allow_children()
        self._worker = worker
        # A paused worker would hand over nothing of what fills it, and stay paused for ever.
        worker.memory_manager.memory_pause_fraction = False
        PLACE.calls = CallRecord(worker.local_directory)
        self._memory_limit = PLACE.memory = MemoryLimit(self._limit())
        self._memory_limit.spare(asyncio.get_running_loop())
        self._id = uuid.uuid4().hex
        self._runs: dict[str, Run] = {}
        self._coming: dict[str, asyncio.Future[Any]] = {}
        self._forgotten: dict[str, str] = {}
        self._turns = Turns(asyncio.get_running_loop())
        self._sketching = ThreadPoolExecutor(1, thread_name_prefix="emout-lab-preview")
        self._warm = self._turns.begin(Kind.WARM_UP, self._warm_up)

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002  # the signature is distributed's
        """Stop the thread; a program that still runs is interrupted."""
        self._turns.close()
        self._sketching.shutdown(wait=False, cancel_futures=True)
        PLACE.on_progress = None
        PLACE.calls.close()
        speak()
        if self._is_ready():
            self._warm.result().close()

    async def run(self, program: Program) -> Reply:
        """Run a program in the engine's thread.

        Raises
        ------
        ObjectsDropped
            Once, when what its client kept here was dropped; nothing was run.
        CodeUnknown
            When it tells changes of modules that were never told here; nothing was run.
        """
        interpreter = await self._interpreter()
        self._require_objects_of(program.client)
        if program.code is not None:
            interpreter.state.modules.accept(program.client, program.code)
        async with told(self._worker, program) as transcript:
            run = self._runs[program.id] = interpreter.begin(program, transcript)
            try:
                reply: Reply = await self._turns.begin(
                    Kind.PROGRAM,
                    partial(interpreter.run_begun, run),
                    id=program.id,
                    owner=program.client,
                )
                return reply
            except Interrupted:
                # Before it began, or when it was just over.
                return interpreter.give_up(run, "interrupted", has_ended=True)
            except StillRuns:
                message = self._still_runs(run.current)
                return interpreter.give_up(run, message, has_ended=False)
            finally:
                self._runs.pop(program.id, None)

    @property
    def address(self) -> str:
        """Address of the worker."""
        return str(self._worker.address)

    def has(self, program: str) -> bool:
        """Tell whether a program has come, and runs or stands in line."""
        return program in self._runs

    def shown(self, program: str, mark: str) -> Shown | None:
        """Return a figure that the code of a program which runs has shown."""
        found = [] if (run := self._runs.get(program)) is None else run.outcome.shown
        return next((each for each in found if each.mark == mark), None)

    async def drop(self, names: list[str]) -> None:
        """Forget objects, and those that are on their way from another engine."""
        for name in names:
            if (coming := self._coming.pop(name, None)) is not None:
                coming.cancel()
        (await self._interpreter()).table.drop(names)

    async def forget(self, client: str, reason: str) -> Left:
        """End and forget what a vanished client left, and tell it when it comes back after all."""
        await self._turns.cancel_all_of(client)
        interpreter = await self._interpreter()
        self._forgotten[client] = reason
        table = interpreter.table
        infos = [info for info in table.infos() if table.owner(info.id) == client]
        interpreter.forget_client(client)
        return Left(
            len(infos),
            sum(info.bytes or 0 for info in infos),
            tuple({info.notebook for info in infos if info.notebook}),
        )

    def _require_objects_of(self, client: str) -> None:
        if (reason := self._forgotten.pop(client, None)) is not None:
            raise ObjectsDropped(
                f"engine {self._worker.name} has dropped the objects of this notebook: {reason}"
            )

    async def offer(self, name: str, client: str) -> Any:
        """Return an object to another engine."""
        interpreter = await self._interpreter()
        self._require_objects_of(client)
        value, description = interpreter.table.get(name), interpreter.table.describe(name)
        interpreter.shows.require_not_drawn(value)
        own = interpreter.state.modules.of(client)
        if not own or description is None or isinstance(value, Moved):
            return value
        return await asyncio.to_thread(moved, value, description, own)

    async def figure(self, name: str) -> bytes:
        """Return the bytes of a figure in the gallery."""
        return (await self._interpreter()).gallery.data(name)

    async def forget_figures(self, names: list[str]) -> None:
        """Give up figures of the gallery."""
        (await self._interpreter()).forget_figures(names)

    async def preview(self, name: str) -> bytes | None:
        """Return a thumbnail of an object; of one in memory also while a program runs.

        Raises
        ------
        EngineBusy
            When a program runs, and the object would have to be read from a file or is of a
            foreign kind: a look must neither wait for the program nor meddle with it.
        """
        interpreter = await self._interpreter()
        module = importlib.import_module("emout_lab.engine.preview")
        value, description = interpreter.table.get(name), interpreter.table.describe(name)
        if description is not None and module.is_at_hand(value, description):
            loop = asyncio.get_running_loop()
            sketch: bytes | None = await loop.run_in_executor(
                self._sketching, run_foreign, module.preview_png, value
            )
            return sketch
        self._require_none(interpreter, Kind.PROGRAM, Kind.DRAWING)
        thumbnail: bytes | None = await self._turns.begin(
            Kind.PREVIEW, partial(run_foreign, module.preview_png, value)
        )
        return thumbnail

    async def draw_again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of the gallery again, while no program runs."""
        interpreter = await self._interpreter()
        self._require_none(interpreter, Kind.PROGRAM)
        figure: Figure = await self._turns.begin(
            Kind.DRAWING, partial(interpreter.draw_again, name, options)
        )
        return figure

    @property
    def table(self) -> ObjectTable:
        """The objects of the engine, for tasks that run beside its own thread."""
        interpreter: Interpreter = self._warm.result()
        return interpreter.table

    def piece(self, name: str, start: int, count: int) -> tuple[int, memoryview]:
        """Return the length of a packed value and a piece of it; it is forgotten with the last."""
        data: bytes = self.table.get(name)
        if start + count >= len(data):
            self.table.drop([name])
        return len(data), memoryview(data)[start : start + count]

    async def receive(
        self, source: tuple[str, str], name: str, labels: dict[str, Any]
    ) -> Description:
        """Copy an object of another engine into this one, unless it is dropped meanwhile."""
        await self._interpreter()
        coming = self._coming[name] = asyncio.ensure_future(self._fetched(*source, labels["owner"]))
        try:
            value = await coming
        except asyncio.CancelledError:
            raise ObjectGone(f"object {name} is not wanted here any more") from None
        finally:
            if self._coming.get(name) is coming:
                del self._coming[name]
        # Describing an object may take long, and the event loop has others to serve.
        return await asyncio.to_thread(self.table.put, name, value, **labels)

    async def _fetched(self, address: str, name: str, client: str) -> Any:
        try:
            return await run_at(self._worker, address, offer, name, client)
        except OSError as error:
            raise engine_lost(address) from error

    def interrupt(self) -> None:
        """Raise ``KeyboardInterrupt`` in whatever runs."""
        self._turns.interrupt()

    async def cancel(self, program: str, *, is_unheard: bool = False) -> None:
        """End a program, running or in line, and no other.

        Parameters
        ----------
        program : str
            Its id.
        is_unheard : bool
            Whether nobody waits for its reply any more: what it has made is dropped.
        """
        self._turns.cancel(program)
        if is_unheard:
            await self._turns.ended(program)
            (await self._interpreter()).table.drop_program(program)

    def standing(self, program: str | None) -> Standing:
        """Tell where a program stands, and what runs now."""
        interpreter = self._warm.result() if self._is_ready() else None
        is_running = program is not None and self._turns.is_running(program)
        is_shown = interpreter is not None and not self._turns.is_leaving()
        current = interpreter.now if interpreter and is_shown else None
        return Standing(str(self._worker.name), is_running, current)

    def snapshot(self, known: Versions | None = None) -> EngineSnapshot:
        """Tell memory, current call, objects and figures, but not those that are known."""
        worker = self._worker
        interpreter = self._warm.result() if self._is_ready() else None
        # Versions first: what changes after that is told once more, rather than never.
        versions = Versions(
            self._id,
            interpreter.table.version if interpreter else 0,
            interpreter.gallery.version if interpreter else 0,
        )
        told = known if known is not None and known.engine == self._id else Versions("", -1, -1)
        objects, figures = told.objects != versions.objects, told.figures != versions.figures
        used, limit = self._used(), self._limit()
        return EngineSnapshot(
            engine=str(worker.name),
            address=str(worker.address),
            host=socket.gethostname(),
            pid=os.getpid(),
            ready=interpreter is not None,
            memory_used=used,
            memory_limit=limit,
            memory_objects=interpreter.table.bytes() if interpreter else 0,
            cpu=float(worker.monitor.recent()["cpu"]),
            current=interpreter.now if interpreter else None,
            objects=interpreter.table.infos() if interpreter and objects else (),
            figures=interpreter.gallery.infos() if interpreter and figures else (),
            progress=interpreter.progress if interpreter else None,
            versions=versions,
            memory_figures=interpreter.figure_bytes() if interpreter else 0,
        )

    def _used(self) -> int:
        return int(self._worker.monitor.recent()["memory"])

    def _limit(self) -> int:
        return int(self._worker.memory_manager.memory_limit or psutil.virtual_memory().total)

    def _memory(self) -> tuple[int, int]:
        return self._memory_limit.free(), self._memory_limit.total

    def _warm_up(self) -> Interpreter:
        open_hdf5_unlocked()
        module = importlib.import_module("emout_lab.engine.executor")
        interpreter: Interpreter = module.Interpreter(
            str(self._worker.name),
            self._announce,
            self._memory,
            self._memory_limit,
            self._figure_share,
            self._figure_pixels,
        )
        importlib.import_module("emout_lab.engine.preview")
        interpreter.warm_up()
        PLACE.on_progress = interpreter.note_progress
        return interpreter

    async def _interpreter(self) -> Interpreter:
        # Shielded: a client that stops waiting must not cancel the warm-up for the others.
        return await asyncio.shield(self._warm)

    def _is_ready(self) -> bool:
        return self._warm.done() and not self._warm.cancelled() and self._warm.exception() is None

    def _require_none(self, interpreter: Interpreter, *kinds: Kind) -> None:
        if self._turns.has(*kinds):
            now = interpreter.now
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


async def offer(name: str, client: str, dask_worker: Any = None) -> Any:
    """Return a client's object of the worker that receives this, to another worker."""
    return await engine_of(dask_worker).offer(name, client)
