"""`Emout`: one simulation run, its fields as attributes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from emout_lab.emses import execution
from emout_lab.emses.articles.opening import files_of
from emout_lab.emses.parameters import Parameters, Tables
from emout_lab.emses.run import Run
from emout_lab.emses.unit_names import NAME2UNIT, UnitNames
from emout_lab.policies import RAISE, checked_bad_steps, checked_policy

if TYPE_CHECKING:
    import xarray as xr

    from emout_lab.emses.backtrace.api import Backtrace
    from emout_lab.emses.backtrace.workflow import Trace
    from emout_lab.emses.boundaries import BoundaryCollection
    from emout_lab.emses.diagnostics import DiagnosticTable
    from emout_lab.emses.fields import Field
    from emout_lab.emses.particles import ParticlesSeries
    from emout_lab.emses.units import Units
    from emout_lab.emses.vectors import VectorField

PathLike = str | os.PathLike[str]


class Emout:
    """A directory of EMSES output.

    Fields are attributes named as their files are: ``phisp00_0000.h5`` is ``data.phisp``. Opening
    a run reads the parameter file and lists the directory; an HDF5 file is opened with its field.

    Parameters
    ----------
    directory : path, optional
        Holds parameter file and output; the current directory by default. Or the file of an
        article, see `emout_lab.article`.
    input_path : path, optional
        Parameter file, where it lies elsewhere.
    output_directory : path or sequence of path, optional
        Directory of the HDF5 files, where it is another one; of several the later ones continue
        the first.
    local_data_policy : {"allow", "local", "remote_required"}, optional
        Whether data of this run may be read in this process, see `emout_lab.local_data_policy`;
        goes before the process's policy.
    append_directories : sequence of path or ``"auto"``, optional
        Where restarts of the run went on; their steps follow along t, without the first one, which
        repeats the last of the run before. By default the directories ``<directory>_1``,
        ``<directory>_2``, … whose ``jobnum`` says that they are restarts; ``"auto"`` takes them
        without asking that, ``[]`` none.
    ad : optional
        Short for `append_directories`, which goes before it.
    inpfilename : str, optional
        Name of the parameter file in `directory`, where it is another one.
    bad_steps : {"raise", "skip"}
        What becomes of an output step that is damaged: an error that names file and step, or NaN
        with a warning that does.
    **article
        Upstream's form of what `emout_lab.article` does: ``article_mode`` ("normal", "record",
        "replay"), ``article_records_path``, ``article_name``, ``article_source_name``, see
        `emout_lab.emses.articles.modes.resolve`.

    Raises
    ------
    NotAnEmsesDirectory
        When a directory or the parameter file is missing.
    BadFile
        When the parameter file cannot be parsed.
    SpecError
        When there is no such policy, or `bad_steps` is something else.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2))
    >>> data.inp.nx
    8
    >>> data.phisp[-1, :, 4, :].shape
    (9, 9)
    """

    #: Units by name, for all runs: ``Emout.name2unit["t"] = wpet_unit``.
    name2unit: ClassVar[UnitNames] = NAME2UNIT

    def __init__(
        self,
        directory: PathLike | None = None,
        input_path: PathLike | None = None,
        output_directory: PathLike | Sequence[PathLike] | None = None,
        local_data_policy: str | None = None,
        append_directories: str | Sequence[PathLike] | None = None,
        ad: str | Sequence[PathLike] | None = None,
        inpfilename: str | None = None,
        bad_steps: str = RAISE,
        **article: Any,
    ) -> None:
        if append_directories is None:
            append_directories = ad
        if inpfilename is not None and input_path is None:
            input_path = Path(directory or ".") / inpfilename
        policy = checked_policy(local_data_policy)
        checked_bad_steps(bad_steps)
        self._arguments = (directory, input_path, output_directory)
        self._run = files_of(directory, input_path, output_directory, append_directories, article)
        self._opened = Run(self._run, self._run.parameters(), policy, repr(self), bad_steps)

    @property
    def _parameters(self) -> Parameters:
        return self._opened.inp

    @property
    def directory(self) -> Path:
        """Directory of the HDF5 files."""
        return self._run.output

    @property
    def inp(self) -> Parameters:
        """Simulation parameters: ``data.inp.nx``, ``data.inp.tmgrid.nx``, ``data.inp["nx"]``."""
        return self._parameters

    @property
    def toml(self) -> Tables | None:
        """Tables of ``plasma.toml``: ``data.toml.species[0].wp``; None for a ``plasma.inp``."""
        return self._parameters.tables

    @property
    def unit(self) -> Units | None:
        """Conversion of units, ``data.unit.v.trans(si)``; None without a conversion key."""
        return self._parameters.units

    @property
    def backtrace(self) -> Backtrace:
        """Orbits traced backward in time, and the phase-space densities that they give."""
        from emout_lab.emses.backtrace.api import Backtrace

        return Backtrace(self._opened)

    @property
    def trace(self) -> Trace:
        """Orbits and densities of the same points of phase space, backward and forward."""
        from emout_lab.emses.backtrace.workflow import Trace

        return Trace(self._opened)

    @property
    def fields(self) -> list[str]:
        """Names of the grid fields."""
        return list(self._run.fields)

    def available_fields(self) -> list[str]:
        """Return `fields`."""
        return self.fields

    @property
    def append_directories(self) -> list[Path]:
        """Directories where restarts of the run went on."""
        return [directory.output for directory in self._run.continued]

    @property
    def icur(self) -> DiagnosticTable:
        """Currents into the bodies, a `pandas.DataFrame`; ``data.icur.val_si`` is in SI."""
        return self._table("icur")

    @property
    def ocur(self) -> DiagnosticTable:
        """Currents out of the bodies, as `icur`."""
        return self._table("ocur")

    @property
    def pbody(self) -> DiagnosticTable:
        """Potentials of the bodies, a `pandas.DataFrame`; ``data.pbody.val_si`` is in SI."""
        return self._table("pbody")

    def is_valid(self) -> bool:
        """Say whether the run, or its last restart, came to its end: ``nstep`` by its ``icur``."""
        from emout_lab.emses.diagnostics import last_step

        steps = self._parameters.get("nstep")
        return steps is not None and last_step(self._run) == steps

    @property
    def boundaries(self) -> BoundaryCollection:
        """Bodies and surfaces inside the box: ``data.boundaries.plot()``, ``.mesh()``."""
        from emout_lab.emses.boundaries import read_boundaries

        return read_boundaries(self._parameters)

    @property
    def particles(self) -> list[str]:
        """Names of the particle files; ``data.p1`` has the particles of species 1."""
        return list(self._run.particles)

    def particle(self, species: int) -> ParticlesSeries:
        """Return the particles of a species, from 1: ``data.particle(1)`` is ``data.p1``.

        Raises
        ------
        UnknownField
            When the species has no particle files.
        """
        return self._opened.particle(species)

    def _table(self, name: str) -> DiagnosticTable:
        from emout_lab.emses.diagnostics import read_table

        return read_table(self._run, name, self._parameters)

    def __getattr__(self, name: str) -> Field | VectorField | ParticlesSeries:
        # Names with an underscore are asked for by copy, pickle and displays; none is a field.
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._opened.named(name)

    def __getitem__(self, name: str) -> Field | VectorField | ParticlesSeries:
        return self._opened.named(name)

    def __contains__(self, name: object) -> bool:
        return name in self._opened

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __dir__(self) -> list[str]:
        species = {re.sub(r"\D.*", "", name[1:]) for name in self.particles}
        names = (f"p{number}" for number in species)
        return sorted([*super().__dir__(), *self.fields, *self._run.derived, *names])

    def to_xarray(self, **options: Any) -> xr.Dataset:
        """All fields as one lazy `xarray.Dataset`.

        Parameters
        ----------
        **options
            For `xarray.open_dataset`, such as ``chunks={}`` for Dask arrays.
        """
        from emout_lab.emses.backend import open_run

        own = {"local_data_policy": self._opened.policy, "bad_steps": self._opened.bad_steps}
        return open_run(self._run, **{**own, **options})

    def remote(self, session: Any = None) -> Any:
        """Open the same run on an engine of a session; the data stay there.

        Parameters
        ----------
        session : object, optional
            A session or its name; the active one by default.

        Raises
        ------
        NoSession
            When no session runs.
        """
        # The policy is one for this process; the engine reads in any case.
        *places, _, later = self._opened.recipe()
        recipe = (*places, None, later, None, None, self._opened.bad_steps)
        units = dict(self._opened.name2unit)
        opening = (opened_with, units, *recipe) if units else (Emout, *recipe)
        return execution.current().call(*opening, expression=repr(self), session=session)

    def __reduce__(self) -> tuple[Any, ...]:
        recipe = (*self._opened.recipe(), None, None, self._opened.bad_steps)
        units = dict(self._opened.name2unit)
        return (opened_with, (units, *recipe)) if units else (type(self), recipe)

    def __repr__(self) -> str:
        names = ("", "input_path=", "output_directory=")
        pairs = zip(names, self._arguments, strict=True)
        given = [f"{name}{str(value)!r}" for name, value in pairs if value is not None]
        return f"Emout({', '.join(given)})"

    def describe(self) -> str:
        """Describe the run in a few lines: directory, grid, time step, units, fields."""
        inp, unit = self._parameters, self.unit
        particles = ", ".join(self.particles)
        grid = " x ".join(str(inp.get(name, "?")) for name in ("nx", "ny", "nz"))
        scale = (
            f"dx = {unit.dx:g} m, c = {unit.to_c:g}" if unit else "no conversion key, EMSES units"
        )
        return "\n".join(
            [
                f"{self!r} in {self.directory}",
                f"  grid    {grid} cells, dt = {inp.get('dt', '?')}",
                f"  units   {scale}",
                f"  fields  {', '.join(self.fields) or 'none yet'}",
                *(f"  then    {directory.output}" for directory in self._run.continued),
                *([f"  particles  {particles}"] if particles else []),
            ]
        )


def opened_with(units: dict[str, Any], *recipe: Any) -> Emout:
    """Open a run with units that were set by name in another process.

    Parameters
    ----------
    units : dict
        See `emout_lab.emses.unit_names.UnitNames`.
    *recipe
        Arguments of `Emout`.
    """
    run = Emout(*recipe)
    run._opened.name2unit = UnitNames(units)
    return run
