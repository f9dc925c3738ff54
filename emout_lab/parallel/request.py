"""Request: one call for one engine, from its sending to its value."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING, Any

from emout_lab.client.output import Listener
from emout_lab.engine.protocol import Call, Failure, Program, Reply
from emout_lab.engine.remote_errors import remote_error
from emout_lab.engine.serialization import unpack
from emout_lab.errors import EmoutLabError
from emout_lab.parallel.errors import TaskAborted
from emout_lab.parallel.metadata import Metadata, moment

if TYPE_CHECKING:
    from emout_lab.client.engine import Engine
    from emout_lab.engine.engine_numbers import NumberedEngine


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
    """

    def __init__(self, handle: Engine, engine: NumberedEngine, program: Program) -> None:
        super().__init__()
        self._handle = handle
        self._engine = engine
        self._program = program
        self._is_aborted = False
        self.metadata = Metadata(
            msg_id=program.id,
            engine_id=engine.number,
            engine_uuid=engine.uuid,
            submitted=moment(time.time()),
        )

    @property
    def msg_id(self) -> str:
        """Its id."""
        return self._program.id

    @property
    def call(self) -> Call:
        """What is called."""
        return self._program.calls[0]

    def send(self) -> Request:
        """Send it; what comes of it, also that its engine is lost, is told by the future."""
        try:
            listener = Listener()
            reply = self._handle.submit(
                self._program, address=self._engine.address, listener=listener
            )
        except EmoutLabError as error:
            self._fail(error)
        else:
            reply.add_done_callback(self._note_reply)
        return self

    def abort(self) -> None:
        """End it on its engine, whether it runs or stands in line."""
        if not self.done():
            self._is_aborted = True
            with contextlib.suppress(EmoutLabError):
                self._handle.cancel(self._program.id)

    def _note_reply(self, answer: Future[Reply]) -> None:
        if answer.cancelled():
            self._fail(TaskAborted("the connection was closed before the result came"))
            return
        error = answer.exception()
        if error is not None:
            self._fail(error)
            return
        reply = answer.result()
        self._note_times(reply)
        if reply.failure is not None:
            self._fail(self._error(reply.failure))
        elif reply.staged is not None:
            taken = self._handle.take(reply.staged, self._engine.address)
            taken.add_done_callback(self._note_bytes)
        else:
            self._fulfil(reply.value)

    def _note_bytes(self, taken: Future[bytes]) -> None:
        error = taken.exception()
        if error is None:
            self._fulfil(taken.result())
        else:
            self._fail(error)

    def _note_times(self, reply: Reply) -> None:
        self.metadata.update(
            started=moment(reply.started),
            completed=moment(reply.started + reply.milliseconds / 1e3),
        )

    def _error(self, failure: Failure) -> BaseException:
        call = self.call
        error = remote_error(failure, call.expression, failure.place or call.origin)
        error.engine_info = {
            "engine_id": self._engine.number,
            "engine_uuid": self._engine.uuid,
            "method": "apply",
        }
        return error

    def _fulfil(self, data: Any) -> None:
        try:
            value = unpack(data)
        except Exception as error:  # noqa: BLE001  # the user's own code; who waits raises it
            self._fail(error)
            return
        self.metadata.update(status="ok", received=moment(time.time()))
        with contextlib.suppress(InvalidStateError):
            self.set_result(value)

    def _fail(self, error: BaseException) -> None:
        status = "aborted" if self._is_aborted else "error"
        self.metadata.update(status=status, error=error, received=moment(time.time()))
        with contextlib.suppress(InvalidStateError):
            self.set_exception(error)
