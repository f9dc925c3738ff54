"""A GIF of 100 frames of a 129 x 129 slice."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from setting import FILM_GRID, FRAMES, Setting
from table import Row, at_least, interleaved

from emout_lab import Emout, remote_figure

DPI = 100
TENTH = FRAMES // 10


def measure(setting: Setting) -> list[Row]:
    """Make it on one engine, by matplotlib's own FuncAnimation here, and by upstream here."""
    here = Emout(setting.film, local_data_policy="local")
    there = Emout(setting.film).remote(session=setting.session)
    with tempfile.TemporaryDirectory() as folder:
        ours, tenth = interleaved(
            partial(film, there), partial(plain_film, here, Path(folder) / "film.gif"), rounds=3
        )
    what = f"GIF of {FRAMES} frames, on one engine"
    rows = [at_least(None, f"{what}, against matplotlib's FuncAnimation", ours, tenth * 10)]
    if setting.upstream is not None:
        ours, theirs = interleaved(
            partial(film, there), partial(setting.upstream.run, "film"), rounds=1
        )
        rows.append(at_least(15, f"{what}, against upstream's gifplot", ours, theirs))
    return rows


def film(data: Any) -> None:
    """Animate the plane on the engine."""
    with remote_figure(display=False, fmt="gif", dpi=DPI) as figure:
        data.phisp[:, :, FILM_GRID // 2, :].gifplot()
    assert figure.result is not None and figure.result.data[:3] == b"GIF"


def plain_film(data: Any, file: Path) -> None:
    """Write a tenth of it with matplotlib's own animation, which draws every frame anew."""
    fig = plt.figure()

    def draw(step: int) -> None:
        fig.clear()
        data.phisp[step, :, FILM_GRID // 2, :].plot(ax=fig.add_subplot())

    FuncAnimation(fig, draw, frames=TENTH).save(file, writer="pillow", dpi=DPI)
    plt.close(fig)
