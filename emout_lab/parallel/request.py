"""Request: one call for one engine, from its sending to its value."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from typing import TYPE_CHECKING, Any

from emout_lab.client.collector import Collector
from emout_lab.engine.program_outcome import INTERRUPT
from emout_lab.engine.protocol import Call, Program, Reply
from emout_lab.engine.serialization import Packed, unpack
from emout_lab.errors import EmoutLabError, StateError
from emout_lab.format import format_bytes
from emout_lab.parallel.deliveries import DELIVERIES
from emout_lab.parallel.errors import TaskAborted
from emout_lab.parallel.metadata import Metadata, moment
from emout_lab.parallel.output_bundles import Bundles
from emout_lab.parallel.request_errors import plain, request_error, unreadable

if TYPE_CHECKING:
    from emout_lab.client.engine import Engine
    from emout_lab.engine.engine_numbers import NumberedEngine

#: The call of a request that is over is kept, to be sent again, if it has no more bytes than this.
KEPT_BYTES = 1_000_000


class Request(Future[Any]):
    """One call for one engine; a future of what it gives.

    Parameters
    ----------
    handle : Engine
        Carries it.
    engine : NumberedEngine
        Where it runs; if that is lost, it fails.
    program : Program
        Its call.

    Attributes
    ----------
    metadata : Metadata
        What is known of it so far.
    output : Collector
        What it prints and displays, while it runs, and what keeps it waiting.
    """

    method = "apply"

    def __init__(self, handle: Engine, engine: NumberedEngine, program: Program) -> None:
        super().__init__()
        self.set_running_or_notify_cancel()
        self._handle = handle
        self._engine = engine
        self._program: Program | None = program
        self._expression = program.calls[0].expression
        self._origin = program.calls[0].origin
        self.output = Collector()
        self._asked_for: set[str] = set()
        self._bundles = Bundles(handle.session_name, program.notebook)
        self.metadata = Metadata(
            msg_id=program.id,
            engine_id=engine.number,
            engine_uuid=engine.uuid,
            submitted=moment(time.time()),
        )
        self.metadata.follow_live(**_live(self.output, self._bundles))

    @property
    def msg_id(self) -> str:
        """Its id."""
        return str(self.metadata["msg_id"])

    @property
    def call(self) -> Call:
        """What is called.

        Raises
        ------
        RuntimeError
            When it is over and was too large to be kept.
        """
        if self._program is None:
            raise StateError(
                f"{self._expression}: its arguments are larger than {format_bytes(KEPT_BYTES)} and "
                "are not kept when the result is there; call the function again"
            )
        return self._program.calls[0]

    def bundles(self) -> Bundles:
        """Return what makes bundles of what it displays."""
        return self._bundles

    @property
    def is_sent(self) -> bool:
        """Whether its arguments may be changed: not while it refers to their own memory."""
        program = self._program
        return program is None or self.done() or isinstance(program.calls[0].payload, bytes)

    def send(self) -> Request:
        """Send it; what comes of it, also that its engine is lost, is told by the future."""
        assert self._program is not None
        try:
            reply = self._handle.submit(
                self._program, address=self._engine.address, listener=self.output
            )
        except EmoutLabError as error:
            self._fail(error)
        else:
            reply.add_done_callback(self._note_reply)
        return self

    def ask_for_shown(self) -> None:
        """Have what it has shown brought here while it runs: large displays, and figures."""
        for mark in self.output.missing():
            if mark not in self._asked_for and not self.done():
                self._asked_for.add(mark)
                with contextlib.suppress(EmoutLabError):
                    answer = self._handle.invoke(
                        "shown", self.metadata["msg_id"], mark, address=self._engine.address
                    )
                    answer.add_done_callback(self._supply)

    def _supply(self, answer: Future[Any]) -> None:
        # What is not to be had any more comes with the reply.
        if not answer.cancelled() and answer.exception() is None and answer.result() is not None:
            self.output.supply(answer.result())

    def abort(self) -> None:
        """End it on its engine, whether it runs or stands in line."""
        self._cancel(is_given_up=False)

    def give_up(self) -> None:
        """End it, and have the engine drop what comes of it, whenever that is."""
        self._cancel(is_given_up=True)

    def _cancel(self, *, is_given_up: bool) -> None:
        if not self.done():
            with contextlib.suppress(EmoutLabError):
                self._handle.cancel(self.metadata["msg_id"], is_given_up=is_given_up)

    def _note_reply(self, answer: Future[Reply]) -> None:
        # This is the event loop, in which nothing of the user's may run.
        DELIVERIES.run(self._settle, answer)

    def _settle(self, answer: Future[Reply]) -> None:
        try:
            self._take(answer.result())
        except CancelledError:
            self._fail(TaskAborted("the connection was closed before the result came"), "aborted")
        except BaseException as error:  # noqa: BLE001  # the user's own code; who waits raises it
            self._fail(error)

    def _take(self, reply: Reply) -> None:
        self.output.finish(reply)
        if _never_began(reply):
            self._fail(TaskAborted(f"{self._expression}: aborted before it began"), "aborted")
            return
        self.metadata.update(
            started=moment(reply.started),
            completed=moment(reply.started + reply.milliseconds / 1e3),
        )
        if reply.failure is not None:
            info = {
                "engine_id": self._engine.number,
                "engine_uuid": self._engine.uuid,
                "method": self.method,
            }
            self._fail(request_error(reply.failure, self._expression, self._origin, info))
        elif reply.staged is not None:
            taken = self._handle.take(reply.staged, self._engine.address, self.output)
            taken.add_done_callback(self._note_bytes)
        else:
            self._fulfil(reply.value)

    def _note_bytes(self, taken: Future[bytes | Packed]) -> None:
        DELIVERIES.run(self._settle_bytes, taken)

    def _settle_bytes(self, taken: Future[bytes | Packed]) -> None:
        try:
            data = taken.result()
        except Exception as error:  # noqa: BLE001  # who waits raises it
            self._fail(error)
        else:
            self._fulfil(data)

    def _made_of(self, value: Any) -> Any:
        """Return the result that a value of the engine is."""
        return value

    def _fulfil(self, data: Any) -> None:
        try:
            value = self._made_of(unpack(data))
        except BaseException as error:  # noqa: BLE001  # the user's own code, sys.exit() too
            self._fail(unreadable(self._expression, self._engine.number, error))
            return
        self.metadata.update(status="ok")
        self._end()
        with contextlib.suppress(InvalidStateError):
            self.set_result(value)

    def _fail(self, error: BaseException, status: str = "error") -> None:
        found = plain(error, self._expression)
        self.metadata.update(status=status, error=found)
        self._end()
        with contextlib.suppress(InvalidStateError):
            self.set_exception(found)

    def _end(self) -> None:
        """Give up what is not needed any more: arguments may be large."""
        if self._program is not None and len(self._program.calls[0].payload) > KEPT_BYTES:
            self._program = None
        self.metadata.update(received=moment(time.time()))
        self.metadata.settle()


def _live(output: Collector, bundles: Bundles) -> dict[str, Callable[[], Any]]:
    # Not of the request itself: what refers to itself would wait for the garbage collector.
    def value() -> dict[str, Any] | None:
        found = output.execute_result
        return None if found is None else bundles.of(found)

    return {
        "stdout": lambda: output.stdout,
        "stderr": lambda: output.stderr,
        "outputs": lambda: [bundles.of(each) for each in output.outputs],
        "execute_result": value,
    }


def _never_began(reply: Reply) -> bool:
    failure = reply.failure
    return (
        failure is not None
        and failure.kind == INTERRUPT
        and failure.call is None
        and not reply.done
    )
