"""The output steps of a map that is drawn: how a live figure brings another one into it.

An artist that has the attribute `STEPS` tells by it which steps there are, and reads any of them.
Whoever shows live figures looks for the attribute, and knows nothing of where the values are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.image import AxesImage

from emout_lab.emses.plot import maps
from emout_lab.emses.plot import offsets as offsets_of
from emout_lab.emses.plot.labels import View, quantity_text, series_text

Array = np.ndarray[Any, Any]

#: Name of the attribute of an artist.
STEPS = "emout_lab_steps"
#: Modes of maps that are nothing but cells: contour lines over them would stay where they are.
MODES = ("cm", "cmap")


class MapSteps:
    """The steps of one map; its members are those that an engine's live figures look for.

    Attributes
    ----------
    at : int
        The step that is drawn.
    count : int
        How many steps there are.
    value_unit : str
        Unit of the values.
    artist : Artist or None
        The map itself.

    Parameters
    ----------
    at : int
        The step that is drawn.
    count : int
        How many steps there are.
    times : callable
        Gives the time of each step.
    unit : str
        Unit of the times.
    read : callable
        Gives the values of a step as the artist shows them.
    value_unit : str
        Unit of the values.
    titles : sequence of callable, optional
        Give texts of the figure for a step; without them what names the time in a text is changed.
    name : str
        What the texts call the time.

    Examples
    --------
    >>> times, values = np.array([0.0, 2e-6]), np.arange(4).reshape(2, 1, 2)
    >>> steps = MapSteps(0, 2, times.copy, "s", values.__getitem__)
    >>> steps.count, steps.labels, steps.unit, steps.read(1).tolist()
    (2, ('0', '2'), 'µs', [[2, 3]])
    >>> steps.retitled("t = 0 s, y = 4 mm", 1)
    't = 2 µs, y = 4 mm'
    """

    def __init__(
        self,
        at: int,
        count: int,
        times: Callable[[], Array],
        unit: str,
        read: Callable[[int], Any],
        *,
        value_unit: str = "",
        titles: Sequence[Callable[[int], str]] = (),
        name: str = "t",
    ) -> None:
        self.at, self.count, self.value_unit = at, count, value_unit
        self.artist: Any = None
        self._of_times, self._unit, self._read = times, unit, read
        self._titles, self._name = tuple(titles), name

    @property
    def labels(self) -> tuple[str, ...]:
        """The time of each step."""
        return self._written[0]

    @property
    def unit(self) -> str:
        """Unit of the labels; empty for none."""
        return self._written[1]

    @cached_property
    def _times(self) -> Array:
        return self._of_times()

    @cached_property
    def _written(self) -> tuple[tuple[str, ...], str]:
        return series_text(self._times, self._unit)

    @property
    def title(self) -> Callable[[int], str] | None:
        """Gives the title of the map's axes at a step; None where that does not tell the time."""
        ax = getattr(self.artist, "axes", None)
        now = "" if ax is None else ax.get_title()
        other = int(self.at == 0)
        is_of_time = self.count > 1 and self.retitled(now, other) != now
        return partial(self.retitled, now) if is_of_time else None

    def read(self, step: int) -> Array:
        """Read the values of a step in the unit of the plot, and nothing else.

        Parameters
        ----------
        step : int
            From 0 to ``count - 1``.

        Returns
        -------
        ndarray, shape (rows, columns)
            What the artist shows then, masked where there is no value.
        """
        if not 0 <= step < self.count:
            raise IndexError(
                f"step {step} is none of the {self.count} steps, 0 to {self.count - 1}"
            )
        values = np.asarray(self._read(step))
        with np.errstate(all="ignore"):
            has_all = np.isfinite(values.sum())  # quicker than to look at each
        return values if has_all else np.ma.masked_invalid(values, copy=False)

    def retitled(self, text: str, step: int) -> str:
        """Return a text of the figure as it is at a step; one that names no time stays."""
        for words in self._titles:
            if text == words(self.at):
                return words(step)
        if self._titles:
            return text
        for text_of in (self._text, self._number):
            now, then = (f"{self._name} = {text_of(each)}" for each in (self.at, step))
            start = text.find(now)
            if start >= 0 and text[start + len(now) :][:1] in ("", ",", " ", "\n", ")"):
                return text.replace(now, then, 1)
        return text

    def _text(self, step: int) -> str:
        return quantity_text(float(self._times[step]), self._unit)

    def _number(self, step: int) -> str:
        return f"{float(self._times[step]):.4}"  # as xarray writes it


@dataclass(frozen=True)
class Arranged:
    """Reads steps and brings their values into the order in which a map was drawn.

    Parameters
    ----------
    values : callable
        Gives the values of a step, in SI.
    convert : callable or None
        Brings them into the unit that is drawn.
    view : View
        What was drawn, without its values.
    offsets, axes
        Options of the map.
    """

    values: Callable[[int], Array]
    convert: Callable[[Array], Any] | None
    view: View
    offsets: Any = None
    axes: str = "auto"

    def __call__(self, step: int) -> Array:
        """Read a step."""
        values = self.values(step)
        if self.convert is not None:
            values = np.asarray(self.convert(values))
        moved = offsets_of.plane(replace(self.view, values=values), self.offsets, self.axes)
        found: Array = maps.in_order(moved, self.axes).values
        return found


@dataclass(frozen=True)
class Plain:
    """Reads steps of what was drawn as it is, or with rows and columns exchanged.

    Parameters
    ----------
    values : callable
        Gives the values of a step.
    convert : callable or None
        Brings them into the unit that is drawn.
    is_turned : bool
        Whether the first dimension is the horizontal one.
    """

    values: Callable[[int], Array]
    convert: Callable[[Array], Any] | None = None
    is_turned: bool = False

    def __call__(self, step: int) -> Array:
        """Read a step."""
        values = self.values(step)
        if self.convert is not None:
            values = np.asarray(self.convert(values))
        return values.T if self.is_turned else values


def give(artist: Any, steps: MapSteps | None) -> None:
    """Let a map tell its steps; what has no cells of two dimensions tells none."""
    if steps is None or not isinstance(artist, (AxesImage, QuadMesh)):
        return
    shown: Any = artist.get_array()
    if np.ndim(shown) == 2:
        steps.artist = artist
        setattr(artist, STEPS, steps)
