"""A remote figure against the same code drawn locally, and its round trips."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
from table import Row, interleaved

from emout_lab import Emout, Session, remote_figure

ONE_MAP, TWO_AXES = "one map", "two axes"


def measure(session: Session, directory: Path) -> list[Row]:
    """Draw a map, and a map beside a line, remotely and here."""
    here = Emout(directory, local_data_policy="local")
    there = Emout(directory).remote(session=session)
    rows = []
    for name, draw in {ONE_MAP: one_map, TWO_AXES: two_axes}.items():
        local, remote = interleaved(
            partial(drawn_here, draw, here), partial(drawn_there, draw, there)
        )
        rows.append(
            Row(
                f"remote_figure, {name}, against local",
                f"{remote / local:.2f} ({remote * 1e3:.0f} / {local * 1e3:.0f} ms)",
                "ratio <= 1.10",
                remote / local <= 1.10,
            )
        )
    trips = round_trips(session, lambda: drawn_there(two_axes, there))
    return [*rows, Row("round trips per figure", str(trips), "1", trips == 1)]


def one_map(data):
    """Draw the potential in a plane."""
    plt.figure(figsize=(6, 4))
    data.phisp[-1, :, 32, :].plot()


def two_axes(data):
    """Draw a plane and a line."""
    fig, (a, b) = plt.subplots(1, 2, figsize=(10, 4))
    data.phisp[-1, :, 32, :].plot(ax=a)
    data.phisp[-1, 32, 32, :].plot(ax=b)
    fig.suptitle("potential")


def drawn_here(draw, data) -> None:
    """Draw with matplotlib in this process."""
    draw(data)
    plt.savefig(io.BytesIO(), dpi=150, bbox_inches="tight")
    plt.close("all")


def drawn_there(draw, data) -> None:
    """Draw on the engine."""
    with remote_figure(dpi=150, display=False):
        draw(data)


def round_trips(session: Session, action) -> int:
    """Count the programs that an action sends."""
    before = session.queue.link.programs_sent
    action()
    return session.queue.link.programs_sent - before
