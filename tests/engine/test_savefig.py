"""The faster way to pictures is taken where it holds; matplotlib's own always works."""

from __future__ import annotations

import io
import logging
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from emout_lab.engine.figures.fast.gate import CANVAS_MODULE, RENDERER_MODULE, FastPath
from emout_lab.engine.figures.savefig import ImageWriter, savefig

NEEDED = pytest.mark.skipif(
    not FastPath(savefig).is_available(), reason="this matplotlib draws figures in its own way"
)


def figure() -> Figure:
    made = Figure(figsize=(2, 1.5))
    made.subplots().set_title("two\nlines $x^2$")
    return made


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def own() -> np.ndarray:
    file = io.BytesIO()
    figure().savefig(file, format="png", dpi=70, bbox_inches="tight")
    return pixels(file.getvalue())


def without_a_function(monkeypatch):
    """A private function that is imported is gone."""
    monkeypatch.setitem(sys.modules, CANVAS_MODULE, None)


def with_another_signature(monkeypatch):
    """A private function takes other arguments, as before matplotlib 3.11."""
    monkeypatch.setattr(f"{CANVAS_MODULE}._adjust", lambda fig, bbox: lambda: None)


def without_an_effect(monkeypatch):
    """It is there, takes what is given, and does not cut the figure any more."""
    monkeypatch.setattr(f"{CANVAS_MODULE}._adjust", lambda *args: lambda: None)


def with_texts_elsewhere(monkeypatch):
    """Texts have other sizes for our renderer than for Agg's."""
    name = f"{RENDERER_MODULE}._text_size"
    monkeypatch.setattr(name, lambda *args: (30.0, 20.0, 5.0))


def without_a_size(monkeypatch):
    """What a renderer is asked is called otherwise."""
    monkeypatch.delattr(f"{RENDERER_MODULE}.Renderer.picture")


CHANGES = [
    without_a_function,
    with_another_signature,
    without_an_effect,
    with_texts_elsewhere,
    without_a_size,
]


@NEEDED
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_matplotlib_changed_leads_to_its_own_way(monkeypatch, caplog, change):
    expected = own()
    with monkeypatch.context() as changed:
        change(changed)
        pictures = ImageWriter()
        got = [pixels(pictures.write(figure(), "png", 70)) for _ in range(2)]
        assert not pictures._fast.is_available()
        assert pictures.cache_bytes() == 0
    assert all(np.array_equal(each, expected) for each in got)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert "matplotlib's own savefig" in told[0]


@NEEDED
def test_a_failure_within_the_faster_way_is_no_failure_of_the_figure(monkeypatch, caplog):
    expected, pictures = own(), ImageWriter()
    assert pictures._fast.is_available()
    monkeypatch.setattr(f"{CANVAS_MODULE}.FigureCanvas.tight_picture", lambda self: 1 / 0)
    with caplog.at_level(logging.WARNING):
        got = [pixels(pictures.write(figure(), "png", 70)) for _ in range(2)]
    assert all(np.array_equal(each, expected) for each in got)
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is not None


def test_the_fault_of_a_figure_is_raised_and_nothing_is_told(caplog):
    bad = figure()
    bad.axes[0].set_title(r"$\frac{1}{$")
    with pytest.raises(ValueError, match="frac"):
        ImageWriter().write(bad, "png", 70)
    assert not [r for r in caplog.records if "this is told once" in r.getMessage()]


@pytest.mark.parametrize("format", ["png", "jpg", "webp", "svg", "pdf"])
def test_every_format_is_written_whether_or_not_the_faster_way_holds(format):
    for is_fast in (True, False):
        pictures = ImageWriter()
        if not is_fast:
            pictures._fast.disable()
        assert len(pictures.write(figure(), format, 50)) > 300
