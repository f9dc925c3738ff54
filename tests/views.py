"""Views to be drawn, and what is seen of a drawing."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from emout_lab.emses.plot.labels import View


def view(values, extents, *, dims="zx", name="phisp", unit="V", fixed=()) -> View:
    """Return a view of values over so many metres."""
    axes = tuple(np.linspace(0, extent, n) for extent, n in zip(extents, values.shape, strict=True))
    units = tuple("s" if dim == "t" else "m" for dim in dims)
    return View(name, unit, values, tuple(dims), axes, units, fixed)


def hill(shape=(33, 33), extents=(0.064, 0.064), **options) -> View:
    """Return a map with one hill."""
    z, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return view(options.pop("top", 1.0) * np.exp(-3 * (x**2 + z**2)), extents, **options)


def plane(extents=(0.064, 0.064), shape=(33, 33)) -> tuple[View, View]:
    """Return a vector field in a plane."""
    z, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    u, w = x * np.exp(-(x**2) - z**2), z * np.exp(-(x**2) - z**2)
    return view(u, extents, name="ex", unit="V/m"), view(w, extents, name="ez", unit="V/m")


def curve(**options) -> View:
    """Return a curve over x."""
    values = options.pop("values", np.linspace(0, 1, 9))
    return view(values, (0.064,), dims="x", **options)


def boxes(figure):
    """Boxes of the colour bars of a figure, with their numbers and labels."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    bars = [ax for ax in figure.axes if ax.get_label() == "<colorbar>"]
    return [ax.get_tightbbox(renderer) for ax in bars]


def texts(figure):
    """All texts that are seen, with their boxes."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    seen = [t for t in figure.findobj(plt.Text) if t.get_visible() and t.get_text()]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in seen]
