"""The first picture of an engine, which nobody sees: it loads what the user's first one needs."""

from __future__ import annotations

import importlib
import logging

from emout_lab.engine.figures.recordings import Drawings
from emout_lab.engine.protocol import FigureOptions
from emout_lab.errors import EngineError

NAME = "warm-up"

log = logging.getLogger(__name__)


def draw_first(drawings: Drawings) -> None:
    """Draw a picture and throw it away; where none can be drawn, only the log tells."""
    try:
        with drawings.current(NAME) as drawing:
            pyplot = importlib.import_module("matplotlib.pyplot")
            figure, axes = pyplot.subplots()
            figure.colorbar(axes.pcolormesh([[0.0, 1.0], [2.0, 3.0]]))
            axes.set_title("warm $10^{-3}$")
            drawing.note(figure)
        for _ in drawings.render(NAME, FigureOptions()):
            pass
    except EngineError as error:
        # Everything else works, and whoever draws is told.
        log.warning("No pictures: %s", error)
        drawings.release(NAME)
