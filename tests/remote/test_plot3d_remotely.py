"""Pictures in space that a real session draws, in each way of asking for them."""

from __future__ import annotations

import ctypes.util
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emout_lab import remote_figure
from emout_lab.emses import Emout
from emout_lab.emses.backtrace.results import MultiBacktraceResult
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import DataError, NoRendering, RemoteError
from emout_lab.remote import call

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


def hide_opengl(window: str | None) -> None:
    """Let this process use a kind of window that ends processes where Mesa's OSMesa is missing."""
    from emout_lab import config
    from emout_lab.emses.plot3d import gl

    gl.window_kind.cache_clear()
    config.change_environment(**{gl.WINDOW_VARIABLE: window})


@pytest.mark.skipif(
    ctypes.util.find_library("OSMesa") is not None,
    reason="this machine has what the test does without",
)
def test_an_engine_without_opengl_says_so_and_lives(session, run, here):
    kept = session.open("numpy:arange", 3.0)
    call(hide_opengl, "vtkOSOpenGLRenderWindow").fetch()
    try:
        with pytest.raises(RemoteError, match="finds no OpenGL") as error:
            with remote_figure(display=False):
                Emout(run).phisp[-1].plot3d(window_size=SIZE)
        assert isinstance(error.value, NoRendering)
        assert float(kept.sum()) == 3.0
    finally:
        call(hide_opengl, None).fetch()
    with remote_figure(display=False) as figure:
        Emout(run).phisp[-1].plot3d(window_size=SIZE)
    assert np.abs(pixels_of(figure.result.data) - here).mean() < 1


def test_vectors_bodies_and_orbits_are_drawn_in_one_picture_of_a_block(session, run):
    data = Emout(run)
    length = data.unit.length
    path = np.array([[[1.0, 7, 1], [7, 7, 7]]])
    orbits = MultiBacktraceResult(
        np.zeros((1, 2)), np.array([0.5]), path, path, np.array([2]), data.unit
    )
    with remote_figure(display=False) as figure:
        scene = data.exyz[-1].plot3d(
            "stream", seed_mode="surface", seed_surface=data.boundaries, window_size=SIZE
        )
        data.boundaries.plot3d(plotter=scene)
        orbits.plot3d(plotter=scene, color="red", tube_radius=0.2 * length.factor)
    (result,) = figure.results
    pixels = pixels_of(result.data)
    assert ((pixels[..., 0] > 120) & (pixels[..., 1] < 60) & (pixels[..., 2] < 60)).sum() > 50


def test_an_engine_writes_a_file_for_vtk(session, run, tmp_path):
    import pyvista

    Emout(run).remote().phisp[-1].save_vtk(str(tmp_path / "phi.vti"))
    read = pyvista.read(tmp_path / "phi.vti")
    assert read.dimensions == (9, 9, 9)


def test_a_film_and_a_scene_show_themselves_in_a_notebook(notebook, run):
    shown, film, quiet = notebook(
        f"data = emout_lab.Emout({str(run)!r})\ndata.phisp[-1].plot3d(window_size=(200, 160))",
        "scene = data.remote().phisp[-1].plot3d(window_size=(200, 160))\nscene.film(frames=2)",
        "scene.show()",
    )
    pictures = "application/vnd.emout-lab.figure+json"
    assert [pictures in output["data"] for output in shown] == [True], shown
    assert "emout-lab-player" in film[-1]["data"]["text/html"], film
    assert pictures in quiet[0]["data"], quiet
