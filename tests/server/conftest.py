"""pytest-jupyter for this folder only: its automatic fixtures clean up a server after each test."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from jupyter_server.auth import Authorizer
from pytest_jupyter.jupyter_server import *  # noqa: F403
from tornado.httpclient import HTTPClientError

from emout_lab.client import aio as engines
from emout_lab.engine.operations import call_named, call_pyplot
from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.serialization import pack
from emout_lab.sessions import aio

API = ("emout-lab", "api")
KEY = {
    "sessions": "name",
    "workers": "address",
    "objects": "id",
    "figures": "id",
    "sweeps": "id",
}
PATIENCE_S = 30.0
FIXTURES = Path(__file__).parents[1] / "fixtures"


class ReadOnly(Authorizer):
    """Lets everybody look and nobody touch."""

    def is_authorized(self, handler, user, action, resource):
        return action == "read"


class Nobody(Authorizer):
    """Lets nobody near emout_lab."""

    def is_authorized(self, handler, user, action, resource):
        return resource != "emout_lab"


@pytest.fixture
def authorizer():
    """Override by indirect parametrisation to change who may do what."""
    return None


@pytest.fixture
def jp_server_config(authorizer):
    server = {"jpserver_extensions": {"emout_lab": True}}
    if authorizer is not None:
        server["authorizer_class"] = authorizer
    return {"ServerApp": server, "EmoutLabApp": {"poll_interval": 0.3}}


@pytest.fixture
def fixture():
    """Read a fixture that the panel's own tests share."""

    def read(name):
        return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))

    return read


@pytest.fixture
def api(jp_fetch):
    """Send a request; return status and decoded body, for failures too."""

    async def send(*parts, method="GET", body=None, raw=None, **kwargs):
        if body is not None:
            raw = json.dumps(body)
        if method in ("POST", "PATCH") and raw is None:
            raw = ""
        try:
            response = await jp_fetch(
                *API, *parts, method=method, body=raw, request_timeout=90, **kwargs
            )
        except HTTPClientError as error:
            response = error.response
        return response.code, json.loads(response.body) if response.body else None

    return send


@pytest.fixture
def panel(jp_ws_fetch):
    """Open events sockets; each is closed at the end."""
    sockets = []

    async def open_panel(*parts, **wish):
        socket = await jp_ws_fetch(*API, "events")
        sockets.append(socket)
        return await Panel(socket).watch(*parts, **wish)

    yield open_panel
    for socket in sockets:
        socket.close()


@pytest.fixture
def open_socket(jp_ws_fetch):
    """Open sockets; each is closed at the end."""
    sockets = []

    async def open_one(*parts, **more):
        sockets.append(await jp_ws_fetch(*API, *parts, **more))
        return sockets[-1]

    yield open_one
    for socket in sockets:
        socket.close()


class Panel:
    """What a panel knows after applying the messages that it got."""

    def __init__(self, socket):
        self.socket = socket
        self.messages = []
        self.known = {part: {} for part in KEY}

    async def send(self, message):
        await self.socket.write_message(message)
        return self

    async def watch(self, *parts, **wish):
        self.parts = parts
        return await self.send(json.dumps({"type": "watch", "parts": parts, **wish}))

    async def until(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition(self):
            left = deadline - time.monotonic()
            self.take(json.loads(await asyncio.wait_for(self.socket.read_message(), left)))
        return self

    def take(self, message):
        self.messages.append(message)
        if message["type"] == "state":
            self.known = {part: {each[KEY[part]]: each for each in message[part]} for part in KEY}
        elif message["type"] == "delta":
            models = self.known[message["part"]]
            models.update({each[KEY[message["part"]]]: each for each in message["set"]})
            for key in message["removed"]:
                del models[key]


async def run_program(name, program):
    """Run a program as a notebook would; the objects it leaves belong to nobody who departs."""
    async with await aio.connect(name) as client:
        (address,) = await engines.snapshots(client)
        reply = await engines.run(client, address, program)
        assert reply.failure is None, reply.failure
        return address, reply


def an_object(key, size=1000):
    payload = pack((call_named, ("numpy:zeros", size), {}))
    call = Call(key, payload, f"np.zeros({size})", scope="scope-1")
    return Program(client="notebook", calls=(call,), notebook="run.ipynb")


def a_figure(format="png"):
    payload = pack((call_pyplot, ("plot", [1, 2, 3]), {}))
    call = Call("lines", payload, "plt.plot([1, 2, 3])", keep=False, drawing="d")
    return Program(
        client="notebook",
        calls=(call,),
        finish=(("d", FigureOptions(format, 50.0)),),
        notebook="run.ipynb",
    )
