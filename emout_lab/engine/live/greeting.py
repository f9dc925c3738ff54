"""What a viewer is told of a figure, and how it is noticed that this holds no more."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from emout_lab.engine.live.parts import Parts, colour, describe
from emout_lab.engine.live.places import Places
from emout_lab.engine.live.wishes import Hello

#: How often each figure was found to be changed, by whichever view.
_CHANGES: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


def greeting(
    figure: Any,
    parts: Parts,
    places: Places,
    *,
    reason: str,
    steps: dict[str, Any] | None,
    cmaps: tuple[str, ...],
) -> Hello:
    """Return what a viewer learns of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The original.
    parts : Parts
        What there is in it.
    places : Places
        Where that is.
    reason : str
        Why it goes as pictures; empty where it goes as numbers.
    steps : dict or None
        Its time steps.
    cmaps : tuple of str
        Colour maps that are offered.
    """
    natural = places.natural
    boxes, bars = places.found
    told = []
    for i, part in enumerate(parts.axes):
        source = parts.maps.get(i)
        one = {**describe(part, i, source, natural.dpi), "box": list(boxes[i])}
        if source is not None and source.bar is not None and i in bars:
            vertical = source.bar.orientation == "vertical"
            one["bar"] = {"box": list(bars[i]), "vertical": vertical}
        told.append({"bar": None, **one})
    return Hello(
        kind="pixels" if reason else "numbers",
        reason=reason,
        size=natural.size,
        facecolor=colour(figure.get_facecolor()),
        axes=tuple(told),
        steps=steps,
        cmaps=cmaps,
    )


def identity(figure: Any, parts: Parts, steps: dict[str, Any] | None, *, is_animated: bool) -> str:
    """Return what a figure is, but for the values that it shows.

    What the frames of an animation change by themselves is left out: that is no other figure.
    """
    told = [describe(part, i, parts.maps.get(i), figure.dpi) for i, part in enumerate(parts.axes)]
    if is_animated:
        return repr([(one["xscale"], one["yscale"]) for one in told])
    for one in told:
        del one["ticks"]  # drawing makes some of them
    boxes = [tuple(round(x, 6) for x in each.get_position(True).bounds) for each in figure.axes]
    bars = [None if s.bar is None else s.bar.orientation for s in parts.maps.values()]
    size = tuple(figure.get_size_inches()), figure.dpi, colour(figure.get_facecolor())
    return repr((told, boxes, bars, size, parts.reason, steps))


def changes_of(figure: Any) -> int:
    """Return a number that is another one after anything was changed in a figure.

    Of a view's own changes, which it takes back, the figure is not told.
    """
    if figure.stale:
        _CHANGES[figure] = _CHANGES.get(figure, 0) + 1
        figure.stale = False
    return _CHANGES.get(figure, 0)
