"""Cells have the colours that matplotlib gives them."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import BoundaryNorm, LogNorm, PowerNorm, SymLogNorm, TwoSlopeNorm

from emout_lab.engine.live.maps import NotNumbers, source
from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown, colours

RNG = np.random.default_rng(3)
VALUES = RNG.normal(size=(23, 31))
MASKED = np.ma.masked_where(RNG.random((23, 31)) < 0.2, VALUES)
HOLES = np.where(RNG.random((23, 31)) < 0.2, np.nan, VALUES)
SPECIAL = mpl.colormaps["viridis"].with_extremes(bad="red", under="cyan", over="magenta")
CLEAR = mpl.colormaps["magma"].with_extremes(bad=(0, 0, 0, 0))
NORMS = {
    "plain": {},
    "limits": {"vmin": -0.5, "vmax": 0.5},
    "log": {"norm": LogNorm(0.01, 1)},
    "symlog": {"norm": SymLogNorm(0.1)},
    "power": {"norm": PowerNorm(0.5, 0, 2)},
    "slopes": {"norm": TwoSlopeNorm(0.2, -1, 2)},
    "bounds": {"norm": BoundaryNorm([-1, -0.3, 0, 1], 256)},
    "extended": {"norm": BoundaryNorm([-1, -0.3, 0, 1], 256, extend="both")},
    "few": {"cmap": mpl.colormaps["viridis"].resampled(7)},
    "many": {"cmap": mpl.colormaps["viridis"].resampled(1000)},
    "special": {"cmap": SPECIAL, "vmin": -1, "vmax": 1},
    "clear": {"cmap": CLEAR},
    "faint": {"alpha": 0.4},
}


def on_screen(axes, artist) -> np.ndarray:
    """Return matplotlib's colours of all cells as they stand on the screen."""
    rgba = artist.to_rgba(artist.get_array(), alpha=artist.get_alpha(), bytes=True)
    made = source(axes)
    if (made.x[-1] - made.x[0]) * np.subtract(*axes.get_xlim()[::-1]) < 0:
        rgba = rgba[:, ::-1]
    if (made.y[-1] - made.y[0]) * np.subtract(*axes.get_ylim()[::-1]) > 0:
        rgba = rgba[::-1]
    return rgba


@pytest.mark.parametrize("values", [VALUES, MASKED, HOLES], ids=["values", "masked", "holes"])
@pytest.mark.parametrize("norm", NORMS)
def test_every_cell_of_an_image_has_matplotlibs_colour(values, norm):
    figure, axes = plt.subplots()
    image = axes.imshow(values, **NORMS[norm])
    layers, _ = Shown(figure).numbers()
    np.testing.assert_array_equal(colours(layers), on_screen(axes, image))


@pytest.mark.parametrize(
    "kind", [np.float32, np.int16, np.uint8, np.int64, bool], ids=lambda kind: kind.__name__
)
def test_every_kind_of_numbers_has_matplotlibs_colours(kind):
    figure, axes = plt.subplots()
    image = axes.imshow((VALUES * 100).astype(kind), vmin=-0.3, vmax=0.9)
    layers, _ = Shown(figure).numbers()
    np.testing.assert_array_equal(colours(layers), on_screen(axes, image))


@pytest.mark.parametrize("origin", ["upper", "lower"])
@pytest.mark.parametrize("extent", [None, (0, 2, 5, 1), (2, 0, 1, 5)])
@pytest.mark.parametrize("is_turned", [False, True])
def test_cells_stand_where_matplotlib_draws_them(origin, extent, is_turned):
    figure, axes = plt.subplots()
    axes.imshow(VALUES, origin=origin, extent=extent, aspect="auto", interpolation="nearest")
    if is_turned:
        axes.invert_xaxis()
        axes.invert_yaxis()
    shown = Shown(figure)
    layers, _ = shown.numbers()
    assert_drawn(shown, layers)


