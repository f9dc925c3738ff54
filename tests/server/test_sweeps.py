"""Sweeps whose session is gone: they live in their folders, and the panel shows them."""

import json

import pytest

from emout_lab.engine.sweeps.folder import SweepProgress, SweepState, new_id

from .sweep_folders import failure, success, write_records, write_sweep

RUNNING = {"state": SweepState.RUNNING, "done": 2, "failed": 1, "running": 1, "rate": 3.0}
DONE = {"state": SweepState.DONE, "done": 3, "started": 5.0, "ended": 9.0, "rate": 1.0}


@pytest.fixture(autouse=True)
def home(emout_home):
    """An empty home for each test."""
    return emout_home


async def test_sweeps_are_listed_the_newest_first(api, fixture):
    old = write_sweep(progress=DONE, created=100.0)
    new = write_sweep(created=200.0)
    code, body = await api("sweeps")
    assert code == 200
    assert [each["id"] for each in body["sweeps"]] == [new.id, old.id]
    assert list(body["sweeps"][0]) == list(fixture("sweep"))


async def test_a_sweep_that_is_over_stays_as_it_ended(api):
    folder = write_sweep(progress=DONE)
    code, model = await api("sweeps", folder.id)
    assert code == 200
    assert model["state"] == "done"
    assert (model["done"], model["started"], model["ended"]) == (3, 5.0, 9.0)
    assert (model["rate"], model["seconds_left"], model["first_error"]) == (None, None, None)
    assert model["parameters"] == ["k"]


@pytest.mark.parametrize("progress", [None, RUNNING])
async def test_a_sweep_whose_session_is_gone_is_interrupted(api, progress):
    folder = write_sweep(progress=progress)
    _, model = await api("sweeps", folder.id)
    assert model["state"] == "interrupted"
    assert (model["running"], model["rate"], model["seconds_left"]) == (0, None, None)


async def test_the_table_of_a_sweep_without_a_session_comes_in_pieces(api):
    folder = write_sweep(progress=RUNNING)
    write_records(folder, success(0, y=1.5), failure(2, "ValueError: odd"))
    code, first = await api("sweeps", folder.id, "table", params={"limit": "1"})
    assert code == 200
    assert first["points"] == [0]
    assert first["more"] is True
    _, second = await api("sweeps", folder.id, "table", params={"since": first["next"]})
    assert second["points"] == [2]
    assert (second["more"], second["restarted"]) == (False, False)


async def test_a_piece_that_cannot_be_names_the_field(api):
    folder = write_sweep()
    for field, value in [("since", "x"), ("limit", "0"), ("limit", "99999999")]:
        code, body = await api("sweeps", folder.id, "table", params={field: value})
        assert code == 422
        assert body["error"]["field"] == field


VERBS = [
    ("GET", ()),
    ("DELETE", ()),
    ("GET", ("table",)),
    ("POST", ("cancel",)),
    ("POST", ("retry",)),
]


NO_IDS = [
    "x",
    "%2e%2e",
    "..%2f..",
    "A" * 32,
    "a" * 33,
    "%00",
    "a" * 31 + "%C3%A9",
    "a" * 32 + "%0A",
]


async def test_what_is_no_id_touches_no_path(api, home):
    (home / "sweeps").mkdir()
    (home / "sweeps" / "x").mkdir()
    for id in NO_IDS:
        for method, parts in VERBS:
            code, body = await api("sweeps", id, *parts, method=method)
            assert code in (404, 422), (id, method, parts, body)
    assert (home / "sweeps" / "x").is_dir()


async def test_a_sweep_that_there_is_not_is_not_found(api):
    for method, parts in VERBS:
        code, body = await api("sweeps", new_id(), *parts, method=method)
        assert code == 404
        assert body["error"]["type"] == "ObjectGone"


async def test_a_sweep_is_deleted_with_its_results(api):
    folder, other = write_sweep(), write_sweep()
    write_records(folder, success(0, y=1.5))
    assert await api("sweeps", folder.id, method="DELETE") == (204, None)
    assert not folder.path.exists()
    assert other.path.is_dir()
    assert (await api("sweeps", folder.id, "table"))[0] == 404


async def test_a_sweep_that_is_over_need_not_be_cancelled(api):
    folder = write_sweep(progress=DONE)
    assert await api("sweeps", folder.id, "cancel", method="POST") == (204, None)
    assert folder.progress().state is SweepState.DONE


async def test_points_are_not_tried_again_without_their_session(api):
    folder = write_sweep(progress=RUNNING)
    code, body = await api("sweeps", folder.id, "retry", method="POST")
    assert code == 410
    assert "'gone', which is over" in body["error"]["message"]


async def test_a_sweep_of_another_version_hides_no_other_one_and_can_be_deleted(api):
    folder, other = write_sweep(), write_sweep()
    file = other.path / "sweep.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 99}))
    _, body = await api("sweeps")
    assert [each["id"] for each in body["sweeps"]] == [folder.id]
    code, body = await api("sweeps", other.id)
    assert code == 409
    assert "another version" in body["error"]["message"]
    assert (await api("sweeps", other.id, "table"))[0] == 409
    assert (await api("sweeps", other.id, method="DELETE"))[0] == 204
    assert not other.path.exists()


async def test_a_damaged_folder_hides_no_other_one(api):
    other = write_sweep(progress=DONE)
    for text in [b"", b"{", b"[]", b"{}", b'{"version": 1}', b"\xff", b'{"state": 3}']:
        folder = write_sweep()
        (folder.path / "sweep.json").write_bytes(text)
        (other.path / "state.json").write_bytes(text)
        code, body = await api("sweeps")
        assert (code, [each["id"] for each in body["sweeps"]]) == (200, [other.id]), text
        for parts in [(), ("table",)]:
            assert (await api("sweeps", folder.id, *parts))[0] == 409, text


async def test_a_panel_sees_sweeps_come_change_and_go(api, panel):
    folder = write_sweep(progress=RUNNING)
    watcher = await panel("sweeps", interval=0.5)
    await watcher.until(lambda p: folder.id in p.known["sweeps"])
    folder.write_progress(SweepProgress(**DONE))
    await watcher.until(lambda p: p.known["sweeps"][folder.id]["state"] == "done")
    another = write_sweep()
    await watcher.until(lambda p: another.id in p.known["sweeps"])
    await api("sweeps", folder.id, method="DELETE")
    await watcher.until(lambda p: [*p.known["sweeps"]] == [another.id])
