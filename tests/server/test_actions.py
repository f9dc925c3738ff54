"""What a user does with a running session through REST, against real engines."""

import asyncio
import base64
import json
import time
import uuid
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError

from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.serialization import pack
from emout_lab.server.monitor import Monitor
from emout_lab.sessions import aio

from .conftest import API, PATIENCE_S, a_figure, an_object, run_program

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


def scope_id(notebook, scope):
    return base64.urlsafe_b64encode(json.dumps([notebook, scope]).encode()).decode().rstrip("=")


def a_long_program():
    def work(seconds):
        import time

        # An interrupt reaches Python code, not a sleep of the system.
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.01)

    call = Call("long", pack((work, (PATIENCE_S,), {})), "a long call", keep=False)
    return Program("notebook", (call,), id=uuid.uuid4().hex, notebook="run.ipynb")


def a_clip(frames=3):
    """A figure whose drawing shows how far it has come."""

    def make_clip():
        import matplotlib.pyplot as plt
        from matplotlib.animation import FuncAnimation

        figure, axes = plt.subplots()
        (line,) = axes.plot([0, 1])
        return FuncAnimation(
            figure, lambda n: line.set_data([0, 1], [0, n]) or [line], frames=frames
        )

    call = Call("clip", pack((make_clip, (), {})), "clip", keep=False, drawing="c")
    return Program("notebook", (call,), finish=(("c", FigureOptions("gif", 30.0)),))


async def busy(api, session):
    """Start a long program and return its task once the engine runs it."""
    running = asyncio.ensure_future(run_whatever(session, a_long_program()))
    while True:
        _, body = await api("sessions", session, "workers")
        if body["workers"][0]["current"]:
            return running, body["workers"][0]
        assert not running.done()


async def run_whatever(name, program):
    from emout_lab.client import aio as engines

    async with await aio.connect(name) as client:
        (address,) = await engines.snapshots(client)
        return await engines.run(client, address, program)


@pytest.mark.parametrize("key", ["id", "address"])
async def test_a_program_is_interrupted_by_the_workers_name_or_address(
    api, http_server_client, jp_base_url, jp_auth_header, session, key
):
    running, worker = await busy(api, session)
    assert worker["current"]["label"] == "a long call"
    name = quote(worker[key], safe="")
    url = f"{jp_base_url}emout-lab/api/sessions/{session}/workers/{name}/interrupt"
    answer = await http_server_client.fetch(url, method="POST", body="", headers=jp_auth_header)
    assert answer.code == 204
    reply = await asyncio.wait_for(running, PATIENCE_S)
    assert reply.failure.kind == "builtins:KeyboardInterrupt"


async def test_the_program_that_the_panel_showed_is_interrupted_and_no_other(api, session):
    running, worker = await busy(api, session)
    parts = ("sessions", session, "workers", worker["id"], "interrupt")
    code, _ = await api(*parts, method="POST", params={"program": "one that is over"})
    assert code == 204
    code, body = await api(*parts, method="POST", params={"programme": "x"})
    assert (code, body["error"]["field"]) == (422, "programme")
    assert not running.done()
    program = worker["current"]["program"]
    code, _ = await api(*parts, method="POST", params={"program": program})
    assert code == 204
    reply = await asyncio.wait_for(running, PATIENCE_S)
    assert reply.failure.kind == "builtins:KeyboardInterrupt"


async def test_an_unknown_worker_is_not_found(api, session):
    code, body = await api("sessions", session, "workers", "9", "interrupt", method="POST")
    assert (code, body["error"]["type"]) == (404, "NoEngine")


def a_lazy_object(folder):
    """An array that lies in a file."""

    def open_array(path):
        import h5py
        import numpy as np
        import xarray as xr

        with h5py.File(path, "w") as file:
            file["a"] = np.zeros((100, 100))
        return xr.open_dataset(path, engine="h5netcdf", phony_dims="sort")["a"]

    call = Call("lazy", pack((open_array, (f"{folder}/a.h5",), {})), "a lazy array")
    return Program(client="notebook", calls=(call,), notebook="run.ipynb")


async def test_an_array_in_memory_is_previewed_while_a_program_runs(api, jp_fetch, session):
    await run_program(session, an_object("quiet", [300, 200]))
    running, worker = await busy(api, session)
    parts = (*API, "sessions", session, "objects", "quiet", "preview")
    images = await asyncio.gather(*(jp_fetch(*parts) for _ in range(3)))
    assert all(image.body.startswith(PNG) for image in images)
    assert not running.done()
    await api("sessions", session, "workers", worker["id"], "interrupt", method="POST")
    await running


