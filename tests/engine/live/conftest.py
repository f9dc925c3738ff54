"""Live figures of an engine in this process."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from emout_lab.engine.live.figure_view import FigureView
from emout_lab.engine.live.wishes import AxesWish, Wish


class Shown:
    """A view of a figure, and what its frames show."""

    def __init__(self, figure: Any, animation: Any = None) -> None:
        figure.canvas.draw()  # as every figure that is kept
        self.figure = figure
        self.view = FigureView(figure, animation, 100_000_000)
        self.hello = self.view.hello()

    def wish(self, *axes: AxesWish, **options: Any) -> Wish:
        return Wish(1, options.pop("size", self.hello.size), axes=axes, **options)

    def numbers(self, *axes: AxesWish, **options: Any) -> tuple[dict[str, Any], list[Any]]:
        """Return what a frame tells: layers by kind and axes, and axes."""
        wish = self.wish(*axes, **options)
        self.view.check(wish)
        self.view.read(wish)
        self.view.prepare(wish)
        made, told, _ = self.view.numbers(wish)
        layers = {
            (layer["kind"], layer["axes"]): (layer, payload)
            for layer, payload in zip(made.told, made.payloads, strict=True)
        }
        return layers, told

    def picture(self, *axes: AxesWish, **options: Any) -> np.ndarray:
        wish = self.wish(*axes, rest=True, **options)
        self.view.check(wish)
        self.view.read(wish)
        made, _ = self.view.draw_picture(wish)
        return pixels(made.payloads[0])

    def decor(self, *axes: AxesWish, **options: Any) -> np.ndarray:
        wish = self.wish(*axes, **options)
        self.view.prepare(wish)
        made, _, key = self.view.numbers(wish)
        self.view.draw_decor(wish, key)
        self.view.add_decor(made, wish, key)
        return np.asarray(Image.open(io.BytesIO(made.payloads[-1])).convert("RGBA"))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def colours(layers: dict[Any, Any], i: int = 0) -> np.ndarray:
    """Return the colours of a map's cells as a browser shows them, row 0 on top."""
    layer, data = layers["cells", i]
    _, table = layers["lut", i]
    data = zlib.decompress(data) if layer["enc"] == "deflate" else data
    kind = {8: np.uint8, 16: "<u2"}[layer["depth"]]
    cells = np.frombuffer(data, kind).reshape(layer["h"], layer["w"])
    return np.frombuffer(table, np.uint8).reshape(-1, 4)[cells]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with matplotlib.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


@pytest.fixture
def run() -> Callable[..., Any]:
    """Run a coroutine to its end."""
    return asyncio.run
