"""Who is let in, and what is refused before anything happens. No session runs here."""

import json
import subprocess
import sys
from http.cookies import SimpleCookie

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from .conftest import API, Nobody, ReadOnly

SWEEP = "0123456789abcdef" * 2
READS = [
    ("spec",),
    ("profiles",),
    ("sessions",),
    ("sessions", "x"),
    ("sessions", "x", "workers"),
    ("sessions", "x", "objects"),
    ("sessions", "x", "objects", "1", "preview"),
    ("sessions", "x", "logs"),
    ("sessions", "x", "dashboard", "status"),
    ("figures",),
    ("figures", "1"),
    ("figures", "1", "image"),
    ("figures", "1", "thumbnail"),
    ("sweeps",),
    ("sweeps", SWEEP),
    ("sweeps", SWEEP, "table"),
]
WRITES = [
    ("POST", ("sessions",)),
    ("DELETE", ("sessions", "x")),
    ("DELETE", ("sessions", "x", "objects", "1")),
    ("DELETE", ("sessions", "x", "scopes", "W251bGwsbnVsbF0")),
    ("POST", ("sessions", "x", "workers", "0", "interrupt")),
    ("POST", ("sessions", "x", "workers", "0", "restart")),
    ("PATCH", ("sessions", "x")),
    ("DELETE", ("figures",)),
    ("DELETE", ("figures", "1")),
    ("DELETE", ("sweeps", SWEEP)),
    ("POST", ("sweeps", SWEEP, "cancel")),
    ("POST", ("sweeps", SWEEP, "retry")),
]
UNKNOWN = [("GET", ()), ("GET", ("nothing",)), ("POST", ("sessions", "x", "y", "z"))]
EVERYTHING = [("GET", parts) for parts in READS] + WRITES + UNKNOWN
LONG = "x" * 1_000_001


@pytest.mark.parametrize(("method", "parts"), EVERYTHING)
@pytest.mark.parametrize("header", ["", "token wrong"])
async def test_without_the_token_nothing_is_said(api, method, parts, header):
    # With a valid XSRF pair, as a page of the server itself would send it.
    xsrf = {"Cookie": "_xsrf=cafe", "X-XSRFToken": "cafe"}
    code, body = await api(*parts, method=method, headers={"Authorization": header, **xsrf})
    assert code == 403
    assert body == {"error": {"type": "HTTPError", "message": "Forbidden", "field": None}}


@pytest.mark.parametrize("authorizer", [Nobody])
@pytest.mark.parametrize(("method", "parts"), EVERYTHING)
async def test_a_user_without_permission_is_refused(api, method, parts):
    code, body = await api(*parts, method=method)
    assert code == 403
    assert "not authorized" in body["error"]["message"]


@pytest.mark.parametrize("authorizer", [ReadOnly])
@pytest.mark.parametrize(("method", "parts"), WRITES)
async def test_a_user_who_may_only_read_changes_nothing(api, method, parts):
    assert (await api("sessions"))[0] == 200
    assert (await api(*parts, method=method))[0] == 403


@pytest.mark.parametrize("raw", ["", "{", "[" * 100_000, "9" * 10_000, b"\xff", "{'name': 'x'}"])
async def test_a_body_that_is_no_json_is_a_bad_request(api, raw):
    code, body = await api("sessions", method="POST", raw=raw)
    assert code == 400
    assert body["error"]["type"] == "SpecError"
    assert "not JSON" in body["error"]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        (7, None),
        ({"memroy": "2G"}, "memroy"),
        ({"cores": "many"}, "cores"),
        ({"memory": "60 gigs"}, "memory"),
        ({"memory": "-1G"}, "memory"),
        ({"memory": "9" * 5000 + "G"}, "memory"),
        ({"memory": "３G"}, "memory"),
        ({"walltime": "tomorrow"}, "walltime"),
        ({"walltime": "00:00:00"}, "walltime"),
        ({"cores": 0}, "cores"),
        ({"jobs": -1}, "jobs"),
        ({"jobs": 10**30}, "jobs"),
        ({"backend": "cloud"}, "backend"),
        ({"partition": "a; rm -rf"}, "partition"),
        ({"profile": "nowhere"}, "profile"),
        ({"processes": 0}, "processes"),
        ({"processes": 3, "cores": 2}, "processes"),
        ({"idle_timeout": "soon"}, "idle_timeout"),
        ({"idle_timeout": "9" * 400 + "h"}, "idle_timeout"),
        ({"partition": "p" * 100_000}, "partition"),
        ({"host": "moon"}, "host"),
        ({"directives": ["a\nb"]}, "directives"),
        ({"name": ""}, "name"),
        ({"name": "../x"}, "name"),
        ({"name": ".."}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "x" * 5000}, "name"),
    ],
)
async def test_a_request_that_cannot_be_met_names_its_field(api, body, field):
    code, answer = await api("sessions", method="POST", body=body)
    assert code == 422
    assert answer["error"]["type"] == "SpecError"
    assert answer["error"]["field"] == field
    assert answer["error"]["message"]
    assert (await api("sessions")) == (200, {"sessions": []})


