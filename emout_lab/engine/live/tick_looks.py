"""Which axes have more beside them than a viewer writes as text: these are drawn by matplotlib.

A viewer writes plain labels of one style outside of one side of a box, each with its mark.
"""

from __future__ import annotations

from typing import Any, Final

import matplotlib
from matplotlib.colors import same_color
from matplotlib.ticker import NullFormatter, NullLocator

#: Where a spine is by itself.
AT_HOME: Final = (None, ("outward", 0), ("outward", 0.0))
SIDES: Final = {"x": ("bottom", "top"), "y": ("left", "right")}


def has_lines(axis: Any) -> bool:
    """Return whether grid lines go through the axes."""
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    # Ticks that are not there yet look like the first.
    ticks += [*axis.get_major_ticks(1), *axis.get_minor_ticks(1)]
    return any(tick.gridline.get_visible() for tick in ticks)


def has_minor(axis: Any) -> bool:
    """Return whether there are minor ticks or labels."""
    if isinstance(axis.get_minor_locator(), NullLocator):
        return False
    looks = _Looks(axis, "minor")
    has_labels = bool(looks.labels) and not isinstance(axis.get_minor_formatter(), NullFormatter)
    return bool(looks.marks) or has_labels


def is_special(axis: Any) -> bool:
    """Return whether major ticks look otherwise than those a viewer writes."""
    looks = _Looks(axis, "major")
    if len(looks.labels) > 1 or len(looks.marks) > 1:
        return True
    if looks.labels and looks.marks != looks.labels and looks.length > 0:
        return True
    if looks.marks and looks.direction != "out":
        return True
    if looks.marks and looks.labels and not same_color(looks.color, looks.label_color):
        return True
    return looks.is_away or any(_is_own(tick, looks) for tick in axis.get_major_ticks())


class _Looks:
    """How ticks of an axis look by its own settings and matplotlib's."""

    def __init__(self, axis: Any, which: str) -> None:
        found, rc = axis.get_tick_params(which), _rc()
        look = f"{axis.axis_name}tick"
        self.sides = near, far = SIDES[axis.axis_name]
        self.length = float(found.get("length", rc[f"{look}.{which}.size"]))
        marks = [side for side, usual in ((near, True), (far, False)) if found.get(side, usual)]
        self.marks = marks if self.length > 0 else []
        self.labels = [
            side for side, usual in ((near, True), (far, False)) if found.get(f"label{side}", usual)
        ]
        self.direction = found.get("direction", rc[f"{look}.direction"])
        self.color = found.get("color", rc[f"{look}.color"])
        label_color = found.get("labelcolor", rc[f"{look}.labelcolor"])
        self.label_color = self.color if label_color == "inherit" else label_color
        spines = [axis.axes.spines[side] for side in {*self.marks, *self.labels}]
        self.is_away = any(spine.get_position() not in AT_HOME for spine in spines)


def _is_own(tick: Any, looks: _Looks) -> bool:
    """Return whether somebody gave a tick another look than the others have."""
    for label, side in zip((tick.label1, tick.label2), looks.sides, strict=True):
        is_seen = side in looks.labels
        if label.get_visible() != is_seen:
            return True
        is_plain = label.get_rotation() % 360 == 0 and label.get_alpha() in (None, 1)
        if is_seen and not (is_plain and same_color(label.get_color(), looks.label_color)):
            return True
    return False


def _rc() -> Any:
    """Return matplotlib's settings, whose names are texts."""
    return matplotlib.rcParams
