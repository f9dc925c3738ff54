"""Pictures at rest are those of savefig, and the figure stays as it was."""

from __future__ import annotations

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import LogNorm
from PIL import Image

from emout_lab.engine.live.steps import Steps, give_steps
from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown, colours, pixels

VALUES = np.random.default_rng(1).random((40, 60)) + 0.01


def draw_map(**options):
    figure, axes = plt.subplots(**options)
    figure.colorbar(axes.imshow(VALUES, origin="lower"), label="phi [V]")
    axes.set(title="t = 0", xlabel="x [m]", ylabel="y [m]")
    return figure


def draw_lines():
    figure, axes = plt.subplots()
    axes.plot([1, 5, 2])
    axes.set_ylabel("a long label\nof two lines")
    return figure


def draw_space():
    figure = plt.figure()
    figure.add_subplot(projection="3d").plot([1, 2], [3, 4], [5, 6])
    return figure


def draw_panels():
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    for k, each in enumerate(axes):
        image = each.pcolormesh(VALUES * k + 0.1, norm=LogNorm() if k == 1 else None)
        figure.colorbar(image, ax=each, extend="both")
    axes[0].contour(VALUES)
    figure.suptitle("two")
    return figure


def draw_steps():
    figure = draw_map()
    steps = Steps(
        3, "abc", "s", lambda t: np.ma.masked_less(VALUES * t, 0.3), title=lambda t: f"t = {t}"
    )
    give_steps(figure.axes[0].images[0], steps)
    return figure


FIGURES = [draw_map, draw_lines, draw_space, draw_panels, draw_steps]
WISHES = [
    AxesWish(0, x=(3, 20), y=(30, 5)),
    AxesWish(0, clim=(0.2, 0.3), cmap="magma"),
    AxesWish(0, norm="log"),
    AxesWish(0, norm="symlog", clim=(-1, 1)),
    AxesWish(0, cmap="gray_r", x=(-100, 500)),
]


