"""Sender: makes requests of calls and sends them to the engines of a session."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emout_lab.client.session import notebook_path
from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.send_errors import packed_call
from emout_lab.engine.serialization import Packed
from emout_lab.engine.views.packing import packer_for
from emout_lab.parallel.request import Request
from emout_lab.parallel.request_ids import request_id
from emout_lab.remote.call_site import described, origin
from emout_lab.remote.graph import NodeReference
from emout_lab.remote.replicas import placed

if TYPE_CHECKING:
    from emout_lab.client.engine import Engine
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.remote.session import Session

#: So many requests can be sent again, and none that is larger.
MOST_RESENT, MOST_RESENT_BYTES = 1000, 20_000


class Sender:
    """Sends calls to engines, each as a program of its own.

    Parameters
    ----------
    session : Session
        Whose engines.

    Attributes
    ----------
    brings_names : bool
        Whether functions of the notebook bring along what they use, see `packer_for`.
    """

    def __init__(self, session: Session) -> None:
        self.brings_names = False
        self._session = session
        self._notebook = notebook_path()
        self._sent: dict[str, tuple[Program, type[Request]]] = {}

    def send(
        self,
        engines: Sequence[NumberedEngine],
        function: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        label: str,
        kind: type[Request] = Request,
        figures: FigureOptions | None = None,
        is_copied: bool = True,
    ) -> list[Request]:
        """Send one call to several engines at once; it is pickled once.

        Parameters
        ----------
        engines : sequence of NumberedEngine
            Where it runs.
        function, args, kwargs
            The call; references to names and to objects of the engines may stand anywhere.
        label : str
            The call as a person would write it.
        kind : type
            What is made of it.
        figures : FigureOptions, optional
            How the figures are rendered that it draws with pyplot, and are there at its end. By
            default only those are rendered that it shows (``plt.show()``).
        is_copied : bool
            Whether large arrays are copied at once. Who waits for the results needs no copy.

        Raises
        ------
        NotSendable
            When something in the call cannot be pickled.
        """
        packer = packer_for(brings_names=self.brings_names)
        payload: bytes | Packed | None = None
        place = described(origin())
        made = []
        for engine in engines:
            if payload is None:
                namer = _Namer(self._session, engine)
                found = packed_call(
                    function, args, kwargs or {}, namer, packer, is_copied=is_copied
                )
                payload = None if namer.has_named else found
            name = uuid.uuid4().hex
            drawing = f"{name}-figures"
            drawn = ((drawing, figures or FigureOptions()),)
            program = Program(
                client=self._session.connection.client.id,
                calls=(Call(name, found, label, place, keep=False, drawing=drawing),),
                id=request_id(name, engine.number, kind.method),
                want=name,
                drawings=drawn,
                finish=() if figures is None else drawn,
                discard=(drawing,) if figures is None else (),
                directory=directory(),
                notebook=self._notebook,
                keeps_reply=True,
            )
            made.append(self._remembered(kind, engine, program))
        return [request.send() for request in made]

    def send_again(self, engine: NumberedEngine, id: str) -> Request | None:
        """Send a request once more, with another id; None where it is not known any more."""
        if (sent := self._sent.get(id)) is None:
            return None
        program, kind = sent
        again = replace(program, id=request_id(uuid.uuid4().hex, engine.number, kind.method))
        return self._remembered(kind, engine, again).send()

    def handle(self, engine: NumberedEngine) -> Engine:
        """Return what carries requests to an engine that is there."""
        return self._session.connection.expected_engine(engine.name)

    def _remembered(self, kind: type[Request], engine: NumberedEngine, program: Program) -> Request:
        """Return a request that can be sent again, if it is not large."""
        if len(program.calls[0].payload) <= MOST_RESENT_BYTES:
            self._sent[program.id] = program, kind
            while len(self._sent) > MOST_RESENT:
                self._sent.pop(next(iter(self._sent)), None)
        return kind(self.handle(engine), engine, program)


class _Namer:
    """Names the objects that refs in a call stand for, on one engine, where they are put first."""

    def __init__(self, session: Session, engine: NumberedEngine) -> None:
        self._session = session
        self._engine = engine
        self.has_named = False

    def __call__(self, reference: Any) -> str:
        if not isinstance(reference, NodeReference):
            raise TypeError(f"{reference!r} does not stand for an object of an engine")
        self.has_named = True
        return placed(reference._node, self._session.engine(self._engine.name).queue)


def directory() -> str | None:
    """Return the working directory; None where it was deleted."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


def label_of(function: Callable[..., Any] | Any) -> str:
    """Return what a function is called where calls are shown."""
    if isinstance(function, NodeReference):  # its attributes are the object's own
        return str(function._node.expression)
    return str(getattr(function, "__name__", None) or repr(function))
