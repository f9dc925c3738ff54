"""Sessions that come, go and die while somebody looks."""

import asyncio
import os
import signal
import time

import pytest

from emout_lab.sessions import aio

from .conftest import API, PATIENCE_S, a_figure, an_object, run_program

SMALL = {"backend": "local", "memory": "1G", "cores": 1}


@pytest.fixture
def jp_server_config(jp_server_config, emout_home):
    """Quick to lose patience, with no session at the start."""
    jp_server_config["EmoutLabApp"] = {
        "poll_interval": 0.2,
        "engine_timeout": 2.0,
        "idle_timeout": 0.5,
    }
    return jp_server_config


@pytest.fixture
def monitor(jp_serverapp):
    return jp_serverapp.web_app.settings["emout_lab"].monitor


async def start(api, name="default", **more):
    code, model = await api("sessions", method="POST", body={**SMALL, "name": name, **more})
    assert code == 201, model
    await aio.wait_for_workers(name)
    return model


async def eventually(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.02)


def state_of(panel, name):
    return panel.known["sessions"].get(name, {}).get("state")


async def test_a_session_is_started_shown_and_stopped(api, panel, fixture):
    watcher = await panel("sessions", "workers")
    await watcher.until(lambda p: p.messages)
    model = await start(api)
    assert list(model) == list(fixture("session"))
    assert model["address"].startswith("tls://")
    assert model["state"] in ("starting", "running")
    await watcher.until(lambda p: state_of(p, "default") == "running" and p.known["workers"])
    code, body = await api("sessions", "default", method="DELETE")
    assert (code, body) == (204, None)
    await watcher.until(lambda p: not p.known["sessions"] and not p.known["workers"])
    assert (await api("sessions", "default"))[0] == 404
    assert (await api("sessions", "default", method="DELETE"))[0] == 404


async def test_the_server_answers_others_while_a_session_starts_and_stops(api):
    starting = asyncio.ensure_future(start(api))
    answers = 0
    while not starting.done():
        assert (await api("sessions"))[0] == 200
        answers += 1
    assert answers > 3
    stopping = asyncio.ensure_future(api("sessions", "default", method="DELETE"))
    assert (await api("sessions"))[0] == 200
    assert not stopping.done()
    assert (await stopping)[0] == 204


async def test_of_many_starts_under_one_name_one_wins_and_many_stops_do_no_harm(api):
    body = {**SMALL, "name": "wanted"}
    answers = await asyncio.gather(*(api("sessions", method="POST", body=body) for _ in range(5)))
    codes = sorted(code for code, _ in answers)
    assert codes == [201, 409, 409, 409, 409]
    assert {body["error"]["type"] for code, body in answers if code == 409} == {"SessionExists"}
    stops = await asyncio.gather(*(api("sessions", "wanted", method="DELETE") for _ in range(5)))
    assert {code for code, _ in stops} <= {204, 404}
    assert 204 in {code for code, _ in stops}
    assert await api("sessions") == (200, {"sessions": []})


async def test_a_session_can_be_stopped_while_it_starts(api):
    body = {**SMALL, "name": "hasty"}
    starting = asyncio.ensure_future(api("sessions", method="POST", body=body))
    while not (await api("sessions"))[1]["sessions"]:
        assert not starting.done()
    stops = [(await api("sessions", "hasty", method="DELETE"))[0]]
    code, answer = await starting
    assert code in (201, 422), answer
    if code == 201:
        stops.append((await api("sessions", "hasty", method="DELETE"))[0])
    assert 204 in stops
    assert await api("sessions") == (200, {"sessions": []})


async def test_sessions_that_start_and_stop_side_by_side_do_not_disturb_each_other(api, panel):
    watcher = await panel("sessions", "workers")

    async def live_and_die(name):
        await start(api, name, allow_multiple=True)
        assert (await api("sessions", name, "workers"))[0] == 200
        return (await api("sessions", name, method="DELETE"))[0]

    names = ["one", "two", "three"]
    assert await asyncio.gather(*map(live_and_die, names)) == [204] * 3
    await watcher.until(lambda p: not p.known["sessions"] and not p.known["workers"])
    assert not any(m["type"] == "error" for m in watcher.messages)


async def test_pictures_outlive_the_session_that_drew_them(api, jp_fetch, panel, monitor):
    await start(api)
    watcher = await panel("figures")
    await watcher.until(lambda p: p.messages)
    _, reply = await run_program("default", a_figure())
    (figure,) = reply.figures
    await watcher.until(lambda p: figure.id in p.known["figures"])
    await eventually(lambda: not monitor.figure_service.missing("default"))
    await api("sessions", "default", method="DELETE")
    _, body = await api("figures")
    assert [each["id"] for each in body["figures"]] == [figure.id]
    image = await jp_fetch(*API, "figures", figure.id, "image")
    assert image.body == figure.data


