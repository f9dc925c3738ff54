"""Every route and the events socket against a real local session."""

import pytest

from .conftest import API, a_figure, an_object, run_program

PNG = b"\x89PNG"
SMALL = {"backend": "local", "memory": "1G", "cores": 1}


@pytest.fixture(scope="module")
def session(local_session):
    """The name of one running local session for this file."""
    return local_session.name


async def test_a_session_is_shown_with_the_keys_of_the_fixture(api, fixture, session):
    code, body = await api("sessions")
    assert code == 200
    (model,) = body["sessions"]
    assert list(model) == list(fixture("session"))
    assert model["state"] == "running"
    assert model["active"] is True
    assert await api("sessions", session) == (200, model)


async def test_workers_are_shown_with_the_keys_of_the_fixture(api, fixture, session):
    code, body = await api("sessions", session, "workers")
    assert code == 200
    (model,) = body["workers"]
    assert set(model) == set(fixture("worker"))
    assert model["session"] == session
    assert model["id"] == "0"
    assert 0 < model["memory_used"] <= model["memory_limit"]


async def test_an_object_is_shown_and_dropped(api, fixture, session):
    await run_program(session, an_object("rest-1"))
    code, body = await api("sessions", session, "objects")
    (model,) = [each for each in body["objects"] if each["id"] == "rest-1"]
    assert code == 200
    assert set(model) == set(fixture("object"))
    assert model["expression"] == "np.zeros(1000)"
    assert model["shape"] == [1000]
    assert model["notebook"] == "run.ipynb"
    code, body = await api("sessions", session, "objects", "rest-1", method="DELETE")
    assert (code, body) == (204, None)
    _, body = await api("sessions", session, "objects")
    assert "rest-1" not in [each["id"] for each in body["objects"]]
    code, body = await api("sessions", session, "objects", "rest-1", method="DELETE")
    assert code == 404
    assert body["error"]["type"] == "ObjectGone"


async def test_an_object_id_is_no_path(api, session):
    code, _ = await api("sessions", session, "objects", "..%2f..", method="DELETE")
    assert code == 404


async def test_a_figure_and_its_image_come_back(api, jp_fetch, fixture, session):
    await run_program(session, a_figure())
    code, body = await api("figures")
    model = body["figures"][0]
    assert code == 200
    assert set(model) == set(fixture("figure"))
    assert model["session"] == session
    assert await api("figures", model["id"]) == (200, model)
    image = await jp_fetch(*API, "figures", model["id"], "image")
    assert image.headers["Content-Type"] == "image/png"
    assert image.headers["X-Content-Type-Options"] == "nosniff"
    assert image.body.startswith(PNG)
    assert len(image.body) == model["bytes"]


async def test_a_second_session_must_be_asked_for(api, session):
    code, body = await api("sessions", method="POST", body={**SMALL, "name": "second"})
    assert code == 409
    assert body["error"]["type"] == "SessionExists"
    assert session in body["error"]["message"]


async def test_a_panel_gets_the_whole_picture_then_changes(panel, session):
    first = await panel("sessions", "workers", "objects", "figures")
    await first.until(lambda p: p.known.get("workers"))
    assert first.messages[0]["type"] == "state"
    assert {each["type"] for each in first.messages[1:]} == {"delta"}
    assert list(first.known["sessions"]) == [session]


async def test_an_object_appears_and_goes_at_once(api, panel, session):
    watcher = await panel("objects")
    await run_program(session, an_object("event-1"))
    await watcher.until(lambda p: "event-1" in p.known["objects"])
    before = len(watcher.messages)
    await api("sessions", session, "objects", "event-1", method="DELETE")
    await watcher.until(lambda p: "event-1" not in p.known["objects"])
    deltas = [each for each in watcher.messages[before:] if each["type"] == "delta"]
    assert [each["removed"] for each in deltas] == [["event-1"]]


async def test_a_figure_is_announced_to_who_shows_outputs(panel, session):
    watcher = await panel("figures")
    await watcher.until(lambda p: p.messages)
    _, reply = await run_program(session, a_figure())
    (figure,) = reply.figures
    await watcher.until(lambda p: figure.id in p.known["figures"])
    assert watcher.known["figures"][figure.id]["notebook"] == "run.ipynb"


async def test_a_panel_hears_only_of_what_it_shows(panel, session):
    few, all_parts = await panel("sessions"), await panel("sessions", "workers")
    await all_parts.until(lambda p: p.known.get("workers"))
    await few.watch("sessions")
    await few.until(lambda p: [m["type"] for m in p.messages].count("state") == 2)
    assert few.known["workers"] == {}
    assert {each.get("part", "sessions") for each in few.messages} == {"sessions"}


@pytest.mark.parametrize(
    "message", ["", "{", "[]", '{"type": "watch"}', '{"type": "x", "parts": []}']
)
async def test_a_wrong_message_is_answered_and_the_socket_stays_open(panel, session, message):
    watcher = await panel("sessions")
    await watcher.send(message)
    await watcher.until(lambda p: p.messages and p.messages[-1]["type"] == "error")
    assert watcher.messages[-1]["session"] is None
    await watcher.watch("sessions")
    await watcher.until(lambda p: p.messages[-1]["type"] == "state")
