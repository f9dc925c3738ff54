"""How a place along an axis is told where a number would say nothing: dates, names, own formats."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from matplotlib import dates

from emout_lab.engine.live.axis_ticks import plain_text

#: What formats the ticks of an axis of dates.
OF_DATES: Final = (dates.DateFormatter, dates.AutoDateFormatter, dates.ConciseDateFormatter)
#: A date, and as much of the time as can be told apart: from this many days on.
TIMES: Final = (
    (1.0, "%Y-%m-%d"),
    (1 / 1440, "%Y-%m-%d %H:%M"),
    (1 / 86400, "%Y-%m-%d %H:%M:%S"),
    (0.0, "%Y-%m-%d %H:%M:%S.%f"),
)


def has_words(axes: Any) -> bool:
    """Return whether places in axes are dates or names, or told in a format of the user's."""
    own = axes.fmt_xdata, axes.fmt_ydata
    return any(each is not None for each in own) or any(
        axis.have_units() for axis in (axes.xaxis, axes.yaxis)
    )


def word(axes: Any, name: str, value: float, finest: float) -> str | None:
    """Return how a place is told; None where its number says it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        In which it is.
    name : {"x", "y"}
        Along which axis.
    value : float
        The place.
    finest : float
        What can be told apart along this axis.
    """
    axis = getattr(axes, f"{name}axis")
    is_own = getattr(axes, f"fmt_{name}data") is not None
    if not is_own and not axis.have_units():
        return None
    try:
        if not is_own and isinstance(axis.get_major_formatter(), OF_DATES):
            return _date(value, finest, getattr(axis.get_major_locator(), "tz", None))
        told = plain_text(str(getattr(axes, f"format_{name}data")(value)))
    except Exception:  # noqa: BLE001  # code of others; its number is better than nothing
        return None
    return told


def _date(days: float, finest: float, zone: tzinfo | None) -> str:
    form = next(form for least, form in TIMES if finest >= least)
    of_number: Any = dates.num2date
    return str(of_number(days, zone).strftime(form))
