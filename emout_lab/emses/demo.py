"""A small, physically consistent EMSES directory to try things out.

A conducting sphere in the middle of an open box is charged to a fixed bias through its
capacitance, in a plasma of electrons and ions of the same temperature. Its potential is screened
(Debye and Hückel's linearised Poisson-Boltzmann equation, valid because the bias is small against
the temperature):

* phi(r, t) = phi_s(t) a/r exp(-(r - a)/lambda_D) outside, phi_s(t) inside, and
  phi_s(t) = BIAS (1 - exp(-4 t/T)) over the length T of the run,
* the electric field lies staggered on the grid as in EMSES: ex[k, j, i] stands at x = i + 1/2 and
  is -(phi[k, j, i + 1] - phi[k, j, i])/dx, likewise ey and ez. The mean of neighbours, which is the
  field at the grid points, equals ``-numpy.gradient(phi)`` there,
* densities follow Boltzmann: n_e = n_0 exp(e phi/T), n_i = n_0 exp(-e phi/T); zero inside.

The box is 64 mm wide at any resolution.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.run_directory import FIELD_SUFFIX
from emout_lab.emses.units import ELECTRON_MASS, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, Unit, Units
from emout_lab.errors import DataError, SpecError
from emout_lab.files import filling
from emout_lab.format import format_bytes

BOX_M = 0.064
RADIUS_M = 0.004
BIAS_V = -1.5
TEMPERATURE_EV = 3.0
DENSITY_M3 = 1.0e13
ION_MASS_RATIO = 900.0
LIGHT_SPEED_EMSES = 1000.0
TIME_STEP = 0.05
OUTPUT_INTERVAL = 100  # time steps
MIN_GRID = 8

#: Fields that are written.
FIELDS = ("phisp", "ex", "ey", "ez", "nd1p", "nd2p")
#: Second line of the parameter file; what carries it may be overwritten.
MARK = "! written by emout-lab demo-data"

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class ChargedSphere:
    """The physics of the demo, for any grid.

    Parameters
    ----------
    grid : int
        Cells along each side of the box.
    steps : int
        Output steps.
    """

    grid: int
    steps: int

    @property
    def units(self) -> Units:
        """Conversion between SI and EMSES units."""
        return Units(BOX_M / self.grid, LIGHT_SPEED_EMSES)

    @property
    def debye_length(self) -> float:
        """Screening length of electrons and ions together [m]."""
        electron = VACUUM_PERMITTIVITY * TEMPERATURE_EV / (DENSITY_M3 * ELEMENTARY_CHARGE)
        return float(np.sqrt(electron / 2))

    def surface_potential(self, step: int) -> float:
        """Potential of the sphere at an output step [V]."""
        share = step / max(1, self.steps - 1)
        return float(BIAS_V * -np.expm1(-4 * share))

    def radius(self, points: int) -> Array:
        """Distance from the centre at the first `points` grid points of each axis [m]."""
        line = (np.arange(points) * BOX_M / self.grid - BOX_M / 2) ** 2
        return np.asarray(np.sqrt(line[:, None, None] + line[None, :, None] + line[None, None, :]))

    def potential_shape(self, points: int) -> Array:
        """Potential over the surface potential."""
        r = np.maximum(self.radius(points), RADIUS_M)
        return np.asarray(RADIUS_M / r * np.exp(-(r - RADIUS_M) / self.debye_length))


def write_demo_data(directory: str | os.PathLike[str], *, grid: int = 64, steps: int = 20) -> Path:
    """Write a demo run: ``plasma.inp`` and the fields phisp, ex, ey, ez, nd1p, nd2p.

    Parameters
    ----------
    directory : path
        Made if missing. Another run in it is never overwritten.
    grid : int
        Cells along each side, at least 8; arrays have one point more.
    steps : int
        Output steps, at least 1.

    Returns
    -------
    Path
        The directory.

    Raises
    ------
    SpecError
        When `grid` or `steps` is too small.
    DataError
        When the directory holds another run, cannot be written to, or has too little space.

    Examples
    --------
    >>> import tempfile
    >>> run = write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)
    >>> sorted(path.name for path in run.iterdir())[:2]
    ['ex00_0000.h5', 'ey00_0000.h5']
    """
    if grid < MIN_GRID:
        raise SpecError(
            f"grid={grid} is too coarse for the sphere; give at least {MIN_GRID}.", field="grid"
        )
    if steps < 1:
        raise SpecError(f"steps={steps}: a run has at least 1 output step.", field="steps")
    target = Path(directory).expanduser()
    try:
        _refuse_other_runs(target)
        was_demo = (target / "plasma.inp").exists()
        with filling(target) as stage:
            _refuse_a_full_disk(stage, target, len(FIELDS) * steps * (grid + 1) ** 3 * 4)
            _write(stage, ChargedSphere(grid, steps))
        # Particles of a demo run that was there before fit the new one no more.
        for path in target.glob(f"p[12]*e{FIELD_SUFFIX}") if was_demo else ():
            path.unlink()
    except OSError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"The demo data cannot be written to {target}: {error.strerror or error}. Name a "
            "directory that you may write to and that has room."
        ) from error
    return target


def _write(target: Path, sphere: ChargedSphere) -> None:
    (target / "plasma.inp").write_text(_parameter_text(sphere), encoding="ascii")
    fields = _fields(sphere)
    for number, name in enumerate(FIELDS):
        with h5py.File(target / f"{name}{FIELD_SUFFIX}", "w") as file:
            group = file.create_group(name)
            for step, values in enumerate(fields[name]):
                group.create_dataset(f"{step:04d}", data=values.astype(np.float32))
                done = number * sphere.steps + step + 1
                execution.current().progress(done, len(FIELDS) * sphere.steps, "writing demo data")


def _refuse_a_full_disk(stage: Path, target: Path, needed: int) -> None:
    free = shutil.disk_usage(stage).free
    if needed > free:
        raise DataError(
            f"The demo data take {format_bytes(needed)}, and {target} has {format_bytes(free)} of "
            "free space. Ask for a smaller grid or fewer steps."
        )


def _refuse_other_runs(target: Path) -> None:
    inp = target / "plasma.inp"
    if (target / "plasma.toml").exists() or (
        inp.exists() and MARK not in inp.read_text(errors="replace")
    ):
        raise DataError(
            f"{target} holds another run, which demo data would overwrite. Name an empty directory."
        )


def _fields(sphere: ChargedSphere) -> dict[str, Iterator[Array]]:
    """Each field in EMSES units, step by step."""
    points = sphere.grid + 1
    units = sphere.units
    # One point beyond the box, for the differences at its far sides.
    wide = sphere.potential_shape(points + 1)
    shape = wide[:-1, :-1, :-1]
    slopes = {
        "ex": -np.diff(wide, axis=2)[:-1, :-1, :],
        "ey": -np.diff(wide, axis=1)[:-1, :, :-1],
        "ez": -np.diff(wide, axis=0)[:, :-1, :-1],
    }
    # Points on the surface belong to the sphere, on either side of rounding.
    is_outside = sphere.radius(points) > RADIUS_M * (1 + 1e-9)
    surface = [sphere.surface_potential(step) for step in range(sphere.steps)]
    spacing = units.dx

    def scaled(pattern: Array, unit: Unit, divisor: float = 1.0) -> Iterator[Array]:
        return (unit.trans(potential / divisor) * pattern for potential in surface)

    def boltzmann(sign: float) -> Iterator[Array]:
        return (
            np.exp(sign * potential / TEMPERATURE_EV * shape) * is_outside for potential in surface
        )

    return {
        "phisp": scaled(shape, units.phi),
        **{name: scaled(slope, units.E, spacing) for name, slope in slopes.items()},
        "nd1p": boltzmann(+1.0),
        "nd2p": boltzmann(-1.0),
    }


def _parameter_text(sphere: ChargedSphere) -> str:
    """Write a plasma.inp that describes the run, in the form EMSES reads."""
    units = sphere.units
    omega = np.sqrt(DENSITY_M3 * ELEMENTARY_CHARGE**2 / (VACUUM_PERMITTIVITY * ELECTRON_MASS))
    thermal = np.sqrt(TEMPERATURE_EV * ELEMENTARY_CHARGE / ELECTRON_MASS)
    wpe, vth = units.f.trans(omega), units.v.trans(thermal)
    root = np.sqrt(ION_MASS_RATIO)
    particles = 50 * sphere.grid**3
    centre = sphere.grid / 2
    # Domains must divide the grid evenly.
    nodes = "2,2,2" if sphere.grid % 2 == 0 else "1,1,1"
    return f"""\
