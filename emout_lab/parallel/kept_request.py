"""KeptRequest: a request that another client has sent, whose reply its engine keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emout_lab.engine.protocol import Call, Program
from emout_lab.errors import EmoutLabError
from emout_lab.parallel.request import Request

if TYPE_CHECKING:
    from emout_lab.client.engine import Engine
    from emout_lab.engine.engine_numbers import NumberedEngine


class KeptRequest(Request):
    """A request of any client, known by its id alone; `send` asks for its reply.

    Parameters
    ----------
    handle : Engine
        Carries the question.
    engine : NumberedEngine
        Where it runs, or ran.
    id : str
        Its id.
    """

    def __init__(self, handle: Engine, engine: NumberedEngine, id: str) -> None:
        call = Call(id, b"", f"request {id}", keep=False)
        super().__init__(handle, engine, Program(handle.client_id, (call,), id=id, want=id))
        self.metadata.update(submitted=None)

    def send(self) -> KeptRequest:
        """Ask for the reply; the answer comes when the request is done."""
        try:
            answer = self._handle.invoke(
                "kept_reply", self._program.id, self._handle.client_id, address=self._engine.address
            )
        except EmoutLabError as error:
            self._fail(error)
        else:
            answer.add_done_callback(self._note_reply)
        return self
