"""One program on its way: its calls in order, the value that is asked for, its figures."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from emout_lab.engine import functions
from emout_lab.engine.budget import check_memory
from emout_lab.engine.call import PROTOCOL_VERSION, Call, Program, Reply
from emout_lab.engine.forks import children_end_here
from emout_lab.engine.outcome import Outcome
from emout_lab.engine.place import PLACE
from emout_lab.engine.reads import bytes_read, only_computes
from emout_lab.engine.sending import packed_value
from emout_lab.engine.snapshot import CurrentCall, Progress
from emout_lab.engine.titles import cell_of, titles_of
from emout_lab.engine.transcript import Transcript
from emout_lab.engine.values import NAMESPACE, unpack
from emout_lab.errors import EngineError, TooLarge

if TYPE_CHECKING:
    from emout_lab.engine.figures import Drawings
    from emout_lab.engine.interpreter import Interpreter

#: A value larger than this is taken straight from the worker.
DIRECT_BYTES: Final = 1_000_000


class Run:
    """One program on its way, with its intermediate results."""

    def __init__(self, interpreter: Interpreter, program: Program, transcript: Transcript) -> None:
        self._interpreter = interpreter
        self.program = self._program = program
        self.outcome = Outcome(transcript)
        self._values: dict[str, Any] = {}
        self._start = time.perf_counter()
        self.read_before = bytes_read() if program.finish or program.drawings else 0
        self.current: Call | None = None
        self.has_used_names = False

    def calls(self) -> None:
        """Run its calls."""
        program = self._program
        self._start = time.perf_counter()
        if program.version != PROTOCOL_VERSION:
            raise EngineError(
                f"this engine speaks version {PROTOCOL_VERSION} of the protocol and the notebook "
                f"version {program.version}. Stop the session, start it again with the emout_lab "
                "that the notebook uses."
            )
        for number, call in enumerate(program.calls):
            self.outcome.require_wanted()
            if len(program.calls) > 1:
                self._interpreter.progress = Progress(number, len(program.calls), "calls")
            self._run_call(call)
        self._interpreter.progress = None
        self.current = None

    def _run_call(self, call: Call) -> None:
        interpreter, program, reads = self._interpreter, self._program, PLACE.reads
        self._show(call.expression)
        self.current = call
        interpreter.notices.origin = call.origin
        function, args, kwargs = unpack(call.payload, self._resolve)
        check_memory(function, args, *interpreter.memory())
        keeps_reads = only_computes(function, args)
        try:
            with interpreter.drawing(call.drawing, program.client) as drawing:
                with children_end_here(), interpreter.shows.of(self, call, drawing):
                    result = function(*args, **kwargs)
                drawing.note(result)
        finally:
            if not keeps_reads:
                reads.forget()
        self._values[call.id] = result
        description = None
        if call.keep:
            description = interpreter.table.put(
                call.id,
                result,
                owner=program.client,
                program=program.id,
                scope=call.scope,
                notebook=program.notebook,
                expression=call.expression,
            )
        if not self.outcome.add(call.id, description):
            interpreter.table.drop([call.id])
            raise KeyboardInterrupt
        for name in call.release:
            if self._values.pop(name, self) is self:
                interpreter.table.drop([name])

    def _show(self, label: str) -> None:
        """Show what is done now."""
        program = self._program
        self._interpreter.now = CurrentCall(label, time.time(), program.notebook, program.id)

    def value(self) -> None:
        """Pack the value that is asked for."""
        want = self._program.want
        if want is None:
            return
        packed = packed_value(self._resolve(want))
        limit = self._program.limit
        if limit is not None and len(packed) > limit:
            raise TooLarge(functions.too_large_to_send(len(packed), limit))
        if len(packed) <= DIRECT_BYTES:
            self.outcome.answer = packed
        else:
            self.outcome.aside = aside = f"{want}-value"
            self._interpreter.table.put(
                aside,
                packed,
                owner=self._program.client,
                program=self._program.id,
                notebook=self._program.notebook,
                expression="(on its way to the notebook)",
            )
            if self.outcome.is_given_up:
                self._interpreter.table.drop([aside])

    def figures(self, drawings: Drawings) -> None:
        """Render the figures that it ends."""
        # Only what the calls read: rendering reads megabytes of fonts.
        read = max(0, bytes_read() - self.read_before)
        self._interpreter.notices.origin = None
        for name, options in self._program.finish:
            self.outcome.require_wanted()
            self._show("drawing")
            cell = cell_of(self._program, name)
            with drawings.current(name) as drawing:
                titles = iter(titles_of(drawing.figures()))
            for figure in drawings.render(name, options):
                done = replace(
                    figure,
                    milliseconds=self.milliseconds(),
                    bytes_read=read,
                    title=next(titles, ""),
                    cell=cell,
                )
                self.outcome.drawn.append(done)

    def let_go(self) -> None:
        """Give up what the calls gave: only what was kept stays."""
        self._values.clear()

    def milliseconds(self) -> float:
        """Return how long it has run."""
        return (time.perf_counter() - self._start) * 1e3

    def reply(self) -> Reply:
        """Return what became of it."""
        return self.outcome.reply(self.milliseconds())

    def _resolve(self, name: str) -> Any:
        if name == NAMESPACE:
            self.has_used_names = True
            return self._interpreter.table.names.of(self._program.client)
        if name in self._values:
            return self._values[name]
        return self._interpreter.table.use(name)
