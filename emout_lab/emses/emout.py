"""`Emout`: one simulation run, its fields as attributes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emout_lab import emses
from emout_lab.emses import execution
from emout_lab.emses.parameters import Parameters, Tables, read_parameters
from emout_lab.emses.policy import is_granted
from emout_lab.emses.run_directory import FIELD_SUFFIX, RunDirectory, find_run, is_particle_name
from emout_lab.errors import UnknownField
from emout_lab.policies import checked_policy

if TYPE_CHECKING:
    import xarray as xr

    from emout_lab.emses.backtrace.api import Backtrace
    from emout_lab.emses.backtrace.workflow import Trace
    from emout_lab.emses.boundaries import BoundaryCollection
    from emout_lab.emses.diagnostics import DiagnosticTable
    from emout_lab.emses.fields import Field
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
        Holds parameter file and output; the current directory by default.
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

    Raises
    ------
    NotAnEmsesDirectory
        When a directory or the parameter file is missing.
    BadFile
        When the parameter file cannot be parsed.
    SpecError
        When there is no such policy.

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

    def __init__(
        self,
        directory: PathLike | None = None,
        input_path: PathLike | None = None,
        output_directory: PathLike | Sequence[PathLike] | None = None,
        local_data_policy: str | None = None,
        append_directories: str | Sequence[PathLike] | None = None,
        ad: str | Sequence[PathLike] | None = None,
        inpfilename: str | None = None,
    ) -> None:
        if append_directories is None:
            append_directories = ad
        if inpfilename is not None and input_path is None:
            input_path = Path(directory or ".") / inpfilename
        self._policy = checked_policy(local_data_policy)
        self._arguments = (directory, input_path, output_directory)
        self._run = find_run(directory, input_path, output_directory, append_directories)
        self._parameters = read_parameters(self._run.input_path)
        # Field by name, with the file's state when it was opened: a growing file is opened again.
        self._opened: dict[str, tuple[object, Field]] = {}

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
        return emses.backtrace.api.Backtrace(self)

    @property
    def trace(self) -> Trace:
        """Orbits and densities of the same points of phase space, backward and forward."""
        return emses.backtrace.workflow.Trace(self)

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
        return emses.diagnostics.read_table(self.directory, "icur", self._parameters)

    @property
    def ocur(self) -> DiagnosticTable:
        """Currents out of the bodies, as `icur`."""
        return emses.diagnostics.read_table(self.directory, "ocur", self._parameters)

    @property
    def pbody(self) -> DiagnosticTable:
        """Potentials of the bodies, a `pandas.DataFrame`; ``data.pbody.val_si`` is in SI."""
        return emses.diagnostics.read_table(self.directory, "pbody", self._parameters)

    def is_valid(self) -> bool:
        """Say whether the run, or its last restart, came to its end: ``nstep`` by its ``icur``."""
        steps = self._parameters.get("nstep")
        last = self._run.continued[-1] if self._run.continued else self._run
        return steps is not None and emses.diagnostics.last_step(last.output) == steps

    @property
    def boundaries(self) -> BoundaryCollection:
        """Bodies and surfaces inside the box: ``data.boundaries.plot()``, ``.mesh()``."""
        return emses.boundaries.read_boundaries(self._parameters)

    @property
    def particles(self) -> list[str]:
        """Names of the particle files; reading them is not supported yet."""
        return list(self._run.particles)

    def __getattr__(self, name: str) -> Field | VectorField:
        # Names with an underscore are asked for by copy, pickle and displays; none is a field.
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._named(name)

    def __getitem__(self, name: str) -> Field | VectorField:
        return self._named(name)

    def __contains__(self, name: object) -> bool:
        return name in self._run.fields

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self.fields, *self._run.derived])

    def _named(self, name: str) -> Field | VectorField:
        run = self._run
        if os.path.basename(name) != name or "\0" in name or is_particle_name(name):
            raise _unknown_field(name, run)
        if self._is_readable(name) or name in run.fields:
            # A link that leads nowhere is among the fields, and an error of its own.
            return self._field(name)
        components = run.components(name)
        missing = [item for item in components if not self._is_readable(item)]
        if not components or len(missing) == len(components):
            raise _unknown_field(name, run)
        if missing:
            raise UnknownField(
                f"The vector {name!r} needs {' and '.join(components)}; {run.output} has no "
                f"{' and no '.join(missing)}."
            )
        axes = name[-len(components) :]
        return emses.vectors.VectorField([self._field(item) for item in components], axes, name)

    def _is_readable(self, name: str) -> bool:
        return self._run.field_path(name).exists() or self._run.relocatable(name)

    def _field(self, name: str) -> Field:
        stamp = (self._run.stamp(name), is_granted())
        known = self._opened.get(name)
        if known is None or known[0] != stamp:
            source = emses.field_sources.find_field(self._run, name, self._parameters, self._policy)
            known = self._opened[name] = (stamp, emses.fields.Field.from_source(source))
        return known[1]

    def to_xarray(self, **options: Any) -> xr.Dataset:
        """All fields as one lazy `xarray.Dataset`.

        Parameters
        ----------
        **options
            For `xarray.open_dataset`, such as ``chunks={}`` for Dask arrays.
        """
        return emses.backend.open_run(self._run, **{"local_data_policy": self._policy, **options})

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
        recipe = (*self._recipe()[:3], None, self._recipe()[4])
        return execution.current().call(Emout, *recipe, expression=repr(self), session=session)

    def _recipe(self) -> tuple[Any, ...]:
        # Absolute: another process has another working directory.
        run = self._run
        later = [str(directory.output) for directory in run.continued]
        return str(run.output), str(run.input_path), str(run.output), self._policy, later

    def __reduce__(self) -> tuple[type[Emout], tuple[Any, ...]]:
        return type(self), self._recipe()

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
                *([f"  particles (not supported yet)  {particles}"] if particles else []),
            ]
        )


def _unknown_field(name: str, run: RunDirectory) -> UnknownField:
    if name and any(particle.startswith(name) for particle in run.particles):
        return UnknownField(
            f"{name!r} is particle data ({name}{FIELD_SUFFIX}); reading it is not supported yet."
        )
    fields = run.fields
    if not fields:
        return UnknownField(f"No field {name!r}: {run.output} holds no *{FIELD_SUFFIX} file (yet).")
    near = get_close_matches(name.lower(), [*fields, *run.derived], n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return UnknownField(f"No field {name!r} in {run.output}.{hint} Fields: {', '.join(fields)}.")
