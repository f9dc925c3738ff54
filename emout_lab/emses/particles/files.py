"""Finding the particle files of a species and reading their headers."""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py

from emout_lab.emses.hdf5 import open_hdf5
from emout_lab.emses.parameters import Parameters, read_parameters
from emout_lab.emses.particles.source import COLUMNS, ColumnFile, ParticleSource, Segment
from emout_lab.emses.policy import is_granted
from emout_lab.emses.run_directory import RunDirectory
from emout_lab.errors import BadFile, NotAnEmsesDirectory, UnknownField

#: ``p1vxe00_0000.h5``: species 1, column vx, part (00, 0000). Some versions leave out the e.
_FILE = re.compile(r"p(\d+)(tid|v?[xyz])e?(\d+)_(\d+)\.h5")

#: Paths of the columns, by the part of the run that they hold.
Found = dict[tuple[int, int], dict[str, str]]


def species_in(directory: Path) -> dict[int, Found]:
    """Return the particle files of a directory by species.

    Raises
    ------
    NotAnEmsesDirectory
        When the directory cannot be listed.
    BadFile
        When two files are the same part of one column.
    """
    try:
        with os.scandir(directory) as entries:
            matches = [match for entry in entries if (match := _FILE.fullmatch(entry.name))]
    except OSError as error:
        raise NotAnEmsesDirectory(
            f"The directory {directory} cannot be listed: {error.strerror or error}."
        ) from error
    found: dict[int, Found] = {}
    for match in sorted(matches, key=lambda match: match[0]):
        part = found.setdefault(int(match[1]), {}).setdefault((int(match[3]), int(match[4])), {})
        if match[2] in part:
            raise BadFile(
                f"{part[match[2]]} and {match[0]} beside it are the same column of the same part; "
                "one of them is left over from another run. Move it away."
            )
        part[match[2]] = str(directory / match[0])
    return dict(sorted(found.items()))


def stamp(source: ParticleSource) -> tuple[tuple[int, int], ...]:
    """Return size and time of the files, which tell whether they grew; empty where one is gone."""
    try:
        found = [os.stat(file.path) for segment in source.segments for file in segment.files]
    except OSError:
        return ()
    return tuple((status.st_mtime_ns, status.st_size) for status in found)


def find_particles(
    run: RunDirectory, species: int, parameters: Parameters, policy: str | None = None
) -> ParticleSource:
    """Read the headers of a species' particle files.

    Parameters
    ----------
    run : RunDirectory
        Files of the run; its continuations follow in time.
    species : int
        Counted from 1.
    parameters : Parameters
        For the units, the output interval (``ipahdf``) and the mass (``qm``).
    policy : str, optional
        The run's own local-data policy.

    Raises
    ------
    UnknownField
        When the species has no particle files.
    BadFile
        When a file is damaged, holds no output step, or others than the other columns.
    """
    there = species_in(run.output)
    if species not in there:
        others = ", ".join(f"p{number}" for number in there)
        raise UnknownField(
            f"No particle files of species {species} (p{species}xe00_0000.h5, …) in {run.output}. "
            + (
                f"There are {others}."
                if others
                else "The run wrote none: ipahdf and ipaxyz in &digcon say which it writes."
            )
        )
    parts = there[species]
    columns = tuple(name for name in COLUMNS if name in parts[min(parts)])
    interval = _interval(parameters, species)
    return ParticleSource(
        species=species,
        directory=str(run.output),
        columns=columns,
        segments=tuple(_joined(_segments(run, species, columns, parameters))),
        has_times=interval is not None,
        units=parameters.units,
        charge_to_mass=_of_species(parameters, "qm", species),
        policy=policy,
        is_granted=is_granted(),
    )


def _segments(
    run: RunDirectory, species: int, columns: Sequence[str], parameters: Parameters
) -> Iterator[Segment]:
    """Segments of the run and its continuations, up to the first that has not written them yet."""
    for directory in (run, *run.continued):
        parts = species_in(directory.output).get(species)
        if not parts:
            return
        own = parameters
        if directory.input_path != run.input_path:
            own = read_parameters(directory.input_path)
        interval = _interval(own, species) or _interval(parameters, species) or 1.0
        for part in sorted(parts):
            yield _segment(parts[part], columns, species, interval)


