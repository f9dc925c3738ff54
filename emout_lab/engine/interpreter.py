"""Runs programs: calls in order, in the engine's own thread, naming the one that fails."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")

from emout_lab.config import FIGURE_SHARE  # noqa: E402
from emout_lab.engine import functions  # noqa: E402  # the backend is chosen before pyplot loads
from emout_lab.engine.budget import check_memory  # noqa: E402
from emout_lab.engine.call import (  # noqa: E402
    PROTOCOL_VERSION,
    Call,
    Description,
    Failure,
    Figure,
    FigureOptions,
    Origin,
    Program,
    Reply,
)
from emout_lab.engine.collector import Collector  # noqa: E402
from emout_lab.engine.console import Console  # noqa: E402
from emout_lab.engine.describe import describe  # noqa: E402
from emout_lab.engine.figures import Drawings  # noqa: E402
from emout_lab.engine.gallery import Gallery  # noqa: E402
from emout_lab.engine.notices import Notices  # noqa: E402
from emout_lab.engine.place import PLACE  # noqa: E402
from emout_lab.engine.reads import Reads, only_computes  # noqa: E402
from emout_lab.engine.renderer import formula_bytes  # noqa: E402
from emout_lab.engine.snapshot import CurrentCall, FigureInfo, Progress  # noqa: E402
from emout_lab.engine.table import ObjectTable  # noqa: E402
from emout_lab.engine.transcript import Transcript  # noqa: E402
from emout_lab.engine.values import NAMESPACE, pack, unpack  # noqa: E402
from emout_lab.errors import EngineError, TooLarge  # noqa: E402

DIRECT_BYTES = 1_000_000
WARM_UP = "warm-up"
#: Part of the memory for pictures that goes to rendered ones; the rest is for drawing again.
RENDERED_PART = 1 / 3
OWN_FOLDER = str(Path(__file__).parent)


class Interpreter:
    """The calls of one engine; used from the engine's thread only, except ``table`` and ``now``.

    ``progress`` too is read by others: whoever looks at the engine from outside.

    Parameters
    ----------
    engine : str
        Name of the engine.
    announce : callable
        Told of every figure that was drawn.
    memory : callable
        Returns free memory and limit of the engine, in bytes.
    figure_share : float
        Share of the engine's memory that pictures may take which are kept.

    Attributes
    ----------
    namespace : dict
        Names that were assigned in cells which ran on the engine.
    """

    def __init__(
        self,
        engine: str,
        announce: Callable[[FigureInfo], None],
        memory: Callable[[], tuple[int, int]],
        figure_share: float = FIGURE_SHARE,
    ) -> None:
        def rendered() -> int:
            return int(figure_share * RENDERED_PART * memory()[1])

        def others() -> int:
            return max(0, int(figure_share * memory()[1]) - rendered() - formula_bytes())

        self.table = ObjectTable(describe)
        self.gallery = Gallery(rendered)
        self.now: CurrentCall | None = None
        self.progress: Progress | None = None
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.memory = memory
        self._console = Console()
        self.notices = Notices()
        self._drawings = Drawings(engine, self._note_frame, others)
        self._collector = Collector(lambda: memory()[1])
        self._announce = announce

    def close(self) -> None:
        """Put the process's streams and its way to warn back, and let its memory be."""
        self._collector.stop()
        self.notices.close()
        self._console.close()

    def warm_up(self) -> None:
        """Load what a first figure needs and draw one, so that the user's first is fast."""
        importlib.import_module("h5py")
        with self._drawings.current(WARM_UP) as drawing:
            pyplot = importlib.import_module("matplotlib.pyplot")
            figure, axes = pyplot.subplots()
            figure.colorbar(axes.pcolormesh([[0.0, 1.0], [2.0, 3.0]]))
            axes.set_title("warm $10^{-3}$")
            drawing.note(figure)
        for _ in self._drawings.render(WARM_UP, FigureOptions()):
            pass
        self._collector.start()

    def run(self, program: Program, transcript: Transcript | None = None) -> Reply:
        """Run a program; a failure is part of the reply, never raised.

        Parameters
        ----------
        program : Program
            What to run.
        transcript : Transcript, optional
            Takes what the program writes, for whoever looks at it meanwhile.
        """
        transcript = transcript or Transcript()
        run = _Run(self, program)
        PLACE.client, PLACE.reads = program.client, Reads()
        self.notices.forget()
        try:
            with (
                self._console.capture(transcript),
                _directory(program.directory),
            ):
                run.calls()
                run.value()
                run.figures(self._drawings)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the edge: errors travel
            run.failure = _failure(run.current, error)
        finally:
            self.now = self.progress = PLACE.reads = None
            self._release(program, run)
        for figure in run.drawn:
            self._announce(self.gallery.add(figure, program.notebook))
        if program.finish or program.discard or program.drops and self._drawings.has_others():
            self._collector.note_drawing()
        return replace(run.reply(), printed=transcript.pieces())

    def drawing(
        self, name: str | None, owner: str | None = None
    ) -> contextlib.AbstractContextManager[Any]:
        """Make a client's drawing current."""
        return self._drawings.current(name, owner)

    def draw_again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of before in another form; ObjectGone when it was not kept."""
        self.now = CurrentCall("drawing again", time.time(), None)
        try:
            return self._drawings.again(name, options)
        finally:
            self.now = self.progress = None
            self._collector.note_drawing()

    def figure_bytes(self) -> int:
        """Return the memory that pictures take, rendered ones and the figures behind them."""
        return self.gallery.size() + self._drawings.bytes() + formula_bytes()

    def forget_client(self, client: str) -> None:
        """Drop what a client left: objects, and figures that it did not finish."""
        self.table.drop_owner(client)
        self._drawings.release_owner(client)
        self._collector.note_drawing()

    def forget_figures(self, names: Collection[str]) -> None:
        """Give up drawn figures, with all that is needed to draw them again."""
        self.gallery.forget(names)
        self._drawings.forget(names)
        self._collector.note_drawing()

    def note_progress(self, done: int, total: int, label: str) -> None:
        """Take how far the running call says that it has come."""
        self.progress = Progress(done, total, label) if total > 0 else None

    def _note_frame(self, number: int, total: int | None) -> None:
        # matplotlib does not know the total of frames that come from a generator.
        self.note_progress(number + 1, total or 0, "frames")

    def _release(self, program: Program, run: _Run) -> None:
        self.table.drop(program.drops)
        unfinished = [name for name, _ in program.finish] if run.failure else []
        for name in (*program.discard, *unfinished):
            self._drawings.release(name)
        run.let_go()


class _Run:
    """One program on its way: its intermediate results and what becomes of it."""

    def __init__(self, interpreter: Interpreter, program: Program) -> None:
        self._interpreter = interpreter
        self._program = program
        self._values: dict[str, Any] = {}
        self._done: list[str] = []
        self._descriptions: dict[str, Description] = {}
        self._answer: bytes | None = None
        self._aside: str | None = None
        self._start = time.perf_counter()
        self._read_before = _bytes_read() if program.finish else 0
        self.current: Call | None = None
        self.failure: Failure | None = None
        self.drawn: list[Figure] = []

    def calls(self) -> None:
        program = self._program
        if program.version != PROTOCOL_VERSION:
            raise EngineError(
                f"this engine speaks version {PROTOCOL_VERSION} of the protocol and the notebook "
                f"version {program.version}. Stop the session, start it again with the emout_lab "
                "that the notebook uses."
            )
        for number, call in enumerate(program.calls):
            if len(program.calls) > 1:
                self._interpreter.progress = Progress(number, len(program.calls), "calls")
            self._run_call(call)
        self._interpreter.progress = None
        self.current = None

    def _run_call(self, call: Call) -> None:
        interpreter, program = self._interpreter, self._program
        self.current = call
        interpreter.notices.origin = call.origin
        interpreter.now = CurrentCall(call.expression, time.time(), program.notebook)
        function, args, kwargs = unpack(call.payload, self._resolve)
        check_memory(function, args, *interpreter.memory())
        keeps_reads = only_computes(function, args)
        try:
            with interpreter.drawing(call.drawing, program.client) as drawing:
                result = function(*args, **kwargs)
                drawing.note(result)
        finally:
            if not keeps_reads:
                PLACE.reads.forget()
        self._values[call.id] = result
        if call.keep:
            self._descriptions[call.id] = interpreter.table.put(
                call.id,
                result,
                owner=program.client,
                scope=call.scope,
                notebook=program.notebook,
                expression=call.expression,
            )
        self._done.append(call.id)
        for name in call.release:
            self._values.pop(name, None)

    def value(self) -> None:
        want = self._program.want
        if want is None:
            return
        packed = pack(self._resolve(want))
        limit = self._program.limit
        if limit is not None and len(packed) > limit:
            raise TooLarge(functions.too_large_to_send(len(packed), limit))
        if len(packed) <= DIRECT_BYTES:
            self._answer = packed
        else:
            self._aside = f"{want}-value"
            self._interpreter.table.put(
                self._aside,
                packed,
                owner=self._program.client,
                notebook=self._program.notebook,
                expression="(on its way to the notebook)",
            )

    def figures(self, drawings: Drawings) -> None:
        # Only what the calls read: rendering reads megabytes of fonts.
        read = max(0, _bytes_read() - self._read_before)
        self._interpreter.notices.origin = None
        for name, options in self._program.finish:
            self._interpreter.now = CurrentCall("drawing", time.time(), self._program.notebook)
            for figure in drawings.render(name, options):
                done = replace(figure, milliseconds=self._milliseconds(), bytes_read=read)
                self.drawn.append(done)

    def let_go(self) -> None:
        """Give up what the calls gave: only what was kept stays."""
        self._values.clear()

    def _milliseconds(self) -> float:
        return (time.perf_counter() - self._start) * 1e3

    def reply(self) -> Reply:
        return Reply(
            done=tuple(self._done),
            value=self._answer,
            aside=self._aside,
            failure=self.failure,
            descriptions=self._descriptions,
            figures=() if self.failure else tuple(self.drawn),
            milliseconds=self._milliseconds(),
        )

    def _resolve(self, name: str) -> Any:
        if name == NAMESPACE:
            return self._interpreter.namespace
        if name in self._values:
            return self._values[name]
        return self._interpreter.table.get(name)


def _bytes_read() -> int:
    """Return the bytes that this process has read from files; 0 where the system does not tell."""
    try:
        with open("/proc/self/io", "rb") as file:
            return int(file.readline().split()[1])
    except OSError:
        return 0


@contextlib.contextmanager
def _directory(path: str | None) -> Iterator[None]:
    """Let relative paths and modules mean the user's directory, where the engine can see it."""
    if path is None or not os.path.isdir(path):
        yield
        return
    before = os.getcwd()
    os.chdir(path)
    sys.path.insert(0, path)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(path)
        os.chdir(before)


def _failure(call: Call | None, error: BaseException) -> Failure:
    frames = traceback.TracebackException.from_exception(error)
    _cut_own_frames(frames)
    pickled = None
    with contextlib.suppress(Exception):
        pickled = pack(error)
        unpack(pickled)
    return Failure(
        call=None if call is None else call.id,
        kind=f"{type(error).__module__}:{type(error).__qualname__}",
        message=str(error),
        traceback="".join(frames.format()).rstrip(),
        exception=pickled,
        place=_place_in_cell(error),
    )


def _place_in_cell(error: BaseException) -> Origin | None:
    """Return the innermost line of a cell that ran here, if one did."""
    place = cell = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code is functions.run_source.__code__:
            cell = frame.f_locals["filename"]
        elif frame.f_code.co_filename == cell:
            place = Origin(frame.f_code.co_filename, line)
    return place


def _cut_own_frames(frames: traceback.TracebackException) -> None:
    """Leave out the engine's own frames: they tell the user nothing."""
    seen: set[int] = set()
    link: traceback.TracebackException | None = frames
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        kept = [f for f in link.stack if not f.filename.startswith(OWN_FOLDER)]
        link.stack = traceback.StackSummary.from_list(kept)
        link = link.__cause__ or link.__context__
