"""A long call that is shared out over the engines: the panel sees how far it is and cancels it."""

import asyncio

import pytest

from emout_lab import sessions
from emout_lab.client import aio as engines
from emout_lab.engine.protocol import Call, Program
from emout_lab.engine.serialization import pack
from emout_lab.sessions import aio

from .conftest import PATIENCE_S

TASKS = 400


@pytest.fixture
def session(emout_home):
    """A session of two engines, so that there is somebody to share with."""
    started = sessions.start(backend="local", memory="1G", cores=1, jobs=2)
    return sessions.wait_for_workers(started.name, n=2, timeout=60).name


def shared_work(folder):
    """A program whose one call is done by all engines together; each task leaves a file."""

    def step(path):
        import time
        from pathlib import Path

        Path(path).touch()
        time.sleep(0.1)

    def work(folder):
        from emout_lab.emses import execution

        tasks = [(f"{folder}/{number}",) for number in range(TASKS)]
        return len(execution.current().map(step, tasks, label="steps"))

    call = Call("work", pack((work, (str(folder),), {})), "trace(everything)", keep=False)
    return Program(client="notebook", calls=(call,), notebook="run.ipynb")


async def run_on_first(name, program):
    async with await aio.connect(name) as client:
        address = min(await engines.snapshots(client))
        return await engines.run(client, address, program)


def at_work(panel):
    busy = [each for each in panel.known["workers"].values() if each["current"]]
    return busy[0] if busy and busy[0]["progress"] else None


async def test_the_panel_follows_a_shared_call_and_cancels_it(api, panel, session, tmp_path):
    watcher = await panel("workers")
    running = asyncio.ensure_future(run_on_first(session, shared_work(tmp_path)))
    await watcher.until(lambda p: at_work(p) and 0 < at_work(p)["progress"]["done"] < TASKS)
    worker = at_work(watcher)
    assert worker["current"]["label"] == "trace(everything)"
    assert (worker["progress"]["total"], worker["progress"]["label"]) == (TASKS, "steps")
    before = worker["progress"]["done"]
    await watcher.until(lambda p: at_work(p)["progress"]["done"] > before)
    code, _ = await api("sessions", session, "workers", worker["id"], "interrupt", method="POST")
    assert code == 204
    reply = await asyncio.wait_for(running, PATIENCE_S)
    assert reply.failure.kind == "builtins:KeyboardInterrupt"
    await watcher.until(lambda p: not any(w["current"] for w in p.known["workers"].values()))
    assert not any(each["progress"] for each in watcher.known["workers"].values())
    assert len(list(tmp_path.iterdir())) < TASKS, "what had not begun was never done"
