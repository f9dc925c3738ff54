"""Names on engines through REST: what views and cells assign is listed and deleted there."""

import asyncio
import base64
import json
from contextlib import closing

import numpy as np
import pytest

from emout_lab import parallel, sessions
from emout_lab.remote.session import Session


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


@pytest.fixture
def view(session):
    """A view of a client of its own, whose names go with it."""
    with closing(Session(sessions.connect(session), session)) as connected:
        yield parallel.Client(connected)[0]


async def push(view, **names):
    await asyncio.to_thread(view.push, names, block=True)


async def listed(api, session):
    _, body = await api("sessions", session, "objects")
    return {each["expression"]: each for each in body["objects"] if each["is_name"]}


def scope_id(*key):
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


async def test_a_name_is_listed_and_deleted(api, session, view):
    await push(view, a=np.zeros(1_000_000), n=5)
    found = await listed(api, session)
    assert (found["a"]["bytes"], found["a"]["engine"]) == (8_000_000, "0")
    assert (found["n"]["type"], found["n"]["value"]) == ("int", "5")
    code, _ = await api("sessions", session, "objects", found["a"]["id"], method="DELETE")
    assert code == 204
    assert set(await listed(api, session)) == {"n"}
    with pytest.raises(NameError):
        await asyncio.to_thread(view.get, "a")


async def test_all_names_are_deleted_and_objects_outside_scopes_stay(api, session, view):
    await push(view, a=1, b=[2])
    kept = view.client.session.open("numpy:ones", 3)
    assert await asyncio.to_thread(lambda: float(kept[0])) == 1.0
    notebook = (await listed(api, session))["a"]["notebook"]
    where = ("sessions", session, "scopes")
    code, _ = await api(*where, scope_id(notebook, None, True), method="DELETE")
    assert code == 204
    assert await listed(api, session) == {}
    assert await asyncio.to_thread(lambda: float(kept[1])) == 1.0
    code, body = await api(*where, scope_id(notebook, None, True), method="DELETE")
    assert code == 404
    assert "namespace" in body["error"]["message"]
    await push(view, a=1)
    code, _ = await api(*where, scope_id(notebook, None), method="DELETE")
    assert code == 204
    assert set(await listed(api, session)) == {"a"}


async def test_panels_hear_of_changed_names_alone(api, session, view, panel):
    await push(view, **{f"n{i}": i for i in range(1000)})
    watching = await (await panel("objects")).until(lambda p: len(p.known["objects"]) == 1000)
    before = len(watching.messages)
    await push(view, n3=-3)
    await watching.until(
        lambda p: any(each["value"] == "-3" for each in p.known["objects"].values())
    )
    changes = watching.messages[before:]
    assert sum(len(each["set"]) for each in changes) == 1
    assert sum(len(json.dumps(each)) for each in changes) < 1000


async def test_a_request_is_interrupted_by_the_panel(api, session, view, panel):
    def wait_long():
        import time

        while True:
            time.sleep(0.01)

    result = await asyncio.to_thread(view.apply_async, wait_long)
    watching = await (await panel("workers")).until(
        lambda p: any(w["current"] for w in p.known["workers"].values())
    )
    (worker,) = watching.known["workers"].values()
    assert worker["current"]["label"].startswith("wait_long")
    parts = ("sessions", session, "workers", worker["id"], "interrupt")
    code, _ = await api(*parts, method="POST", params={"program": worker["current"]["program"]})
    assert code == 204
    with pytest.raises(parallel.RemoteError, match="KeyboardInterrupt"):
        await asyncio.to_thread(result.get, 20)
    assert await asyncio.to_thread(view.apply_sync, abs, -2) == 2
