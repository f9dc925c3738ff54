"""What a person calls a figure: what stands above it."""

from __future__ import annotations

from typing import Any, Final

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


def title_or_nothing(figure: Any) -> str:
    """Return a figure's title; '' where the user's own classes do not tell it."""
    try:
        return title_of(figure)
    except Exception:  # noqa: BLE001  # a picture is worth more than its name
        return ""


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
