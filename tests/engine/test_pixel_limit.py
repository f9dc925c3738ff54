"""No picture is begun that has more pixels than are drawn."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import AbstractMovieWriter, FuncAnimation
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure

from emout_lab.engine.figures.pixel_limit import PixelLimit
from emout_lab.engine.figures.savefig import ImageWriter
from emout_lab.errors import TooLarge

MOST = 1_000_000
TRIED: list[Callable[[Figure], object]] = []


def tried(draw: Callable[[Figure], object]) -> Callable[[Figure], object]:
    TRIED.append(draw)
    return draw


@tried
def large(figure: Figure) -> None:
    figure.set_size_inches(150, 150)
    figure.savefig(io.BytesIO(), dpi=200)


@tried
def in_points(figure: Figure) -> None:
    figure.set_size_inches(2000, 3)
    figure.savefig(io.BytesIO(), format="raw", dpi=200)


@tried
def with_a_text_far_outside(figure: Figure) -> None:
    figure.axes[0].text(1e6, 0, "far")
    figure.savefig(io.BytesIO(), bbox_inches="tight")


@tried
def with_an_arrow_far_outside(figure: Figure) -> None:
    figure.axes[0].annotate("far", (0, 0), (0, -1e5), annotation_clip=False)
    figure.savefig(io.BytesIO(), format="jpg", bbox_inches="tight")


@tried
def a_film(figure: Figure) -> None:
    figure.set_size_inches(150, 150)
    film = FuncAnimation(figure, lambda _: figure.axes[0].lines, frames=2, init_func=lambda: ())
    film.save("film.gif", dpi=200, writer="pillow")


@tried
def pixels_in_svg(figure: Figure) -> None:
    figure.set_size_inches(150, 150)
    figure.axes[0].lines[0].set_rasterized(True)
    figure.savefig(io.BytesIO(), format="svg", dpi=200)


@tried
def a_picture_for_a_notebook(figure: Figure) -> None:
    figure.axes[0].text(1e6, 0, "far")
    ImageWriter().write(figure, "png", 100)


@tried
def one_in_matplotlibs_own_way(figure: Figure) -> None:
    figure.axes[0].text(0, -1e7, "far")
    pictures = ImageWriter()
    pictures._fast.disable()
    pictures.write(figure, "webp", 100)


@pytest.fixture
def figure():
    made = plt.figure(figsize=(3, 2))
    made.subplots().plot(np.arange(3.0))
    yield made
    plt.close("all")


@pytest.fixture
def limit():
    made = PixelLimit(MOST)
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize("draw", TRIED, ids=lambda draw: draw.__name__)
def test_a_picture_of_too_many_pixels_is_refused(figure, limit, draw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TooLarge, match=r"pixels, and at most 1,000,000 are drawn.*figure_pixels"):
        draw(figure)
    assert not list(Path(tmp_path).glob("*.gif"))


def test_what_has_no_pixels_may_be_of_any_size(figure, limit):
    figure.axes[0].text(1e6, 0, "far")
    assert len(ImageWriter().write(figure, "pdf", 200)) > 1000


def test_the_size_and_the_limit_are_told(limit):
    with pytest.raises(TooLarge, match="30,000 x 20,000 pixels"):
        limit.check(30_000, 20_000)
    limit.check(1000, 1000)
    PixelLimit(None).check(1e9, 1e9)


def test_matplotlib_is_as_before_when_an_engine_has_ended():
    before = RendererAgg.__init__, AbstractMovieWriter.setup
    limit = PixelLimit(MOST)
    limit.start()
    assert RendererAgg.__init__ is not before[0]
    limit.close()
    assert (RendererAgg.__init__, AbstractMovieWriter.setup) == before


def test_engines_of_one_process_end_in_any_order(monkeypatch):
    before = RendererAgg.__init__
    monkeypatch.setattr(AbstractMovieWriter, "setup", AbstractMovieWriter.setup)
    first, second = PixelLimit(MOST), PixelLimit(2 * MOST)
    first.start()
    second.start()
    with pytest.raises(TooLarge):
        RendererAgg(1000, 1500, 72)
    first.close()
    RendererAgg(1000, 1500, 72)
    with pytest.raises(TooLarge):
        RendererAgg(2000, 1500, 72)
    second.close()
    second.close()
    RendererAgg(2000, 1500, 72)
    RendererAgg.__init__ = before
