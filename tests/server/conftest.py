"""pytest-jupyter for this folder only: its automatic fixtures clean up a server after each test."""

import json
from pathlib import Path

import pytest
from jupyter_server.auth import Authorizer
from pytest_jupyter.jupyter_server import *  # noqa: F403
from tornado.httpclient import HTTPClientError

API = ("emout-lab", "api")
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
    server = {"jpserver_extensions": {"emout_lab.server": True}}
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
        if method == "POST" and raw is None:
            raw = ""
        try:
            response = await jp_fetch(
                *API, *parts, method=method, body=raw, request_timeout=90, **kwargs
            )
        except HTTPClientError as error:
            response = error.response
        return response.code, json.loads(response.body) if response.body else None

    return send
