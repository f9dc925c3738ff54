"""Servers below a base URL, with a password, and behind an identity provider that refuses."""

from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from jupyter_server.auth import IdentityProvider
from jupyter_server.auth.security import passwd
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from .conftest import API
from .test_access import EVERYTHING

PASSWORD = "first light"


class NoNameGiven(IdentityProvider):
    """Knows nobody, whatever they bring."""

    async def get_user(self, handler):
        return None


class Browser:
    """Keeps cookies, and sends the XSRF token along as a page of the server does."""

    def __init__(self, client, port, base_url):
        self.client = client
        self.port = port
        self.base_url = base_url
        self.cookies = {}

    @property
    def headers(self):
        jar = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        return {"Cookie": jar, "X-XSRFToken": self.cookies.get("_xsrf", "")}

    async def send(self, path, method="GET", body=None, xsrf=True):
        headers = self.headers
        if not xsrf:
            del headers["X-XSRFToken"]
        response = await self.client.fetch(
            self.base_url + path,
            method=method,
            body=body,
            headers=headers,
            follow_redirects=False,
            raise_error=False,
        )
        jar = SimpleCookie()
        for line in response.headers.get_list("Set-Cookie"):
            jar.load(line)
        self.cookies.update({name: each.value for name, each in jar.items()})
        return response

    async def log_in(self, password):
        await self.send("login")
        form = urlencode({"password": password, "_xsrf": self.cookies.get("_xsrf", "")})
        return await self.send("login", method="POST", body=form)

    async def open_socket(self):
        url = f"ws://127.0.0.1:{self.port}{self.base_url}emout-lab/api/events"
        return await websocket_connect(HTTPRequest(url, headers=self.headers))


@pytest.fixture
def browser(jp_serverapp, http_server_client, http_server, jp_http_port, jp_base_url):
    return Browser(http_server_client, jp_http_port, jp_base_url)


@pytest.fixture
def with_password(jp_server_config):
    provider = {"hashed_password": passwd(PASSWORD), "token": ""}
    jp_server_config["PasswordIdentityProvider"] = provider


@pytest.fixture
def without_users(jp_server_config):
    jp_server_config["ServerApp"]["identity_provider_class"] = NoNameGiven


async def test_the_password_opens_the_interface_and_the_socket(with_password, browser):
    assert (await browser.send("emout-lab/api/sessions")).code == 403
    answer = await browser.log_in(PASSWORD)
    assert answer.code == 302
    assert (await browser.send("emout-lab/api/sessions")).code == 200
    answer = await browser.send("emout-lab/api/figures", method="DELETE")
    assert answer.code == 204
    (await browser.open_socket()).close()


async def test_a_wrong_password_opens_nothing(with_password, browser):
    assert (await browser.log_in("guess")).code == 401
    assert (await browser.send("emout-lab/api/sessions")).code == 403
    with pytest.raises(HTTPClientError) as caught:
        await browser.open_socket()
    assert caught.value.code == 403


@pytest.mark.parametrize(("method", "parts"), [each for each in EVERYTHING if each[0] != "GET"])
async def test_a_browser_that_is_logged_in_changes_nothing_without_the_xsrf_token(
    with_password, browser, method, parts
):
    await browser.log_in(PASSWORD)
    path = "/".join(("emout-lab/api", *parts))
    body = None if method == "DELETE" else "{}"
    answer = await browser.send(path, method=method, body=body, xsrf=False)
    assert answer.code == 403
    assert b"_xsrf" in answer.body


@pytest.mark.parametrize(("method", "parts"), EVERYTHING)
async def test_an_identity_provider_that_refuses_is_obeyed(without_users, api, method, parts):
    xsrf = {"Cookie": "_xsrf=cafe", "X-XSRFToken": "cafe"}
    code, body = await api(*parts, method=method, headers=xsrf)
    assert code == 403
    assert body["error"]["message"] == "Forbidden"


async def test_an_identity_provider_that_refuses_closes_the_socket(without_users, jp_ws_fetch):
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*API, "events")
    assert caught.value.code == 403


@pytest.mark.parametrize("jp_base_url", ["/", "/user/jovyan/", "/user/a%40b/named-server/"])
async def test_the_interface_lies_below_the_base_url(
    jp_serverapp, http_server_client, jp_base_url, jp_auth_header
):
    for path in ("sessions", "profiles", "spec", "figures"):
        url = f"{jp_base_url}emout-lab/api/{path}"
        answer = await http_server_client.fetch(url, headers=jp_auth_header)
        assert answer.code == 200
    if jp_base_url != "/":
        with pytest.raises(HTTPClientError) as caught:
            await http_server_client.fetch("/emout-lab/api/sessions", headers=jp_auth_header)
        assert caught.value.code == 404