async def test_a_busy_engine_neither_reads_files_nor_draws_again_and_says_when_to_ask(
    api, jp_fetch, session, tmp_path
):
    await run_program(session, a_lazy_object(tmp_path))
    _, reply = await run_program(session, a_figure())
    figure = reply.figures[0].id
    assert (await api("figures", figure))[0] == 200
    preview = ("sessions", session, "objects", "lazy", "preview")
    running, worker = await busy(api, session)
    for parts, more in [(preview, {}), (("figures", figure, "image"), {"params": {"fmt": "svg"}})]:
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch(*API, *parts, **more)
        answer = caught.value.response
        assert (answer.code, answer.headers["Retry-After"]) == (409, "2")
        error = json.loads(answer.body)["error"]
        assert error["type"] == "EngineBusy"
        assert "a long call" in error["message"]
    await api("sessions", session, "workers", worker["id"], "interrupt", method="POST")
    await running
    images = await asyncio.gather(*(jp_fetch(*API, *preview) for _ in range(3)))
    assert all(image.body.startswith(PNG) for image in images)


async def test_a_scope_is_dropped_and_the_others_stay(api, session):
    await run_program(session, an_object("in-scope-1"))
    await run_program(session, an_object("in-scope-2"))
    assert (
        await api("sessions", session, "scopes", scope_id("run.ipynb", "other"), method="DELETE")
    )[0] == 404
    _, body = await api("sessions", session, "objects")
    assert {"in-scope-1", "in-scope-2"} <= {each["id"] for each in body["objects"]}
    scope = scope_id("run.ipynb", "scope-1")
    assert await api("sessions", session, "scopes", scope, method="DELETE") == (204, None)
    _, body = await api("sessions", session, "objects")
    assert not [each for each in body["objects"] if each["scope"] == "scope-1"]


@pytest.mark.parametrize("size", [1000, [300, 2000]])
async def test_an_array_has_a_thumbnail(jp_fetch, session, size):
    await run_program(session, an_object("seen", size))
    image = await jp_fetch(*API, "sessions", session, "objects", "seen", "preview")
    assert image.headers["Content-Type"] == "image/png"
    assert image.body.startswith(PNG)
    assert len(image.body) < 20_000


@pytest.mark.parametrize("size", [[2, 2, 2], [], 0])
async def test_what_cannot_be_drawn_has_no_thumbnail(api, session, size):
    await run_program(session, an_object("unseen", size))
    code, body = await api("sessions", session, "objects", "unseen", "preview")
    assert (code, body["error"]["type"]) == (404, "ObjectGone")
    assert "no preview" in body["error"]["message"]


async def test_a_figure_is_drawn_again_in_another_form(jp_fetch, session):
    _, reply = await run_program(session, a_figure())
    (figure,) = reply.figures
    parts = (*API, "figures", figure.id, "image")
    large = await jp_fetch(*parts, params={"dpi": "200"})
    assert large.body.startswith(PNG)
    assert width_of(large.body) == pytest.approx(4 * figure.width, rel=0.03)
    vector = await jp_fetch(*parts, params={"fmt": "svg"})
    assert vector.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in vector.headers["Content-Security-Policy"]
    page = await jp_fetch(*parts, params={"fmt": "pdf"})
    assert page.body.startswith(b"%PDF")
    assert "attachment" in page.headers["Content-Disposition"]
    same = await jp_fetch(*parts)
    assert same.body == figure.data


async def test_an_animation_is_drawn_again_with_its_frames(jp_fetch, session):
    _, reply = await run_program(session, a_clip())
    image = await jp_fetch(
        *API, "figures", reply.figures[0].id, "image", params={"fmt": "gif", "dpi": "20"}
    )
    assert image.body.startswith(b"GIF89a")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"fmt": "exe"}, "fmt"),
        ({"dpi": "2400"}, "dpi"),
        ({"dpi": "nan"}, "dpi"),
        ({"fmt": "mp4"}, "fmt"),
    ],
)
async def test_a_form_that_cannot_be_drawn_is_refused(api, session, params, field):
    _, reply = await run_program(session, a_figure())
    code, body = await api("figures", reply.figures[0].id, "image", params=params)
    assert (code, body["error"]["field"]) == (422, field), body


async def test_an_engine_draws_only_its_last_figures_again(api, session):
    _, first = await run_program(session, a_figure())
    for _ in range(20):
        await run_program(session, a_figure())
    name = first.figures[0].id
    assert (await api("figures", name))[0] == 200
    code, body = await api("figures", name, "image", params={"fmt": "svg"})
    assert (code, body["error"]["type"]) == (410, "ObjectGone")
    assert "Run its cell again" in body["error"]["message"]


async def test_figures_are_cleared_and_do_not_come_back(api, panel, session):
    await run_program(session, a_figure())
    watcher = await panel("figures")
    await watcher.until(lambda p: p.known["figures"])
    assert (await api("figures", method="DELETE"))[0] == 204
    await watcher.until(lambda p: not p.known["figures"])
    assert await api("figures") == (200, {"figures": []})
    _, reply = await run_program(session, a_figure())
    _, body = await api("figures")
    assert [each["id"] for each in body["figures"]] == [reply.figures[0].id]


async def test_cleared_figures_are_unknown_to_a_server_that_starts_anew(
    api, jp_serverapp, session, anew
):
    _, one = await run_program(session, a_figure())
    _, more = await run_program(session, a_figure())
    assert await listed(anew()) >= {one.figures[0].id, more.figures[0].id}
    assert (await api("figures", one.figures[0].id, method="DELETE"))[0] == 204
    assert one.figures[0].id not in await listed(anew())
    assert more.figures[0].id in await listed(anew())
    assert (await api("figures", method="DELETE"))[0] == 204
    assert await listed(anew()) == set()


