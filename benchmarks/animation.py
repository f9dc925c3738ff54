"""A GIF of 100 frames of a 129 x 129 slice."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from table import Row

from emout_lab import Emout, Session, remote_figure
from emout_lab.emses.demo import write_demo_data

FRAMES, GRID = 100, 128


def measure(session: Session, directory: Path) -> list[Row]:  # noqa: ARG001  # one signature for all
    """Make it on one engine, and with matplotlib's own FuncAnimation here (a tenth of it)."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_demo_data(Path(folder) / "run", grid=GRID, steps=4)
        data = Emout(path, local_data_policy="local")
        remote = Emout(path).remote(session=session)
        start = time.perf_counter()
        with remote_figure(display=False, fmt="gif", dpi=100):
            session.open(looped, remote, FRAMES)
        ours = time.perf_counter() - start
        plain = plain_gif(data, Path(folder) / "plain.gif", FRAMES // 10) * 10
    return [
        Row(
            f"GIF of {FRAMES} frames, against matplotlib's FuncAnimation",
            f"{plain / ours:.1f} times as fast ({ours:.1f} s)",
        )
    ]


def looped(data, frames: int):
    """Animate the run's few steps again and again (the data are not the point)."""
    import numpy as np

    series = data.phisp[:, :, GRID // 2, :].to_xarray().load()
    steps = np.resize(np.arange(series.sizes["t"]), frames)
    return type(data.phisp)(series.isel(t=steps)).gifplot()


def plain_gif(data, file: Path, frames: int) -> float:
    """Return the seconds that matplotlib's own animation takes."""
    start = time.perf_counter()
    fig = plt.figure()

    def draw(step: int) -> None:
        fig.clear()
        data.phisp[step % 4, :, GRID // 2, :].plot(ax=fig.add_subplot())

    FuncAnimation(fig, draw, frames=frames).save(file, writer="pillow", dpi=100)
    plt.close(fig)
    return time.perf_counter() - start
