"""No verb without authentication and authorisation, read from the source itself."""

import ast
import inspect

import pytest

from emout_lab.server import (
    base,
    dashboard,
    figure_handlers,
    handlers,
    sweep_handlers,
    websocket,
)

VERBS = {"get", "head", "post", "put", "patch", "delete"}


def verbs_of(module):
    return [*_verbs_of(module)]


def _verbs_of(module):
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name in VERBS:
                    yield f"{node.name}.{each.name}", [ast.unparse(d) for d in each.decorator_list]


MODULES = (base, dashboard, figure_handlers, handlers, sweep_handlers, websocket)
ALL = [each for module in MODULES for each in verbs_of(module)]
SOCKETS = [each for each in ALL if each[0].split(".")[0] == "EmoutLabSocket"]
REST = [each for each in ALL if each not in SOCKETS]


@pytest.mark.parametrize(("verb", "decorators"), REST)
def test_every_rest_verb_authenticates_then_authorises(verb, decorators):
    assert decorators == ["web.authenticated", "authorized"]


@pytest.mark.parametrize(("verb", "decorators"), SOCKETS)
def test_the_sockets_authenticate(verb, decorators):
    assert decorators == ["ws_authenticated"]


@pytest.mark.parametrize("socket", [websocket.EventsHandler, dashboard.DashboardSocket])
def test_a_socket_lets_in_only_as_all_do(socket):
    assert socket.get is websocket.EmoutLabSocket.get
    assert not VERBS & set(vars(socket))


def test_every_route_names_the_resource_and_has_a_verb():
    routed = {handler.__name__ for _, handler in handlers.ROUTES} | {"UnknownPathHandler"}
    assert routed == {verb.split(".")[0] for verb, _ in REST}
    assert {handler.auth_resource for _, handler in handlers.ROUTES} == {"emout_lab"}
    assert websocket.EmoutLabSocket.auth_resource == "emout_lab"