async def test_pictures_that_nobody_looked_at_go_with_their_session(api):
    await start(api)
    _, reply = await run_program("default", a_figure())
    _, body = await api("figures")
    assert [each["id"] for each in body["figures"]] == [reply.figures[0].id]
    await api("sessions", "default", method="DELETE")
    assert await api("figures") == (200, {"figures": []})
    assert (await api("figures", reply.figures[0].id, "image"))[0] == 404


async def test_a_session_that_dies_is_shown_dead_and_the_others_live_on(api, panel):
    victim = await start(api, "victim")
    await start(api, "other", allow_multiple=True)
    watcher = await panel("sessions", "workers", "objects")
    await watcher.until(lambda p: len(p.known["workers"]) == 2)
    died = time.monotonic()
    os.kill(victim["pid"], signal.SIGKILL)
    await watcher.until(lambda p: state_of(p, "victim") == "failed")
    assert time.monotonic() - died < 10
    assert watcher.known["sessions"]["victim"]["reason"]
    await watcher.until(lambda p: {w["session"] for w in p.known["workers"].values()} == {"other"})
    await run_program("other", an_object("alive"))
    await watcher.until(lambda p: "alive" in p.known["objects"])
    code, body = await api("sessions", "victim", "workers")
    assert code == 410
    assert body["error"]["type"] == "SessionDead"
    assert (await api("sessions", "victim", method="DELETE"))[0] == 204


async def test_a_session_that_hangs_is_reported_and_stops_no_other(api, panel):
    stuck = await start(api, "stuck")
    await start(api, "other", allow_multiple=True)
    watcher = await panel("workers", "objects")
    await watcher.until(lambda p: len(p.known["workers"]) == 2)
    os.kill(stuck["pid"], signal.SIGSTOP)
    try:
        await watcher.until(lambda p: any(m["type"] == "error" for m in p.messages))
        (error,) = [m for m in watcher.messages if m["type"] == "error"]
        assert error["session"] == "stuck"
        assert "stuck" in error["message"]
        await run_program("other", an_object("alive"))
        await watcher.until(lambda p: "alive" in p.known["objects"])
        code, body = await api("sessions", "stuck", "objects")
        assert (code, body["error"]["type"]) in [(503, "EngineLost"), (410, "SessionDead")]
        late = await panel("sessions")
        await late.until(lambda p: any(m["type"] == "error" for m in p.messages))
    finally:
        os.kill(stuck["pid"], signal.SIGCONT)
    await run_program("stuck", an_object("again"))
    await watcher.until(lambda p: "again" in p.known["objects"])


async def test_a_session_that_starts_again_under_its_name_is_followed(api, panel):
    await start(api)
    watcher = await panel("sessions", "workers")
    await watcher.until(lambda p: p.known["workers"])
    before = set(watcher.known["workers"])
    await api("sessions", "default", method="DELETE")
    await start(api)
    await watcher.until(lambda p: set(p.known["workers"]) - before)
    await watcher.until(lambda p: not set(p.known["workers"]) & before)


async def test_looking_writes_no_line_into_any_log(api, panel, emout_home):
    await start(api)
    watcher = await panel("sessions", "workers", "objects", "figures")
    await watcher.until(lambda p: p.known["workers"])
    await run_program("default", an_object("seen"))
    await watcher.until(lambda p: "seen" in p.known["objects"])

    def written():
        logs = "".join(file.read_text() for file in sorted(emout_home.rglob("*.log")))
        return [line for line in logs.splitlines() if "client" not in line.lower()]

    before = written()
    assert any("Scheduler is up" in line for line in before)
    assert not any("out-of-band" in line for line in before)
    for _ in range(5):
        assert (await api("sessions", "default", "workers"))[0] == 200
        code, _ = await api("sessions", "default", "workers", "0", "interrupt", method="POST")
        assert code == 204
    assert written() == before


async def test_an_unused_client_is_closed(api, panel, monitor):
    await start(api)
    assert len(monitor._pool) == 0
    await api("sessions", "default", "workers")
    assert len(monitor._pool) == 1
    await eventually(lambda: len(monitor._pool) == 0)
    watcher = await panel("workers")
    await watcher.until(lambda p: p.known["workers"])
    assert len(monitor._pool) == 1
    watcher.socket.close()
    await eventually(lambda: len(monitor._pool) == 0)
    await eventually(lambda: monitor._loop.done())
