"""Frames of long animations are drawn on all engines of a session."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from emout_lab import Emout, connect, remote_figure
from emout_lab.emses import execution
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.plot import parallel_frames


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=8, steps=230)


@pytest.fixture
def pair(two_engines):
    """The session with two engines, as the one in use."""
    yield connect(name="pair")


def frames_of(content: bytes) -> list[np.ndarray]:
    image = Image.open(io.BytesIO(content))
    frames = []
    for number in range(image.n_frames):
        image.seek(number)
        frames.append(np.asarray(image.convert("RGB")))
    return frames


@pytest.mark.parametrize("part", [np.s_[:, :, 4, :], np.s_[:, 4, 4, :]])
def test_a_shared_film_is_the_same_as_one_drawn_here(pair, run, part, monkeypatch):
    told = []
    monkeypatch.setattr(execution.current(), "progress", lambda *now: told.append(now))
    options = {"figsize": (3, 2), "cmap": "magma"} if len(part) - part.count(4) == 3 else {}
    shared = Emout(run).phisp[part].gifplot(**options).to_bytes(fps=20)
    assert told[-1][:3] == (3, 3, "drawing frames")
    monkeypatch.setattr(parallel_frames, "FRAMES", 1000)
    alone = Emout(run).phisp[part].gifplot(**options).to_bytes(fps=20)
    for a, b in zip(frames_of(shared), frames_of(alone), strict=True):
        assert np.array_equal(a, b)
    with Image.open(io.BytesIO(shared)) as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (230, 50, 0)


def test_a_player_of_shared_frames_has_all_of_them(pair, run):
    html = Emout(run).phisp[:, :, 4, :].gifplot(action="to_html", figsize=(2, 2))
    assert "1 / 230" in html


def test_an_engine_shares_the_frames_of_a_remote_film(pair, run):
    remote = Emout(run).remote(session=pair)
    with remote_figure(display=False, fmt="gif", dpi=50) as figure:
        remote.phisp[:, :, 4, :].gifplot(figsize=(3, 2))
    frames = frames_of(figure.result.data)
    assert len(frames) == 230 and frames[0].shape == (100, 150, 3)


def test_what_cannot_be_made_elsewhere_is_drawn_here(run):
    from matplotlib.figure import Figure

    part = Emout(run).phisp[:, :, 4, :]
    assert part.gifplot(fig=Figure())._origin is None
    origin = part.gifplot(cmap="gray")._origin
    assert origin.options["cmap"] == "gray" and origin.options["vmax"] == 0


def test_a_notebook_plays_an_animation_that_lives_on_the_engine(pair, run):
    film = Emout(run).remote(session=pair).phisp[:3, :, 4, :].gifplot(figsize=(2, 2))
    assert "1 / 3" in film._repr_html_() and "FieldAnimation" in repr(film)
    assert "1 / 3" in film.to_html()._repr_html_()
    lines = film.frames._repr_html_()
    assert lines.startswith("<code>") and "<script>" not in lines


def test_vectors_are_shared_out_and_look_the_same(pair, run, monkeypatch):
    options = {"figsize": (3, 2), "mode": "vec", "lengths": True}
    shared = Emout(run).exz[:, :, 4, :].gifplot(**options).to_bytes()
    monkeypatch.setattr(parallel_frames, "FRAMES", 1000)
    alone = Emout(run).exz[:, :, 4, :].gifplot(**options).to_bytes()
    for a, b in zip(frames_of(shared), frames_of(alone), strict=True):
        assert np.array_equal(a, b)


def test_frames_that_are_drawn_anew_are_shared_out_in_smaller_parts(pair, run, monkeypatch):
    told = []
    monkeypatch.setattr(execution.current(), "progress", lambda *now: told.append(now))
    film = Emout(run).phisp[:24, :, 4, :].gifplot(mode="cont", figsize=(3, 2))
    shared = film.to_bytes()
    assert told[-1][:3] == (3, 3, "drawing frames")
    monkeypatch.setattr(parallel_frames, "SLOW_FRAMES", 1000)
    for a, b in zip(frames_of(shared), frames_of(film.to_bytes()), strict=True):
        assert np.array_equal(a, b)
