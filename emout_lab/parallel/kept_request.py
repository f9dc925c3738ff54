"""A request that another client has sent, whose reply its engine keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emout_lab.engine.protocol import Call, Program
from emout_lab.errors import EmoutLabError
from emout_lab.parallel.cell_request import CellRequest
from emout_lab.parallel.request import Request
from emout_lab.parallel.request_ids import method_of

if TYPE_CHECKING:
    from emout_lab.client.engine import Engine
    from emout_lab.engine.engine_numbers import NumberedEngine


class _Kept(Request):
    """A request of any client, known by its id alone; `send` asks for its reply."""

    def send(self) -> Request:
        """Ask for the reply; the answer comes when the request is done."""
        try:
            answer = self._handle.invoke(
                "kept_reply",
                self.metadata["msg_id"],
                self._handle.client_id,
                address=self._engine.address,
            )
        except EmoutLabError as error:
            self._fail(error)
        else:
            answer.add_done_callback(self._note_reply)
        return self


class _KeptCell(_Kept, CellRequest):
    """A cell that any client has run."""


def kept_request(handle: Engine, engine: NumberedEngine, id: str) -> Request:
    """Return a request of any client by its id.

    Parameters
    ----------
    handle : Engine
        Carries the question.
    engine : NumberedEngine
        Where it runs, or ran.
    """
    call = Call(id, b"", f"request {id}", keep=False)
    program = Program(handle.client_id, (call,), id=id, want=id)
    kind = _KeptCell if method_of(id) == CellRequest.method else _Kept
    request = kind(handle, engine, program)
    request.metadata.update(submitted=None, label=None)
    return request.send()
