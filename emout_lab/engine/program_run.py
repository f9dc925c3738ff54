"""One program as it runs: its calls in order, the value that is asked for, its figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from emout_lab.engine import cells, operations
from emout_lab.engine.engine_status import EngineStatus
from emout_lab.engine.figures.pyplot_state import PyplotState
from emout_lab.engine.figures.showing import Show, showing
from emout_lab.engine.figures.store import FigureStore
from emout_lab.engine.object_store import ObjectStore
from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.output.warnings import ProgramWarnings
from emout_lab.engine.process.forks import exit_in_children
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.program_outcome import ProgramOutcome
from emout_lab.engine.protocol import (
    Call,
    Figure,
    FigureOptions,
    Program,
    Reply,
    require_version,
)
from emout_lab.engine.read_cache import bytes_read, only_computes
from emout_lab.engine.send_errors import packed_value
from emout_lab.engine.serialization import NAMESPACE, unpack
from emout_lab.engine.size_limits import check_memory
from emout_lab.engine.views.displays import displaying
from emout_lab.errors import TooLarge

#: A value larger than this is not part of the reply: it is taken piece by piece [B].
DIRECT_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class EngineParts:
    """What programs of an engine share.

    Attributes
    ----------
    objects : ObjectStore
        The objects that it keeps.
    figures : FigureStore
        Its figures.
    status : EngineStatus
        What it does now.
    warnings : ProgramWarnings
        Knows where the user wrote the call that warns.
    memory : callable
        Returns free memory and limit of the engine [B].
    """

    objects: ObjectStore
    figures: FigureStore
    status: EngineStatus
    warnings: ProgramWarnings
    memory: Callable[[], tuple[int, int]]


class ProgramRun:
    """One program as it runs, with its intermediate results.

    Parameters
    ----------
    engine : EngineParts
        Where it runs.
    program : Program
        What runs.
    output : OutputStream
        Takes what it writes.
    direct_bytes : int
        A value of at most this size is part of the reply.
    """

    def __init__(
        self,
        engine: EngineParts,
        program: Program,
        output: OutputStream,
        direct_bytes: int = DIRECT_BYTES,
    ) -> None:
        self._engine = engine
        self.program = program
        self.outcome = ProgramOutcome(output)
        self.current: Call | None = None
        self.has_used_names = False
        self._direct_bytes = direct_bytes
        self._values: dict[str, Any] = {}
        self._start, self._started = time.perf_counter(), time.time()
        self._read_before = bytes_read() if program.finish or program.drawings else 0

    def run_calls(self) -> None:
        """Run its calls."""
        program, status = self.program, self._engine.status
        self._start, self._started = time.perf_counter(), time.time()
        require_version(program.version)
        for number, call in enumerate(program.calls):
            self.outcome.require_wanted()
            if len(program.calls) > 1:
                status.note_progress(number, len(program.calls), "calls")
            self._run_call(call)
        status.progress = None
        self.current = None

    def _run_call(self, call: Call) -> None:
        engine, reads = self._engine, PROCESS.reads
        self._begin(call.expression)
        self.current = call
        engine.warnings.origin = call.origin
        function, args, kwargs = unpack(call.payload, self._resolve)
        check_memory(function, args, engine.memory)
        keeps_reads = only_computes(function, args)
        try:
            with engine.figures.current(call.drawing, self.program.client) as state:
                shows = showing(self._shows(call, state))
                with exit_in_children(), shows, displaying(self.outcome.display, self._names):
                    result = function(*args, **kwargs)
                state.note(result)
        finally:
            if not keeps_reads:
                reads.forget()
        self._keep(call, result)

    def _keep(self, call: Call, result: Any) -> None:
        objects, program = self._engine.objects, self.program
        self._values[call.id] = result
        description = None
        if call.keep:
            description = objects.put(
                call.id,
                result,
                owner=program.client,
                program=program.id,
                scope=call.scope,
                notebook=program.notebook,
                expression=call.expression,
            )
        if not self.outcome.add(call.id, description):
            objects.drop([call.id])
            raise KeyboardInterrupt
        for name in call.release:
            if self._values.pop(name, self) is self:
                objects.drop([name])

    def pack_value(self) -> None:
        """Pack the value that is asked for."""
        program, objects = self.program, self._engine.objects
        if program.want is None:
            return
        packed = packed_value(self._resolve(program.want))
        if program.limit is not None and len(packed) > program.limit:
            raise TooLarge(operations.too_large_to_send(len(packed), program.limit))
        if len(packed) <= self._direct_bytes:
            self.outcome.answer = packed
            return
        self.outcome.staged = staged = f"{program.want}-value"
        objects.put(
            staged,
            packed,
            owner=program.client,
            program=program.id,
            notebook=program.notebook,
            expression="(on its way to the notebook)",
        )
        if self.outcome.is_given_up:
            objects.drop([staged])

    def render_figures(self) -> None:
        """Render the figures that it ends."""
        if not self.program.finish:
            return
        read = self._bytes_read()
        self._engine.warnings.origin = None
        for recording, options in self.program.finish:
            self.outcome.require_wanted()
            self._begin("drawing")
            cell = self._cell_of(recording)
            for figure in self._engine.figures.finish(recording, options):
                self.outcome.drawn.append(self._described(figure, read, cell))

    def release_values(self) -> None:
        """Give up what the calls gave: only what was kept stays."""
        self._values.clear()

    def reply(self) -> Reply:
        """Return the reply to it."""
        return self.outcome.reply(self._milliseconds(), self._started)

    def _begin(self, label: str) -> None:
        self._engine.status.begin(label, self.program.notebook, self.program.id)

    def _shows(self, call: Call, state: PyplotState) -> Show | None:
        """Return what shows figures of a call's recording; None outside of recordings."""
        options = dict(self.program.drawings).get(call.drawing or "")
        return None if options is None else partial(self._show, call, state, options)

    def _show(
        self, call: Call, state: PyplotState, options: FigureOptions, figure: Any | None
    ) -> None:
        read = self._bytes_read()
        for each in self._engine.figures.show(state, figure, options):
            self.outcome.require_wanted()
            done = self._described(each, read, "" if call.origin is None else call.origin.label)
            self.outcome.show(call.drawing or "", done)
            self._engine.figures.publish(done, self.program.notebook)

    def _bytes_read(self) -> int:
        """Return what its calls have read: rendering itself reads megabytes of fonts."""
        return max(0, bytes_read() - self._read_before)

    def _described(self, figure: Figure, read: int, cell: str) -> Figure:
        milliseconds = self._milliseconds()
        return replace(figure, milliseconds=milliseconds, bytes_read=read, cell=cell)

    def _cell_of(self, recording: str) -> str:
        """Return the cell that drew last in a recording; '' where nobody knows."""
        labels = [
            call.origin.label
            for call in self.program.calls
            if call.drawing == recording and call.origin is not None
        ]
        return next((label for label in reversed(labels) if label), "")

    def _milliseconds(self) -> float:
        return (time.perf_counter() - self._start) * 1e3

    def _resolve(self, name: str) -> Any:
        if name.startswith(NAMESPACE):
            expression = name[len(NAMESPACE) + 1 :]
            namespace = self._names()
            return cells.value_of(namespace, expression) if expression else namespace
        if name in self._values:
            return self._values[name]
        return self._engine.objects.use(name)

    def _names(self) -> dict[str, Any]:
        """Return the names that its client has assigned here."""
        self.has_used_names = True
        return self._engine.objects.names.of(self.program.client)