@pytest.mark.parametrize("is_falling", [False, True])
@pytest.mark.parametrize("values", [VALUES, MASKED], ids=["values", "masked"])
def test_cells_of_an_even_mesh_are_those_of_matplotlib(values, is_falling):
    figure, axes = plt.subplots()
    x, y = np.linspace(0, 3, 32), np.linspace(-1, 1, 24)
    mesh = axes.pcolormesh(x[::-1] if is_falling else x, y, values, cmap=SPECIAL)
    shown = Shown(figure)
    layers, _ = shown.numbers()
    np.testing.assert_array_equal(colours(layers), on_screen(axes, mesh))
    assert_drawn(shown, layers)


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("is_falling", [False, True])
def test_pixels_of_an_uneven_mesh_are_those_of_matplotlib(scale, is_falling):
    figure, axes = plt.subplots()
    x, y = np.geomspace(1, 100, 32), 1 + np.linspace(0, 3, 24) ** 2
    axes.pcolormesh(x[::-1] if is_falling else x, y, VALUES, cmap="plasma")
    axes.set_xscale(scale)
    shown = Shown(figure)
    layers, _ = shown.numbers()
    assert_drawn(shown, layers)


@pytest.mark.parametrize("wish", [(), (AxesWish(0, x=(0.2, 0.8), y=(0.1, 0.65)),)])
@pytest.mark.parametrize("is_even", [False, True])
def test_pixels_of_meshes_with_smaller_cells_are_those_of_savefig(is_even, wish):
    figure, axes = plt.subplots()
    edges = np.linspace(0, 1, 901) ** (1 if is_even else 2)
    axes.pcolormesh(edges, edges, RNG.random((900, 900)))
    shown = Shown(figure)
    layers, told = shown.numbers(*wish)
    picture, found = shown.picture(*wish), colours(layers)
    height, width = picture.shape[:2]
    left, top = told[0]["box"][0] * width, told[0]["box"][1] * height
    first = int(np.ceil(left - 0.5)), int(np.ceil(top - 0.5))
    theirs = picture[first[1] + 3 :, first[0] + 3 :][:250, :350].astype(int)
    away = np.abs(found[3:253, 3:353, :3].astype(int) - theirs).max(axis=2)
    assert (away > 1).mean() < 0.01


def test_a_mesh_that_is_even_on_its_logarithmic_axis_sends_its_cells():
    figure, axes = plt.subplots()
    axes.pcolormesh(np.geomspace(1, 100, 32), np.linspace(0, 1, 24), VALUES)
    axes.set_xscale("log")
    shown = Shown(figure)
    layers, _ = shown.numbers()
    layer, _ = layers["cells", 0]
    assert (layer["w"], layer["h"]) == (31, 23)
    np.testing.assert_allclose(layer["extent"], [0, 2, 0, 1], atol=1e-9)
    assert_drawn(shown, layers)


def test_cells_smaller_than_pixels_are_brought_to_pixels():
    y, x = np.mgrid[-3:3:1500j, -3:3:1700j]
    figure, axes = plt.subplots()
    axes.imshow(np.sin(3 * x) * y, origin="lower")
    shown = Shown(figure)
    layers, _ = shown.numbers()
    layer, _ = layers["cells", 0]
    box = shown.hello.axes[0]["box"]
    assert abs(layer["w"] - box[2] * shown.hello.size[0]) <= 1
    assert abs(layer["h"] - box[3] * shown.hello.size[1]) <= 1
    assert_drawn(shown, layers, share=0.98)


def test_masked_cells_smaller_than_pixels_are_seen():
    values = np.ma.masked_array(np.ones((1500, 1500)), mask=np.zeros((1500, 1500), bool))
    values[:, :700] = np.ma.masked
    figure, axes = plt.subplots()
    axes.imshow(values, cmap=SPECIAL, vmin=0, vmax=2)
    layers, _ = Shown(figure).numbers()
    found = colours(layers)
    assert (found[:, 0] == [255, 0, 0, 255]).all()
    assert (found[:, -1] == mpl.colormaps["viridis"](0.5, bytes=True)).all()