@pytest.mark.parametrize(
    ("method", "parts"), [each for each in EVERYTHING if each[0] in ("POST", "PATCH")]
)
async def test_a_body_over_the_limit_is_refused(api, method, parts):
    code, body = await api(*parts, method=method, raw=LONG)
    assert code == 413
    assert "1000000" in body["error"]["message"]


@pytest.mark.parametrize("tail", ["", "/workers", "/objects", "/logs", "/objects/1"])
@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2f..%2fetc", "a%2fb", "%00", "a%20b", "%ff"])
async def test_a_name_that_is_a_path_is_refused(
    http_server_client, jp_base_url, jp_auth_header, name, tail
):
    method = "DELETE" if tail == "/objects/1" else "GET"
    url = f"{jp_base_url}emout-lab/api/sessions/{name}{tail}"
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(url, method=method, headers=jp_auth_header)
    assert caught.value.code in (400, 404, 422)


@pytest.mark.parametrize("path", ["figures/%2e", "figures/%2e%2e", "figures/%2E./image"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_id_that_stands_for_another_place_is_refused(
    http_server_client, jp_base_url, jp_auth_header, path, method
):
    url = f"{jp_base_url}emout-lab/api/{path}"
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(url, method=method, headers=jp_auth_header)
    assert caught.value.code == 404
    assert "name nothing" in json.loads(caught.value.response.body)["error"]["message"]


@pytest.mark.parametrize(
    ("method", "parts"),
    [(m, p) for m, p in EVERYTHING if p[:2] == ("sessions", "x") and "y" not in p],
)
async def test_a_session_that_does_not_run_is_not_found(api, method, parts):
    code, body = await api(*parts, method=method, body={"jobs": 1} if method == "PATCH" else None)
    assert code == 404
    assert body["error"]["type"] == "NoSession"
    assert "x" in body["error"]["message"]


@pytest.mark.parametrize(("method", "parts"), UNKNOWN)
async def test_a_path_that_is_no_route_is_said_in_the_same_form(api, jp_base_url, method, parts):
    code, body = await api(*parts, method=method)
    assert code == 404
    assert "is no route" in body["error"]["message"]
    assert "%" in jp_base_url and body["error"]["message"].startswith(jp_base_url)


@pytest.mark.parametrize("tail", [(), ("image",), ("thumbnail",)])
async def test_an_unknown_figure_is_not_found(api, tail):
    code, body = await api("figures", "nothing", *tail)
    assert code == 404
    assert body["error"]["type"] == "ObjectGone"


async def test_a_verb_that_a_route_lacks_is_refused_in_the_same_form(api):
    code, body = await api("sessions", method="DELETE")
    assert code == 405
    assert set(body["error"]) == {"type", "message", "field"}


async def test_with_no_session_the_lists_are_empty(api):
    assert await api("sessions") == (200, {"sessions": []})
    assert await api("figures") == (200, {"figures": []})


async def test_profiles_have_the_keys_of_the_fixture(api, fixture):
    code, body = await api("profiles")
    model = fixture("profiles")
    assert code == 200
    assert set(body) == set(model)
    assert set(body["defaults"]) == set(model["defaults"])
    assert {frozenset(each) for each in body["backends"]} == {frozenset(model["backends"][0])}
    assert {frozenset(each) for each in body["profiles"]} == {frozenset(model["profiles"][0])}
    fields, known = body["schema"]["properties"], model["schema"]["properties"]
    assert list(fields) == list(known)
    for name, field in fields.items():
        assert (field["type"], field["title"]) == (known[name]["type"], known[name]["title"])
        assert set(field["x-hints"]) == set(known[name]["x-hints"])


async def test_a_page_of_another_site_cannot_start_a_session(
    jp_fetch, jp_serverapp, http_server_client, jp_base_url
):
    cookie = await login_cookie(jp_serverapp, http_server_client, jp_base_url)
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(
            f"{jp_base_url}emout-lab/api/sessions",
            method="POST",
            body="{}",
            headers={"Cookie": cookie},
        )
    assert caught.value.code == 403
    assert "_xsrf" in json.loads(caught.value.response.body)["error"]["message"]


@pytest.mark.parametrize("header", ["", "token wrong"])
async def test_the_socket_opens_to_nobody_without_the_token(jp_ws_fetch, header):
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*API, "events", headers={"Authorization": header})
    assert caught.value.code == 403


@pytest.mark.parametrize("authorizer", [Nobody])
async def test_the_socket_refuses_a_user_without_permission(jp_ws_fetch):
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*API, "events")
    assert caught.value.code == 403


