"""What drawings have written on axes, so that later ones add to it and keep what others wrote.

Several lines on one axes have a common title, which holds what they share; what tells them apart is
in the legend. A title or a label that the user has set stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from emout_lab.emses.plot import aspect
from emout_lab.emses.plot.labels import View, labelled

#: Where it is kept: with the axes, as long as they live.
PROCESS = "_emout_lab_written"
#: Lines that a legend is drawn for, and quantities that a label lists.
MOST_LINES = 12
MOST_NAMES = 4
#: Width of a letter of a title [inch], and how wide one may be as part of its axes.
LETTER_IN = 0.07
WIDEST_TITLE = 1.15


@dataclass
class Written:
    """Texts on axes that are ours.

    Parameters
    ----------
    title : str
        The title that was written last.
    labels : dict
        For each axis the quantities along it, as names with units.
    lines : list of (Line2D, View, bool)
        Lines, what they show, and whether the user has named them.
    legend : Legend or None
        The legend that was drawn for them.
    """

    title: str = ""
    labels: dict[str, list[str]] = field(default_factory=dict)
    lines: list[tuple[Any, View, bool]] = field(default_factory=list)
    legend: Any = None


def written_on(ax: Any) -> Written:
    """Return what was written on axes before."""
    found = getattr(ax, PROCESS, None)
    if found is None:
        found = Written()
        setattr(ax, PROCESS, found)
    return found


def write_title(ax: Any, text: str) -> None:
    """Write a title, unless the user has set one."""
    ours = written_on(ax)
    if ax.get_title() not in ("", ours.title):
        return
    text = _wrapped(text, aspect.size_in(ax)[0])
    # What a slice has fixed is secondary to what a user would write; smaller, and out of the way.
    ax.set_title(text, fontsize="medium")
    ours.title = text


def _wrapped(text: str, width_in: float) -> str:
    """Break a title that would reach over the neighbours of its axes at one of its commas."""
    parts = text.split(", ")
    if len(parts) < 2 or len(text) * LETTER_IN <= WIDEST_TITLE * width_in:
        return text
    half = (len(parts) + 1) // 2
    return ", ".join(parts[:half]) + ",\n" + ", ".join(parts[half:])


def write_labels(ax: Any, **texts: str) -> None:
    """Write what is along axes, beside what was drawn there before, unless the user has set it.

    Parameters
    ----------
    ax : Axes
        Drawn on.
    **texts : str
        Labels by the names of axes, such as ``x="x [m]"``.
    """
    from emout_lab.emses.plot import offset_text  # noqa: PLC0415 - results travel without matplotlib

    ours = written_on(ax)
    for name, text in texts.items():
        axis = getattr(ax, f"{name}axis")
        offset_text.use_powers(axis)
        now, known = offset_text.label_of(axis), ours.labels.setdefault(name, [])
        if now not in ("", joined(known)):
            continue
        if not now:
            known.clear()
        if text and text not in known:
            # The same quantity in another unit takes its place.
            known[:] = [other for other in known if _parts(other)[0] != _parts(text)[0]]
            known.append(text)
        offset_text.write_label(axis, joined(known))


def write_line(ax: Any, line: Any, view: View, *, has_name: bool) -> str:
    """Note a line; name the lines after what they do not share, and return what they share.

    Parameters
    ----------
    ax : Axes
        Drawn on.
    line : Line2D
        The line.
    view : View
        What it shows.
    has_name : bool
        Whether the user has named it for the legend.

    Returns
    -------
    str
        Title of all lines.
    """
    ours = written_on(ax)
    there = {id(other) for other in ax.lines}
    ours.lines = [entry for entry in ours.lines if id(entry[0]) in there]
    ours.lines.append((line, view, has_name))
    views = [entry[1] for entry in ours.lines]
    shared = [part for part in views[0].fixed if all(part in other.fixed for other in views)]
    are_alike = len({other.name for other in views}) == 1
    named = []
    for other, its_view, is_named in ours.lines:
        own = [f"{dim} = {text}" for dim, text in its_view.fixed if (dim, text) not in shared]
        words = ", ".join([*([] if are_alike else [its_view.name]), *own])
        if words and not is_named:
            other.set_label(words)
            named.append(other)
    _show_legend(ax, ours, named)
    return ", ".join(f"{dim} = {text}" for dim, text in shared)


def _show_legend(ax: Any, ours: Written, named: list[Any]) -> None:
    """Draw the legend of lines that are told apart by nothing else, unless the user has one."""
    if len(named) != len(ours.lines) or len(named) < 2:
        return
    if ax.get_legend() is not None and ax.get_legend() is not ours.legend:
        return
    if len(named) > MOST_LINES:
        if ours.legend is not None and ours.legend is ax.get_legend():
            ours.legend.remove()
        ours.legend = None
        return
    ours.legend = ax.legend(fontsize="small")


def joined(labels: list[str]) -> str:
    """Write the labels of several quantities as one.

    Examples
    --------
    >>> joined(["ex [V/m]", "ez [V/m]"]), joined(["phisp [V]", "ex [V/m]"]), joined(["x [m]"])
    ('ex, ez [V/m]', 'phisp [V], ex [V/m]', 'x [m]')
    """
    pairs = [_parts(label) for label in labels]
    names = [name for name, _ in pairs if name]
    if len({unit for _, unit in pairs}) == 1 and pairs:
        if len(names) > MOST_NAMES:
            names = [*names[: MOST_NAMES - 1], "…"]
        return labelled(", ".join(names), pairs[0][1])
    return ", ".join(labels)


def _parts(label: str) -> tuple[str, str]:
    """Part a label into name and unit."""
    found = re.fullmatch(r"(.*?) ?\[(.*)\]", label)
    return (label, "") if found is None else (found[1], found[2])
