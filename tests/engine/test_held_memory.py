"""What a figure holds is counted by its arrays, those that were made for drawing among them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from matplotlib.animation import FuncAnimation
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emout_lab.engine.figures.fast import renderer
from emout_lab.engine.figures.fast.renderer import GLYPH_BYTES, Renderer, formula_bytes
from emout_lab.engine.figures.memory import AXES_BYTES, FIGURE_BYTES, held_bytes

SIDE = 400
VALUES = 8 * SIDE**2


def drawn(draw) -> Figure:
    figure = Figure()
    FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    figure.draw_without_rendering()
    return figure


def square():
    return np.random.default_rng(0).random((SIDE, SIDE))


@pytest.mark.parametrize(
    ("draw", "least", "most"),
    [
        (lambda axes: axes.imshow(square()), VALUES, 2 * VALUES),
        # Values, the corners, and a colour of four numbers each.
        (lambda axes: axes.pcolormesh(square()), 7 * VALUES, 9 * VALUES),
        (lambda axes: axes.contourf(square()), VALUES, 40 * VALUES),
        # As given, as numbers, and as a path; before 3.11 each is an array of its own.
        (lambda axes: axes.plot(square().ravel()), 2 * VALUES, 9 * VALUES),
        # Ten thousand arrows are small paths which are parts of one array.
        (lambda axes: axes.quiver(*np.ones((2, 100, 100))), 10_000 * 8 * 4, 10_000 * 8 * 40),
        (lambda axes: axes.hist(np.arange(1000.0), 200), 0, 200_000),
    ],
    ids=["imshow", "pcolormesh", "contourf", "plot", "quiver", "hist"],
)
def test_a_figure_counts_what_it_holds(draw, least, most):
    frame = FIGURE_BYTES + AXES_BYTES
    assert frame + least <= held_bytes(drawn(draw)) <= frame + most


@pytest.mark.parametrize("kind", ["closure", "partial", "frames"])
def test_an_animation_counts_what_its_frames_need(kind):
    data = square()
    figure = drawn(lambda axes: axes.plot([1]))

    def step(_frame, _data=None):
        return []

    def closed(_frame):
        return [] if data is None else []

    made = {
        "closure": lambda: FuncAnimation(figure, closed, frames=2),
        "partial": lambda: FuncAnimation(figure, partial(step, _data=data), frames=2),
        "frames": lambda: FuncAnimation(figure, step, frames=list(data)),
    }[kind]()
    figure.canvas.draw()
    assert held_bytes(figure, made) - held_bytes(figure) >= 0.8 * VALUES


def test_parsed_formulas_are_bounded(monkeypatch):
    most = 1000
    monkeypatch.setattr(renderer, "MOST_GLYPHS", most)
    parser = Renderer((10, 10), 100).mathtext_parser
    for number in range(30):
        parser.parse(rf"$\mathrm{{{'long' * 20}}}_{{{number}}}$", 100.0)
        assert 0 < formula_bytes() <= most * GLYPH_BYTES