!!key dx=[{units.dx:.10g}],to_c=[{units.to_c:.10g}]
{MARK}
&real
/

&realcv
/

&esorem
  emflag = 0
/

&jobcon
  jobnum = 0,1,
  nstep  = {max(1, (sphere.steps - 1) * OUTPUT_INTERVAL)}
/

&digcon
  hdfdigstart = 0,
  intfoc   = {OUTPUT_INTERVAL},
  ifdiag   = {OUTPUT_INTERVAL},
  ijdiag   = {OUTPUT_INTERVAL},
  daverg   = 1,
  ipahdf(1) = 0,
  ipadig(1) = 1024,
  ipahdf(2) = 0,
  ipadig(2) = 1024,
  ipaxyz   = 0,0,0,0,0,0, 0,0,0,0,0,0,
  ifxyz    = 1,1,1,1,1,1,1,
  ijxyz    = 0,0,0
/

&plasma
  wp(1)    = {_double(wpe)},
  wp(2)    = {_double(wpe / root)},
  wc       = 0.0d0,
  cv       = {_double(units.to_c)},
  phiz     = 0.0d0,
  phixy    = 0.0d0
/

&tmgrid
  dt       = {_double(TIME_STEP)},
  nx       = {sphere.grid},
  ny       = {sphere.grid},
  nz       = {sphere.grid}
