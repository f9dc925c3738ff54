"""What an engine really announces is what the server reads."""

from __future__ import annotations

import queue

from emout_lab import sessions
from emout_lab.client import aio as engines
from emout_lab.engine.operations import call_pyplot
from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.serialization import pack
from emout_lab.server.contract.models import Figure


def test_announcement_of_a_drawn_figure_is_understood(local_session):
    heard = queue.Queue()
    call = Call("p", pack((call_pyplot, ("plot", [1, 2]), {})), "plot", keep=False, drawing="d")
    program = Program("notebook", (call,), finish=(("d", FigureOptions(dpi=20)),))
    with sessions.connect(local_session.name) as client:
        client.subscribe_topic(engines.FIGURES_TOPIC, heard.put)
        (address,) = client.sync(engines.addresses, client).values()
        reply = client.sync(engines.run, client, address, program)
        _, event = heard.get(timeout=30)
    model = Figure.from_event(local_session.name, event)
    assert model.id == reply.figures[0].id
    assert model.address == address
