"""What more engines bring to figures, films, reductions and sweeps, and more objects to the panel.

Draws the plot of the performance page. On a machine of few cores the curves bend where the cores
end, which the plot marks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import large
import matplotlib.pyplot as plt
import panel
import psutil
import sweep
from figure import drawn_here, one_map
from setting import Setting
from table import Row

from emout_lab import Emout, Session, parallel, remote_figure
from emout_lab.emses.demo import write_demo_data

PLOT = Path(__file__).resolve().parents[1] / "docs" / "images" / "scaling.png"
ENGINES = (1, 2, 4)
OBJECTS = (50, 500, 5_000, 20_000)
FIGURES, FRAMES, POINTS, ROUNDS = 40, 400, 1_000, 3
#: Steps of the field that is reduced: one and a half times the memory of a worker.
STEPS = 33


@dataclass(frozen=True)
class Curve:
    """How much of something is done in a second by one engine, by two and so on."""

    what: str
    unit: str
    rates: tuple[float, ...]

    def row(self) -> Row:
        """Tell all of them, and what two engines bring."""
        text = ", ".join(f"{rate:.3g}" for rate in self.rates)
        engines = ", ".join(map(str, ENGINES))
        what = f"{self.what} on {engines} engines"
        return Row(what, f"{text} {self.unit}", times=self.rates[1] / self.rates[0])


def measure(setting: Setting) -> list[Row]:
    """Do the same in sessions of more and more engines, and draw the plot."""
    field = large.write_field(setting.run, setting.run.with_name("field"), STEPS, ("phisp",))
    long_film = write_demo_data(setting.run.with_name("long"), grid=32, steps=FRAMES)
    found: dict[str, list[float]] = {}
    for number in ENGINES:
        with large.of_workers(number, f"scaling{number}") as session:
            for what, work in jobs(session, setting, field, long_film).items():
                found.setdefault(what, []).append(fastest(work))
    curves = [Curve(what, UNITS[what], tuple(rates)) for what, rates in found.items()]
    traffic = [asyncio.run(panel.watch(objects)) for objects in OBJECTS]
    draw(curves, traffic)
    rows = [curve.row() for curve in curves]
    for objects, (share, rate) in zip(OBJECTS, traffic, strict=True):
        rows.append(
            Row(f"panel, {objects:,} objects", f"{rate / 1e3:.1f} kB/s, {share:.2%} of a core")
        )
    return rows


UNITS = {
    "figures": "figures/s",
    "GIF": "frames/s",
    "reduction": "GB/s",
    "sweep": "points/s",
}


def jobs(
    session: Session, setting: Setting, field: Path, long_film: Path
) -> dict[str, Callable[[], float]]:
    """Return what is done; each tells how much it has done."""
    frames = Emout(long_film).remote(session=session)
    data = Emout(field).remote(session=session)
    gigabytes = 4 * (large.GRID + 1) ** 3 * STEPS / 1e9

    def figures() -> float:
        with parallel.Client(session.name) as client:
            client.load_balanced_view().map_sync(drawn, [str(setting.run)] * FIGURES)
        return FIGURES

    def gif() -> float:
        with remote_figure(session=session, display=False, fmt="gif", dpi=100) as figure:
            frames.phisp[:, :, 16, :].gifplot()
        assert figure.result is not None
        return FRAMES

    def reduction() -> float:
        float(data.phisp.std())
        return gigabytes

    def points() -> float:
        with parallel.Client(session.name) as client:
            sweep.swept(client, sweep.Short(), POINTS)
        return POINTS

    return {"figures": figures, "GIF": gif, "reduction": reduction, "sweep": points}


def drawn(directory: str) -> None:
    """Draw a map on the engine where this runs."""
    drawn_here(one_map, Emout(directory, local_data_policy="local"))


def fastest(work: Callable[[], float]) -> float:
    """Return how much is done in a second, in the best of some rounds after a first one."""
    work()
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        done = work()
        rates.append(done / (time.perf_counter() - start))
    return max(rates)


def draw(curves: list[Curve], traffic: list[tuple[float, float]]) -> None:
    """Draw engines on the left, objects on the right."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for curve in curves:
        label = f"{curve.what}: {curve.rates[0]:.3g} {curve.unit} on one"
        left.plot(ENGINES, [rate / curve.rates[0] for rate in curve.rates], "o-", label=label)
    left.plot(ENGINES, ENGINES, ":", color="gray", label="ideal")
    cores = psutil.cpu_count()
    if cores and cores <= max(ENGINES):
        left.axvline(cores, color="gray", linewidth=0.8)
        left.annotate("cores of the machine", (cores, 0.2), rotation=90, color="gray", fontsize=8)
    left.set(xlabel="engines", ylabel="times as fast as one engine", xticks=ENGINES, ylim=(0, None))
    left.legend(fontsize=8)
    right.plot(OBJECTS, [rate / 1e3 for _, rate in traffic], "o-", label="to a panel [kB/s]")
    right.plot(OBJECTS, [100 * share for share, _ in traffic], "s-", label="server [% of a core]")
    right.set(xlabel="objects on 50 engines", xscale="log", ylim=(0, None))
    right.legend(fontsize=8)
    fig.savefig(PLOT, dpi=100)
    plt.close(fig)
