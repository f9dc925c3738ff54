"""What a person calls a figure: what stands above it, and the cell that drew it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emout_lab.engine.call import Program

MOST_CHARACTERS: Final = 120
PLACES: Final = ("center", "left", "right")


def title_of(figure: Any) -> str:
    r"""Return a figure's title: its own, else that of the first axes that has one.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It is not drawn for that.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> figure.subplots().set_title("potential\n of the sphere")
    Text(0.5, 1.0, 'potential\n of the sphere')
    >>> title_of(figure)
    'potential of the sphere'
    """
    texts = [figure.get_suptitle()]
    texts += [axes.get_title(place) for axes in figure.axes for place in PLACES]
    title = next((text for text in texts if text.strip()), "")
    return _shortened(" ".join(title.split()))


def titles_of(figures: Sequence[Any]) -> list[str]:
    """Return the title of each figure; '' for one whose title cannot be told."""
    return [_title_or_nothing(figure) for figure in figures]


def cell_of(program: Program, drawing: str) -> str:
    """Return the cell that drew last in a drawing; '' where nobody knows."""
    labels = [
        call.origin.label
        for call in program.calls
        if call.drawing == drawing and call.origin is not None
    ]
    return next((label for label in reversed(labels) if label), "")


def _title_or_nothing(figure: Any) -> str:
    try:
        return title_of(figure)
    except Exception:  # noqa: BLE001  # the user's own classes: a picture is worth more than its name
        return ""


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
