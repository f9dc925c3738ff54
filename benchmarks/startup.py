"""From nothing to a first figure: start a local session, connect, draw."""

from __future__ import annotations

import time

import matplotlib.pyplot as plt
from setting import Setting
from table import Median, Row, milliseconds

from emout_lab import connect, remote_figure, sessions

BUDGET_S = 3.0


def measure(setting: Setting) -> list[Row]:  # noqa: ARG001  # one signature for all
    """Do it three times and take the median."""
    times = [once(f"startup{n}") for n in range(3)]
    median = Median.of(times)
    return [
        Row(
            "local session start to first figure",
            milliseconds(median),
            f"<= {BUDGET_S:g} s",
            median <= BUDGET_S,
        )
    ]


def once(name: str) -> float:
    """Start a session, draw a figure in it, stop it; return the seconds to the figure."""
    start = time.perf_counter()
    sessions.start(name=name, backend="local", memory="1G", cores=1, allow_multiple=True)
    try:
        with connect(name=name) as session, remote_figure(session=session, display=False):
            plt.plot([1, 2])
        return time.perf_counter() - start
    finally:
        sessions.stop(name)
