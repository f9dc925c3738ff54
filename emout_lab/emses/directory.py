"""The files of one simulation run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from emout_lab.emses.parameters import PARAMETER_FILES
from emout_lab.errors import NotAnEmsesDirectory

#: What follows the field name in an output file's name.
FIELD_SUFFIX = "00_0000.h5"

_PARTICLE_NAME = re.compile(r"p\d+(?:v?[xyz]|tid)e?")


@dataclass(frozen=True)
class RunDirectory:
    """Where a run has its parameter file and its output.

    Parameters
    ----------
    input_path : Path
        Parameter file.
    output : Path
        Directory of the HDF5 files.
    """

    input_path: Path
    output: Path

    @cached_property
    def _names(self) -> list[str]:
        # Simulations may leave thousands of files, so one scan has to do.
        with os.scandir(self.output) as entries:
            names = [entry.name for entry in entries if entry.name.endswith(FIELD_SUFFIX)]
        return sorted(name[: -len(FIELD_SUFFIX)] for name in names)

    @property
    def fields(self) -> list[str]:
        """Names of the grid fields, sorted."""
        return [name for name in self._names if not is_particle_name(name)]

    @property
    def particles(self) -> list[str]:
        """Names of the particle files, sorted."""
        return [name for name in self._names if is_particle_name(name)]

    def field_path(self, name: str) -> Path:
        """Path of the file of a field, whether it exists or not."""
        return self.output / f"{name}{FIELD_SUFFIX}"


def is_particle_name(name: str) -> bool:
    """Say whether a name is that of particle data, such as ``p4xe``."""
    return _PARTICLE_NAME.fullmatch(name) is not None


def find_run(
    directory: str | os.PathLike[str] | None = None,
    input_path: str | os.PathLike[str] | None = None,
    output_directory: str | os.PathLike[str] | None = None,
) -> RunDirectory:
    """Find the parameter file and the output of a run.

    Parameters
    ----------
    directory : path, optional
        Holds both, unless one of the others says differently. The current directory by default.
    input_path : path, optional
        Parameter file.
    output_directory : path, optional
        Directory of the HDF5 files; by default `directory`, else where the parameter file is.

    Raises
    ------
    NotAnEmsesDirectory
        When a directory or the parameter file is missing.
    """
    source = Path(input_path).expanduser().absolute() if input_path is not None else None
    if directory is None and source is not None:
        directory = source.parent
    base = Path(directory if directory is not None else ".").expanduser().absolute()
    output = (
        Path(output_directory).expanduser().absolute() if output_directory is not None else base
    )
    if source is None:
        _require_directory(base)
    _require_directory(output)
    return RunDirectory(_parameter_file(base, source), output)


def _require_directory(path: Path) -> None:
    if path.is_dir():
        return
    if path.exists():
        raise NotAnEmsesDirectory(
            f"{path} is a file. Give the directory that holds plasma.inp and *{FIELD_SUFFIX}."
        )
    parent = next((parent for parent in path.parents if parent.exists()), None)
    raise NotAnEmsesDirectory(
        f"No directory {path}; the path exists up to {parent}. "
        f"Relative paths count from {Path.cwd()}. Check the spelling."
    )


def _parameter_file(base: Path, source: Path | None) -> Path:
    if source is not None:
        if source.is_file():
            return source
        raise NotAnEmsesDirectory(
            f"No parameter file {source}: input_path must name a plasma.inp or plasma.toml."
        )
    for name in PARAMETER_FILES:
        if (base / name).is_file():
            return base / name
    raise NotAnEmsesDirectory(
        f"{base} has neither {' nor '.join(PARAMETER_FILES)}, so it is not an EMSES run. "
        "If the parameter file lies elsewhere: Emout(input_path=..., output_directory=...)."
    )
