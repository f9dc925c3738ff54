"""Sender: makes requests of calls and sends them to the engines of a session."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.client.session import notebook_path
from emout_lab.engine.protocol import Call, Program
from emout_lab.engine.views.packing import pack_request
from emout_lab.parallel.request import Request
from emout_lab.remote.call_site import described, origin
from emout_lab.remote.graph import NodeReference
from emout_lab.remote.replicas import placed

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.remote.session import Session


class Sender:
    """Sends calls to engines, each as a program of its own.

    Parameters
    ----------
    session : Session
        Whose engines.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notebook = notebook_path()

    def send(
        self,
        engines: Sequence[NumberedEngine],
        function: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        label: str,
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
        """
        call = (function, args, dict(kwargs or {}))
        payload: bytes | None = None
        place = described(origin())
        made = []
        for engine in engines:
            if payload is None:
                namer = _Namer(self._session, engine)
                found = pack_request(call, namer)
                payload = None if namer.has_named else found
            name = uuid.uuid4().hex
            program = Program(
                client=self._session.connection.client.id,
                calls=(Call(name, found, label, place, keep=False),),
                id=uuid.uuid4().hex,
                want=name,
                directory=directory(),
                notebook=self._notebook,
            )
            handle = self._session.connection.engine(engine.name)
            made.append(Request(handle, engine, program))
        return [request.send() for request in made]


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
    return str(getattr(function, "__name__", None) or repr(function))
