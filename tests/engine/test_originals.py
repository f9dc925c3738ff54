"""Figures that can be drawn again: few, small, and in the style of their time."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from emout_lab.engine.figures.memory import held_bytes
from emout_lab.engine.figures.originals import Original, Originals
from emout_lab.engine.protocol import FigureOptions
from emout_lab.errors import ObjectGone, SpecError

MAX_PIXELS = 50_000_000


def original(values=3, kind="line"):
    figure = Figure(figsize=(5, 4))
    axes = figure.add_subplot()
    if kind == "line":
        axes.plot(np.zeros(values))
    elif kind == "image":
        axes.imshow(np.zeros((values, values)))
    else:
        axes.pcolormesh(np.zeros((values, values)))
    return Original(figure, None, {})


def keep(kept, name, found):
    kept.keep(name, found, held_bytes(found.figure))


def plenty():
    return 10**9


def test_the_oldest_give_way():
    kept = Originals(plenty, max_figures=2)
    for name in "abc":
        keep(kept, name, original())
    assert len(kept) == 2
    assert kept.get("c").figure is not None
    with pytest.raises(ObjectGone, match="Run its cell again"):
        kept.get("a")


def test_what_is_forgotten_is_gone_and_the_others_stay():
    kept = Originals(plenty)
    for name in "ab":
        keep(kept, name, original())
    kept.forget(["a", "never"])
    kept.forget(["a"])
    with pytest.raises(ObjectGone):
        kept.get("a")
    assert kept.get("b").figure is not None


@pytest.mark.parametrize("kind", ["image", "mesh"])
def test_figures_of_large_data_go_first_by_their_memory(kind):
    most = held_bytes(original(150, kind).figure) * 3 // 2
    kept = Originals(lambda: most)
    keep(kept, "a", original(150, kind))
    assert len(kept) == 1
    keep(kept, "b", original(150, kind))
    with pytest.raises(ObjectGone):
        kept.get("a")
    keep(kept, "huge", original(400, kind))
    with pytest.raises(ObjectGone):
        kept.get("huge")
    assert len(kept) == 1


def test_a_resolution_that_would_not_fit_names_one_that_does():
    with pytest.raises(SpecError, match="dpi at most") as caught:
        original().check(FigureOptions("png", 5000.0), MAX_PIXELS)
    assert caught.value.field == "dpi"
    most = int((MAX_PIXELS / 20) ** 0.5)
    original().check(FigureOptions("png", most), MAX_PIXELS)
    original().check(FigureOptions("png", 5000.0), None)
