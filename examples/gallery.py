"""One picture of each kind, for boxes of three shapes: what somebody looks at before a release.

Leaves the pictures and a page of all of them, ``index.html``, under ``build/gallery/``. They are
drawn here, without a session; ``--style dark_background``, ``--figsize 3x2``, ``--dpi 200``,
``--grid-units`` and ``--panels 2`` show other circumstances, names of kinds and boxes a part.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles

mpl.use("agg")
ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "build" / "gallery"
#: Cells along x, y, z.
BOXES = {"cube": (32, 32, 32), "flat": (128, 128, 16), "long": (64, 64, 512)}
STEPS = 6
#: Turns of the cyclotron motion that the orbits of the gallery make per unit of time.
GYRATION = 0.05
SPACE = {"projection": "3d"}


class Run:
    """A run in a box of some shape, with a charged sphere in its middle.

    Parameters
    ----------
    shape : tuple of int
        Cells along x, y, z.
    use_si : bool
        Whether it is drawn in SI.
    """

    def __init__(self, name: str, shape: tuple[int, int, int], use_si: bool) -> None:
        self.shape = shape
        self.unit = {"use_si": use_si}
        folder = HERE / "runs" / name
        if not folder.exists():
            write_box(folder, shape)
        self.data = Emout(folder)

    @property
    def plane(self) -> tuple[Any, ...]:
        """The last step of the plane y = ny/2."""
        return (-1, slice(None), self.shape[1] // 2, slice(None))

    @property
    def line(self) -> tuple[Any, ...]:
        """The last step along x through the middle."""
        return (-1, self.shape[2] // 2, self.shape[1] // 2, slice(None))

    @cached_property
    def speed(self) -> float:
        """Thermal speed of the electrons."""
        return float(self.data.inp.path[0])

    @cached_property
    def trace(self) -> Any:
        """Orbits from the middle of the box, through its periodic sides."""
        nx, ny, nz = self.shape
        reach = 2 * self.speed
        return self.data.trace.both(
            nx / 2,
            ny / 2,
            0.8 * nz,
            (-reach, reach, 5),
            0.0,
            (-reach, reach, 5),
            get_trace=True,
            max_step=4000,
            remote=False,
        )

    @cached_property
    def electrons(self) -> Any:
        """The electrons of the demo, whatever the shape of this box."""
        folder = HERE / "runs" / "particles"
        if not folder.exists():
            write_demo_particles(write_demo_data(folder, grid=16, steps=2), particles=50_000)
        return Emout(folder).p1[-1]

    @cached_property
    def density(self) -> Any:
        """The density of velocities above the sphere."""
        nx, ny, nz = self.shape
        axis = (-4 * self.speed, 4 * self.speed, 40)
        return self.data.backtrace.get_probabilities(
            nx / 2, ny / 2, 0.8 * nz, axis, 0.0, axis, remote=False, max_step=5000
        )


def write_box(folder: Path, shape: tuple[int, int, int]) -> None:
    """Write a run of another shape than the demo's cube: periodic sides, open below and above."""
    write_demo_data(folder, grid=8, steps=1)
    inp = folder / "plasma.inp"
    text = inp.read_text()
    for name, cells in zip(("nx", "ny", "nz"), shape, strict=True):
        text = re.sub(rf"\b{name}\s*=\s*\d+", f"{name} = {cells}", text)
        place = "xyz".index(name[1]) + 1
        text = re.sub(rf"bdycoord\({place},1\) = \S+", f"bdycoord({place},1) = {cells / 2},", text)
    radius = min(shape) / 5
    text = re.sub(r"bdyradius\(1\) = \S+", f"bdyradius(1) = {radius},", text)
    text = text.replace("npbnd    = 2,2,2, 2,2,2", "npbnd    = 0,0,2, 0,0,2")
    text = re.sub(r"wc\s+= 0.0d0", f"wc = {GYRATION}", text)
    text = re.sub(r"phiz\s+= 0.0d0", "phiz = 35.0", text)
    inp.write_text(text)
    z, y, x = np.meshgrid(*(np.arange(n + 1.0) for n in shape[::-1]), indexing="ij")
    away = [axis - cells / 2 for axis, cells in zip((x, y, z), shape, strict=True)]
    distance = np.maximum(np.sqrt(sum(axis**2 for axis in away)), radius)
    units = Emout(folder).unit
    potential = units.phi.trans(-1.5) * radius / distance * np.exp((radius - distance) / 30)
    # A weak second source, so that the far end of a long box is not empty.
    potential += units.phi.trans(0.4) * np.sin(2 * np.pi * z / shape[2]) * np.cos(x / 12)
    fields = {"phisp": potential}
    slopes = np.gradient(potential)[::-1]
    fields |= {f"e{axis}": -slope for axis, slope in zip("xyz", slopes, strict=True)}
    fields |= {f"nd{i}p": np.exp(s * potential / 4) for i, s in ((1, 1), (2, -1))}
    for name, values in fields.items():
        with h5py.File(folder / f"{name}00_0000.h5", "w") as file:
            group = file.create_group(name)
            for step in range(STEPS):
                share = (step + 1) / STEPS
                group.create_dataset(f"{step:04d}", data=(share * values).astype(np.float32))


