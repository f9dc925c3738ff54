"""Runs programs: calls in order, in the engine's own thread, naming the one that fails."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Collection
from typing import TypeVar

from emout_lab.config import FIGURE_PIXELS, FIGURE_SHARE
from emout_lab.engine.engine_status import EngineStatus
from emout_lab.engine.error_reports import failure_of
from emout_lab.engine.figures.store import FigureStore, KeptFigure
from emout_lab.engine.interrupts import held
from emout_lab.engine.metadata import describe, register_sizes
from emout_lab.engine.object_store import ObjectStore
from emout_lab.engine.output.capture import OutputCapture
from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.output.warnings import ProgramWarnings
from emout_lab.engine.process.forks import exit_in_children
from emout_lab.engine.process.garbage import GarbageCollector
from emout_lab.engine.process.memory_guard import MemoryLimit, is_shortage
from emout_lab.engine.process.open_files import FileLimit
from emout_lab.engine.process.state import ProcessState
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.program_run import DIRECT_BYTES, EngineParts, ProgramRun
from emout_lab.engine.protocol import Figure, FigureOptions, Program, Reply
from emout_lab.engine.read_cache import ReadCache
from emout_lab.engine.snapshot import FigureInfo
from emout_lab.engine.views.displays import IPythonHook
from emout_lab.errors import TooLarge

T = TypeVar("T")


class ProgramExecutor:
    """The programs of one engine; only ``objects``, ``figures``, ``status`` are for other threads.

    Parameters
    ----------
    engine : str
        Name of the engine.
    announce : callable
        Called with the metadata of every figure that was drawn.
    memory : callable
        Returns free memory and limit of the engine [B].
    limit : MemoryLimit, optional
        What makes calls fail that need more; without it nothing does.
    figure_share : float
        Share of the engine's memory that figures may take which are kept.
    figure_pixels : int or None
        Most pixels of one picture.

    Attributes
    ----------
    objects : ObjectStore
        What it keeps.
    figures : FigureStore
        What it draws.
    status : EngineStatus
        What it does now.
    process : ProcessState
        What programs change of their whole process.
    """

    def __init__(
        self,
        engine: str,
        announce: Callable[[FigureInfo], None],
        memory: Callable[[], tuple[int, int]],
        limit: MemoryLimit | None = None,
        figure_share: float = FIGURE_SHARE,
        figure_pixels: int | None = FIGURE_PIXELS,
    ) -> None:
        def whole_memory() -> int:
            return memory()[1]

        self.objects = ObjectStore(describe)
        self.status = EngineStatus(PROCESS.calls)
        self.process = ProcessState()
        self.figures = FigureStore(
            engine,
            self.process,
            whole_memory,
            announce,
            self._note_frame,
            figure_share,
            figure_pixels,
        )
        self._warnings = ProgramWarnings()
        self._parts = EngineParts(self.objects, self.figures, self.status, self._warnings, memory)
        self._limit = limit
        self._relief = limit.relief if limit is not None else contextlib.nullcontext
        self._files = FileLimit()
        self._capture = OutputCapture()
        self._ipython = IPythonHook()
        self._collector = GarbageCollector(whole_memory)

    def start(self) -> None:
        """Take the process's streams and its ways to warn and to draw, until `close`."""
        PROCESS.files = self._files
        self._capture.start()
        self._warnings.start()
        self.figures.start()
        self._ipython.start()

    def close(self) -> None:
        """Put the process's streams, its way to warn and its memory limit back."""
        self._collector.stop()
        self._ipython.close()
        self.figures.close()
        if self._limit is not None:
            self._limit.close()
        self._files.close()
        self._warnings.close()
        self._capture.close()

    def warm_up(self) -> None:
        """Load what a first figure needs and draw one, so that the user's first is fast."""
        importlib.import_module("h5py")
        self.figures.warm_up()
        self._collector.start()
        if self._limit is not None:
            self._limit.kept = self.objects.largest
            self._limit.start()

    def run(self, program: Program, output: OutputStream | None = None) -> Reply:
        """Run a program; a failure is part of the reply, never raised.

        Whatever a call raises is its failure, also what ends a process elsewhere (``SystemExit``).

        Parameters
        ----------
        program : Program
            What to run.
        output : OutputStream, optional
            Takes what the program writes, for whoever looks at it meanwhile.
        """
        return self.execute(self.prepare(program, output or OutputStream()))

    def prepare(
        self, program: Program, output: OutputStream, direct_bytes: int = DIRECT_BYTES
    ) -> ProgramRun:
        """Return a program as it is before its first call."""
        return ProgramRun(self._parts, program, output, direct_bytes)

    def execute(self, run: ProgramRun) -> Reply:
        """Run a program that `prepare` returned."""
        is_short = False
        self._files.begin()
        try:
            self._run(run)
        except BaseException as error:  # noqa: BLE001  # the edge: errors travel
            with self._relief():
                self._files.end()
                self.process.restore_settings()
                is_short = is_shortage(error) and not isinstance(error, TooLarge)
                run.outcome.failure = failure_of(run.current, error)
        finally:
            with self._relief():
                self._end(run)
        self._files.end()
        if is_short and self._limit is not None:
            self._limit.collect()
        self._publish(run)
        return run.reply()

    def give_up(self, run: ProgramRun, message: str, *, has_ended: bool) -> Reply:
        """Return what a program has done that was cancelled, whether or not it ever ends.

        Nothing that it does from now on is kept.
        """
        now = self.status.current
        if has_ended and now is not None and now.program == run.program.id:
            self.status.clear()
        run.outcome.give_up(None if run.current is None else run.current.id, message)
        self._release(run.program, has_failed=True)
        return run.reply()

    def draw_again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of before in another form; ObjectGone when it was not kept."""
        self.process.acquire()
        self.status.begin("drawing again")
        try:
            return self.figures.draw_again(name, options)
        finally:
            with self.process.kept() as is_ours:
                if is_ours:
                    self.status.clear()
                    self.process.release()
            self._collector.note_drawing()

    def draw_live(self, kept: KeptFigure, draw: Callable[[], T]) -> T:
        """Let a live figure be drawn, in the style that it was drawn with at first."""
        with held():
            self.process.acquire()
            try:
                with self.figures.style(kept):
                    return draw()
            finally:
                with self.process.kept() as is_ours:
                    if is_ours:
                        self.process.release()

    def note_closed_view(self) -> None:
        """Take notice that nobody looks at a figure any more, which may go."""
        self._collector.note_drawing()

    def forget_client(self, client: str) -> None:
        """Drop what a client left: objects, and figures that it did not finish."""
        self.objects.drop_owner(client)
        self.process.forget(client)
        self.figures.discard_client(client)
        self._collector.note_drawing()

    def forget_figures(self, names: Collection[str]) -> None:
        """Give up drawn figures, with all that is needed to draw them again."""
        self.figures.forget(names)
        self._collector.note_drawing()

    def note_progress(self, done: int, total: int, label: str) -> None:
        """Take how far the running call says that it has come.

        Raises
        ------
        KeyboardInterrupt
            In a call that was cancelled, and whose turn is over.
        """
        if self.process.is_lost():
            raise KeyboardInterrupt
        self.status.note_progress(done, total, label)

    def captured(self, output: OutputStream) -> contextlib.AbstractContextManager[None]:
        """Collect what this thread writes, which is none of the engine's own."""
        return self._capture.capture(output)

    def _run(self, run: ProgramRun) -> None:
        program = run.program
        self.objects.drop(program.drops)
        with self._watched(), self._capture.capture(run.outcome.output), exit_in_children():
            self.process.acquire(program.directory, program.client)
            PROCESS.client, PROCESS.program, PROCESS.reads = program.client, program.id, ReadCache()
            self._warnings.begin_program()
            run.run_calls()
            run.pack_value()
            run.render_figures()

    def _end(self, run: ProgramRun) -> None:
        with self.process.kept() as is_ours:
            if is_ours:
                PROCESS.reads = PROCESS.client = PROCESS.program = None
                self.status.clear()
                self.process.release()
        run.release_values()
        if run.has_used_names:
            with contextlib.suppress(MemoryError):
                self.objects.names.note(run.program.client, run.program.notebook)
        if not run.outcome.is_given_up:
            self._release(run.program, has_failed=run.outcome.failure is not None)

    def _publish(self, run: ProgramRun) -> None:
        program = run.program
        if not run.outcome.is_given_up:
            for figure in run.outcome.drawn:
                self.figures.publish(figure, program.notebook)
        if run.outcome.drawn or program.drops and self.figures.has_unkept():
            self._collector.note_drawing()

    def _watched(self) -> contextlib.AbstractContextManager[None]:
        if self._limit is None:
            return contextlib.nullcontext()
        return self._limit.watched(self._limit.make_room())

    def _release(self, program: Program, *, has_failed: bool) -> None:
        if has_failed:
            self.objects.drop(program.outdated())
        for name in (*program.discard, *(name for name, _ in program.finish if has_failed)):
            if self.figures.discard(name):
                self._collector.note_drawing()

    def _note_frame(self, number: int, total: int | None) -> None:
        # matplotlib does not know the total of frames that come from a generator.
        self.note_progress(number + 1, total or 0, "frames")


def start_executor(
    engine: str,
    announce: Callable[[FigureInfo], None],
    limit: MemoryLimit,
    figure_share: float,
    figure_pixels: int | None,
) -> ProgramExecutor:
    """Prepare this process for programs and return what runs them, warm.

    The one place where modules that programs use are changed: matplotlib's backend and limits, the
    process's streams and warnings, and Dask's table of sizes.
    """
    register_sizes()

    def memory() -> tuple[int, int]:
        return limit.free(), limit.total

    executor = ProgramExecutor(engine, announce, memory, limit, figure_share, figure_pixels)
    executor.start()
    executor.warm_up()
    return executor
