"""Pictures in space that a real session draws, in each way of asking for them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emout_lab import remote_figure
from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import DataError, RemoteError

SIZE = (320, 240)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("demo"), grid=8, steps=2)


def pixels_of(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"), dtype=int)


def is_drawn(data: bytes) -> bool:
    pixels = pixels_of(data)
    return (
        pixels.shape == (SIZE[1], SIZE[0], 3) and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50
    )


@pytest.fixture(scope="module")
def here(run) -> np.ndarray:
    """The same picture drawn by this process."""
    from emout_lab.emses import execution

    with execution.using(execution.HERE):
        return Emout(run).phisp[-1].plot3d(window_size=SIZE).pixels().astype(int)


def test_a_scene_comes_back_as_a_remote_figure_with_all_that_was_added_to_it(
    session, run, tmp_path, here
):
    data = Emout(run)
    file = tmp_path / "scene.png"
    with remote_figure(savefilepath=file, display=False) as figure:
        data.phisp[-1].plot3d(window_size=SIZE)
    (result,) = figure.results
    assert (result.width, result.height) == SIZE
    assert file.read_bytes() == result.data
    assert np.abs(pixels_of(result.data) - here).mean() < 1
    with remote_figure(display=False) as figure:
        scene = data.phisp[-1].plot3d("slice", window_size=SIZE)
        data.boundaries.plot3d(plotter=scene, color="red", opacity=1)
    (both,) = figure.results
    assert is_drawn(both.data)
    red = pixels_of(both.data)
    assert ((red[..., 0] > 100) & (red[..., 1] < 60) & (red[..., 2] < 60)).sum() > 20


def test_with_a_session_a_scene_is_drawn_there_and_nothing_is_read_here(
    session, run, programs, here
):
    scene = Emout(run).phisp[-1].plot3d(window_size=SIZE)
    assert not programs, "nothing is sent before the scene is shown"
    assert scene.nbytes == 0
    bundle = scene._repr_mimebundle_()
    assert {"image/png", "application/vnd.emout-lab.figure+json"} <= set(bundle)
    assert np.abs(scene.pixels() - here).mean() < 1


def test_a_ref_to_a_scene_shows_its_picture_as_a_figure(session, run, here, tmp_path):
    data = Emout(run).remote()
    scene = data.phisp[-1].plot3d(window_size=SIZE)
    bundle = scene._repr_mimebundle_()
    assert bundle["application/vnd.emout-lab.figure+json"]["width"] == SIZE[0]
    scene.save(str(tmp_path / "there.png"))
    assert np.abs(pixels_of((tmp_path / "there.png").read_bytes()) - here).mean() < 1


def test_a_film_comes_back_as_a_gif_of_its_frames(session, run):
    with remote_figure(display=False) as figure:
        scene = Emout(run).phisp[-1].plot3d(window_size=SIZE)
        scene.film(frames=3)
    (result,) = figure.results
    with Image.open(io.BytesIO(result.data)) as film:
        assert (film.format, film.n_frames, film.size) == ("GIF", 3, SIZE)


def test_workers_draw_the_frames_of_a_film(session, run, tmp_path):
    scene = Emout(run).phisp[-1].plot3d(window_size=SIZE)
    scene.film(tmp_path / "film.gif", frames=3, fps=5)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 3
    assert scene.nbytes == 0, "nothing was read here"


def test_a_wrong_call_is_an_error_of_its_own_line_and_the_engine_goes_on(session, run):
    data = Emout(run)
    with pytest.raises(RemoteError, match="no surface at 100") as error:
        with remote_figure(display=False):
            data.phisp[-1].plot3d("contour", levels=[100.0])
    assert isinstance(error.value, DataError)
    with remote_figure(display=False) as figure:
        data.phisp[-1].plot3d(window_size=SIZE)
    assert is_drawn(figure.result.data)


def test_each_picture_holds_only_what_was_drawn_in_it(session, run, here):
    data = Emout(run)
    with remote_figure(display=False) as figure:
        data.boundaries.plot3d(color="red", window_size=SIZE)
        data.phisp[-1].plot3d(window_size=SIZE)
    first, second = figure.results
    assert np.abs(pixels_of(second.data) - here).mean() < 1
    assert np.abs(pixels_of(first.data) - here).mean() > 5
