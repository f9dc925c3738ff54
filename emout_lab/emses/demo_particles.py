"""Particle files for the demo run, as the simulation would write them.

Particles of each species fly straight through the box, whose sides are periodic to them, so that
they fill it evenly at any time. At each output step those are kept that a density after Boltzmann
has at their place: fewer electrons and more ions as the sphere becomes more negative, none inside
it. Their velocities stay Maxwellian. A particle has the same ``tid`` in every step.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.demo import (
    BIAS_V,
    BOX_M,
    ION_MASS_RATIO,
    MARK,
    OUTPUT_INTERVAL,
    RADIUS_M,
    TEMPERATURE_EV,
    TIME_STEP,
    ChargedSphere,
)
from emout_lab.emses.parameters import read_parameters
from emout_lab.emses.run_directory import FIELD_SUFFIX
from emout_lab.emses.units import ELECTRON_MASS, ELEMENTARY_CHARGE
from emout_lab.errors import DataError, SpecError
from emout_lab.files import filling

#: Sign of the charge and mass of species 1 and 2, in electron masses.
SPECIES = {1: (-1.0, 1.0), 2: (1.0, ION_MASS_RATIO)}
LABEL = "writing demo particles"

Array = np.ndarray[Any, Any]


def write_demo_particles(directory: str | os.PathLike[str], *, particles: int = 20_000) -> Path:
    """Write particle files into a demo run: ``p1xe00_0000.h5`` and so on, of both species.

    Parameters
    ----------
    directory : path
        A run that `emout_lab.emses.demo.write_demo_data` has written.
    particles : int
        About how many of each species a step has while the sphere is not charged.

    Returns
    -------
    Path
        The directory.

    Raises
    ------
    DataError
        When the directory holds no demo run, or cannot be written to.
    SpecError
        When `particles` is no positive number.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses.demo import write_demo_data
    >>> run = write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)
    >>> run = write_demo_particles(run, particles=9)
    >>> (run / "p1vxe00_0000.h5").exists()
    True
    """
    target = Path(directory).expanduser()
    inp = target / "plasma.inp"
    if not inp.is_file() or MARK not in inp.read_text(errors="replace"):
        raise DataError(
            f"{target} holds no demo run. Write one first: write_demo_data({str(target)!r})."
        )
    if particles < 1:
        raise SpecError(f"particles={particles}: give at least 1.", field="particles")
    parameters = read_parameters(inp)
    steps = int(parameters["nstep"]) // OUTPUT_INTERVAL + 1 if parameters["nstep"] > 1 else 1
    sphere = ChargedSphere(int(parameters["nx"]), steps)
    try:
        with filling(target) as stage:
            for species in SPECIES:
                _write(stage, sphere, species, particles)
            text = _with_output(inp.read_text(encoding="ascii"))
            (stage / inp.name).write_text(text, encoding="ascii")
    except OSError as error:
        raise DataError(
            f"The demo particles cannot be written to {target}: {error.strerror or error}. Ask for "
            "fewer, or for room and the right to write there."
        ) from error
    return target


def _write(target: Path, sphere: ChargedSphere, species: int, particles: int) -> None:
    units, (sign, mass) = sphere.units, SPECIES[species]
    # Where the ions are densest, at the surface, all are kept.
    most = np.exp(abs(BIAS_V) / TEMPERATURE_EV) if sign > 0 else 1.0
    total = int(np.ceil(particles * most))
    random = np.random.default_rng([species, particles])
    start = random.uniform(0, sphere.grid, (3, total))
    thermal = units.v.trans(np.sqrt(TEMPERATURE_EV * ELEMENTARY_CHARGE / (mass * ELECTRON_MASS)))
    velocity = random.normal(0, thermal, (3, total))
    lot = random.uniform(0, most, total)
    columns = ("x", "y", "z", "vx", "vy", "vz", "tid")
    files = [h5py.File(target / f"p{species}{name}e{FIELD_SUFFIX}", "w") for name in columns]
    try:
        groups = [
            file.create_group(f"p{species}{name}e")
            for file, name in zip(files, columns, strict=True)
        ]
        for step in range(sphere.steps):
            time = step * OUTPUT_INTERVAL * TIME_STEP
            place = (start + velocity * time) % sphere.grid
            keeps = lot < _density(sphere, place, step, sign)
            values = [*place[:, keeps], *velocity[:, keeps]]
            for group, column in zip(groups, values, strict=False):
                group.create_dataset(f"{step:04d}", data=column.astype(np.float32))
            tid = np.flatnonzero(keeps).astype(np.int32) + 1
            groups[-1].create_dataset(f"{step:04d}", data=tid)
            done = (species - 1) * sphere.steps + step + 1
            execution.current().progress(done, len(SPECIES) * sphere.steps, LABEL)
    finally:
        for file in files:
            file.close()


def _density(sphere: ChargedSphere, place: Array, step: int, sign: float) -> Array:
    """Density over that far away, at places in EMSES units."""
    r = np.sqrt(((place * BOX_M / sphere.grid - BOX_M / 2) ** 2).sum(axis=0))
    outside = np.maximum(r, RADIUS_M)
    shape = RADIUS_M / outside * np.exp(-(outside - RADIUS_M) / sphere.debye_length)
    potential = sphere.surface_potential(step) * shape
    return np.asarray(np.exp(-sign * potential / TEMPERATURE_EV) * (r > RADIUS_M))


def _with_output(text: str) -> str:
    """Say in the parameter file which particles are written, and when."""
    text = re.sub(r"(ipahdf\(\d\) =) \d+", rf"\1 {OUTPUT_INTERVAL}", text)
    text = re.sub(r"(ipadig\(\d\) =) \d+", r"\1 1", text)
    return re.sub(r"(ipaxyz +=) [\d, ]+", r"\1 1,1,1,1,1,1, 1,1,1,1,1,1,", text, count=1)