def test_large_values_that_differ_little_keep_their_digits():
    values = 1e9 + np.linspace(0, 1, 2000)[None, :].repeat(1600, 0)
    figure, axes = plt.subplots()
    axes.imshow(values, aspect="auto")
    layers, _ = Shown(figure).numbers()
    assert len(np.unique(colours(layers)[0], axis=0)) > 200


def test_a_pan_of_a_small_map_sends_no_cells_again():
    figure, axes = plt.subplots()
    axes.imshow(RNG.random((129, 129)))
    shown = Shown(figure)
    layers, _ = shown.numbers()
    have = tuple(layer["key"] for layer, _ in layers.values())
    panned, axes_told = shown.numbers(AxesWish(0, x=(10, 80), y=(90, 20)), have=have)
    assert {layer["key"] for layer, _ in panned.values()} == set(have)
    assert not any(payload for _, payload in panned.values())
    assert axes_told[0]["xlim"] == [10, 80]


def test_a_zoom_into_a_large_map_sends_the_cells_that_are_seen():
    values = RNG.random((600, 800))
    figure, axes = plt.subplots()
    axes.imshow(values)
    layers, _ = Shown(figure).numbers(AxesWish(0, x=(100.5, 120.5), y=(340.5, 320.5)))
    layer, _ = layers["cells", 0]
    x0, x1, y0, y1 = layer["extent"]
    assert x0 <= 100.5 < 120.5 <= x1
    assert y1 <= 320.5 < 340.5 <= y0
    assert layer["w"] * layer["h"] < 80 * 80
    columns = slice(round(x0 + 0.5), round(x1 + 0.5))
    rows = slice(round(y1 + 0.5), round(y0 + 0.5))
    expected = axes.images[0].to_rgba(values, bytes=True)[rows, columns]
    np.testing.assert_array_equal(colours(layers), expected)


def test_nothing_of_a_map_beside_the_view_is_sent():
    figure, axes = plt.subplots()
    axes.imshow(VALUES)
    layers, _ = Shown(figure).numbers(AxesWish(0, x=(100, 120)))
    assert not layers


def test_a_map_is_seen_in_other_colours():
    figure, axes = plt.subplots()
    axes.imshow(np.abs(VALUES) + 0.01)
    wish = AxesWish(0, clim=(0.1, 2), cmap="magma", norm="log")
    layers, told = Shown(figure).numbers(wish)
    expected = mpl.colormaps["magma"](LogNorm(0.1, 2)(np.abs(VALUES) + 0.01), bytes=True)
    np.testing.assert_array_equal(colours(layers), expected)
    assert told[0]["clim"] == [0.1, 2.0]


def test_several_maps_of_a_figure_go_as_numbers():
    figure, axes = plt.subplots(2, 2)
    images = [
        each.imshow(VALUES * k, cmap=c)
        for k, each, c in zip((1, 2), axes[0], ("jet", "gray"), strict=True)
    ]
    axes[1, 0].plot([1, 2])
    axes[1, 1].contourf(VALUES)
    shown = Shown(figure)
    layers, told = shown.numbers()
    assert shown.hello.kind == "numbers"
    assert [each["map"] for each in shown.hello.axes] == [True, True, False, False]
    for i, image in enumerate(images):
        np.testing.assert_array_equal(colours(layers, i), on_screen(axes[0, i], image))
    assert len(told) == 4


def rotated(axes):
    image = axes.imshow(VALUES)
    image.set_transform(mpl.transforms.Affine2D().rotate(0.3) + axes.transData)


def cut_out(axes):
    axes.imshow(VALUES).set_clip_path(mpl.patches.Circle((5, 5), 4, transform=axes.transData))


def cut_by_a_box(axes):
    axes.imshow(VALUES).set_clip_box(mpl.transforms.Bbox([[100, 100], [200, 200]]))


