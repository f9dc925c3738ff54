"""One viewer's view of one figure: what it is, and frames for its wishes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib import colormaps

from emout_lab.engine.live import layers, layout, probes
from emout_lab.engine.live.axis_ticks import AxisTicks, Ticks
from emout_lab.engine.live.cells import View
from emout_lab.engine.live.decor import decor_pixels
from emout_lab.engine.live.frames import frames_of
from emout_lab.engine.live.growth import lengths
from emout_lab.engine.live.layers import Layers, MapView, decor_key
from emout_lab.engine.live.layout import Layout
from emout_lab.engine.live.maps import norm_name
from emout_lab.engine.live.parts import AxesPart, Parts, colour, describe, find_parts
from emout_lab.engine.live.pictures import jpeg_of, pixels_of, png_of
from emout_lab.engine.live.places import Places, look
from emout_lab.engine.live.state import Seen, shown
from emout_lab.engine.live.step_values import StepValues
from emout_lab.engine.live.wishes import (
    AxesWish,
    Hello,
    LiveFrame,
    Probe,
    Range,
    Wish,
    by_axes,
    check_probe,
    check_wish,
)
from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]

#: Pictures of decorations that are kept.
MOST_DECORS: Final = 6
#: Of animations that move by calls, not by values.
OF_ANIMATION: Final = "the frames of an animation are drawn as pictures"


class FigureView:
    """One viewer's view of one figure.

    Whatever changes the figure for a moment, or draws, runs in the engine's thread (`open`,
    `prepare`, `draw_decor`, `draw_picture`); the rest may run beside it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The original, which is as it was after every call.
    animation : Animation or None
        What moves it.
    max_pixels : int or None
        The most that a picture may have.

    Attributes
    ----------
    step : int or None
        The step whose values were wished last, and are there.
    """

    def __init__(self, figure: Any, animation: Any, max_pixels: int | None) -> None:
        self._figure = figure
        self._max_pixels = max_pixels
        self._parts = find_parts(figure)
        self._steps = StepValues(self._parts.stepped)
        self._frames = None if self._parts.stepped else frames_of(animation)
        self._places = Places(figure, self._parts)
        self._decors: OrderedDict[str, bytes] = OrderedDict()
        self.step: int | None = None
        self._looked_at = self._parts.limits({})
        self.cmaps = tuple(sorted(name for name in colormaps if not name.endswith("_r")))

    @property
    def is_numbers(self) -> bool:
        """Whether cells travel; else whole pictures do."""
        return bool(self._parts.maps) and self._frames is None

    def hello(self) -> Hello:
        """Tell what the figure is."""
        parts, natural = self._parts, self._places.natural
        boxes, bars = self._places.find(natural.size, self._parts.limits({}))
        told = []
        for i, part in enumerate(parts.axes):
            source = parts.maps.get(i)
            one = {**describe(part, i, source, natural.dpi), "box": list(boxes[i])}
            if source is not None and source.bar is not None and i in bars:
                vertical = source.bar.orientation == "vertical"
                one["bar"] = {"box": list(bars[i]), "vertical": vertical}
            told.append({"bar": None, **one})
        return Hello(
            kind="numbers" if self.is_numbers else "pixels",
            reason="" if self.is_numbers else self._reason(),
            size=natural.size,
            facecolor=colour(self._figure.get_facecolor()),
            axes=tuple(told),
            steps=self._steps_told(),
            cmaps=self.cmaps,
        )

    def check(self, wish: Wish) -> None:
        """Refuse a wish that this figure does not fulfil.

        Raises
        ------
        SpecError
            With the field, its value and what fits.
        """
        names = {*colormaps, *self._own_cmaps()}
        check_wish(wish, len(self._parts.axes), names, self._max_pixels)
        count = self._count()
        if wish.t is not None and not 0 <= wish.t < max(count, 1):
            raise SpecError(f"t: step {wish.t}; the figure has {count} steps", "t")
        for each in wish.axes:
            self._check_scales(each)

    def must_prepare(self, wish: Wish) -> bool:
        """Return whether the engine's thread has to find where things are for a wish."""
        return not self._places.has(wish.size, self._limits(wish))

    def prepare(self, wish: Wish) -> None:
        """Find where things are."""
        self._places.prepare(wish.size, self._parts, self._limits(wish))

    def must_read(self, wish: Wish) -> bool:
        """Return whether values have to be read for a wish."""
        return self._steps.must_read(wish.t)

    def read(self, wish: Wish) -> None:
        """Read the values of the step that is wished, which may take a while."""
        self._steps.read(wish.t)
        self._note(wish)

    def numbers(self, wish: Wish) -> tuple[Layers, list[dict[str, Any]], str]:
        """Return layers, axes, and the key of the decoration that belongs to them."""
        self.read(wish)
        made = Layers(frozenset(wish.have))
        place = self._places.layout(wish.size)
        limits = self._limits(wish)
        boxes, bars = self._places.find(wish.size, limits)
        told, powers = [], []
        for i in range(len(self._parts.axes)):
            view = self._map_view(i, wish, limits[i], boxes[i], place)
            if view is not None:
                layers.add_map(made, view)
            one, power = self._axes_told(i, wish, limits[i], boxes[i], bars.get(i), place, view)
            told.append(one)
            powers.append(power)
        return made, told, self._decor_key(wish, limits, place, boxes, powers)

    def has_decor(self, key: str, wish: Wish) -> bool:
        """Return whether a decoration need not be drawn."""
        return key in self._decors or key in wish.have

    def draw_decor(self, wish: Wish, key: str) -> None:
        """Draw the decoration and keep it."""
        parts = self._look_again(wish)
        place = self._places.layout(wish.size)
        live = [(parts.axes[i], source) for i, source in parts.maps.items()]
        with shown(self._figure, parts.maps, self._seen(wish, place)):
            layout.place_axes(self._figure, is_laid_out=False)
            self._decors[key] = png_of(decor_pixels(self._figure, place, wish.dpr, live))
        while len(self._decors) > MOST_DECORS:
            self._decors.popitem(last=False)

    def add_decor(self, made: Layers, wish: Wish, key: str) -> None:
        """Add the decoration, where it is there."""
        if self.has_decor(key, wish):
            size = self._places.layout(wish.size).pixels(wish.dpr)
            made.add("decor", None, "png", size, self._decors.get(key, b""), key)

    def draw_picture(self, wish: Wish) -> tuple[Layers, list[dict[str, Any]]]:
        """Draw the whole figure: lossless at rest, small while it moves."""
        self._look_again(wish)
        self._note(wish)
        made, place = Layers(()), self._places.fit(wish.size, self._parts)
        with shown(self._figure, self._parts.maps, self._seen(wish, place)):
            if self._frames is not None:
                # Another viewer may have left it elsewhere.
                self._frames.show(wish.t or 0)
            layout.place_axes(self._figure, is_laid_out=False)
            pixels = pixels_of(self._figure, place, wish.dpr)
            self._places.note(wish.size, self._limits(wish), look(place, self._parts))
        size = pixels.shape[1], pixels.shape[0]
        if wish.rest:
            made.add("picture", None, "png", size, png_of(pixels))
        else:
            made.add("picture", None, "jpeg", size, jpeg_of(pixels))
        return made, self.axes_told(wish)

    def no_picture(self, wish: Wish) -> tuple[Layers, list[dict[str, Any]]]:
        """Return what is told of a figure that cannot be drawn now."""
        return Layers(()), self.axes_told(wish)

    def axes_told(self, wish: Wish) -> list[dict[str, Any]]:
        """Return what a frame tells of all axes."""
        place, limits = self._places.layout(wish.size), self._limits(wish)
        boxes, bars = self._places.find(wish.size, limits)
        found = []
        for i in range(len(self._parts.axes)):
            view = self._map_view(i, wish, limits[i], boxes[i], place)
            told = self._axes_told(i, wish, limits[i], boxes[i], bars.get(i), place, view)
            found.append(told[0])
        return found

    def frame(
        self,
        wish: Wish,
        made: Layers,
        axes: list[dict[str, Any]],
        *,
        busy: str | None,
        is_rest: bool,
        began: float,
    ) -> LiveFrame:
        """Return a frame of what was made."""
        header = {
            "seq": wish.seq,
            "t": wish.t,
            "rest": is_rest,
            "busy": busy,
            "ms": round((time.perf_counter() - began) * 1e3, 2),
            "title": self._figure.get_suptitle(),
            "layers": made.told,
            "axes": axes,
        }
        return LiveFrame(header, tuple(made.payloads))

    def probe(self, probe: Probe) -> dict[str, Any]:
        """Return what is at a place of the figure, at the step that was wished last."""
        check_probe(probe, len(self._parts.axes))
        source, axes = self._parts.maps.get(probe.i), self._parts.axes[probe.i].axes
        seen = self._looked_at[probe.i]
        if source is None:
            return probes.of_axes(probe, axes, seen)
        return probes.of_map(probe, axes, source, self._values(probe.i, self.step), seen)

    def _note(self, wish: Wish) -> None:
        self.step, self._looked_at = wish.t, self._limits(wish)

    def _look_again(self, wish: Wish) -> Parts:
        """Take notice of what was changed in the figure since, where a wish still fits it."""
        self._parts = find_parts(self._figure, self._parts)
        self._steps.stepped = self._parts.stepped
        self.check(wish)
        return self._parts

    def _reason(self) -> str:
        return (
            OF_ANIMATION if self._frames is not None else self._parts.reason or "nothing is drawn"
        )

    def _own_cmaps(self) -> list[str]:
        return [source.cmap.name for source in self._parts.maps.values()]

    def _count(self) -> int:
        return self._steps.count if self._frames is None else self._frames.count

    def _steps_told(self) -> dict[str, Any] | None:
        if self._frames is None:
            return self._steps.told()
        told = {"count": self._frames.count, "at": 0, "labels": self._frames.labels}
        return {**told, "unit": ""}

    def _check_scales(self, wish: AxesWish) -> None:
        part = self._parts.axes[wish.i]
        for name in ("x", "y"):
            limits, scale = getattr(wish, name), getattr(part.axes, f"get_{name}scale")()
            if limits is not None and scale == "log" and min(limits) <= 0:
                fits = "a logarithmic axis needs limits above zero"
                raise SpecError(f"{name}: {limits!r:.80}; {fits}", name)
        source = self._parts.maps.get(wish.i)
        if source is None:
            return
        norm = wish.norm or norm_name(source.norm)
        if norm == "log" and wish.clim is not None and wish.clim[0] <= 0:
            fits = "a logarithmic colour scale needs limits above zero"
            raise SpecError(f"clim: {wish.clim!r:.80}; {fits}", "clim")
        if norm == "log" and not (source.norm.vmax or 0) > 0 and wish.clim is None:
            raise SpecError("norm: log; a logarithmic colour scale needs values above zero", "norm")

    def _limits(self, wish: Wish) -> list[tuple[Range, Range]]:
        return self._parts.limits(by_axes(wish))

    def _seen(self, wish: Wish, place: Layout) -> Seen:
        limits = [
            (part.axes, *each)
            for part, each in zip(self._parts.axes, self._limits(wish), strict=True)
        ]
        return Seen(place.inches, limits, by_axes(wish), self._steps.moved(wish.t))

    def _values(self, i: int, step: int | None) -> Array:
        source = self._parts.maps[i]
        found = self._steps.of(source.artist, step)
        return source.values if found is None else found

    def _map_view(
        self, i: int, wish: Wish, limits: tuple[Range, Range], box: layers.Box, place: Layout
    ) -> MapView | None:
        source, part = self._parts.maps.get(i), self._parts.axes[i]
        if source is None or part.x_ticks is None or part.y_ticks is None:
            return None
        transforms = part.x_ticks.transform, part.y_ticks.transform
        width, height = place.pixels(wish.dpr)
        views = []
        for each, transform, pixels in zip(
            limits, transforms, (box[2] * width, box[3] * height), strict=True
        ):
            low, high = (float(v) for v in transform.transform(np.array(each)))
            views.append(View(low, high, max(1, round(pixels))))
        wished = by_axes(wish).get(i, AxesWish(i))
        step = wish.t if source.steps is not None else None
        values = self._values(i, step)
        return MapView(i, source, values, step, wished, views[0], views[1], transforms)

    def _axes_told(
        self,
        i: int,
        wish: Wish,
        limits: tuple[Range, Range],
        box: layers.Box,
        bar_box: layers.Box | None,
        place: Layout,
        view: MapView | None,
    ) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Return what a frame tells of an axes, and what of its labels moves others."""
        part = self._parts.axes[i]
        width, height = (each / place.dpi for each in place.size)
        x = part.x_ticks.find(*limits[0], box[2] * width) if part.x_ticks else Ticks()
        y = part.y_ticks.find(*limits[1], box[3] * height) if part.y_ticks else Ticks()
        bar = None
        if view is not None and bar_box is not None:
            inches = max(bar_box[2] * width, bar_box[3] * height)
            bar = layers.bar_ticks(part.bar_ticks, view, inches)
        norm = view.norm() if view is not None else None
        title = self._steps.title(part.axes, wish.t)
        told = {
            "i": i,
            "box": [round(share, 6) for share in box],
            "x": _as_text(part.x_ticks, x),
            "y": _as_text(part.y_ticks, y),
            "xlim": list(limits[0]),
            "ylim": list(limits[1]),
            "clim": [float(norm.vmin), float(norm.vmax)] if norm is not None else None,
            "title": (title or part.title) if part.has_text_title else "",
            "bar": _as_text(part.bar_ticks, bar) if bar is not None else None,
        }
        powers = x.power, y.power, bar.power if bar is not None else 0
        return told, (*powers, *lengths(y, bar))

    def _decor_key(
        self,
        wish: Wish,
        limits: list[tuple[Range, Range]],
        place: Layout,
        boxes: list[layers.Box],
        powers: list[tuple[int, ...]],
    ) -> str:
        maps: Mapping[int, Any] = self._parts.maps
        # What of the wish shows in it, of every axes.
        shows: list[Any] = [
            limits[i] if i not in maps or part.is_overlaid or _is_drawn(part) else None
            for i, part in enumerate(self._parts.axes)
        ]
        for i, source in maps.items():
            each, bar = by_axes(wish).get(i), self._parts.axes[i].bar_ticks
            if bar is not None and bar.is_drawn and each is not None:
                shows.append((i, each.clim))
            if source.bar is not None and each is not None and (each.cmap or each.norm):
                shows.append((i, each.cmap, each.norm))
        elsewhere = [
            a for _, a, _ in self._parts.stepped if all(a is not m.artist for m in maps.values())
        ]
        # Titles that tell the step, where they are drawn.
        is_titled = any(
            steps.title is not None and not part.has_text_title
            for axes, _, steps in self._parts.stepped
            for part in self._parts.axes
            if part.axes is axes
        )
        t = wish.t if elsewhere or is_titled else None
        return decor_key(place.size, wish.dpr, np.round(boxes, 4).tolist(), shows, powers, t)


def _is_drawn(part: AxesPart) -> bool:
    return any(ticks is not None and ticks.is_drawn for ticks in (part.x_ticks, part.y_ticks))


def _as_text(axis: AxisTicks | None, ticks: Ticks) -> dict[str, Any]:
    """Return ticks as they travel; those that are drawn do not."""
    return (Ticks() if axis is not None and axis.is_drawn else ticks).as_dict()