# One function per kind; each draws on the axes that it is given.


def density_map(run: Run, ax: Any) -> None:
    run.data.nd1p[run.plane].plot(ax=ax, **run.unit)


def potential_map(run: Run, ax: Any) -> None:
    run.data.phisp[run.plane].plot(ax=ax, **run.unit)


def flat_map(run: Run, ax: Any) -> None:
    run.data.phisp[-1, run.shape[2] // 2].plot(ax=ax, cmap="coolwarm", **run.unit)


def map_and_contours(run: Run, ax: Any) -> None:
    run.data.phisp[run.plane].plot(ax=ax, mode="cm+cont", **run.unit)


def map_and_contours_white(run: Run, ax: Any) -> None:
    run.data.phisp[run.plane].plot(ax=ax, mode="cm+cont", cmap="Greys", **run.unit)


def contours(run: Run, ax: Any) -> None:
    run.data.phisp[run.plane].plot(ax=ax, mode="cont", **run.unit)


def vectors(run: Run, ax: Any) -> None:
    run.data.exz[run.plane].plot(ax=ax, mode="vec", **run.unit)


def lengths(run: Run, ax: Any) -> None:
    run.data.exz[run.plane].plot(ax=ax, mode="vec", lengths=True, **run.unit)


def streams(run: Run, ax: Any) -> None:
    run.data.exz[run.plane].plot(ax=ax, **run.unit)


def map_and_streams(run: Run, ax: Any) -> None:
    run.data.phisp[run.plane].plot(ax=ax, **run.unit)
    run.data.exz[run.plane].plot(ax=ax, **run.unit)


def map_and_vectors(run: Run, ax: Any) -> None:
    run.data.nd2p[run.plane].plot(ax=ax, **run.unit)
    run.data.exz[run.plane].plot(ax=ax, mode="vec", **run.unit)


def logarithmic_map(run: Run, ax: Any) -> None:
    run.data.exz[run.plane].magnitude().plot(ax=ax, norm="log", cmap="magma", **run.unit)


def line(run: Run, ax: Any) -> None:
    run.data.phisp[run.line].plot(ax=ax, **run.unit)


def lines_of_steps(run: Run, ax: Any) -> None:
    for step in range(0, STEPS, 2):
        run.data.nd1p[(step, *run.line[1:])].plot(ax=ax, **run.unit)
    ax.legend()


def lines_of_places(run: Run, ax: Any) -> None:
    for place in (2, 5, 8):
        run.data.phisp[-1, place, place, :].plot(ax=ax, **run.unit)
    ax.legend()


def time_map(run: Run, ax: Any) -> None:
    run.data.phisp[:, run.shape[2] // 2, run.shape[1] // 2, :].plot(ax=ax, **run.unit)


def time_line(run: Run, ax: Any) -> None:
    run.data.ex[:, run.shape[2] // 2, run.shape[1] // 2, 3].plot(ax=ax, **run.unit)


def vectors_in_space(run: Run, ax: Any) -> None:
    run.data.exyz[-1].plot(ax=ax, **run.unit)


def surfaces(run: Run, ax: Any) -> None:
    place = run.shape[1] / 2 * (run.data.unit.length.factor if run.unit["use_si"] else 1)
    run.data.phisp[-1].plot_surfaces(run.data.boundaries, planes={"y": place}, ax=ax, **run.unit)


def boundaries(run: Run, ax: Any) -> None:
    run.data.boundaries.plot(ax=ax, **run.unit)


def orbits(run: Run, ax: Any) -> None:
    run.trace.backward_traces.xz.plot(ax=ax, **run.unit)


def orbits_by_probability(run: Run, ax: Any) -> None:
    run.trace.plot_traces("x", "z", ax=ax, **run.unit)


def orbits_in_time(run: Run, ax: Any) -> None:
    run.trace.backward_traces.sample([0, 7, 12]).tx.plot(ax=ax, **run.unit)


def orbits_of_velocity(run: Run, ax: Any) -> None:
    run.trace.backward_traces.sample([0, 7, 12]).xvz.plot(ax=ax, **run.unit)


def velocities(run: Run, ax: Any) -> None:
    run.density.vxvz.plot(ax=ax, **run.unit)


def spectrum(run: Run, ax: Any) -> None:
    run.density.plot_energy_spectrum(ax=ax)


def histogram(run: Run, ax: Any) -> None:
    run.electrons.hist("vx").plot(ax=ax, log=True)


def phase_space(run: Run, ax: Any) -> None:
    run.electrons.hist2d("x", "vx", bins=(40, 60)).plot(ax=ax)


def film_of_maps(run: Run, ax: Any) -> None:
    run.data.phisp[(slice(None), *run.plane[1:])].gifplot(ax=ax, mode="cm+cont", **run.unit)


def film_of_lines(run: Run, ax: Any) -> None:
    run.data.phisp[(slice(None), *run.line[1:])].gifplot(ax=ax, **run.unit)


def film_of_streams(run: Run, ax: Any) -> None:
    run.data.exz[(slice(None), *run.plane[1:])].gifplot(ax=ax, **run.unit)


KINDS: tuple[Callable[[Run, Any], None], ...] = (
    potential_map,
    density_map,
    flat_map,
    logarithmic_map,
    map_and_contours,
    map_and_contours_white,
    contours,
    vectors,
    lengths,
    streams,
    map_and_streams,
    map_and_vectors,
    line,
    lines_of_steps,
    lines_of_places,
    time_map,
    time_line,
    vectors_in_space,
    surfaces,
    boundaries,
    orbits,
    orbits_by_probability,
    orbits_in_time,
    orbits_of_velocity,
    velocities,
    spectrum,
    histogram,
    phase_space,
    film_of_maps,
    film_of_lines,
    film_of_streams,
)
IN_SPACE = (vectors_in_space, surfaces, boundaries)


def draw(run: Run, kind: Callable[[Run, Any], None], file: Path, options: Any) -> None:
    """Draw one picture as ``savefig`` writes it, with nothing cut to measure."""
    subplot = SPACE if kind in IN_SPACE else {}
    figure, axes = plt.subplots(1, options.panels, subplot_kw=subplot, squeeze=False)
    for ax in axes.flat:
        plt.sca(ax)
        kind(run, ax)
    figure.savefig(file, **({"bbox_inches": "tight"} if options.tight else {}))
    plt.close(figure)


def settings(options: Any) -> dict[str, Any]:
    """Return matplotlib's settings for the circumstances that are asked for."""
    found: dict[str, Any] = {"figure.dpi": options.dpi, "savefig.dpi": options.dpi}
    if options.figsize:
        found["figure.figsize"] = [float(side) for side in options.figsize.split("x")]
    return found


def page(folder: Path, boxes: list[str], kinds: list[str]) -> None:
    """Write the page: a row per kind, a column per box."""
    rows = [
        f"<tr><th>{kind}</th>"
        + "".join(f'<td><img src="{box}/{kind}.png"></td>' for box in boxes)
        + "</tr>"
        for kind in kinds
    ]
    heads = "".join(f"<th>{box} {BOXES[box]}</th>" for box in boxes)
    style = "<style>img{max-width:30vw;border:1px solid #bbb}</style>"
    text = f"<!doctype html>{style}<table><tr><th></th>{heads}</tr>{''.join(rows)}</table>"
    (folder / "index.html").write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="kinds or boxes; all by default")
    parser.add_argument("--style", default="default")
    parser.add_argument("--figsize", help="such as 3x2 [inch]")
    parser.add_argument("--dpi", type=float, default=100)
    parser.add_argument("--panels", type=int, default=1)
    parser.add_argument("--grid-units", action="store_true")
    parser.add_argument("--tight", action="store_true", help="as figure blocks write pictures")
    parser.add_argument("--to", type=Path, default=HERE / "pictures")
    options = parser.parse_args()
    boxes = [name for name in BOXES if name in options.names] or list(BOXES)
    kinds = [kind for kind in KINDS if kind.__name__ in options.names] or list(KINDS)
    shutil.rmtree(options.to, ignore_errors=True)
    with plt.style.context([options.style, settings(options)]):
        for box in boxes:
            run = Run(box, BOXES[box], use_si=not options.grid_units)
            (options.to / box).mkdir(parents=True)
            for kind in kinds:
                print(f"{box}: {kind.__name__}", flush=True)
                draw(run, kind, options.to / box / f"{kind.__name__}.png", options)
    page(options.to, boxes, [kind.__name__ for kind in kinds])
    print(f"page: {options.to / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
