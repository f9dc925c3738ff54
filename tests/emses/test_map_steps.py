"""Maps of fields tell their output steps, and read any of them as it would have been drawn."""

from __future__ import annotations

import pickle

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.plot.map_steps import STEPS, MapSteps
from emout_lab.engine import operations

STEP, OTHER = 3, 1

MAPS = {
    "plot": lambda f: f.plot(),
    "plot in EMSES units": lambda f: f.plot(use_si=False),
    "plot with the axes exchanged": lambda f: f.plot(axes="zx"),
    "plot with offsets": lambda f: f.plot(offsets=("center", "left", 2.5)),
    "plot on a logarithmic scale": lambda f: (f * f + 1).plot(norm="log"),
    "cmap": lambda f: f.cmap(),
    "xarray's imshow": lambda f: f.plot.imshow(),
    "xarray's imshow, turned": lambda f: f.plot.imshow(x="z"),
    "xarray's pcolormesh": lambda f: f.plot.pcolormesh(),
    "xarray's pcolormesh, turned": lambda f: f.plot.pcolormesh(y="x"),
    "xarray's pcolormesh in EMSES units": lambda f: f.plot.pcolormesh(use_si=False),
    "plt.imshow": lambda f: operations.call_pyplot("imshow", f),
    "plt.pcolormesh": lambda f: operations.call_pyplot("pcolormesh", f),
    "ax.imshow": lambda f: operations.call(plt.gca().imshow, f, origin="lower"),
}
SLICES = {
    "a plane": lambda data, t: data.phisp[t, :, 8, :],
    "a plane of a part in time": lambda data, t: data.phisp[1:][t - 1][2:9, 8, ::2],
    "a plane of chosen steps": lambda data, t: data.phisp[[1, 3]][(t - 1) // 2, :, 8],
    "uneven positions": lambda data, t: data.phisp[t, [1, 2, 5, 9], 8, :],
    "positions out of order": lambda data, t: data.phisp[t, [9, 2, 5, 1], 8, :],
    "an expression": lambda data, t: np.abs(2 * data.phisp[t, :, 8, :]) + 1,
    "the length of a vector": lambda data, t: data.exz[t, :, 8, :].magnitude(),
    "a part of the length of a vector": lambda data, t: data.exyz.magnitude()[t, :, 8, :],
    "values at the grid points": lambda data, t: data.rex[t, :, 8, :],
}


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def drawn(draw, field):
    plt.figure()
    return draw(field)


@pytest.mark.parametrize("name", MAPS)
def test_a_map_reads_another_step_as_it_would_have_been_drawn(data: Emout, name: str):
    artist = drawn(MAPS[name], data.phisp[STEP, :, 8, :])
    steps = getattr(artist, STEPS)
    assert (steps.at, steps.count, len(steps.labels)) == (STEP, 4, 4)
    for step in (STEP, OTHER):
        expected = drawn(MAPS[name], data.phisp[step, :, 8, :]).get_array()
        found = steps.read(step)
        assert found.shape == expected.shape and found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", SLICES)
def test_every_slice_and_expression_has_its_steps(data: Emout, name: str):
    artist = drawn(MAPS["plot"], SLICES[name](data, STEP))
    steps = getattr(artist, STEPS)
    place = range(steps.count).index(steps.at) - (STEP - OTHER) // (1 if steps.count > 2 else 2)
    expected = drawn(MAPS["plot"], SLICES[name](data, OTHER))
    np.testing.assert_array_equal(steps.read(place), expected.get_array())
    title = plt.gca().get_title()
    plt.figure(artist.figure.number)
    assert steps.retitled(plt.gca().get_title(), place) == title


def test_the_time_of_each_step_is_written_in_its_unit(data: Emout):
    field = data.phisp[STEP, :, 8, :]
    steps = getattr(drawn(MAPS["plot"], field), STEPS)
    own = getattr(drawn(MAPS["plot in EMSES units"], field), STEPS)
    seconds = [float(text) for text in steps.labels]
    np.testing.assert_allclose(seconds, data.phisp.axis("t") * 1e9, atol=0.05)
    assert (steps.unit, steps.value_unit) == ("ns", "V")
    assert own.labels == tuple(f"{t:g}" for t in data.phisp.axis("t", use_si=False))
    assert (own.unit, own.value_unit) == ("", "EMSES unit")


def test_the_engines_live_figures_understand_them(data: Emout):
    engine = pytest.importorskip("emout_lab.engine.live.steps")
    artist = drawn(MAPS["plot"], data.phisp[STEP, :, 8, :])
    found = engine.steps_of(artist)
    assert (found.count, found.at, found.unit, found.value_unit) == (4, STEP, "ns", "V")
    np.testing.assert_array_equal(found.read(OTHER), getattr(artist, STEPS).read(OTHER))
    drawn(MAPS["plot"], data.phisp[OTHER, :, 8, :])
    assert found.title(OTHER) == plt.gca().get_title()


def test_a_title_of_the_users_own_stays(data: Emout):
    artist = drawn(MAPS["plot"], data.phisp[STEP, :, 8, :])
    assert getattr(artist, STEPS).title(STEP) == artist.axes.get_title()
    artist.axes.set_title("mine")
    assert getattr(artist, STEPS).title is None


@pytest.mark.parametrize(
    "draw",
    [
        lambda data: data.phisp[:, 8, 8, :].plot(),  # time is an axis
        lambda data: (data.phisp[3, :, 8, :] - data.phisp[0, :, 8, :]).plot(),  # which one moves?
        lambda data: (data.phisp[1:][2, :, 8, :] - data.phisp[:3][2, :, 8, :]).plot(),
        lambda data: data.phisp[3, :, 8, :].plot(mode="cm+cont"),  # its contours would stay
        lambda data: data.phisp[3, :, 8, :].plot(mode="cont"),
        lambda data: data.phisp.mean(axis=0)[:, 8, :].plot(),
        lambda data: data.phisp[3:][0, :, 8, :].plot(),  # there is no other
        lambda data: operations.call_pyplot("imshow", data.phisp[3, :, 8, :].values),
    ],
)
def test_what_shows_no_single_step_of_several_tells_none(data: Emout, draw):
    assert not hasattr(draw(data), STEPS)


def test_a_step_reads_its_slice_and_nothing_else(data: Emout, monkeypatch):
    from emout_lab.emses import lazy_array

    steps = getattr(drawn(MAPS["plot"], data.phisp[STEP, :, 8, :]), STEPS)
    keys = []
    read = lazy_array.EmsesArray.read_here
    monkeypatch.setattr(
        lazy_array.EmsesArray, "read_here", lambda self, key: keys.append(key) or read(self, key)
    )
    steps.read(OTHER)
    assert [key[:3:2] for key in keys] == [(OTHER, 8)]


def test_missing_values_are_masked(data: Emout):
    steps = MapSteps(0, 2, np.arange(2.0).copy, "s", lambda step: np.array([[step, np.nan]]))
    assert steps.read(1).mask.tolist() == [[False, True]]


def test_a_step_that_there_is_not_is_refused(data: Emout):
    steps = getattr(drawn(MAPS["plot"], data.phisp[STEP, :, 8, :]), STEPS)
    for step in (-1, 4):
        with pytest.raises(IndexError, match="none of the 4 steps"):
            steps.read(step)


def test_a_figure_with_steps_can_be_pickled(data: Emout):
    artist = drawn(MAPS["plot with offsets"], data.phisp[STEP, :, 8, :])
    copy = pickle.loads(pickle.dumps(artist.figure))
    found = getattr(copy.axes[0].images[0], STEPS)
    np.testing.assert_array_equal(found.read(OTHER), getattr(artist, STEPS).read(OTHER))


def test_the_frames_of_a_film_are_its_steps(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot(title="potential")
    ax = film.figure.axes[0]
    steps = getattr(ax.images[0], STEPS)
    film.bring(STEP)
    then, title = ax.images[0].get_array().copy(), ax.get_title()
    film.bring(OTHER)
    assert (steps.at, steps.count) == (OTHER, 4)
    np.testing.assert_array_equal(steps.read(STEP), then)
    assert steps.retitled(ax.get_title(), STEP) == title
    assert steps.retitled("phisp", STEP) == "phisp"


def test_a_film_in_which_lines_move_too_has_no_steps_of_its_maps(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot(mode="cm+cont")
    assert not hasattr(film.figure.axes[0].images[0], STEPS)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("t = 33.4 ns", "t = 0 s"),
        ("x = 1, t = 33.4 ns, y = 2", "x = 1, t = 0 s, y = 2"),
        ("t = 33.4 nss", "t = 33.4 nss"),
        ("my title", "my title"),
        ("t = 3.336e-08 [s]", "t = 0.0 [s]"),  # as xarray has it
    ],
)
def test_only_the_time_in_a_title_changes(text: str, then: str):
    steps = MapSteps(1, 2, np.array([0.0, 3.336e-8]).copy, "s", lambda step: step)
    assert steps.retitled(text, 0) == then
