"""How often the server looks: as panels wish, whatever its own setting is."""

import os
import signal
import time

import pytest

from emout_lab.sessions import aio

from .conftest import an_object, run_program

NEVER_S = 3600.0
SMALL = {"backend": "local", "memory": "1G", "cores": 1}


@pytest.fixture
def jp_server_config(jp_server_config, emout_home):
    """A server that by itself looks once, and then for an hour not."""
    jp_server_config["EmoutLabApp"] = {"poll_interval": NEVER_S}
    return jp_server_config


async def start(api, name="default", **more):
    code, model = await api("sessions", method="POST", body={**SMALL, "name": name, **more})
    assert code == 201, model
    await aio.wait_for_workers(name)
    return model


async def test_the_most_eager_panel_sets_the_pace_for_all(api, panel):
    await start(api)
    patient = await panel("objects")
    eager = await panel("objects", interval=0.5)
    for watcher in (patient, eager):
        await watcher.until(lambda p: p.messages)
    await run_program("default", an_object("first"))
    await patient.until(lambda p: "first" in p.known["objects"])
    await run_program("default", an_object("second"))
    await eager.until(lambda p: "second" in p.known["objects"])


async def test_a_panel_may_change_its_mind(api, panel):
    await start(api)
    watcher = await panel("objects", interval=60)
    await watcher.until(lambda p: p.messages)
    await watcher.watch("objects", interval=0.5)
    await watcher.until(lambda p: [m["type"] for m in p.messages].count("state") == 2)
    for name in ("first", "second"):
        await run_program("default", an_object(name))
        await watcher.until(lambda p, name=name: name in p.known["objects"])


async def test_a_refused_interval_leaves_the_old_one(api, panel):
    await start(api)
    watcher = await panel("objects", interval=0.5)
    await watcher.watch("objects", interval=0.01)
    await watcher.until(lambda p: p.messages and p.messages[-1]["type"] == "error")
    assert "interval" in watcher.messages[-1]["message"]
    await run_program("default", an_object("seen"))
    await watcher.until(lambda p: "seen" in p.known["objects"])


async def test_engines_are_left_alone_while_nobody_looks_at_them(api, panel, jp_serverapp):
    pool = jp_serverapp.web_app.settings["emout_lab"].monitor._pool
    await start(api)
    watcher = await panel("sessions", interval=0.5)
    for looks in (1, 2, 3):
        await watcher.until(lambda p, n=looks: [m["type"] for m in p.messages].count("state") == n)
        await watcher.watch("sessions", interval=0.5)
    await run_program("default", an_object("unseen"))
    assert len(pool) == 0
    assert watcher.known["objects"] == {}
    await watcher.watch("sessions", "objects", interval=0.5)
    await watcher.until(lambda p: "unseen" in p.known["objects"])
    assert len(pool) == 1


async def test_a_session_that_dies_is_shown_dead_in_time_however_seldom_engines_are_asked(
    api, panel
):
    victim = await start(api)
    watcher = await panel("sessions", "workers", interval=60)
    await watcher.until(lambda p: p.known["workers"])
    os.kill(victim["pid"], signal.SIGKILL)
    died = time.monotonic()
    await watcher.until(lambda p: p.known["sessions"]["default"]["state"] == "failed")
    assert time.monotonic() - died < 10
    await watcher.until(lambda p: not p.known["workers"])