def _segment(
    paths: dict[str, str], columns: Sequence[str], species: int, interval: float
) -> Segment:
    files, steps = [], []
    for name in columns:
        if name not in paths:
            beside = next(iter(paths.values()))
            raise BadFile(
                f"Column {name} of species {species} has no file beside {beside}, and the part of "
                "the run before has one. Was a file left out when the run was copied?"
            )
        file, numbers = _read_header(paths[name], name)
        files.append(file)
        steps.append(numbers)
    return Segment(tuple(files), _common(files, steps, columns), interval=interval)


def _common(
    files: Sequence[ColumnFile], steps: Sequence[list[int]], columns: Sequence[str]
) -> Sequence[int]:
    """Return the steps that all columns have; what only some have at the end is being written."""
    shortest = min(steps, key=len)
    if not shortest:
        path = files[steps.index(shortest)].path
        raise BadFile(f"{path} holds no output step yet. Has the run written its first output?")
    for file, numbers in zip(files, steps, strict=True):
        if numbers[: len(shortest)] != shortest:
            others = set(shortest) ^ set(numbers[: len(shortest)])
            step = min(others)
            whose = file.path if step not in numbers else files[steps.index(shortest)].path
            column = columns[[item.path for item in files].index(whose)]
            raise BadFile(
                f"{whose} lacks output step {step:04d} of column {column}, which other columns "
                "have: the file is damaged, or belongs to another run."
            )
    longest = max(steps, key=len)
    if len(longest) > len(shortest):
        warnings.warn(
            f"{files[steps.index(shortest)].path} is being written: output step "
            f"{longest[len(shortest)]:04d} is not complete and is left out; {len(shortest)} before "
            "it can be read.",
            UserWarning,
            stacklevel=2,
        )
    is_dense = shortest == list(range(len(shortest)))
    return range(len(shortest)) if is_dense else tuple(shortest)


def _read_header(path: str, column: str) -> tuple[ColumnFile, list[int]]:
    """Read which steps a file holds, and their type."""
    pattern = re.compile(rf"((?:p\d+)?(?:{column}e?)?_?)(\d{{4,}})")
    with open_hdf5(path) as file:
        try:
            group, names = next(_groups_with_steps(file, pattern), (file, []))
            while names and _is_unwritten(group[names[-1][0]]):
                names.pop()
            dtype = group[names[0][0]].dtype.str if names else "<f4"
        except (OSError, KeyError, RuntimeError, AttributeError) as error:
            raise BadFile(f"{path} (column {column}) is damaged: {error}.") from error
        prefix = names[0][1] if names else ""
        # The simulation names what is no particles otherwise: velocities of an empty injection.
        numbers = [number for _, own, number in names if own == prefix]
        return ColumnFile(path, str(group.name), prefix, dtype), numbers


def _groups_with_steps(
    file: Any, pattern: re.Pattern[str]
) -> Iterator[tuple[Any, list[tuple[str, str, int]]]]:
    for group in (*(item for item in file.values() if isinstance(item, h5py.Group)), file):
        matches = [match for name in group if (match := pattern.fullmatch(name))]
        if matches:
            found = [(match[0], match[1], int(match[2])) for match in matches]
            yield group, sorted(found, key=lambda item: item[2])


def _is_unwritten(dataset: Any) -> bool:
    # A dataset that was created but has no storage reads as zeros, which would pass for data.
    return bool(dataset.size) and not dataset.id.get_storage_size()


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Let segments follow each other in time."""
    last: Segment | None = None
    for segment in segments:
        if last is not None:
            first, end = segment.steps[0], last.steps[-1]
            if first > end and segment.interval == last.interval:
                # Its numbers go on where those before end.
                segment = replace(segment, start=last.start)
            else:
                # Its first step repeats the last one before.
                start = last.time(end) - first * segment.interval
                segment = replace(segment, steps=segment.steps[1:], start=start)
            if not segment.steps:
                continue
        yield segment
        last = segment


def _interval(parameters: Parameters, species: int) -> float | None:
    """Time between two outputs of a species in EMSES units; None where it is not known."""
    steps, dt = _of_species(parameters, "ipahdf", species), parameters.get("dt")
    if not steps or not isinstance(dt, (int, float)) or not dt:
        return None
    return steps * dt if math.isfinite(steps * dt) else None


def _of_species(parameters: Parameters, name: str, species: int) -> float | None:
    value = parameters.get(name)
    values = value if isinstance(value, list) else [value]
    item = values[species - 1] if species <= len(values) else None
    return float(item) if isinstance(item, (int, float)) else None
