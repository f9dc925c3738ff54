"""What the server sends to the panel of sweeps, and of what came of their points."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Value = float | int | str | bool | None
"""What stands in a cell. JSON has no NaN and no infinity: they are the texts `nan` and `inf`, and
an integer that JavaScript would round is a text, too."""


class SweepStatus(Struct, frozen=True):
    """A sweep and how far it is; times in seconds since the epoch.

    ``done`` counts the points that are over, ``failed`` those of them that failed, ``running``
    those that are at engines now. ``rate`` is in points per second, of late, and ``seconds_left``
    what that means for the rest; both are null where nothing runs, or nothing is known yet. A sweep
    that is ``interrupted`` has lost its session before its end.
    """

    id: str
    name: str
    tag: str
    notebook: str
    session: str
    state: Literal["queued", "running", "done", "cancelled", "interrupted"]
    total: int
    done: int
    failed: int
    running: int
    created: float
    started: float | None
    ended: float | None
    rate: float | None
    seconds_left: float | None
    first_error: str | None
    parameters: list[str]


class Sweeps(Struct):
    """All sweeps of the user, the newest first."""

    sweeps: list[SweepStatus]


class SweepColumn(Struct, frozen=True):
    """A column of a piece of a sweep's table: one value per row, null where there is none.

    Columns of kind ``about`` are ``status`` (``done`` or ``failed``), ``elapsed`` [s], ``engine``,
    ``peak_memory`` [B] and ``error``; where an experiment ran several times at a point also
    ``runs``, how often: its results are means then. Of parameters and results there are those that
    are numbers or texts; long texts are cut.
    """

    kind: Literal["parameter", "result", "about"]
    name: str
    values: list[Value]


class SweepTable(Struct, frozen=True):
    """A piece of the table of a sweep's results, in the order in which they came.

    ``points`` are the numbers of the points of its rows. A point that comes again, since it was
    tried again, takes the place of its row of before. ``next`` is what to give as ``since`` to get
    the rows behind these, and ``more`` whether there are some already. ``restarted`` means that
    this piece is the first one, whatever was asked for: rows of before are void. ``parameters`` are
    the names of all parameters in their order.
    """

    parameters: list[str]
    points: list[int]
    columns: list[SweepColumn]
    next: str
    more: bool
    restarted: bool