PICTURES = {
    "cut by a box": cut_by_a_box,
    "interpolation": lambda axes: axes.imshow(VALUES, interpolation="bicubic"),
    "colours": lambda axes: axes.imshow(RNG.random((5, 5, 3))),
    "corners": lambda axes: axes.pcolormesh(VALUES, shading="gouraud"),
    "straight": lambda axes: (
        axes.pcolormesh(*np.meshgrid([0, 1, 2], [0, 1]) @ np.eye(3), VALUES[:1, :2])
        and axes.collections[0].remove()
        or axes.pcolormesh([[0, 1], [1, 2]], [[0, 0], [1, 1]], [[1.0]])
    ),
    "lines between": lambda axes: axes.pcolormesh(VALUES, edgecolors="k"),
    "opacity": lambda axes: axes.imshow(VALUES, alpha=np.ones(VALUES.shape)),
    "several maps": lambda axes: (axes.imshow(VALUES), axes.pcolormesh(VALUES)),
    "contours": lambda axes: axes.contourf(VALUES),
    "logarithmic": lambda axes: (axes.imshow(VALUES), axes.set_xscale("log")),
    "symlog": lambda axes: (axes.pcolormesh(VALUES), axes.set_xscale("symlog")),
    "turned": rotated,
    "or moved": lambda axes: axes.pcolormesh(VALUES, offsets=[(20, 30)]),
    "cut by": cut_out,
    "points": lambda axes: axes.scatter([1, 2], [3, 4], c=[1, 2]),
    "limits follow": lambda axes: (axes.pcolormesh(VALUES), axes.axis("equal")),
}


@pytest.mark.parametrize("reason", PICTURES)
def test_what_has_to_be_drawn_goes_as_pixels_and_says_why(reason):
    figure, axes = plt.subplots()
    PICTURES[reason](axes)
    with pytest.raises(NotNumbers, match=reason):
        source(axes)
    shown = Shown(figure)
    assert shown.hello.kind == "pixels"
    assert reason in shown.hello.reason
    assert shown.picture().shape[:2] == shown.hello.size[::-1]


def assert_drawn(shown: Shown, layers, share: float = 1.0) -> None:
    """Compare cells at the middles of pixels with matplotlib's picture, away from their edges."""
    layer, _ = layers["cells", 0]
    found, picture = colours(layers), shown.picture()
    height, width = picture.shape[:2]
    left, top, wide, high = shown.hello.axes[0]["box"]
    axes = shown.figure.axes[0]
    x_low, x_high = (np.log10 if axes.get_xscale() == "log" else np.asarray)(axes.get_xlim())
    y_low, y_high = (np.log10 if axes.get_yscale() == "log" else np.asarray)(axes.get_ylim())
    x0, x1, y0, y1 = layer["extent"]
    columns = np.arange(int(left * width) + 4, int((left + wide) * width) - 4)
    rows = np.arange(int(top * height) + 4, int((top + high) * height) - 4)
    x = x_low + ((columns + 0.5) / width - left) / wide * (x_high - x_low)
    y = y_high + ((rows + 0.5) / height - top) / high * (y_low - y_high)
    at_x = (x - x0) / (x1 - x0) * layer["w"]
    at_y = (y - y1) / (y0 - y1) * layer["h"]
    mine = found[np.floor(at_y).astype(int)[:, None], np.floor(at_x).astype(int), :3].astype(int)
    theirs = picture[rows[:, None], columns].astype(int)
    # Where a pixel and its neighbours are one cell, so that nothing is mixed or a pixel off.
    same = np.ones(mine.shape[:2], bool)
    for shift in (1, -1):
        for axis in (0, 1):
            same &= (np.roll(mine, shift, axis) == mine).all(axis=2)
    if share < 1:
        close = np.abs(mine - theirs).max(axis=2) <= 12
        assert close.mean() >= share
    else:
        assert same.mean() > 0.3
        assert np.abs(mine - theirs)[same].max() <= 1
