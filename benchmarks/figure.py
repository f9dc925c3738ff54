"""A remote figure against the same code drawn locally, and against upstream's."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
from setting import Setting
from table import Row, at_least, at_most, interleaved

from emout_lab import Emout, Session, remote_figure

DPI = 150


def measure(setting: Setting) -> list[Row]:
    """Draw a map, and a map beside a line, in turns."""
    here = Emout(setting.run, local_data_policy="local")
    there = Emout(setting.run).remote(session=setting.session)
    rows = []
    for name, draw in {"a map": one_map, "two axes": two_axes}.items():
        local, remote = interleaved(
            partial(drawn_here, draw, here), partial(drawn_there, draw, there)
        )
        what = f"remote_figure, {name}, against the same code drawn here"
        rows.append(at_most(0.60, what, remote, local))
    trips = round_trips(setting.session, lambda: drawn_there(two_axes, there))
    rows.append(Row("  round trips", str(trips), "1", trips == 1))
    if setting.upstream is not None:
        ours, theirs = interleaved(
            partial(drawn_there, one_map, there), partial(setting.upstream.run, "figure")
        )
        rows.append(at_least(2.5, "remote_figure, a map, against upstream's", ours, theirs))
    return rows


def one_map(data: Any) -> None:
    """Draw what upstream's ``figure`` draws."""
    plt.figure(figsize=(6, 4))
    data.phisp[-1, :, 32, :].plot()
    plt.axhline(y=0.03, color="red")
    plt.xlabel("x [m]")
    plt.title("potential")


def two_axes(data: Any) -> None:
    """Draw a map beside a line."""
    fig, (a, b) = plt.subplots(1, 2, figsize=(10, 4))
    data.phisp[-1, :, 32, :].plot(ax=a)
    data.phisp[-1, 32, 32, :].plot(ax=b)
    fig.suptitle("potential")


def drawn_here(draw: Callable[[Any], None], data: Any) -> None:
    """Draw with matplotlib in this process."""
    draw(data)
    # Not plt.savefig(), which draws the figure once more.
    plt.gcf().savefig(io.BytesIO(), dpi=DPI, bbox_inches="tight")
    plt.close("all")


def drawn_there(draw: Callable[[Any], None], data: Any) -> None:
    """Draw on the engine."""
    with remote_figure(dpi=DPI, display=False):
        draw(data)


def round_trips(session: Session, action: Callable[[], object]) -> int:
    """Count the programs that an action sends."""
    before = session.queue.link.programs_sent
    action()
    return session.queue.link.programs_sent - before
