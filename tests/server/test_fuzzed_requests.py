"""Addresses as no client library would send them: each is answered in the API's own form."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import strategies as st

from emout_lab.server.contract.openapi import OPERATIONS, VERBS
from emout_lab.server.handlers import ROUTES

from .conftest import PATIENCE_S
from .sweep_folders import success, write_records, write_sweep
from .test_fuzzed_sockets import examples, failures

BAD = [
    *("..", ".", "%2e%2e", "%2E.", "..%2f..%2f..%2fetc%2fpasswd", "..%5c..", "%00", "a%00b"),
    *("%0a", "%0d%0aSet-Cookie:evil=1", "%ff%fe", "%c0%ae%c0%ae", "%ed%a0%80", "%f0%9f%98%80"),
    *("%e2%80%ae", "%", "%zz", "%25", "%252e%252e", "a" * 300, "%41" * 300, "0" * 5000, "-1"),
    *("1e9", "null", "~root", "servers", "state.json", "a;b", "a:b", "a@b", "*", "$(id)", "'"),
    *("%22", "<b>", "{name}", "x,y", "0123456789abcdef" * 2, "0123456789ABCDEF" * 2, "="),
    *("W251bGwsbnVsbF0", "W1tdLFtdXQ", "bnVsbA", "WyJcdWQ4MDAiLG51bGxd"),
]
PIECES = ["%2e", "%2f", ".", "a", "%00", "%ff", "%", "\\", "%5c", "-", "_", "é"]
SEGMENTS = st.one_of(
    st.sampled_from(BAD),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join),
)
KEYS = ["fmt", "dpi", "job", "offset", "since", "limit", "program", "x", "%ff", "token"]
VALUES = ["svg", "150", "NaN", "inf", "-1", "1e400", "host", "/etc/passwd", "9" * 30]
QUERIES = st.one_of(
    st.just(""),
    st.lists(
        st.tuples(st.sampled_from(KEYS), st.one_of(SEGMENTS, st.sampled_from(VALUES))).map(
            "=".join
        ),
        max_size=3,
    ).map(lambda pairs: "?" + "&".join(pairs)),
)
BODIES = st.sampled_from(
    [
        *("", "{", "[]", "null", "NaN", "[" * 9000, "\xff", f'{{"name": "{"a" * 300}"}}'),
        *('{"jobs": NaN}', '{"jobs": 1e400}', '{"jobs": -1}', '{"jobs": 1000000000000}'),
        *('{"name": "../x"}', '{"name": "a\\u0000b"}', '{"name": "\\ud800"}', '{"\\ud800": 1}'),
        *('{"memory": "60 G B"}', '{"directives": ["a\\nb"]}', '{"directives": ["\\ud800"]}'),
        *('{"backend": "evil"}', '{"profile": "../../x"}', '{"walltime": "٣:00"}'),
    ]
)
PATHS = [
    *((path, verb) for path, handler in ROUTES for verb in VERBS if verb in vars(handler)),
    *(("/live/{session}/{figure}", verb) for verb in ("get", "post", "delete")),
    ("/sessions/{name}/dashboard/{path}/ws", "get"),
]


@st.composite
def requests(draw, known):
    """A verb and an address of a route, with bad ids in it, and sometimes one that is good."""
    path, verb = draw(st.sampled_from(PATHS))
    # Never all good: nothing is to be stopped or scaled here.
    good = set(known) if path not in ("/sessions/{name}", "/sweeps/{sweep}") else set()
    good &= set(draw(st.lists(st.sampled_from(["name", "session", "sweep"]), max_size=2)))
    filled = re.sub(
        r"{(\w+)}", lambda each: known[each[1]] if each[1] in good else draw(SEGMENTS), path
    )
    body = draw(BODIES) if verb in ("post", "patch") else ""
    return path, verb, filled + draw(QUERIES), body


def statuses(path, verb):
    """Return what a route may answer by the contract; the rest is the router's."""
    known = OPERATIONS.get((path, verb))
    if known is None:
        return {400, 403, 404, 405}
    return {known.success, *known.failures, 400, 403, 404, 405, 413, 422}


@pytest.fixture
def send(jp_http_port, jp_base_url, jp_auth_header, http_server):
    """Send a request byte by byte as it is made up; return status, headers and body."""

    async def send_one(verb, path, body=""):
        token = "".join(f"{name}: {value}\r\n" for name, value in jp_auth_header.items())
        data = body.encode("utf-8", "surrogatepass")
        head = (
            f"{verb.upper()} {jp_base_url.rstrip('/')}/emout-lab/api{path} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{jp_http_port}\r\n{token}Connection: close\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
        try:
            writer.write(head.encode("utf-8", "surrogatepass") + data)
            answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
        finally:
            writer.close()
        head, _, rest = answer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), rest

    return send_one


def listing(folder: Path):
    return sorted(str(path) for path in folder.rglob("*"))


async def test_no_address_breaks_the_server_or_reaches_another_place(send, emout_home, caplog):
    folder = write_sweep()
    write_records(folder, success(0, y=1.5))
    before = listing(emout_home)
    await try_all(send, {"sweep": folder.id}, 200, 8000)
    assert failures(caplog) == []
    assert listing(emout_home) == before


async def test_no_address_breaks_a_session(send, local_session, api, caplog):
    home = Path(os.environ["EMOUT_LAB_HOME"])
    before = await there_is(api, home, local_session.name)
    name = local_session.name
    await try_all(send, {"name": name, "session": name}, 120, 5000)
    assert failures(caplog) == []
    after = await there_is(api, home, name)
    assert after[1:] == before[1:]
    assert set(after[0]) == set(before[0]), set(after[0]) ^ set(before[0])


async def there_is(api, home, name):
    """Return what must not change: files, workers, and whether the session runs."""
    files = [each for each in listing(home) if "/logs" not in each and "/scratch/" not in each]
    _, workers = await api("sessions", name, "workers")
    return files, [each["pid"] for each in workers["workers"]], (await api("sessions", name))[0]


async def try_all(send, known, count, per_minute):
    for path, verb, address, body in examples(requests(known), count, per_minute):
        if (path, verb) == ("/sessions", "post") and body in ("", "null", "{}"):
            continue  # starts a session
        status, headers, answer = await send(verb, address, body)
        assert status in statuses(path, verb), (verb, address, status, answer)
        assert "evil" not in headers.get("Set-Cookie", "")
        if status >= 400 and answer:
            said = json.loads(answer)["error"]
            assert set(said) == {"type", "message", "field"}, (verb, address)
            assert "root:" not in said["message"]
