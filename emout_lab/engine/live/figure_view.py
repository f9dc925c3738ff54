"""One viewer's view of one figure: what it is, and frames for its wishes."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

import numpy as np
from matplotlib import colormaps

from emout_lab.engine.live import layers, layout, probes, telling
from emout_lab.engine.live.cells import LEAN, View
from emout_lab.engine.live.decor import decor_pixels
from emout_lab.engine.live.decors import Decors, key_of
from emout_lab.engine.live.frames import frames_of
from emout_lab.engine.live.greeting import changes_of, greeting, identity
from emout_lab.engine.live.layers import Layers, MapView
from emout_lab.engine.live.layout import Layout
from emout_lab.engine.live.maps import norm_name
from emout_lab.engine.live.parts import Parts, find_parts
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
    """

    def __init__(self, figure: Any, animation: Any, max_pixels: int | None) -> None:
        self._figure = figure
        self._max_pixels = max_pixels
        self._parts = find_parts(figure)
        self._steps = StepValues(self._parts.stepped)
        self._frames = None if self._parts.stepped else frames_of(animation)
        self._places = Places(figure, self._parts)
        self._decors = Decors()
        self._is_looking = threading.RLock()
        self._known, self._changes = self._identity(self._parts), changes_of(figure)
        self._news = False
        self._looked_at = self._parts.limits({})
        self.cmaps = tuple(sorted(name for name in colormaps if not name.endswith("_r")))

    @property
    def step(self) -> int | None:
        """The step that was shown last."""
        return self._steps.shown

    @step.setter
    def step(self, t: int | None) -> None:
        self._steps.shown = t

    @property
    def at(self) -> int | None:
        """The step that is shown, also where none was wished; None without steps."""
        told = self._steps_told() if self.step is None else None
        return self.step if told is None else int(told["at"])

    @property
    def is_numbers(self) -> bool:
        """Whether cells travel; else whole pictures do."""
        return bool(self._parts.maps) and self._frames is None

    def hello(self) -> Hello:
        """Tell what the figure is."""
        with self._is_looking:
            self._news = False
            return greeting(
                self._figure,
                self._parts,
                self._places,
                reason="" if self.is_numbers else self._reason(),
                steps=self._steps_told(),
                cmaps=self.cmaps,
            )

    def news(self) -> Hello | None:
        """Return what the figure is where that is something else than was told."""
        return self.hello() if self._news else None

    def look_again(self) -> bool:
        """Return whether the figure was changed, and take notice; in the engine's thread only."""
        parts = find_parts(self._figure, self._parts)
        found, changes = self._identity(parts), changes_of(self._figure)
        is_other = found != self._known
        places = Places(self._figure, parts) if is_other else self._places
        is_changed = is_other or changes != self._changes
        with self._is_looking:
            self._take(parts)
            self._places, self._known, self._changes = places, found, changes
            self._news |= is_other
        return is_changed

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

    def numbers(self, wish: Wish) -> tuple[Layers, list[dict[str, Any]], str]:
        """Return layers, axes, and the key of the decoration that belongs to them."""
        self.read(wish)
        with self._is_looking:
            self._note(wish)
            return self._numbers(wish)

    def _numbers(self, wish: Wish) -> tuple[Layers, list[dict[str, Any]], str]:
        made = Layers(frozenset(wish.have))
        place = self._places.layout(wish.size)
        limits = self._limits(wish)
        boxes, bars = self._places.find(wish.size, limits)
        found = []
        for i in range(len(self._parts.axes)):
            view = self._map_view(i, wish, limits[i], boxes[i], place)
            if view is not None:
                layers.add_map(made, view)
            found.append(self._told(i, wish, limits[i], boxes[i], bars.get(i), place, view))
        shows = telling.decor_shows(self._parts, wish, limits, found)
        shows += [place.size, wish.dpr, np.round(boxes, 4).tolist(), self._changes]
        key = key_of(shows, [each.moves for each in found])
        return made, [each.axes for each in found], key

    def has_decor(self, key: str, wish: Wish) -> bool:
        """Return whether a decoration need not be drawn."""
        return self._decors.has(key, wish.have)

    def draw_decor(self, wish: Wish, key: str) -> None:
        """Draw the decoration and keep it."""
        parts = self._look_again(wish)
        place = self._places.layout(wish.size)
        drawn = [each.drawn for each in self._all_told(wish)]
        live = [(parts.axes[i], source, drawn[i]) for i, source in parts.maps.items()]
        with shown(self._figure, parts.maps, self._seen(wish, place)):
            layout.place_axes(self._figure, is_laid_out=False)
            pixels = decor_pixels(self._figure, place, wish.dpr, live)
        self._decors.keep(key, png_of(pixels))

    def add_decor(self, made: Layers, wish: Wish, key: str) -> None:
        """Add the decoration; where it is not there, one that differs in its place or none."""
        size = self._places.layout(wish.size).pixels(wish.dpr)
        self._decors.add_to(made, key, wish.have, size)

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
        return [each.axes for each in self._all_told(wish)]

    def nothing(self, wish: Wish) -> dict[str, Any]:
        """Return the header of a frame that shows nothing."""
        head = {"seq": wish.seq, "t": wish.t, "rest": False, "busy": None, "ms": 0.0}
        return {**head, "title": self._figure.get_suptitle(), "layers": [], "axes": []}

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
            **self.nothing(wish),
            "rest": is_rest,
            "busy": busy,
            "ms": round((time.perf_counter() - began) * 1e3, 2),
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
        parts = find_parts(self._figure, self._parts)
        with self._is_looking:
            self._take(parts)
        self.check(wish)
        return parts

    def _take(self, parts: Parts) -> None:
        if len(parts.axes) != len(self._parts.axes):
            self._looked_at = parts.limits({})
        self._parts = parts
        self._steps.take(parts.stepped)

    def _identity(self, parts: Parts) -> str:
        steps = StepValues(parts.stepped).told()
        return identity(self._figure, parts, steps, is_animated=self._frames is not None)

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
        left, top, wide, high = box
        starts = left * width, (1 - top - high) * height
        lengths, leans = (wide * width, high * height), (-LEAN, LEAN)
        views = []
        for each, transform, *pixels in zip(
            limits, transforms, lengths, starts, leans, strict=True
        ):
            low, high_end = (float(v) for v in transform.transform(np.array(each)))
            views.append(View(low, high_end, *pixels))
        wished = by_axes(wish).get(i, AxesWish(i))
        step = wish.t if source.steps is not None else None
        values = self._values(i, step)
        return MapView(i, source, values, step, wished, views[0], views[1], transforms)

    def _told(
        self,
        i: int,
        wish: Wish,
        limits: tuple[Range, Range],
        box: layers.Box,
        bar_box: layers.Box | None,
        place: Layout,
        view: MapView | None,
    ) -> telling.Told:
        part = self._parts.axes[i]
        title = self._steps.title(part.axes, wish.t) or part.title
        return telling.tell(i, part, limits, title, telling.Boxes(box, bar_box, place), view)

    def _all_told(self, wish: Wish) -> list[telling.Told]:
        place, limits = self._places.layout(wish.size), self._limits(wish)
        boxes, bars = self._places.find(wish.size, limits)
        found = []
        for i in range(len(limits)):
            view = self._map_view(i, wish, limits[i], boxes[i], place)
            found.append(self._told(i, wish, limits[i], boxes[i], bars.get(i), place, view))
        return found
