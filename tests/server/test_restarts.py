"""Engines that do not answer are shown as that, and can be restarted."""

import asyncio
import os
import signal
import time
from contextlib import contextmanager, suppress
from urllib.parse import quote

import pytest

from emout_lab import sessions
from emout_lab.client import aio as engines
from emout_lab.sessions import aio

from .conftest import an_object


@pytest.fixture(scope="module")
def pair(_never_the_real_home):
    """Two engines, which every test leaves alive."""
    sessions.start(name="pair", backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    yield sessions.wait_for_workers("pair", n=2, timeout=60)
    sessions.stop("pair")


@contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield time.monotonic()
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def row(panel, engine):
    found = [each for each in panel.known["workers"].values() if each["id"] == engine]
    return found[0] if found else {"silent_since": None, "ready": False, "address": None, "pid": 0}


def reason(panel):
    return panel.known["sessions"]["pair"]["reason"] or ""


async def test_a_silent_engine_is_shown_as_such_and_restarted(api, panel, pair):
    watcher = await panel("sessions", "workers", "objects")
    await watcher.until(lambda p: row(p, "0")["ready"] and row(p, "1")["ready"])
    old = row(watcher, "0")
    began = time.time()
    with stopped(old["pid"]) as since:
        await watcher.until(lambda p: row(p, "0")["silent_since"] is not None)
        assert time.monotonic() - since < 10
        assert began - 5 < row(watcher, "0")["silent_since"] < time.time()
        assert row(watcher, "0")["memory_used"] == old["memory_used"] > 0
        # The other one is as fresh as ever.
        busy = row(watcher, "1")["address"]
        await put(busy, "fresh")
        await watcher.until(lambda p: "fresh" in p.known["objects"])
        await watcher.until(lambda p: row(p, "1")["object_count"] == 1)
        assert row(watcher, "1")["silent_since"] is None
        # Also to one who comes only now; nobody ever heard it.
        late = await panel("workers")
        await late.until(lambda p: row(p, "0")["silent_since"] is not None)
        await late.until(lambda p: row(p, "1")["ready"])
        code, body = await api("sessions", "pair", "workers", "0", "restart", method="POST")
        assert (code, body) == (204, None)
    await watcher.until(lambda p: row(p, "0")["ready"] and row(p, "0")["silent_since"] is None)
    assert row(watcher, "0")["address"] != old["address"]
    assert row(watcher, "1")["address"] == busy
    assert "fresh" in watcher.known["objects"]
    await watcher.until(lambda p: reason(p) == "")


async def put(address, name):
    async with await aio.connect("pair") as client:
        assert (await engines.run(client, address, an_object(name))).failure is None


async def test_an_engine_is_restarted_by_its_address_and_unknown_ones_are_not_found(
    api, http_server_client, jp_base_url, jp_auth_header, pair
):
    _, body = await api("sessions", "pair", "workers")
    (worker,) = [each for each in body["workers"] if each["id"] == "1"]
    name = quote(worker["address"], safe="")
    url = f"{jp_base_url}emout-lab/api/sessions/pair/workers/{name}/restart"
    answer = await http_server_client.fetch(
        url, method="POST", body="", headers=jp_auth_header, request_timeout=90
    )
    assert answer.code == 204
    code, body = await api("sessions", "pair", "workers", "9", "restart", method="POST")
    assert (code, body["error"]["type"]) == (404, "NoEngine")
    assert "Its engines: 0, 1" in body["error"]["message"]
    code, body = await api("sessions", "pair", "workers", "x" * 300, "restart", method="POST")
    assert (code, body["error"]["type"]) == (422, "SpecError")
    code, body = await api("sessions", "none", "workers", "0", "restart", method="POST")
    assert (code, body["error"]["type"]) == (404, "NoSession")


async def test_a_frozen_host_is_told_in_the_row_of_its_session(api, panel, pair):
    watcher = await panel("sessions", "workers")
    await watcher.until(lambda p: len(p.known["workers"]) == 2)
    with stopped(pair.pid) as since:
        await watcher.until(lambda p: "not answer" in reason(p))
        assert time.monotonic() - since < 20
        code, body = await api("sessions", "pair", "workers", "0", "restart", method="POST")
        assert code in (410, 503), body
        assert "does not answer" in body["error"]["message"]
    await watcher.until(lambda p: reason(p) == "")
    assert len(watcher.known["workers"]) == 2


async def test_others_are_answered_while_an_engine_is_restarted(api, panel, pair):
    watcher = await panel("workers", "objects")
    await watcher.until(lambda p: row(p, "0")["ready"])
    restarts = [
        asyncio.ensure_future(api("sessions", "pair", "workers", "1", "restart", method="POST"))
        for _ in range(2)
    ]
    answers = 0
    while not all(each.done() for each in restarts):
        assert (await api("sessions", "pair", "objects"))[0] == 200
        answers += 1
    assert answers > 2
    assert [(await each)[0] for each in restarts] == [204, 204]