def whole(figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return pixels(file.getvalue())


def saved(figure, shown: Shown, size=None, ratio: float = 1.0) -> np.ndarray:
    """Return what matplotlib writes of the part of a figure that a viewer sees."""
    place = shown.view._places.layout(size or shown.hello.size)
    file = io.BytesIO()
    if figure.get_layout_engine() is None:
        figure.canvas.draw()  # since savefig cuts axes as they were drawn before
    figure.savefig(file, format="png", dpi=place.dpi * ratio, bbox_inches=place.region(ratio))
    return pixels(file.getvalue())


@pytest.mark.parametrize(
    ("draw", "ratio"), [*((draw, 1.0) for draw in FIGURES), (draw_map, 1.25), (draw_map, 2.0)]
)
def test_a_picture_at_rest_has_the_pixels_of_savefig(draw, ratio):
    figure = draw()
    shown = Shown(figure)
    np.testing.assert_array_equal(shown.picture(dpr=ratio), saved(figure, shown, ratio=ratio))


def test_a_picture_at_rest_is_a_part_of_the_whole_one():
    figure = draw_map()
    figure.subplots_adjust(left=0.3)
    shown = Shown(figure)
    place = shown.view._places.natural
    whole_one, picture = whole(figure), shown.picture()
    width, height = place.size
    top = whole_one.shape[0] - place.bottom - height
    part = whole_one[max(top, 0) : top + height, place.left : place.left + width]
    start = max(-top, 0)
    differs = picture[start : start + len(part), : part.shape[1]] != part
    # A text between two pixels may be rounded to either.
    assert differs.mean() < 0.002


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_view_at_rest_has_the_pixels_of_savefig_at_the_same_limits(ratio):
    figure = draw_map()
    shown = Shown(figure)
    wish = AxesWish(0, x=(3, 20), y=(30, 5), clim=(0.2, 0.4), cmap="magma")
    picture = shown.picture(wish, dpr=ratio)
    axes, image = figure.axes[0], figure.axes[0].images[0]
    axes.set(xlim=(3, 20), ylim=(30, 5))
    image.set(clim=(0.2, 0.4), cmap="magma")
    np.testing.assert_array_equal(picture, saved(figure, shown, ratio=ratio))


def test_another_norm_at_rest_has_the_pixels_of_savefig():
    figure = draw_map()
    shown = Shown(figure)
    picture = shown.picture(AxesWish(0, norm="log", clim=(0.05, 0.9)))
    figure.axes[0].images[0].set_norm(LogNorm(0.05, 0.9))
    np.testing.assert_array_equal(picture, saved(figure, shown))


@pytest.mark.parametrize("draw", [draw_map, draw_lines, draw_panels])
def test_a_picture_of_another_size_is_the_figure_made_larger(draw):
    figure = draw()
    shown = Shown(figure)
    size = shown.hello.size[0] + 150, shown.hello.size[1] - 60
    picture = shown.picture(size=size)
    assert picture.shape[:2] == size[::-1]
    # Nothing is cut: there is a margin around.
    edges = [picture[0], picture[-1], picture[:, 0], picture[:, -1]]
    assert all((edge == 255).all() for edge in edges)
    figure.set_size_inches(shown.view._places.layout(size).inches)
    np.testing.assert_array_equal(picture, saved(figure, shown, size=size))


def traits(figure) -> list:
    found = [tuple(figure.get_size_inches()), figure.dpi]
    for axes in figure.axes:
        places = [axes.get_position(True).bounds, axes.get_position(False).bounds]
        found.append(np.round(places, 4).tolist())  # layouts settle in steps
        found += [axes.get_xlim(), axes.get_ylim(), axes.get_title(), axes.get_in_layout()]
        found += [axes.get_autoscalex_on(), axes.get_autoscaley_on(), axes.patch.get_visible()]
        for artist in [*axes.images, *axes.collections]:
            found += [artist.norm, artist.get_clim(), artist.get_visible()]
            found += [artist.get_cmap().name, artist.get_alpha()]
            bar = getattr(artist, "colorbar", None)
            found += [] if bar is None else [bar.locator, bar.formatter, bar.minorlocator]
    return found


@pytest.mark.parametrize("draw", FIGURES)
def test_the_figure_is_as_it_was_whatever_is_wished(draw):
    figure = draw()
    figure.canvas.draw()
    before = whole(figure)
    values = [np.ma.array(a.get_array(), copy=True) for a in figure.axes[0].images]
    figure.canvas.draw()
    shown = Shown(figure)
    known = traits(figure)
    for wish in WISHES[:4:2] if draw is not draw_panels else WISHES[1:2]:
        step = {"t": 2} if draw is draw_steps else {}
        shown.picture(wish, size=(500, 400), dpr=1.5, **step)
        shown.numbers(wish, size=(520, 410), **step)
        if shown.hello.kind == "numbers":
            shown.decor(wish)
        assert traits(figure) == known
    for old, artist in zip(values, figure.axes[0].images, strict=True):
        np.testing.assert_array_equal(old, artist.get_array())
    np.testing.assert_array_equal(whole(figure), before)


@pytest.mark.parametrize("is_stale", [False, True])
def test_a_figure_is_no_staler_than_before(is_stale):
    shown = Shown(draw_map())
    shown.figure.stale = is_stale
    shown.picture(WISHES[0], size=(500, 400))
    assert shown.figure.stale == is_stale


def test_what_fails_in_a_drawing_leaves_the_figure_as_it_was():
    figure = draw_steps()
    shown = Shown(figure)
    known = traits(figure)
    figure.axes[0].images[0].set_agg_filter(lambda image, dpi: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shown.picture(WISHES[0], t=1, size=(500, 400))
    figure.axes[0].images[0].set_agg_filter(None)
    assert traits(figure) == known


def test_cells_under_the_decoration_are_the_picture_but_for_texts():
    figure = draw_map()
    figure.axes[0].images[0].set_interpolation("nearest")
    shown = Shown(figure)
    for axes in figure.axes:
        axes.tick_params(length=0, labelsize=0.01)
    figure.axes[0].set_title("")
    shown = Shown(figure)
    layers, _ = shown.numbers()
    decor, picture = shown.decor(), shown.picture()
    height, width = picture.shape[:2]
    under = np.full((height, width, 4), 255, np.uint8)
    left, top, wide, high = shown.hello.axes[0]["box"]
    x0, y0 = left * width, top * height
    cells = colours(layers)
    columns = np.arange(round(x0), round(x0 + wide * width))
    rows = np.arange(round(y0), round(y0 + high * height))
    at_x = np.clip((columns + 0.5 - x0) / (wide * width) * cells.shape[1], 0, cells.shape[1] - 1)
    at_y = np.clip((rows + 0.5 - y0) / (high * height) * cells.shape[0], 0, cells.shape[0] - 1)
    under[rows[:, None], columns] = cells[at_y.astype(int)[:, None], at_x.astype(int)]
    mine = Image.alpha_composite(Image.fromarray(under), Image.fromarray(decor)).convert("RGB")
    away = np.abs(np.asarray(mine).astype(int) - picture).max(axis=2)
    assert (away <= 2).mean() > 0.97


def test_a_decoration_is_see_through_where_cells_are():
    decor = Shown(draw_map()).decor()
    assert (decor[:, :, 3] == 0).mean() > 0.8
    assert (decor[:, :, 3] == 255).any()


def test_a_decoration_is_drawn_again_only_where_it_looks_different():
    figure = draw_map()
    shown = Shown(figure)

    def key(*wishes, **options):
        wish = shown.wish(*wishes, **options)
        shown.view.prepare(wish)
        return shown.view.numbers(wish)[2]

    first = key()
    assert key(AxesWish(0, x=(3, 12), y=(2, 8.1))) != first  # another shape
    assert key(AxesWish(0, x=(5, 65), y=(1, 41))) == first
    assert key(AxesWish(0, clim=(0.1, 0.9))) == first
    assert key(AxesWish(0, clim=(0.1, 0.101))) != first  # longer labels move what is beside them
    assert key(AxesWish(0, cmap="magma")) != first
    assert key(dpr=2.0) != first
    figure.axes[0].plot([1, 30], [1, 30])
    over = Shown(figure)
    shown = over
    assert key(AxesWish(0, x=(5, 65), y=(1, 41))) != key()


def test_a_figure_that_was_changed_meanwhile_is_drawn_as_it_is_now():
    figure = draw_map()
    shown = Shown(figure)
    first, _ = shown.numbers()
    figure.axes[0].images[0].set_data(VALUES[::-1])
    shown.picture()
    second, _ = shown.numbers()
    assert first["cells", 0][0]["key"] != second["cells", 0][0]["key"]
    np.testing.assert_array_equal(colours(first), colours(second)[::-1])


def test_moving_pictures_are_small():
    shown = Shown(draw_lines())
    made, told = shown.view.draw_picture(shown.wish(AxesWish(0, x=(0, 1))))
    assert made.told[0]["enc"] == "jpeg"
    assert made.payloads[0][:2] == b"\xff\xd8"
    assert told[0]["xlim"] == [0, 1]


def test_a_figure_without_a_background_is_white_behind_while_it_moves():
    figure = draw_lines()
    figure.patch.set_alpha(0)
    shown = Shown(figure)
    made, _ = shown.view.draw_picture(shown.wish())
    assert (pixels(made.payloads[0])[0, 0] == 255).all()
    assert shown.hello.facecolor == "#ffffff00"


def test_a_figure_of_many_dots_is_seen_in_a_size_that_fits_a_screen():
    shown = Shown(draw_map(dpi=600))
    assert shown.hello.size[0] <= 1600
    assert shown.picture().shape[1] == shown.hello.size[0]


def test_no_setting_of_matplotlib_is_left_changed():
    before = dict(mpl.rcParams)
    shown = Shown(draw_panels())
    shown.picture(WISHES[0])
    assert dict(mpl.rcParams) == before
