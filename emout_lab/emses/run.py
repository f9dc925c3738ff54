"""One run as it was opened: its files, its parameters, and its fields by name."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emout_lab.emses import observation
from emout_lab.emses.articles.opening import files_of
from emout_lab.emses.parameters import Parameters
from emout_lab.emses.policy import is_granted
from emout_lab.emses.run_directory import FIELD_SUFFIX, RunDirectory, is_particle_name
from emout_lab.emses.unit_names import NAME2UNIT, UnitNames
from emout_lab.errors import UnknownField
from emout_lab.policies import LOCAL, RAISE

if TYPE_CHECKING:
    from emout_lab.emses.fields import Field
    from emout_lab.emses.particles import ParticlesSeries
    from emout_lab.emses.units import Units
    from emout_lab.emses.vectors import VectorField


#: Names of a species' particles, and of the files of their columns.
_SPECIES = re.compile(r"p[1-9]\d*")
_COLUMN = re.compile(r"(p\d+)(v?[xyz]|tid)e?")


class Run:
    """Files, parameters and fields of a run; it pickles as the recipe by which it is opened.

    Parameters
    ----------
    files : RunDirectory
        Where they are.
    inp : Parameters
        Simulation parameters.
    policy : str or None
        The run's own local-data policy.
    label : str
        How the run is shown to people.
    bad_steps : {"raise", "skip"}
        What becomes of output steps that cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses.demo import write_demo_data
    >>> run = reopened(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2))
    >>> run.named("phisp").shape, "ex" in run, run.inp.nx
    ((2, 9, 9, 9), True, 8)
    """

    def __init__(
        self,
        files: RunDirectory,
        inp: Parameters,
        policy: str | None = None,
        label: str = "run",
        bad_steps: str = RAISE,
    ) -> None:
        observation.note(files)
        self.files = files
        self._inp = inp
        self.policy = policy
        self.label = label
        self.bad_steps = bad_steps
        # Field by name, with the file's state when it was opened: a growing file is opened again.
        self._opened: dict[str, tuple[object, Field]] = {}
        self._particles: dict[int, tuple[object, ParticlesSeries]] = {}
        #: Units that were set by name; another one where they were brought along.
        self.name2unit: UnitNames = NAME2UNIT

    @property
    def inp(self) -> Parameters:
        """Simulation parameters."""
        observation.note(self.files)
        return self._inp

    @property
    def directory(self) -> Path:
        """Directory of the HDF5 files."""
        return self.files.output

    @property
    def unit(self) -> Units | None:
        """Conversion of units; None without a conversion key."""
        return self.inp.units

    @property
    def is_local(self) -> bool:
        """Whether the run's own policy keeps all its work in this process."""
        return self.policy == LOCAL

    def __contains__(self, name: object) -> bool:
        return name in self.files.fields

    def named(self, name: str) -> Field | VectorField | ParticlesSeries:
        """Return the field of a name, the vector of its components, or a species' particles.

        Raises
        ------
        UnknownField
            When there is none; the message names those that are alike.
        """
        files = self.files
        if _SPECIES.fullmatch(name):
            return self.particle(int(name[1:]))
        if os.path.basename(name) != name or "\0" in name or is_particle_name(name):
            raise _unknown_field(name, files)
        if files.is_readable(name) or name in files.fields:
            # A link that leads nowhere is among the fields, and an error of its own.
            return self.field(name)
        components = files.components(name)
        missing = [item for item in components if not files.is_readable(item)]
        if not components or len(missing) == len(components):
            raise _unknown_field(name, files)
        if missing:
            raise UnknownField(
                f"The vector {name!r} needs {' and '.join(components)}; {files.output} has no "
                f"{' and no '.join(missing)}."
            )
        from emout_lab.emses.vectors import VectorField  # noqa: PLC0415 - loads xarray

        axes = name[-len(components) :]
        return VectorField([self.field(item) for item in components], axes, name)

    def field(self, name: str) -> Field:
        """Return the lazy field of a name that has a file, or is brought to the grid points."""
        stamp = (self.files.stamp(name), is_granted(), self.name2unit.version)
        known = self._opened.get(name)
        if known is None or known[0] != stamp:
            from emout_lab.emses.field_sources import find_field  # noqa: PLC0415 - loads h5py
            from emout_lab.emses.fields import Field  # noqa: PLC0415 - loads xarray

            source = find_field(self.files, name, self.inp, self.policy, self.bad_steps)
            source = self.name2unit.applied(source, self)
            known = self._opened[name] = (stamp, Field.from_source(source))
        observation.note(self.files, known[1]._recipe[0] if known[1]._recipe else None)
        return known[1]

    def particle(self, species: int) -> ParticlesSeries:
        """Return the lazy tables of a species' particles.

        Raises
        ------
        UnknownField
            When the species has no particle files.
        """
        from emout_lab.emses.particles import ParticlesSeries, files  # noqa: PLC0415 - loads xarray

        known = self._particles.get(species)
        stamp = None if known is None else (files.stamp(known[1].source), is_granted())
        if known is None or known[0] != stamp:
            source = files.find_particles(self.files, species, self.inp, self.policy)
            stamp = (files.stamp(source), is_granted())
            known = self._particles[species] = (stamp, ParticlesSeries(source))
        return known[1]

    def recipe(self) -> tuple[Any, ...]:
        """Return what `Emout` opens the same run with, in whichever directory."""
        directory, input_path, output, later = self.files.opening
        return directory, input_path, output, self.policy, later

    def __reduce__(self) -> tuple[Any, ...]:
        return reopened, (*self.recipe(), self.label, self.bad_steps)

    def __repr__(self) -> str:
        return self.label


def reopened(
    directory: Any,
    input_path: Any = None,
    output_directory: Any = None,
    policy: str | None = None,
    append_directories: Any = None,
    label: str = "run",
    bad_steps: str = RAISE,
) -> Run:
    """Open a run by its recipe; parameters as for `emout_lab.emses.run_directory.find_run`."""
    files = files_of(directory, input_path, output_directory, append_directories)
    return Run(files, files.parameters(), policy, label, bad_steps)


def _unknown_field(name: str, run: RunDirectory) -> UnknownField:
    match = _COLUMN.fullmatch(name)
    if match:
        return UnknownField(
            f"{name!r} is a column of particles, no field: data.{match[1]}.{match[2]} has it."
        )
    fields = run.fields
    if not fields:
        return UnknownField(f"No field {name!r}: {run.output} holds no *{FIELD_SUFFIX} file (yet).")
    near = get_close_matches(name.lower(), [*fields, *run.derived], n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return UnknownField(f"No field {name!r} in {run.output}.{hint} Fields: {', '.join(fields)}.")
