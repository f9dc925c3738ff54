"""Values of the time steps that a view has seen last, read when they are wished."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from emout_lab.engine.live.foreign import failure
from emout_lab.engine.live.steps import Steps
from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]
#: Axes, an artist in it, and its steps.
Stepped = tuple[Any, Any, Steps]

#: So many steps of every artist are kept.
MOST_READ: Final = 3
#: Kinds of types that maps show.
NUMBERS: Final = "fiub"


class StepValues:
    """Values of all artists of a figure that have time steps.

    Attributes
    ----------
    stepped : sequence of (Axes, artist, Steps)
        These artists.
    shown : int or None
        The step that is shown, whose values are kept.
    """

    def __init__(self, stepped: Sequence[Stepped]) -> None:
        self.stepped = stepped
        self.shown: int | None = None
        self._read: OrderedDict[tuple[int, int], Array] = OrderedDict()

    def take(self, stepped: Sequence[Stepped]) -> None:
        """Take the artists that there are now; values of others are forgotten."""
        if _told_apart(stepped) != _told_apart(self.stepped):
            self._read = OrderedDict()
        self.stepped = stepped

    @property
    def count(self) -> int:
        """How many steps there are."""
        return max((steps.count for _, _, steps in self.stepped), default=0)

    def told(self) -> dict[str, Any] | None:
        """Return what a viewer learns of them; None where there are none."""
        if not self.stepped:
            return None
        steps = max((each for _, _, each in self.stepped), key=lambda each: each.count)
        labels = [str(each) for each in steps.labels]
        return {"count": steps.count, "at": steps.at, "labels": labels, "unit": steps.unit}

    def must_read(self, t: int | None) -> bool:
        """Return whether values of a step are not there yet."""
        return bool(self._unread(t))

    def read(self, t: int | None) -> None:
        """Read the values of a step, which may take a while."""
        kept, stepped = self._read, self.stepped
        for k, step, artist, steps in self._unread(t):
            try:
                values = np.ma.asarray(steps.read(step))
            except Exception as error:  # noqa: BLE001  # code of others
                raise failure(f"t: step {step} cannot be read", error) from None
            kept[k, step] = _shaped(values, artist)
        # Steps that hung may come all at once, and late.
        others = [key for key in list(kept) if key[1] not in (t, self.shown)]
        for key in others[: max(0, len(kept) - MOST_READ * len(stepped))]:
            kept.pop(key, None)

    def of(self, artist: Any, t: int | None) -> Array | None:
        """Return the values of an artist at a step that was read; None where it has none."""
        for k, (_, each, _) in enumerate(self.stepped):
            if each is artist and t is not None:
                return self._read.get((k, t))
        return None

    def moved(self, t: int | None) -> list[tuple[Any, Any, Array, str | None]]:
        """Return what to show at a step, see `Seen.values`."""
        found = []
        for axes, artist, steps in self.stepped:
            values = self.of(artist, t)
            if values is not None and t is not None:
                title = steps.title(t) if steps.title is not None else None
                found.append((axes, artist, values, title))
        return found

    def title(self, axes: Any, t: int | None) -> str | None:
        """Return the title of an axes at a step; None where that does not change it."""
        for each, _, steps in self.stepped:
            if each is axes and t is not None and steps.title is not None and t < steps.count:
                return steps.title(t)
        return None

    def _unread(self, t: int | None) -> list[tuple[int, int, Any, Steps]]:
        if t is None:
            return []
        return [
            (k, t, artist, steps)
            for k, (_, artist, steps) in enumerate(self.stepped)
            if t < steps.count and (k, t) not in self._read
        ]


def _told_apart(stepped: Sequence[Stepped]) -> list[Any]:
    return [(id(artist), steps.read) for _, artist, steps in stepped]


def _shaped(values: Array, artist: Any) -> Array:
    """Return values as an artist has them, refusing others."""
    now = artist.get_array()
    if now is not None and now.dtype.kind in NUMBERS and values.dtype.kind not in NUMBERS:
        raise SpecError(f"t: this step has values of the type {values.dtype}, no numbers", "t")
    if now is not None and now.shape != values.shape:
        if now.size != values.size:
            raise SpecError(
                f"t: this step has values of the shape {values.shape}, the map {now.shape}", "t"
            )
        values = values.reshape(now.shape)
    return values
