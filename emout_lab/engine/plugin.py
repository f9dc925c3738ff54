"""The engine: the part of a worker that keeps objects and runs calls."""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import os
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import psutil
from distributed import WorkerPlugin, get_worker

from emout_lab.config import Settings, load, open_hdf5_unlocked
from emout_lab.engine.call import Description, Failure, Figure, FigureOptions, Program, Reply
from emout_lab.engine.place import PLACE
from emout_lab.engine.quiet import hush, speak
from emout_lab.engine.snapshot import EngineSnapshot, FigureInfo, Versions
from emout_lab.engine.telling import told
from emout_lab.errors import EngineBusy, EngineError

if TYPE_CHECKING:
    from distributed import Worker

    from emout_lab.engine.interpreter import Interpreter
    from emout_lab.engine.table import ObjectTable

T = TypeVar("T")

FIGURES_TOPIC = "emout-lab-figures"
ENGINES_TOPIC = "emout-lab-engines"
PLUGIN_NAME = "emout-lab-engine"
INTERRUPTED = Failure(None, "builtins:KeyboardInterrupt", "interrupted", "")


class Work(Enum):
    """What an engine's thread does, one after the other."""

    PROGRAM = "program"
    DRAWING = "drawing"
    PREVIEW = "preview"


class _Interrupted(EngineError):
    """Somebody pressed the stop button while the engine's thread worked."""


class Engine(WorkerPlugin):  # type: ignore[misc]  # distributed is untyped
    """Worker plugin with a thread of its own, so that heartbeats go on while a program runs.

    A restarted or added worker gets one by itself. The heavy imports and a first figure happen in
    the engine's thread right after the start: the engine is warm before anybody asks.
    """

    name = PLUGIN_NAME
    idempotent = True

    def __init__(self, settings: Settings | None = None) -> None:
        # The session's, not those of the machine where a worker comes to run.
        self._figure_share = (settings or load()).figure_share

    def setup(self, worker: Worker) -> None:
        """Start the engine's thread and warm it up."""
        PLACE.has_engine = True
        PLACE.worker = worker
        _stop_profiler(worker)
        hush()
        self._worker = worker
        # A paused worker would hand over nothing of what fills it, and stay paused for ever.
        worker.memory_manager.memory_pause_fraction = False
        self._id = uuid.uuid4().hex
        self._interrupt_lock = threading.Lock()
        self._running: int | None = None
        self._in_line: Counter[Work] = Counter()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="emout-lab-engine")
        self._sketching = ThreadPoolExecutor(1, thread_name_prefix="emout-lab-preview")
        self._warm = asyncio.wrap_future(self._thread.submit(self._warm_up))

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002  # the signature is distributed's
        """Stop the thread; a program that still runs is interrupted."""
        self.interrupt()
        for threads in (self._thread, self._sketching):
            threads.shutdown(wait=False, cancel_futures=True)
        PLACE.on_progress = None
        speak()
        if self._is_ready():
            self._warm.result().close()

    async def run(self, program: Program) -> Reply:
        """Run a program in the engine's thread."""
        interpreter = await self._interpreter()
        try:
            async with told(self._worker, program) as transcript:
                return await self._in_thread(Work.PROGRAM, interpreter.run, program, transcript)
        except _Interrupted:
            # The interrupt came when the program was just over.
            return Reply(done=(), failure=INTERRUPTED)

    async def drop(self, names: list[str]) -> None:
        """Forget objects."""
        (await self._interpreter()).table.drop(names)

    async def forget(self, client: str) -> None:
        """Forget what a vanished client left."""
        (await self._interpreter()).forget_client(client)

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
                self._sketching, module.preview_png, value
            )
            return sketch
        self._require_none(interpreter, Work.PROGRAM, Work.DRAWING)
        return await self._in_thread(Work.PREVIEW, module.preview_png, value)

    async def draw_again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of the gallery again, while no program runs."""
        interpreter = await self._interpreter()
        self._require_none(interpreter, Work.PROGRAM)
        return await self._in_thread(Work.DRAWING, interpreter.draw_again, name, options)

    @property
    def table(self) -> ObjectTable:
        """The objects of the engine, for tasks that run beside its own thread."""
        return self._warm.result().table

    def take_aside(self, name: str) -> bytes:
        """Hand out a packed value that was put aside, and forget it."""
        data: bytes = self.table.get(name)
        self.table.drop([name])
        return data

    def interrupt(self) -> None:
        """Raise ``KeyboardInterrupt`` in the running program, if one runs."""
        with self._interrupt_lock:
            if self._running is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._running), ctypes.py_object(KeyboardInterrupt)
                )

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
        limit = self._limit()
        return max(0, limit - self._used()), limit

    def _warm_up(self) -> Interpreter:
        open_hdf5_unlocked()
        module = importlib.import_module("emout_lab.engine.interpreter")
        interpreter: Interpreter = module.Interpreter(
            str(self._worker.name), self._announce, self._memory, self._figure_share
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

    def _require_none(self, interpreter: Interpreter, *kinds: Work) -> None:
        if any(self._in_line[kind] for kind in kinds):
            now = interpreter.now
            raise EngineBusy(
                f"engine {self._worker.name} is busy with {now.label if now else 'a program'}. "
                "Try again when it is done, or interrupt it in the Workers section."
            )

    async def _in_thread(self, kind: Work, function: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        self._in_line[kind] += 1
        work = loop.run_in_executor(self._thread, self._run, function, args)
        work.add_done_callback(lambda _: self._in_line.subtract([kind]))
        try:
            return await work
        except KeyboardInterrupt:
            # It must end neither the worker's event loop nor the worker.
            raise _Interrupted("interrupted by the user; ask again") from None

    def _run(self, function: Callable[..., T], args: tuple[Any, ...]) -> T:
        with self._interrupt_lock:
            self._running = threading.get_ident()
        try:
            return function(*args)
        finally:
            with self._interrupt_lock:
                self._running = None

    def _announce(self, figure: FigureInfo) -> None:
        # Dask adds the worker's address to every event of a worker.
        self._worker.log_event(FIGURES_TOPIC, asdict(figure))


def _stop_profiler(worker: Worker) -> None:
    """Stop Dask's profiler, which looks at the frames of running tasks from the event loop.

    It may so be the last to hold an object of h5py, whose end waits for h5py's lock: a worker that
    read HDF5 in a task was seen to stand still in that.
    """
    for name in ("profile", "profile-cycle"):
        callback = worker.periodic_callbacks.pop(name, None)
        if callback is not None:
            callback.stop()


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


async def run_program(program: Program, dask_worker: Any = None) -> Reply:
    """Run a program on the worker that receives this."""
    return await engine_of(dask_worker).run(program)


async def take_snapshot(
    known: Mapping[str, Versions] | None = None, dask_worker: Any = None
) -> EngineSnapshot:
    """Return the snapshot of the worker that receives this, without what is known by address."""
    return engine_of(dask_worker).snapshot((known or {}).get(str(dask_worker.address)))


async def drop_names(names: list[str], dask_worker: Any = None) -> None:
    """Drop objects on the worker that receives this."""
    await engine_of(dask_worker).drop(names)


async def forget_client(client: str, dask_worker: Any = None) -> None:
    """Drop a client's objects on the worker that receives this."""
    await engine_of(dask_worker).forget(client)


