"""An experiment that draws a figure at each point."""

from __future__ import annotations

import inspect
import io
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emout_lab.engine import protocol
from emout_lab.engine.process_state import PROCESS
from emout_lab.experiments.experiment import Experiment


class FigureExperiment(Experiment):
    """Draws a figure at each point; the pictures are results, and come to the panel's Outputs.

    Parameters
    ----------
    draw : callable
        Called with a new figure of matplotlib and the parameters, as ``draw(figure, params)``;
        draws with the figure's own methods, ``figure.subplots()`` and the like, since several
        points are drawn at a time. It may return a dictionary of more results.
    figsize : (float, float)
        Width and height [inch].
    dpi : float
        Pixels per inch.
    title : callable, optional
        Makes of the parameters what the picture is called in the Outputs; by default they say so
        themselves.

    Examples
    --------
    >>> def draw(figure, params):
    ...     figure.subplots().plot([0, params["k"]])
    >>> found = FigureExperiment(draw, dpi=20).set({"k": 1}).run()
    >>> found["results"]["figure"][1:4]
    b'PNG'
    """

    def __init__(
        self,
        draw: Callable[[Figure, dict[str, Any]], Mapping[str, Any] | None],
        figsize: tuple[float, float] = (6.4, 4.8),
        dpi: float = 100.0,
        title: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        super().__init__()
        _require_two_arguments(draw)
        self._draw, self._figsize, self._dpi = draw, figsize, dpi
        self._title = title

    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        """Draw the figure and return it as PNG, with the results that the function gives.

        Raises
        ------
        ValueError
            When nothing was drawn on the figure.
        """
        start = time.perf_counter()
        figure = Figure(figsize=self._figsize, dpi=self._dpi)
        canvas = FigureCanvasAgg(figure)
        more = self._draw(figure, params)
        if more is not None and not isinstance(more, Mapping):
            more = None  # what drawing functions of matplotlib return
        if not figure.get_children()[1:]:
            raise ValueError(
                "nothing was drawn on the figure. Draw with the methods of the figure that the "
                "function is given, such as axes = figure.subplots(): pyplot draws on others."
            )
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi="figure")
        width, height = canvas.get_width_height()
        title = named(params) if self._title is None else self._title(params)
        _publish(file.getvalue(), (width, height), title, time.perf_counter() - start)
        return {"figure": file.getvalue(), **(more or {})}


def _require_two_arguments(draw: object) -> None:
    asked = f"draw is a function draw(figure, params), given a figure, and not {draw!r:.80}"
    if not callable(draw):
        raise TypeError(asked)
    try:
        signature = inspect.signature(draw)
    except ValueError:  # of some that are written in C nothing is known
        return
    try:
        signature.bind(None, None)
    except TypeError as error:
        raise TypeError(f"{asked}: {error}") from None


def _publish(data: bytes, size: tuple[int, int], title: str, seconds: float) -> None:
    """Let a picture appear in the panel's Outputs, where this is an engine."""
    if PROCESS.bundles is None:
        return
    done = protocol.Figure(
        id=uuid.uuid4().hex,
        engine=str(PROCESS.worker.name),
        format="png",
        mimetype="image/png",
        width=size[0],
        height=size[1],
        milliseconds=1e3 * seconds,
        created=time.time(),
        bytes_read=0,
        data=data,
        title=title,
    )
    PROCESS.bundles.publish(done, None)


def named(point: Mapping[str, Any]) -> str:
    """Return a point as a person would write it.

    Examples
    --------
    >>> named({"k": 1, "name": "a"})
    "k=1, name='a'"
    """
    return ", ".join(f"{name}={value!r:.40}" for name, value in point.items())
