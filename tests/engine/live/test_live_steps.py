"""Time steps of maps and frames of animations, and what a figure tells at a place."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import ArtistAnimation, FuncAnimation

from emout_lab.engine.live.steps import Steps, give_steps, steps_of
from emout_lab.engine.live.wishes import AxesWish, Probe, Wish, check_wish
from emout_lab.errors import CannotShow, SpecError

from .conftest import Shown, colours

VALUES = np.random.default_rng(1).random((4, 9, 12))


def figure_of(draw="imshow", **options):
    figure, axes = plt.subplots()
    artist = getattr(axes, draw)(VALUES[0], vmin=0, vmax=1, **options)
    figure.colorbar(artist, label="phi [V]")
    read = []

    def values(t):
        read.append(t)
        return VALUES[t]

    steps = Steps(4, ("0.0", "0.5", "1.0", "1.5"), "s", values, 0, "V", lambda t: f"t = {t}")
    give_steps(artist, steps)
    return figure, artist, read


@pytest.mark.parametrize("draw", ["imshow", "pcolormesh"])
def test_a_map_is_shown_at_any_step(draw):
    figure, artist, read = figure_of(draw)
    shown = Shown(figure)
    assert shown.hello.steps == {
        "count": 4,
        "at": 0,
        "labels": ["0.0", "0.5", "1.0", "1.5"],
        "unit": "s",
    }
    layers, told = shown.numbers(t=2)
    rows = VALUES[2] if draw == "imshow" else VALUES[2][::-1]
    np.testing.assert_array_equal(colours(layers), artist.to_rgba(rows, bytes=True))
    assert told[0]["title"] == "t = 2"
    assert read == [2]
    shown.numbers(AxesWish(0, x=(1, 5)), t=2)
    assert read == [2]
    still = shown.picture()
    moved = shown.picture(t=2)
    assert (still != moved).any()
    artist.set_array(VALUES[2])
    figure.axes[0].set_title("t = 2")
    np.testing.assert_array_equal(shown.picture(), moved)


def test_steps_are_known_by_the_name_of_the_attribute_alone():
    figure, artist, _ = figure_of()
    artist.emout_lab_steps = SimpleNamespace(
        count=2, labels=["a", "b"], unit="", read=lambda t: VALUES[t + 1]
    )
    assert steps_of(artist).count == 2
    layers, _ = Shown(figure).numbers(t=1)
    np.testing.assert_array_equal(colours(layers), artist.to_rgba(VALUES[2], bytes=True))
    artist.emout_lab_steps = SimpleNamespace(count=2)
    assert steps_of(artist) is None


def test_a_step_of_another_shape_is_refused():
    figure, artist, _ = figure_of()
    give_steps(artist, Steps(1, "a", "", lambda t: np.zeros((3, 3))))
    with pytest.raises(SpecError, match=r"\(3, 3\)"):
        Shown(figure).numbers(t=0)


def test_a_step_that_a_file_does_not_give_tells_why():
    figure, artist, _ = figure_of()

    def fails(t):
        raise OSError("truncated file")

    give_steps(artist, Steps(2, "ab", "", fails))
    with pytest.raises(CannotShow, match="step 1 cannot be read: OSError: truncated"):
        Shown(figure).numbers(t=1)


def film(frames=5):
    figure, axes = plt.subplots()
    (line,) = axes.plot([0, 1])
    drawn = []

    def draw(k):
        drawn.append(k)
        line.set_ydata([0, k / 10])
        return (line,)

    animation = FuncAnimation(figure, draw, frames=frames, cache_frame_data=False)
    animation._draw_was_started = True  # matplotlib warns of animations that nobody has seen
    return figure, animation, drawn


def test_frames_of_an_animation_are_drawn_on_demand():
    figure, animation, drawn = film()
    shown = Shown(figure, animation)
    assert shown.hello.kind == "pixels"
    assert "animation" in shown.hello.reason
    assert shown.hello.steps["count"] == 5
    drawn.clear()
    pictures = [shown.picture(t=k) for k in (4, 1, 4)]
    assert drawn == [4, 1, 4]
    np.testing.assert_array_equal(pictures[0], pictures[2])
    assert (pictures[0] != pictures[1]).any()


def test_an_endless_animation_has_some_frames():
    figure, animation, _ = film(None)
    assert Shown(figure, animation).hello.steps["count"] == 100
    figure, animation, _ = film(lambda: itertools.cycle([1, 2]))
    assert Shown(figure, animation).hello.steps["count"] == 10_000


def test_the_value_at_a_place_is_that_of_the_cell():
    figure, _, _ = figure_of()
    shown = Shown(figure)
    shown.numbers(t=3)
    found = shown.view.probe(Probe(7, "hover", 0, 2.4, 5.6))
    assert found["value"] == VALUES[3, 6, 2]
    assert (found["unit"], found["cell"], found["seq"]) == ("V", [6, 2], 7)
    assert found["profiles"] is None
    outside = shown.view.probe(Probe(8, "hover", 0, -5, 2))
    assert outside["value"] is None


@pytest.mark.parametrize("is_falling", [False, True])
def test_profiles_go_through_the_cell(is_falling):
    figure, axes = plt.subplots()
    x, y = np.geomspace(1, 10, 13), np.linspace(0, 1, 10)
    values = np.ma.masked_less(VALUES[0], 0.2)
    axes.pcolormesh(x[::-1] if is_falling else x, y, values)
    found = Shown(figure).view.probe(Probe(1, "pick", 0, 3.0, 0.5))
    row, column = found["cell"]
    middles = (x[1:] + x[:-1]) / 2
    along_x = values[row][::-1] if is_falling else values[row]
    assert found["profiles"]["x"]["at"] == pytest.approx(list(middles))
    assert found["profiles"]["x"]["values"] == along_x.tolist()
    assert found["profiles"]["y"]["values"] == values[:, column].tolist()


def test_axes_without_a_map_tell_the_place():
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    assert Shown(figure).view.probe(Probe(1, "pick", 0, 0.5, 1.5))["value"] is None


def test_the_unit_is_read_from_the_colour_bar():
    figure, artist, _ = figure_of()
    artist.emout_lab_steps = None
    assert Shown(figure).hello.axes[0]["unit"] == "V"
    artist.colorbar.set_label("density [m$^{-3}$]")
    assert Shown(figure).hello.axes[0]["unit"] == "m⁻³"
    artist.colorbar.set_label("a number")
    assert Shown(figure).hello.axes[0]["unit"] == ""


BAD = [
    (Wish(1, (0, 10)), "size"),
    (Wish(1, (10_000, 10)), "size"),
    (Wish(1, (8000, 8000), 4.0), "size"),
    (Wish(1, (640, 480), float("nan")), "dpr"),
    (Wish(1, (640, 480), 9.0), "dpr"),
    (Wish(1, (640, 480), axes=(AxesWish(3),)), "axes"),
    (Wish(1, (640, 480), axes=(AxesWish(-1),)), "axes"),
    (Wish(1, (640, 480), axes=(AxesWish(0),) * 100), "axes"),
    (Wish(1, (640, 480), axes=(AxesWish(0, x=(1, float("inf"))),)), "x"),
    (Wish(1, (640, 480), axes=(AxesWish(0, x=(1, 1)),)), "x"),
    (Wish(1, (640, 480), axes=(AxesWish(0, y=(-1e308, 1e308)),)), "y"),
    (Wish(1, (640, 480), axes=(AxesWish(0, clim=(2, 1)),)), "clim"),
    (Wish(1, (640, 480), axes=(AxesWish(0, cmap="os.system"),)), "cmap"),
    (Wish(1, (640, 480), axes=(AxesWish(0, norm="none"),)), "norm"),
    (Wish(1, (640, 480), have=("k",) * 100), "have"),
]


@pytest.mark.parametrize(("wish", "field"), BAD, ids=[f"{n}-{f}" for n, (_, f) in enumerate(BAD)])
def test_a_wish_that_is_none_is_refused_with_its_field(wish, field):
    with pytest.raises(SpecError) as refused:
        check_wish(wish, 2, ("viridis",), 100_000_000)
    assert refused.value.field == field


def test_limits_that_scales_do_not_have_are_refused():
    figure, axes = plt.subplots()
    axes.pcolormesh([1, 10, 100], [0, 1, 2], [[1, 2], [3, 4]], norm="log")
    axes.set_xscale("log")
    shown = Shown(figure)
    for wish in (AxesWish(0, x=(0, 5)), AxesWish(0, clim=(-1, 5))):
        with pytest.raises(SpecError, match="logarithmic"):
            shown.view.check(shown.wish(wish))
    with pytest.raises(SpecError, match="step 3"):
        shown.view.check(shown.wish(t=3))


def test_a_logarithmic_norm_of_values_below_zero_is_refused():
    figure, axes = plt.subplots()
    axes.imshow(-VALUES[0])
    with pytest.raises(SpecError, match="above zero"):
        shown = Shown(figure)
        shown.view.check(shown.wish(AxesWish(0, norm="log")))


def test_an_animation_of_artists_shows_those_of_one_frame():
    figure, axes = plt.subplots()
    frames = [[axes.imshow(VALUES[k], vmin=0, vmax=1, animated=True)] for k in range(3)]
    shown = Shown(figure, ArtistAnimation(figure, frames))
    assert shown.hello.steps["count"] == 3
    first, last = shown.picture(t=0), shown.picture(t=2)
    assert (first != last).any()
    np.testing.assert_array_equal(shown.picture(), first)
    frames[2][0].set_visible(True)
    for each in frames[:2]:
        each[0].remove()
    np.testing.assert_array_equal(Shown(figure).picture(), last)
