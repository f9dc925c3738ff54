"""Live figures are drawn again from their calls when their engine was lost."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
import zlib

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from waiting import wait_until

from emout_lab import Emout, ObjectGone, remote_figure
from emout_lab.client import aio, live_recipes
from emout_lab.config import load
from emout_lab.emses.demo import write_demo_data
from emout_lab.paths import Runtime


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=4)


@pytest.fixture(scope="module")
def data(session, run):
    return Emout(run).remote()


def live(draw):
    with remote_figure(dpi=60, display=False, live=True) as figure:
        draw()
    return figure.results


def drawn_again(session, result):
    """Return the pixels of a figure that is drawn again, and its new id."""
    recipe = live_recipes.needed(session.name, result.figure.id)
    names = session.client.sync(live_recipes.draw_again, session.client, session.name, recipe)
    name = live_recipes.numbered(names, recipe.number)
    address = next(iter(session.client.scheduler_info()["workers"]))
    return pixels(session.client.sync(aio.invoke, session.client, address, "figure", name)), name


def objects(session) -> set[str]:
    found = session.client.sync(aio.snapshots, session.client).values()
    return {each.id for engine in found for each in engine.objects}


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def kill_the_engine(session):
    (found,) = session.client.sync(aio.snapshots, session.client).values()
    address = session.queue.link.locate()
    os.kill(found.pid, signal.SIGKILL)
    wait_until(lambda: session.queue.link.is_gone(address))


def two_panels(data):
    plt.rcParams["axes.facecolor"] = "lightyellow"
    fig, (a, b) = plt.subplots(1, 2, figsize=(8, 3))
    data.phisp[-1, :, 8, :].plot(ax=a)
    low, high = a.get_xlim()  # a value on the way
    b.plot(np.linspace(float(low), float(high), 17), data.phisp[-1, 8, 8, :] * 2)
    b.imshow(np.ones((200, 200)), extent=(0, 1, 0, 1))
    fig.suptitle("both")


def test_a_figure_is_drawn_again_by_another_engine_as_it_was(session, data):
    with plt.rc_context():
        (result,) = live(lambda: two_panels(data))
    kill_the_engine(session)
    found, name = drawn_again(session, result)
    np.testing.assert_array_equal(found, pixels(result.data))
    assert live_recipes.is_kept(session.name, name)
    with pytest.warns(UserWarning, match="computed again"):
        assert data.phisp.shape[0] == 4  # what the notebook has is as it was


def test_it_does_not_touch_what_the_notebook_has_there(session, data):
    plane = data.phisp[-1, :, 8, :]
    before = float(plane.max())
    (result,) = live(lambda: plane.plot())
    there = objects(session)
    found, _ = drawn_again(session, result)
    assert objects(session) == there
    np.testing.assert_array_equal(found, pixels(result.data))
    assert float(plane.max()) == before


def test_settings_of_how_files_are_written_go_along(session, data):
    with plt.rc_context({"savefig.bbox": "tight", "savefig.pad_inches": 0.5}):
        (result,) = live(lambda: plt.plot([1, 2]))
    found, _ = drawn_again(session, result)
    np.testing.assert_array_equal(found, pixels(result.data))


def test_each_figure_of_a_block_is_drawn_again_by_itself(session, data):
    def two():
        data.phisp[-1, :, 8, :].plot(figsize=(3, 3))
        data.phisp[0, :, 8, :].plot(figsize=(5, 3))

    for result in live(two):
        found, _ = drawn_again(session, result)
        np.testing.assert_array_equal(found, pixels(result.data))


def test_the_users_own_functions_and_modules_go_along(session, data, tmp_path, monkeypatch):
    (tmp_path / "livehelp.py").write_text("def double(values):\n    return values * 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    import livehelp

    session.queue.flush()
    doubled = session.open(livehelp.double, data.phisp[-1, 8, 8, :])
    (result,) = live(lambda: plt.plot(doubled))
    (tmp_path / "livehelp.py").unlink()
    found, _ = drawn_again(session, result)
    np.testing.assert_array_equal(found, pixels(result.data))


def changed_before(session, data):
    values = session.open("numpy:zeros", 5)
    values[2] = 1.0
    return lambda: plt.plot(values)


def with_names_of_the_engine(session, data):
    session.engine()["height"] = 3.0
    return lambda: plt.axhline(session.engine()["height"])


def with_a_file(session, data):
    def draw():
        data.phisp[-1, :, 8, :].plot()
        plt.savefig(io.BytesIO(), dpi=30)

    return draw


def with_random_numbers(session, data):
    values = session.open("numpy.random:rand", 5)
    return lambda: plt.plot(values)


def shown_on_the_way(session, data):
    def draw():
        plt.plot([1, 2])
        plt.show()
        plt.plot([2, 1])

    return draw


def with_much_data(session, data):
    values = np.random.default_rng(1).random((400, 400))
    return lambda: plt.imshow(values)


@pytest.mark.parametrize(
    "make",
    [
        changed_before,
        with_names_of_the_engine,
        with_a_file,
        with_random_numbers,
        shown_on_the_way,
        with_much_data,
    ],
)
def test_a_figure_that_may_become_another_is_not_drawn_again(session, data, make):
    result = live(make(session, data))[-1]
    assert not live_recipes.is_kept(session.name, result.figure.id)
    with pytest.raises(ObjectGone, match="Run its cell again"):
        drawn_again(session, result)


def test_many_own_modules_fit_into_a_recipe(session, tmp_path, monkeypatch):
    lines = "".join(f"def function_{n}(x):\n    return x + {n}\n" for n in range(30_000))
    (tmp_path / "own_and_long.py").write_text(lines)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("own_and_long")
    assert len(lines) > live_recipes.MOST_BYTES
    (result,) = live(lambda: plt.plot([module.function_1(1), 2]))
    found, _ = drawn_again(session, result)
    np.testing.assert_array_equal(found, pixels(result.data))
    monkeypatch.delitem(sys.modules, "own_and_long")


def test_what_is_changed_in_the_block_itself_is_changed_again(session):
    def draw():
        values = session.open("numpy:zeros", 5)
        values[2] = 1.0
        plt.plot(values)

    (result,) = live(draw)
    found, _ = drawn_again(session, result)
    np.testing.assert_array_equal(found, pixels(result.data))


def test_a_figure_that_is_not_live_leaves_nothing(session):
    with remote_figure(display=False) as figure:
        plt.plot([1, 2])
    assert not live_recipes.is_kept(session.name, figure.result.figure.id)


def test_recipes_are_their_users_alone_and_not_more_than_needed(session, monkeypatch):
    monkeypatch.setattr(live_recipes, "MOST_RECIPES", 2)
    names = [live(lambda: plt.plot([1, 2]))[0].figure.id for _ in range(3)]
    folder = Runtime(load().home).session(session.name).live
    files = list(folder.iterdir())
    assert sorted(file.stem for file in files) == sorted(names[1:])
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_file_with_anything_else_in_it_is_none(session, tmp_path):
    import pickle

    (result,) = live(lambda: plt.plot([1, 2]))
    file = Runtime(load().home).session(session.name).live
    file = file / f"{result.figure.id}.recipe"
    packed = [zlib.compress(data) for data in (b"", b"x", pickle.dumps(os.system), pickle.dumps(3))]
    for data in (b"", b"nonsense", *packed):
        file.write_bytes(data)
        assert live_recipes.find(session.name, result.figure.id) is None


@pytest.mark.parametrize("figure", ["", "../state", "a" * 31, "A" * 32])
def test_a_name_that_is_no_figures_is_not_looked_up(session, figure: str):
    assert not live_recipes.is_kept(session.name, figure)
    assert live_recipes.find(session.name, figure) is None


def test_they_go_with_their_session(session):
    live(lambda: plt.plot([1, 2]))
    paths = Runtime(load().home).session(session.name)
    assert list(paths.live.iterdir())
    session.stop()
    wait_until(lambda: not paths.directory.exists())
