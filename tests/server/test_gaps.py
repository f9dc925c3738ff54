"""Engines that hang, hosts that vanish, panels that lose their connection or never read."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from emout_lab import sessions

from .conftest import API, PATIENCE_S, a_figure, an_object, run_program


@pytest.fixture
def jp_server_config(jp_server_config, emout_home):
    """Quick to lose patience, with no session at the start."""
    jp_server_config["EmoutLabApp"] = {"poll_interval": 0.3, "engine_timeout": 3.0}
    return jp_server_config


@pytest.fixture
def monitor(jp_serverapp):
    return jp_serverapp.web_app.settings["emout_lab"].monitor


def start(jobs=1):
    name = sessions.start(backend="local", memory="1G", cores=1, jobs=jobs).name
    return sessions.wait_for_workers(name, n=jobs, timeout=60)


async def eventually(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.02)


async def test_one_engine_that_hangs_holds_up_no_other(api, panel):
    name = start(jobs=2).name
    watcher = await panel("workers", "objects", "figures")
    await watcher.until(lambda p: len(p.known["workers"]) == 2)
    workers = sorted(watcher.known["workers"].values(), key=lambda each: each["address"])
    lively, stuck = workers
    drawn = await run_on(stuck["address"], name, a_figure())
    figure = drawn.figures[0].id
    await watcher.until(lambda p: figure in p.known["figures"])
    os.kill(stuck["pid"], signal.SIGSTOP)
    try:
        await watcher.until(lambda p: any(m["type"] == "error" for m in p.messages))
        assert (await api("figures", method="DELETE"))[0] == 204
        await run_on(lively["address"], name, an_object("meanwhile"))
        await watcher.until(lambda p: "meanwhile" in p.known["objects"])
        assert set(watcher.known["workers"]) == {lively["address"], stuck["address"]}
        code, body = await api("sessions", name, "workers")
        assert (code, len(body["workers"])) == (200, 2)
        before = len(watcher.messages)
        await watcher.until(
            lambda p: sum(m.get("part") == "workers" for m in p.messages[before:]) >= 3
        )
        errors = [m for m in watcher.messages if m["type"] == "error"]
        assert len(errors) == 1, "it is said once"
        assert f"Engine {stuck['id']} of session {name!r}" in errors[0]["message"]
    finally:
        os.kill(stuck["pid"], signal.SIGCONT)
    await run_on(stuck["address"], name, an_object("back"))
    await watcher.until(lambda p: "back" in p.known["objects"])
    assert watcher.known["figures"] == {}
    await watcher.until(lambda p: any(m["type"] == "solved" for m in p.messages))
    (solved,) = [m for m in watcher.messages if m["type"] == "solved"]
    assert solved["message"] == errors[0]["message"]


async def run_on(address, name, program):
    from emout_lab.client import aio as engines
    from emout_lab.sessions import aio

    async with await aio.connect(name) as client:
        return await engines.run(client, address, program)


async def test_an_engine_that_is_killed_in_the_middle_of_a_request_is_no_failure(api, panel):
    name = start().name
    await run_program(name, an_object("victim", [300, 300]))
    watcher = await panel("workers", "objects")
    await watcher.until(lambda p: "victim" in p.known["objects"])
    (worker,) = watcher.known["workers"].values()
    requests = [
        asyncio.ensure_future(api(*parts, **more))
        for _ in range(5)
        for parts, more in [
            (("sessions", name, "workers"), {}),
            (("sessions", name, "objects"), {}),
            (("sessions", name, "objects", "victim", "preview"), {}),
            (("sessions", name, "objects", "victim"), {"method": "DELETE"}),
            (("sessions", name, "workers", "0", "interrupt"), {"method": "POST"}),
            (("figures",), {"method": "DELETE"}),
        ]
    ]
    os.kill(worker["pid"], signal.SIGKILL)
    for answer in asyncio.as_completed(requests):
        try:
            code, body = await asyncio.wait_for(answer, PATIENCE_S)
        except UnicodeDecodeError:
            continue  # the preview itself, which was quicker
        assert code in (200, 204, 404, 503), body
    # Its nanny starts another.
    await watcher.until(
        lambda p: p.known["workers"] and worker["address"] not in p.known["workers"]
    )
    assert watcher.known["objects"] == {}


@pytest.mark.parametrize("parts", [("sessions",), ("sessions", "workers")])
async def test_a_host_on_another_machine_that_dies_is_shown_dead_in_time(panel, emout_home, parts):
    pid = start_elsewhere()
    watcher = await panel(*parts)
    await watcher.until(lambda p: state_of(p) == "running")
    assert watcher.known["sessions"]["default"]["host"] != socket.gethostname()
    if "workers" in parts:
        await watcher.until(lambda p: p.known["workers"])
    await probed(watcher)
    children = psutil.Process(pid).children(recursive=True)
    os.kill(pid, signal.SIGKILL)
    died = time.monotonic()
    await watcher.until(lambda p: state_of(p) == "failed")
    assert time.monotonic() - died < 10
    assert watcher.known["sessions"]["default"]["reason"]
    for child in children:
        child.kill() if child.is_running() else None
    shutil.rmtree(emout_home / "servers")  # else a stop would look for it over there


def start_elsewhere():
    """Start a session as if on a machine of another name, and return its host's pid."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is missing; install util-linux")
    code = "import socket; socket.sethostname('elsewhere'); from emout_lab import sessions; "
    code += "print(sessions.start(backend='local', memory='1G', cores=1, jobs=1).pid)"
    command = ["unshare", "--uts", "--map-root-user", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    if "unshare failed" in done.stderr:
        pytest.skip("this machine lets no user change a host name of its own")
    assert done.returncode == 0, done.stderr
    sessions.wait_for_workers(timeout=60)
    return int(done.stdout)


async def probed(watcher):
    """Wait until the server has looked for itself."""
    await watcher.watch(*watcher.parts)
    await watcher.until(lambda p: [m["type"] for m in p.messages].count("state") == 2)


def state_of(panel):
    return panel.known["sessions"].get("default", {}).get("state")


async def test_after_a_gap_a_panel_has_the_whole_picture(api, panel):
    name = start().name
    first = await panel("sessions", "objects", "figures")
    await run_program(name, an_object("before"))
    await first.until(lambda p: "before" in p.known["objects"])
    first.socket.close()
    assert (await api("sessions", name, "objects", "before", method="DELETE"))[0] == 204
    await run_program(name, an_object("meanwhile"))
    _, reply = await run_program(name, a_figure())
    again = await panel("sessions", "objects", "figures")
    await again.until(lambda p: p.messages)
    assert again.messages[0]["type"] == "state"
    await again.until(
        lambda p: (
            set(p.known["objects"]) == {"meanwhile"}
            and set(p.known["figures"]) == {reply.figures[0].id}
        )
    )


async def test_a_panel_that_never_reads_costs_a_bounded_queue_and_nobody_else_anything(
    jp_ws_fetch, panel, monitor
):
    deaf = await open_deaf(jp_ws_fetch)
    watcher = await panel("objects")
    await watcher.until(lambda p: p.messages)
    limit = monitor._options.queue_limit
    await eventually(lambda: len(monitor.store._subscriptions) == 2)
    for look in range(3 * limit):
        models = [big_object(number, look) for number in range(50)]
        monitor.store.update("objects", models)
        await asyncio.sleep(0)
        assert all(len(each._messages) <= limit for each in monitor.store._subscriptions)
    last = monitor.store.models("objects")
    await watcher.until(lambda p: list(p.known["objects"].values()) == last)
    deaf.close()
    await eventually(lambda: len(monitor.store._subscriptions) == 1)


def big_object(number, look):
    return {"id": str(number), "session": "x", "expression": "x" * 1000, "bytes": look}


async def open_deaf(jp_ws_fetch):
    """Open a socket whose other end stops to read from the network."""
    opened = await jp_ws_fetch(*API, "events")
    await opened.write_message(json.dumps({"type": "watch", "parts": ["objects"]}))
    opened.protocol.stream._handle_read = lambda: None
    return opened
