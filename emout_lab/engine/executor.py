"""Runs programs: calls in order, in the engine's own thread, naming the one that fails."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Collection
from typing import Any

import matplotlib

matplotlib.use("agg")

from emout_lab.config import FIGURE_PIXELS, FIGURE_SHARE  # noqa: E402  # the backend is chosen before pyplot loads
from emout_lab.engine.collector import Collector  # noqa: E402
from emout_lab.engine.error_reports import failed  # noqa: E402
from emout_lab.engine.figures.gallery import Gallery  # noqa: E402
from emout_lab.engine.figures.recordings import Drawings  # noqa: E402
from emout_lab.engine.figures.showing import Shows  # noqa: E402
from emout_lab.engine.figures.warmup import draw_first  # noqa: E402
from emout_lab.engine.forks import children_end_here  # noqa: E402
from emout_lab.engine.memory_guard import MemoryLimit, is_shortage  # noqa: E402
from emout_lab.engine.metadata import describe  # noqa: E402
from emout_lab.engine.object_store import ObjectTable  # noqa: E402
from emout_lab.engine.open_files import FileLimit  # noqa: E402
from emout_lab.engine.output.capture import Console  # noqa: E402
from emout_lab.engine.output.stream import Transcript  # noqa: E402
from emout_lab.engine.output.warnings import Notices  # noqa: E402
from emout_lab.engine.process_role import PLACE  # noqa: E402
from emout_lab.engine.process_state import ProcessState  # noqa: E402
from emout_lab.engine.program_run import Run  # noqa: E402
from emout_lab.engine.protocol import (  # noqa: E402
    Figure,
    FigureOptions,
    Program,
    Reply,
)
from emout_lab.engine.read_cache import Reads  # noqa: E402
from emout_lab.engine.snapshot import CurrentCall, FigureInfo, Progress  # noqa: E402
from emout_lab.errors import TooLarge  # noqa: E402

#: Part of the memory for pictures that goes to rendered ones; the rest is for drawing again.
RENDERED_PART = 1 / 3


class Interpreter:
    """The calls of one engine; only ``table``, ``now`` and ``progress`` are read by other threads.

    Parameters
    ----------
    engine : str
        Name of the engine.
    announce : callable
        Told of every figure that was drawn.
    memory : callable
        Returns free memory and limit of the engine, in bytes.
    limit : MemoryLimit, optional
        What makes calls fail that need more; without it nothing does.
    figure_share : float
        Share of the engine's memory that pictures may take which are kept.
    figure_pixels : int or None
        Most pixels of one picture.
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
        def rendered() -> int:
            return int(figure_share * RENDERED_PART * memory()[1])

        def others() -> int:
            share = int(figure_share * memory()[1])
            return max(0, share - rendered() - self._drawings.formula_bytes())

        self.table = ObjectTable(describe)
        self.gallery = Gallery(rendered)
        self._now: CurrentCall | None = None
        self.progress: Progress | None = None
        self.memory = memory
        self._limit = limit
        self._relief = limit.relief if limit is not None else contextlib.nullcontext
        self._files = PLACE.files = FileLimit()
        self._console = Console()
        self.notices = Notices()
        self.state = ProcessState()
        self._drawings = Drawings(engine, self._note_frame, self.state, others, figure_pixels)
        self.shows = Shows(self._drawings, self.gallery, announce)
        self._collector = Collector(lambda: memory()[1])
        self._announce = announce

    @property
    def now(self) -> CurrentCall | None:
        """What runs now; noted where it can be read when it has ended the worker."""
        return self._now

    @now.setter
    def now(self, call: CurrentCall | None) -> None:
        self._now = call
        if PLACE.calls is not None:
            PLACE.calls.note(call and call.label, call and call.notebook)

    def close(self) -> None:
        """Put the process's streams, its way to warn and its memory limit back."""
        self._collector.stop()
        self._drawings.close_limit()
        if self._limit is not None:
            self._limit.close()
        self._files.close()
        self.notices.close()
        self._console.close()

    def warm_up(self) -> None:
        """Load what a first figure needs and draw one, so that the user's first is fast."""
        importlib.import_module("h5py")
        draw_first(self._drawings)
        self._collector.start()
        if self._limit is not None:
            self._limit.kept = self.table.largest
            self._limit.start()

    def run(self, program: Program, transcript: Transcript | None = None) -> Reply:
        """Run a program; a failure is part of the reply, never raised.

        Whatever a call raises is its failure, also what ends a process elsewhere (``SystemExit``).

        Parameters
        ----------
        program : Program
            What to run.
        transcript : Transcript, optional
            Takes what the program writes, for whoever looks at it meanwhile.
        """
        return self.run_begun(self.begin(program, transcript or Transcript()))

    def begin(self, program: Program, transcript: Transcript) -> Run:
        """Return a program as it is before its first call."""
        return Run(self, program, transcript)

    def run_begun(self, run: Run) -> Reply:
        """Run a program that `begin` returned."""
        program, outcome, is_short = run.program, run.outcome, False
        self._files.begin()
        try:
            self.table.drop(program.drops)
            with (
                self._watched(),
                self._console.capture(outcome.transcript),
                children_end_here(),
            ):
                self.state.take(program.directory, program.client)
                PLACE.client, PLACE.program, PLACE.reads = program.client, program.id, Reads()
                self.notices.forget()
                run.calls()
                run.value()
                run.figures(self._drawings)
        except BaseException as error:  # noqa: BLE001  # the edge: errors travel
            with self._relief():
                self._files.end()
                self.state.leave_settings()
                is_short = is_shortage(error) and not isinstance(error, TooLarge)
                outcome.failure = failed(run.current, error)
        finally:
            with self._relief():
                self._end(run)
        self._files.end()
        if is_short and self._limit is not None:
            self._limit.collect()
        if not outcome.is_given_up:
            for figure in outcome.drawn:
                self._announce(self.gallery.add(figure, program.notebook))
        if program.finish or program.discard or program.drops and self._drawings.has_others():
            self._collector.note_drawing()
        return run.reply()

    def _end(self, run: Run) -> None:
        with self.state.kept() as is_ours:
            if is_ours:
                self.now = self.progress = PLACE.reads = PLACE.client = PLACE.program = None
                self.state.give_back()
        run.let_go()
        if run.has_used_names:
            with contextlib.suppress(MemoryError):
                self.table.names.note(run.program.client, run.program.notebook)
        if not run.outcome.is_given_up:
            self._release(run.program, has_failed=run.outcome.failure is not None)

    def give_up(self, run: Run, message: str, *, has_ended: bool) -> Reply:
        """Return what a program has done that was cancelled, whether or not it ever ends.

        Nothing that it does from now on is kept.
        """
        if has_ended and self.now is not None and self.now.program == run.program.id:
            self.now = self.progress = None
        run.outcome.give_up(None if run.current is None else run.current.id, message)
        self._release(run.program, has_failed=True)
        return run.reply()

    def _watched(self) -> contextlib.AbstractContextManager[None]:
        if self._limit is None:
            return contextlib.nullcontext()
        self._limit.make_room()
        return self._limit.watched()

    def drawing(
        self, name: str | None, owner: str | None = None
    ) -> contextlib.AbstractContextManager[Any]:
        """Make a client's drawing current."""
        return self._drawings.current(name, owner)

    def draw_again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of before in another form; ObjectGone when it was not kept."""
        self.state.take()
        self.now = CurrentCall("drawing again", time.time(), None)
        try:
            return self._drawings.again(name, options)
        finally:
            with self.state.kept() as is_ours:
                if is_ours:
                    self.now = self.progress = None
                    self.state.give_back()
            self._collector.note_drawing()

    def figure_bytes(self) -> int:
        """Return the memory that pictures take, rendered ones and the figures behind them."""
        return self.gallery.size() + self._drawings.bytes() + self._drawings.formula_bytes()

    def forget_client(self, client: str) -> None:
        """Drop what a client left: objects, and figures that it did not finish."""
        self.table.drop_owner(client)
        self.state.forget(client)
        self._drawings.release_owner(client)
        self._collector.note_drawing()

    def forget_figures(self, names: Collection[str]) -> None:
        """Give up drawn figures, with all that is needed to draw them again."""
        self.gallery.forget(names)
        self._drawings.forget(names)
        self._collector.note_drawing()

    def note_progress(self, done: int, total: int, label: str) -> None:
        """Take how far the running call says that it has come.

        Raises
        ------
        KeyboardInterrupt
            In a call that was cancelled, and whose turn is over.
        """
        if self.state.is_lost():
            raise KeyboardInterrupt
        self.progress = Progress(done, total, label) if total > 0 else None

    def _note_frame(self, number: int, total: int | None) -> None:
        # matplotlib does not know the total of frames that come from a generator.
        self.note_progress(number + 1, total or 0, "frames")

    def _release(self, program: Program, *, has_failed: bool) -> None:
        if has_failed:
            self.table.drop(program.outdated())
        for name in (*program.discard, *(name for name, _ in program.finish if has_failed)):
            self._drawings.release(name)