async def figure_data(name: str, dask_worker: Any = None) -> bytes:
    """Return a figure of the gallery on the worker that receives this."""
    return await engine_of(dask_worker).figure(name)


async def forget_figures(names: list[str], dask_worker: Any = None) -> None:
    """Give up figures on the worker that receives this."""
    await engine_of(dask_worker).forget_figures(names)


async def object_preview(name: str, dask_worker: Any = None) -> bytes | None:
    """Return a thumbnail of an object on the worker that receives this."""
    return await engine_of(dask_worker).preview(name)


async def draw_again(name: str, options: FigureOptions, dask_worker: Any = None) -> Figure:
    """Render a figure once more on the worker that receives this."""
    return await engine_of(dask_worker).draw_again(name, options)


async def interrupt_program(dask_worker: Any = None) -> None:
    """Interrupt the program on the worker that receives this."""
    engine_of(dask_worker).interrupt()


def hand_over(name: str) -> bytes:
    """Task: give a packed value that was put aside to Dask, from where a client gathers it."""
    return engine_of(get_worker()).take_aside(name)


def offer(name: str) -> Any:
    """Task: give an object to Dask, from where another worker takes it."""
    return engine_of(get_worker()).table.get(name)


def accept(value: Any, name: str, labels: dict[str, Any]) -> Description:
    """Task: put an object that came from another engine into this one."""
    return engine_of(get_worker()).table.put(name, value, **labels)