async def test_the_socket_refuses_a_page_of_another_site(
    jp_serverapp, http_server_client, jp_http_port, jp_base_url
):
    # Requests with a token skip the check of the origin; a browser comes with its login cookie.
    cookie = await login_cookie(jp_serverapp, http_server_client, jp_base_url)
    url = f"ws://127.0.0.1:{jp_http_port}{jp_base_url}emout-lab/api/events"
    own, foreign = f"http://127.0.0.1:{jp_http_port}", "http://elsewhere.example"
    socket = await websocket_connect(HTTPRequest(url, headers={"Cookie": cookie, "Origin": own}))
    socket.close()
    with pytest.raises(HTTPClientError) as caught:
        await websocket_connect(HTTPRequest(url, headers={"Cookie": cookie, "Origin": foreign}))
    assert caught.value.code == 403


SOCKETS = [("events",), ("sessions", "x", "dashboard", "status", "ws"), ("live", "x", "y")]


@pytest.mark.parametrize("parts", SOCKETS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_a_socket_takes_upgrades_only(api, parts, method):
    more = {"allow_nonstandard_methods": True}
    code, body = await api(*parts, method=method, **more)
    assert code == (400 if method == "GET" else 405)
    assert set(body["error"]) == {"type", "message", "field"}


@pytest.mark.parametrize("parts", SOCKETS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Upgrade": "websocket"},
        {"Upgrade": "h2c", "Connection": "Upgrade"},
        {"Upgrade": "websocket", "Connection": "Upgrade"},
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "99"},
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
    ],
)
async def test_an_upgrade_that_is_none_is_refused(jp_fetch, parts, headers):
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, *parts, headers=headers)
    assert 400 <= caught.value.code < 500


@pytest.mark.parametrize("parts", SOCKETS)
async def test_a_socket_opens_to_nobody_unknown_whatever_the_upgrade(api, parts):
    code, body = await api(*parts, headers={"Authorization": ""})
    assert code == 403
    assert body["error"]["type"] == "HTTPError"


async def test_a_message_over_the_limit_closes_the_socket_and_nothing_else(api, jp_ws_fetch):
    socket = await jp_ws_fetch(*API, "events")
    await socket.write_message(LONG)
    assert await socket.read_message() is None
    assert socket.close_code == 1009
    socket.close()
    assert (await api("sessions"))[0] == 200


def test_a_server_without_sessions_does_not_load_dask():
    code = "import sys, emout_lab.server; print({'dask', 'distributed'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


async def login_cookie(serverapp, client, base_url):
    """Log in as a browser does: the token in the address, a cookie in the answer."""
    token = serverapp.identity_provider.token
    response = await client.fetch(f"{base_url}api/status?token={token}")
    cookies = SimpleCookie()
    for line in response.headers.get_list("Set-Cookie"):
        cookies.load(line)
    return "; ".join(f"{each.key}={each.value}" for each in cookies.values())
