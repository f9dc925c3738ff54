"""How an artist tells its time steps: by one attribute, which whoever drew it sets.

Engines know nothing of what the data are. Anything with the members of `Steps` will do, so who
draws need not know engines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

Array = np.ndarray[Any, Any]

#: The attribute of a matplotlib artist.
ATTRIBUTE: Final = "emout_lab_steps"


@dataclass(frozen=True, slots=True)
class Steps:
    """The time steps of one map.

    Parameters
    ----------
    count : int
        How many there are.
    labels : sequence of str
        What each is called, such as its time; of the length `count`.
    unit : str
        Unit of the labels; empty for none.
    read : callable
        Gives the values of a step: ndarray of the artist's shape, masked where it has none.
        Called in a thread beside the one that draws.
    at : int
        The step that the artist shows.
    value_unit : str
        Unit of the values.
    title : callable, optional
        Gives the title of the artist's axes at a step, where that tells the time.

    Examples
    --------
    >>> steps = Steps(2, ("0.0", "0.5"), "s", lambda t: np.full((2, 2), t))
    >>> float(steps.read(1).max())
    1.0
    """

    count: int
    labels: Sequence[str]
    unit: str
    read: Callable[[int], Array]
    at: int = 0
    value_unit: str = ""
    title: Callable[[int], str] | None = None


def give_steps(artist: Any, steps: Steps) -> None:
    """Let a map be shown at other steps in a live figure."""
    setattr(artist, ATTRIBUTE, steps)


def steps_of(artist: Any) -> Steps | None:
    """Return the steps of an artist; None where it has none, or nothing that serves as them."""
    found = getattr(artist, ATTRIBUTE, None)
    members = ("count", "labels", "unit", "read")
    if found is None or not all(hasattr(found, name) for name in members):
        return None
    if isinstance(found, Steps):
        return found
    return Steps(
        int(found.count),
        cast("Sequence[str]", found.labels),
        str(found.unit),
        found.read,
        int(getattr(found, "at", 0)),
        str(getattr(found, "value_unit", "")),
        getattr(found, "title", None),
    )