/

&system
  nspec    = 2,
  ionchg   = 0,
  nfbnd    = 0,0,0,
  npbnd    = 2,2,2, 2,2,2,
  nflag_ecrct = 1,
  mtd_vbnd = 1,1,1
/

&intp
  qm(1)    = -1.0d0,
  qm(2)    = {_double(1 / ION_MASS_RATIO)},
  npin(1)  = {particles},
  npin(2)  = {particles},
  path(1)  = {_double(vth)},
  peth(1)  = {_double(vth)},
  vdri(1)  = 0.0d0,
  vdthz(1) = 90.0d0,
  vdthxy(1) = 0.0d0,
  path(2)  = {_double(vth / root)},
  peth(2)  = {_double(vth / root)},
  vdri(2)  = 0.0d0,
  vdthz(2) = 90.0d0,
  vdthxy(2) = 0.0d0
/

&inp
  inpf(1)  = 1,
  inpb(1)  = 1,
  injct(1) = 1,
  npr(1)   = 524288,
  inpf(2)  = 1,
  inpb(2)  = 1,
  injct(2) = 1,
  npr(2)   = 524288
/

&ptcond
  npc      = 1,
  npcg     = 1,
  pcgs(1)  = 1,
  ccgs(1)  = 1,
  mtd_vchg(1) = -1,
  pfixed(1) = {_double(units.phi.trans(BIAS_V))},
  geotype(1) = 3,
  bdyradius(1) = {_double(RADIUS_M / units.dx)},
  bdycoord(1,1) = {_double(centre)},
  bdycoord(2,1) = {_double(centre)},
  bdycoord(3,1) = {_double(centre)},
  biasp(1) = 0.0d0,
  dscaled(1) = 1.0d0,
  nflag_subcell(1) = 1,
  sfecrrct = 1,
  modeww   = -2
/

&scrnt
/

&emissn
/

&dipole
/

&mpi
  nodes    = {nodes}
/

&verbose
/
"""


def _double(value: float) -> str:
    """Write a number as a Fortran double."""
    return f"{value:.9e}".replace("e", "d")
