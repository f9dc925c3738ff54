"""A figure's picture is drawn once, and is the one that matplotlib draws in three passes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from PIL import Image

from emout_lab.engine.figures.formats import PIXEL_FORMATS
from emout_lab.engine.figures.savefig import ImageWriter

DPI = 90
PICTURES = ImageWriter()
picture = PICTURES.write
X = np.linspace(0, 3, 40)
PLANE = np.add.outer(np.sin(3 * X), X**2)
FIGURES: list[Callable[[], Any]] = []


def drawn(draw: Callable[[], Any]) -> Callable[[], Any]:
    FIGURES.append(draw)
    return draw


@drawn
def maps() -> None:
    fig, (a, b) = plt.subplots(1, 2, figsize=(7, 3))
    fig.colorbar(a.imshow(PLANE, origin="lower", extent=(0, 1.3, 0, 0.7)), label="$10^{-3}$ V")
    b.pcolormesh(PLANE, shading="gouraud")
    b.contour(PLANE, colors="white")
    a.set_title("two\nlines $x_1^2$")


@drawn
def quads() -> None:
    mesh = plt.pcolormesh(PLANE[:20, :20], edgecolors="k", linewidth=0.2)
    plt.colorbar(mesh, orientation="horizontal", extend="both")


@drawn
def lines_with_a_legend_outside() -> None:
    for n in range(3):
        plt.plot(X, np.sin(X + n), "o--", label=f"line {n}", markevery=5)
    plt.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    plt.annotate(
        "far", (1.5, 0), (3.9, -1.6), arrowprops={"arrowstyle": "->"}, annotation_clip=False
    )


@drawn
def scattered() -> None:
    plt.scatter(X, np.cos(X), c=X, s=20 + 30 * X, marker="^", edgecolors="k")
    plt.fill_between(X, -1, np.sin(X), alpha=0.3, hatch="//")
    plt.xticks(rotation=40)
    plt.ylabel("side", rotation=0)


@drawn
def volume() -> None:
    ax = plt.figure(figsize=(4, 4)).add_subplot(projection="3d")
    ax.plot_surface(*np.meshgrid(X, X), PLANE, cmap="magma")
    ax.set_zlabel("height")


@drawn
def polar() -> None:
    plt.subplot(projection="polar").plot(2 * X, X)


@drawn
def clipped_image() -> None:
    ax = plt.gca()
    image = ax.imshow(PLANE, interpolation="bilinear")
    image.set_clip_path(Circle((20, 20), 15, transform=ax.transData))
    ax.set_axis_off()


@drawn
def axes_in_axes() -> None:
    ax = plt.gca()
    ax.plot(X, X)
    inset = ax.inset_axes([0.1, 0.5, 0.4, 0.4])
    inset.imshow(PLANE)
    ax.indicate_inset_zoom(inset)
    ax.twinx().plot(X, 100 * X, "r")
    ax.secondary_xaxis("top", functions=(lambda x: 2 * x, lambda x: x / 2))


@drawn
def with_effects() -> None:
    text = plt.text(0.5, 0.5, "outlined", fontsize=30)
    text.set_path_effects([effects.withStroke(linewidth=4, foreground="c")])
    (line,) = plt.plot(X, X, path_effects=[effects.SimpleLineShadow(), effects.Normal()])
    line.set_sketch_params(2)
    (soft,) = plt.plot(X, 3 - X, lw=5)
    soft.set_agg_filter(lambda image, dpi: (image * [1, 0.5, 1, 0.5], 3, -3))


@drawn
def laid_out() -> None:
    fig, axes = plt.subplots(2, 2, layout="constrained", facecolor="0.9")
    for ax in axes.flat:
        ax.plot(X, X)
        ax.set_xlabel("x")
    fig.suptitle("laid out")


@drawn
def subfigures() -> None:
    left, right = plt.figure(figsize=(6, 3)).subfigures(1, 2)
    left.set_facecolor("lightblue")
    left.subplots().imshow(PLANE)
    right.subplots().bar(["a", "b"], [1, 2])


@drawn
def see_through() -> None:
    plt.figure(facecolor="none").add_axes((0, 0, 0.5, 0.5)).plot(X, X)


@drawn
def table() -> None:
    plt.table([["1", "2"], ["3", "4"]], loc="center")
    plt.axis("off")


@drawn
def nothing() -> None:
    plt.figure(figsize=(5, 2.5))


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def tight(figure: Figure, format: str = "png") -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format=format, dpi=DPI, bbox_inches="tight")
    return pixels(file.getvalue())


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(int)


@pytest.mark.parametrize("draw", FIGURES, ids=lambda draw: draw.__name__)
def test_the_picture_is_the_one_that_savefig_draws(draw):
    draw()
    expected = tight(plt.gcf())
    plt.close("all")
    draw()
    got = pixels(picture(plt.gcf(), "png", DPI))
    assert got.shape == expected.shape
    # An edge that falls between two pixels may go to either.
    assert np.mean(np.any(got != expected, axis=-1)) < 0.002


@pytest.mark.parametrize("draw", FIGURES, ids=lambda draw: draw.__name__)
def test_a_figure_is_as_before_when_its_picture_was_drawn(draw):
    draw()
    before = picture(plt.gcf(), "png", DPI)
    tight(plt.gcf())
    assert picture(plt.gcf(), "png", DPI) == before
    assert plt.gcf().bbox.width == plt.gcf().get_figwidth() * plt.gcf().dpi


@pytest.mark.parametrize("format", sorted(PIXEL_FORMATS - {"avif"}))
def test_every_format_of_pixels_has_the_size_of_the_tight_picture(format):
    if format not in FigureCanvasAgg.get_supported_filetypes():
        pytest.skip(f"this matplotlib writes no {format}")
    maps()
    assert pixels(picture(plt.gcf(), format, DPI)).shape == tight(plt.gcf(), format).shape


class Counting(Artist):
    """Counts how often it is drawn, and may want to see pixels."""

    def __init__(self, wants_pixels: bool) -> None:
        super().__init__()
        self.wants_pixels, self.seen = wants_pixels, 0

    def draw(self, renderer: Any) -> None:
        if self.wants_pixels:
            renderer.buffer_rgba()
        self.seen += 1


def test_a_figure_is_gone_through_once():
    if not PICTURES._fast.is_available():
        pytest.skip("this matplotlib draws figures in its own way")
    counting = plt.gca().add_artist(Counting(wants_pixels=False))
    picture(plt.gcf(), "png", DPI)
    assert counting.seen == 1


def test_an_artist_that_looks_at_pixels_gets_them():
    maps()
    expected = tight(plt.gcf())
    counting = plt.gca().add_artist(Counting(wants_pixels=True))
    assert np.array_equal(pixels(picture(plt.gcf(), "png", DPI)), expected)
    assert counting.seen > 0


def test_settings_of_the_picture_are_followed():
    plt.plot(X, X)
    with plt.rc_context({"savefig.transparent": True, "savefig.pad_inches": 1}):
        expected = tight(plt.gcf())
        got = pixels(picture(plt.gcf(), "png", DPI))
    assert np.array_equal(got, expected)
    assert got[..., 3].min() == 0
