"""Figures that can be drawn again: few, small, and with a resolution that is possible."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from emout_lab.engine.figures.cache import BoundedCache
from emout_lab.engine.figures.memory import held_bytes
from emout_lab.engine.figures.store import check_resolution
from emout_lab.engine.protocol import FigureOptions
from emout_lab.errors import SpecError

MAX_PIXELS = 50_000_000


def figure(values=3, kind="line"):
    made = Figure(figsize=(5, 4))
    axes = made.add_subplot()
    if kind == "line":
        axes.plot(np.zeros(values))
    elif kind == "image":
        axes.imshow(np.zeros((values, values)))
    else:
        axes.pcolormesh(np.zeros((values, values)))
    return made


def keep(cache, name, made):
    cache.add(name, made, held_bytes(made))


def cache_of(max_items, max_bytes=10**9, **options):
    return BoundedCache(max_items, lambda: max_bytes, **options)


def test_the_oldest_give_way():
    cache = cache_of(2)
    for name in "abc":
        keep(cache, name, figure())
    assert len(cache) == 2
    assert cache.get("c") is not None
    assert cache.get("a") is None


def test_what_is_removed_is_gone_and_the_others_stay():
    cache = cache_of(20)
    for name in "ab":
        keep(cache, name, figure())
    before = cache.version
    cache.remove(["a", "never"])
    cache.remove(["a"])
    assert cache.version == before + 1
    assert cache.get("a") is None
    assert cache.get("b") is not None


@pytest.mark.parametrize("kind", ["image", "mesh"])
def test_figures_of_large_data_go_first_by_their_memory(kind):
    cache = cache_of(20, held_bytes(figure(150, kind)) * 3 // 2)
    keep(cache, "a", figure(150, kind))
    assert len(cache) == 1
    keep(cache, "b", figure(150, kind))
    assert cache.get("a") is None
    keep(cache, "huge", figure(400, kind))
    assert cache.get("huge") is None
    assert len(cache) == 1


def test_the_last_one_stays_whatever_it_takes_where_it_shall():
    cache = cache_of(20, 0, keeps_last=True)
    for name in "ab":
        keep(cache, name, figure())
    assert cache.get("a") is None
    assert cache.get("b") is not None
    assert cache.bytes == held_bytes(cache.get("b"))


def test_a_resolution_that_would_not_fit_names_one_that_does():
    with pytest.raises(SpecError, match="dpi at most") as caught:
        check_resolution(figure(), FigureOptions("png", 5000.0), MAX_PIXELS)
    assert caught.value.field == "dpi"
    most = int((MAX_PIXELS / 20) ** 0.5)
    check_resolution(figure(), FigureOptions("png", most), MAX_PIXELS)
    check_resolution(figure(), FigureOptions("png", 5000.0), None)
