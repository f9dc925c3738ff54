"""Dask's own dashboard: through the server for who is logged in, and for nobody past it."""

import re
import ssl
from urllib.parse import urljoin, urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from emout_lab.engine.dashboard import open_dashboard
from emout_lab.sessions import aio

from .conftest import API, Nobody

pytest.importorskip("bokeh")


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


async def where(session):
    async with await aio.connect(session) as client:
        return await client.run_on_scheduler(open_dashboard)


async def test_a_page_comes_with_its_styles_and_scripts(jp_fetch, session):
    page = await jp_fetch(*API, "sessions", session, "dashboard", "status")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    text = page.body.decode()
    links = re.findall(r'(?:src|href)="([^"#]+\.(?:js|css))[^"]*"', text)
    assert links
    assert not [link for link in links if link.startswith("/")], "links must not leave the proxy"
    for link in links[:3]:
        part = await jp_fetch(*API, "sessions", session, "dashboard", *link.split("/"))
        assert part.body


async def test_every_link_of_the_information_pages_leads_to_a_page(jp_fetch, jp_base_url, session):
    root = f"{jp_base_url}emout-lab/api/sessions/{session}/dashboard/"
    seen, waiting = {}, [f"{root}info"]
    async with await aio.connect(session) as client:
        kept = client.submit(sum, [1, 2], key="total")
        await kept
        while waiting:
            url = waiting.pop()
            if url in seen:
                continue
            assert url.startswith(root), "links must not leave the proxy"
            parts = url.removeprefix(jp_base_url).split("/")
            page = await jp_fetch(*parts, follow_redirects=False, raise_error=False)
            seen[url] = page.code
            links = [page.headers.get("Location", "")]
            if url.startswith(f"{root}info/"):
                links += re.findall(r'(?:src|href)="([^"#?]+)', page.body.decode())
            waiting += [urljoin(url, link) for link in links if link and not urlsplit(link).scheme]
    names = {url.removeprefix(root) for url in seen}
    assert {"info", "info/main/workers.html", "info/main/logs.html", "status"} <= names
    assert any(name.startswith("info/worker/") for name in names)
    assert {url: code for url, code in seen.items() if code not in (200, 302)} == {}


@pytest.mark.parametrize("end", ["", "/"])
async def test_the_first_page_is_found_from_the_root(
    http_server_client, jp_base_url, jp_auth_header, session, end
):
    url = f"{jp_base_url}emout-lab/api/sessions/{session}/dashboard{end}"
    page = await http_server_client.fetch(
        url, headers=jp_auth_header, follow_redirects=False, raise_error=False
    )
    assert page.code == 302
    assert page.headers["Location"].endswith(f"/sessions/{session}/dashboard/status")


async def test_what_moves_in_a_page_comes_through_a_socket(jp_fetch, jp_ws_fetch, session):
    page = await jp_fetch(*API, "sessions", session, "dashboard", "status")
    token = re.search(rb'"token":"([^"]+)"', page.body)[1].decode()
    socket = await jp_ws_fetch(
        *API,
        "sessions",
        session,
        "dashboard",
        "status",
        "ws",
        headers={"Sec-WebSocket-Protocol": f"bokeh, {token}"},
    )
    assert "ACK" in str(await socket.read_message())
    socket.close()


async def test_the_socket_of_a_session_that_is_not_there_is_closed(jp_ws_fetch, session):
    socket = await jp_ws_fetch(*API, "sessions", "nobody", "dashboard", "status", "ws")
    assert await socket.read_message() is None
    assert socket.close_code == 1011
    socket.close()


async def test_an_unknown_page_is_not_found(api, session):
    code, body = await api("sessions", session, "dashboard", "nothing")
    assert code == 404
    assert "no page" in body["error"]["message"]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_nobody_without_a_certificate_of_the_session_sees_a_page(session, scheme):
    host, port = await where(session)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises((OSError, HTTPClientError)):
        await AsyncHTTPClient().fetch(f"{scheme}://{host}:{port}/status", ssl_options=context)


async def test_it_is_opened_once(session):
    assert await where(session) == await where(session)


async def test_without_the_token_there_is_no_page(api, jp_ws_fetch, session):
    parts = ("sessions", session, "dashboard", "status")
    assert (await api(*parts, headers={"Authorization": ""}))[0] == 403
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*API, *parts, "ws", headers={"Authorization": ""})
    assert caught.value.code == 403


@pytest.mark.parametrize("authorizer", [Nobody])
async def test_a_user_without_permission_sees_no_page(api, jp_ws_fetch, session):
    parts = ("sessions", session, "dashboard", "status")
    assert (await api(*parts))[0] == 403
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*API, *parts, "ws")
    assert caught.value.code == 403
