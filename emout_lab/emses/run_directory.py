"""The files of one simulation run."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from emout_lab.emses import observation
from emout_lab.emses.parameters import PARAMETER_FILES, Parameters, read_parameters
from emout_lab.errors import BadFile, NotAnEmsesDirectory

PathLike = str | os.PathLike[str]

#: What follows the field name in an output file's name.
FIELD_SUFFIX = "00_0000.h5"

_PARTICLE_NAME = re.compile(r"p\d+(?:v?[xyz]|tid)e?")
# Components that lie between the grid points, with what brings them there; vectors of them.
_RELOCATED_NAME = re.compile(r"r[eb][xyz]")
_VECTOR_NAME = re.compile(r"(.+?)([xyz]{2,3})")

#: Follow a run by the directories that are named after it.
AUTO = "auto"


@dataclass(frozen=True)
class RunDirectory:
    """Where a run has its parameter file and its output.

    Parameters
    ----------
    input_path : Path
        Parameter file.
    output : Path
        Directory of the HDF5 files.
    continued : tuple of RunDirectory
        Where restarts of the run went on writing, in the order of time.
    """

    input_path: Path
    output: Path
    continued: tuple[RunDirectory, ...] = ()

    @cached_property
    def _names(self) -> list[str]:
        # Simulations may leave thousands of files, so one scan has to do.
        try:
            with os.scandir(self.output) as entries:
                names = [entry.name for entry in entries if entry.name.endswith(FIELD_SUFFIX)]
        except OSError as error:
            raise NotAnEmsesDirectory(
                f"The directory {self.output} cannot be listed: {error.strerror or error}."
            ) from error
        return sorted(name[: -len(FIELD_SUFFIX)] for name in names)

    def parameters(self) -> Parameters:
        """Read the parameter file."""
        return read_parameters(self.input_path)

    def read_text(self, name: str, of: Path | None = None) -> str:
        """Read a text file, such as ``icur``, of the output or of one of the continuations."""
        path = self.output / name if of is None else of / name
        known = name if of is None else str(path)
        try:
            text = path.read_text(errors="replace")
        except FileNotFoundError:
            observation.note(self, text=(known, None))
            raise
        observation.note(self, text=(known, text))
        return text

    def recorded_source(self, name: str) -> Any:  # noqa: ARG002 - an article's run has some
        """Return the recipe of a field where an article has it; None for files."""
        return None

    def is_readable(self, name: str) -> bool:
        """Say whether a name is that of a field with a file, or brought to the grid points."""
        return self.field_path(name).exists() or self.relocatable(name)

    @property
    def opening(self) -> tuple[str, str | None, str | None, list[str]]:
        """Directory, parameter file, output and continuations, by which the run is found again.

        Absolute paths: another process has another working directory.
        """
        later = [str(directory.output) for directory in self.continued]
        return str(self.output), str(self.input_path), str(self.output), later

    @property
    def openable(self) -> list[str]:
        """Names of the grid fields that can be opened."""
        return self.fields

    @property
    def fields(self) -> list[str]:
        """Names of the grid fields, sorted."""
        return [name for name in self._names if not is_particle_name(name)]

    @property
    def particles(self) -> list[str]:
        """Names of the particle files, sorted."""
        return [name for name in self._names if is_particle_name(name)]

    @property
    def derived(self) -> list[str]:
        """Names that fields are computed under: ``rex``, ``exz``, ``j1xy``, …."""
        stored = self.fields
        relocated = [f"r{name}" for name in stored if self.relocatable(f"r{name}")]
        bases = dict.fromkeys(name[:-1] for name in [*stored, *relocated] if name[-1:] in "xyz")
        vectors = [
            f"{base}{axes}"
            for base in bases
            for axes in ("xy", "yz", "xz", "xyz")
            if all(f"{base}{axis}" in stored + relocated for axis in axes)
        ]
        return [*(name for name in relocated if name not in stored), *vectors]

    def field_path(self, name: str) -> Path:
        """Path of the file of a field, whether it exists or not."""
        return self.output / f"{name}{FIELD_SUFFIX}"

    def stamp(self, name: str) -> tuple[tuple[int, int], ...]:
        """Size and time of the files that a field is read from, which tell whether they grew."""
        stored = name if self.field_path(name).exists() else name.removeprefix("r")
        paths = [self.field_path(stored), *(item.field_path(stored) for item in self.continued)]
        found = [os.stat(path) for path in paths if path.exists()]
        return tuple((status.st_mtime_ns, status.st_size) for status in found)

    def relocatable(self, name: str) -> bool:
        """Say whether a name is that of a component which can be brought to the grid points."""
        return self.is_relocated(name) and self.field_path(name[1:]).exists()

    @staticmethod
    def is_relocated(name: str) -> bool:
        """Say whether a name is that of a component at the grid points, such as ``rex``."""
        return _RELOCATED_NAME.fullmatch(name) is not None

    def components(self, name: str) -> list[str]:
        """Names of the components of a vector such as ``exz``; none where it is no such name."""
        match = _VECTOR_NAME.fullmatch(name)
        if match is None or len(set(match[2])) < len(match[2]):
            return []
        return [f"{match[1]}{axis}" for axis in match[2]]


def is_particle_name(name: str) -> bool:
    """Say whether a name is that of particle data, such as ``p4xe``."""
    return _PARTICLE_NAME.fullmatch(name) is not None


def find_run(
    directory: PathLike | None = None,
    input_path: PathLike | None = None,
    output_directory: PathLike | Sequence[PathLike] | None = None,
    append_directories: str | Sequence[PathLike] | None = None,
) -> RunDirectory:
    """Find the parameter file and the output of a run.

    Parameters
    ----------
    directory : path, optional
        Holds both, unless one of the others says differently. The current directory by default.
    input_path : path, optional
        Parameter file.
    output_directory : path or sequence of path, optional
        Directory of the HDF5 files; by default `directory`, else where the parameter file is. Of
        several the later ones continue the first.
    append_directories : sequence of path or ``"auto"``, optional
        Where restarts went on. ``"auto"`` takes all that are named after the run (``run_1``,
        ``run_2``, …); by default those of them whose ``jobnum`` says that they are restarts.

    Raises
    ------
    NotAnEmsesDirectory
        When a directory or the parameter file is missing.
    """
    source = Path(input_path).expanduser().absolute() if input_path is not None else None
    if directory is None and source is not None:
        directory = source.parent
    base = Path(directory if directory is not None else ".").expanduser().absolute()
    outputs = _paths(output_directory) or [base]
    if source is None:
        _require_directory(base)
    _require_directory(outputs[0])
    first = RunDirectory(_parameter_file(base, source), outputs[0])
    if append_directories is None or append_directories == AUTO:
        later = [*outputs[1:], *_named_after(outputs[-1], append_directories == AUTO)]
    else:
        later = [*outputs[1:], *_paths(append_directories)]
    for path in later:
        _require_directory(path)
    inputs = [_own_parameter_file(path) or first.input_path for path in later]
    return replace(first, continued=tuple(map(RunDirectory, inputs, later)))


def _paths(given: PathLike | Sequence[PathLike] | None) -> list[Path]:
    if given is None:
        return []
    items = [given] if isinstance(given, (str, os.PathLike)) else given
    return [Path(item).expanduser().absolute() for item in items]


def _named_after(output: Path, is_asked_for: bool) -> Iterator[Path]:
    """Directories ``<output>_1`` or ``_2`` and so on that continue it."""
    number = next((first for first in (1, 2) if _numbered(output, first).is_dir()), None)
    while number is not None and _numbered(output, number).is_dir():
        path = _numbered(output, number)
        # A sweep may be named the same way, so a restart has to say that it is one.
        if not is_asked_for and not _is_restart(path):
            return
        yield path
        number += 1


def _numbered(output: Path, number: int) -> Path:
    return output.with_name(f"{output.name}_{number}")


def _is_restart(path: Path) -> bool:
    file = _own_parameter_file(path)
    try:
        jobs = read_parameters(file).get("jobnum") if file is not None else None
    except BadFile:
        return False
    job = jobs[0] if isinstance(jobs, list) and jobs else jobs
    return isinstance(job, int) and job > 0


def _own_parameter_file(path: Path) -> Path | None:
    return next((path / name for name in PARAMETER_FILES if (path / name).is_file()), None)


def _require_directory(path: Path) -> None:
    try:
        is_directory = stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        is_directory = None
    except OSError as error:
        # A loop of links, no permission, a name that is too long.
        reason = error.strerror or error
        raise NotAnEmsesDirectory(f"The directory {path} cannot be opened: {reason}.") from error
    if is_directory and not os.access(path, os.X_OK):
        raise NotAnEmsesDirectory(f"The directory {path} cannot be opened: Permission denied.")
    if is_directory:
        return
    if is_directory is not None:
        raise NotAnEmsesDirectory(
            f"{path} is a file. Give the directory that holds plasma.inp and *{FIELD_SUFFIX}."
        )
    parent = next((parent for parent in path.parents if os.path.exists(parent)), None)
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
    found = _own_parameter_file(base)
    if found is not None:
        return found
    raise NotAnEmsesDirectory(
        f"{base} has neither {' nor '.join(PARAMETER_FILES)}, so it is not an EMSES run. "
        "If the parameter file lies elsewhere: Emout(input_path=..., output_directory=...)."
    )