@pytest.fixture
def anew(jp_serverapp, jp_asyncio_loop):
    """Make what a server that was started again knows: nothing."""
    options = jp_serverapp.web_app.settings["emout_lab"].monitor._options
    made = []

    def make():
        made.append(Monitor(options, jp_serverapp.log))
        return made[-1]

    yield make
    for monitor in made:
        jp_asyncio_loop.run_until_complete(monitor.stop())


async def listed(monitor):
    return {each["id"] for each in await monitor.figures()}


async def test_one_figure_is_taken_off_the_list(api, session):
    _, kept = await run_program(session, a_figure())
    _, gone = await run_program(session, a_figure())
    name = gone.figures[0].id
    assert (await api("figures", name, method="DELETE"))[0] == 204
    assert (await api("figures", name, method="DELETE"))[0] == 404
    assert (await api("figures", name, "image"))[0] == 404
    _, body = await api("figures")
    listed = [each["id"] for each in body["figures"]]
    assert name not in listed
    assert kept.figures[0].id in listed


async def test_two_reads_of_an_image_fetch_it_once(jp_fetch, jp_serverapp, session):
    _, reply = await run_program(session, a_figure())
    name = reply.figures[0].id
    pool = jp_serverapp.web_app.settings["emout_lab"].monitor._pool
    await jp_fetch(*API, "figures", name)
    asked = []
    ask = pool.ask
    pool.ask = lambda *args: asked.append(args) or ask(*args)
    images = await asyncio.gather(*(jp_fetch(*API, "figures", name, "image") for _ in range(4)))
    assert {image.body for image in images} == {reply.figures[0].data}
    assert len(asked) == 1


async def test_a_figure_tells_what_was_read_for_it(api, session):
    _, reply = await run_program(session, a_figure())
    _, model = await api("figures", reply.figures[0].id)
    assert model["bytes_read"] == reply.figures[0].bytes_read


async def test_a_worker_tells_how_far_it_has_come(api, session):
    running = asyncio.ensure_future(run_whatever(session, a_clip(60)))
    seen = set()
    while not running.done():
        _, body = await api("sessions", session, "workers")
        progress = body["workers"][0]["progress"]
        if progress and progress["label"] == "frames":
            assert progress["total"] == 60
            seen.add(progress["done"])
    assert len(seen) > 1
    assert (await running).failure is None
    _, body = await api("sessions", session, "workers")
    assert body["workers"][0]["progress"] is None


async def test_objects_and_figures_that_are_known_do_not_travel_again(session):
    from emout_lab.client import aio as engines
    from emout_lab.engine import verbs

    await run_program(session, an_object("known"))
    async with await aio.connect(session) as client:
        first = await engines.snapshots(client)
        (address,) = first
        versions = {address: first[address].versions}
        (bare,) = (await client.run(verbs.invoke, "snapshot", (versions,))).values()
        assert (bare.objects, bare.figures) == ((), ())
        second = await engines.snapshots(client, first)
        assert second[address].objects is first[address].objects
    await run_program(session, an_object("new"))
    async with await aio.connect(session) as client:
        third = await engines.snapshots(client, first)
        assert "new" in {each.id for each in third[address].objects}


async def test_a_log_is_read_piece_by_piece(api, session):
    code, first = await api("sessions", session, "logs", params={"offset": "0"})
    assert code == 200
    assert "Scheduler is up" in first["text"]
    assert first["sources"][0] == {"id": "host", "label": "host"}
    more = {"job": "host", "offset": str(first["offset"])}
    _, second = await api("sessions", session, "logs", params=more)
    assert second["text"] == ""
    assert second["offset"] == first["offset"]
    _, tail = await api("sessions", session, "logs")
    assert first["text"].endswith(tail["text"])
    _, anew = await api("sessions", session, "logs", params={"offset": "9" * 18})
    assert anew["text"] == first["text"]


@pytest.mark.parametrize("job", ["8123", "../host.log", "..", "%00", "host.log"])
async def test_a_log_that_a_session_has_not_is_not_found(api, session, job):
    code, body = await api("sessions", session, "logs", params={"job": job})
    assert (code, body["error"]["type"]) == (404, "NoSession")


async def test_a_session_is_scaled_up_and_down(api, session):
    for jobs in (2, 1):
        code, model = await api("sessions", session, method="PATCH", body={"jobs": jobs})
        assert code == 200
        assert model["jobs"] == model["workers_expected"] == jobs
    deadline = time.monotonic() + PATIENCE_S
    while (await api("sessions", session))[1]["workers"] != 1:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("jobs", [0, -1, 10**9, 1.5, "2", None])
async def test_a_number_of_jobs_that_cannot_be_is_refused(api, session, jobs):
    code, body = await api("sessions", session, method="PATCH", body={"jobs": jobs})
    assert (code, body["error"]["field"]) == (422, "jobs")


def width_of(png):
    return int.from_bytes(png[16:20], "big")
