"""What an article holds: runs, parts of their fields, and what else figures have computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from emout_lab.emses.articles import regions
from emout_lab.emses.field_sources import FieldSource
from emout_lab.emses.units import Units

#: Output directory and parameter file of a run, as they were called where it was recorded.
RunKey: TypeAlias = "tuple[str, str]"


@dataclass(frozen=True)
class PartKey:
    """Which values something is.

    Parameters
    ----------
    run : RunKey
        The run.
    field : str
        Name of the field.
    factor : float or None
        What the values in the file were multiplied by; None where they are as in the file.
    region : str
        Where they lie, see `emout_lab.emses.articles.regions.written`.
    how : str
        How they were reduced, as JSON; empty where they were not.
    """

    run: RunKey
    field: str
    factor: float | None
    region: str
    how: str = ""

    def __str__(self) -> str:
        part = regions.shown(self.field, self.region)
        return f"{part} reduced by {self.how}" if self.how else part


@dataclass
class RunRecord:
    """What is kept of a run besides the values of its fields.

    Parameters
    ----------
    output, input_path : str
        Where its files were.
    names : list of str
        Names of all its files of fields and particles.
    later : list of str
        Where restarts went on.
    units : Units or None
        Conversion to SI.
    texts : dict of str to str or None
        Its parameter files and the text files that were used; None for those that were not there.
    sources : dict of str to FieldSource
        Recipes of the fields that were used.
    name : str
        What the run is called in the article; empty for its directory's name.
    """

    output: str
    input_path: str
    names: list[str]
    later: list[str] = field(default_factory=list)
    units: Units | None = None
    texts: dict[str, str | None] = field(default_factory=dict)
    sources: dict[str, FieldSource] = field(default_factory=dict)
    name: str = ""

    @property
    def key(self) -> RunKey:
        """How parts name the run."""
        return self.output, self.input_path

    def merge(self, other: RunRecord) -> None:
        """Take what another record of the same run has more."""
        self.names = sorted({*self.names, *other.names})
        self.later = max(self.later, other.later, key=len)
        self.texts.update(other.texts)
        self.name = self.name or other.name
        for source in other.sources.values():
            self.add_source(source)

    def add_source(self, source: FieldSource) -> None:
        """Keep a field's recipe; of a field that grew the longer one."""
        known = self.sources.get(source.name)
        if known is None or source.shape[0] >= known.shape[0]:
            self.sources[source.name] = source


@dataclass
class Content:
    """All that an article holds.

    Parameters
    ----------
    runs : dict of RunKey to RunRecord
    parts : dict of PartKey to object
        Values: an array, or what a reduction gave.
    kept : dict of str to object
        Values by the names under which a figure's code has kept them.
    """

    runs: dict[RunKey, RunRecord] = field(default_factory=dict)
    parts: dict[PartKey, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def run(self, record: RunRecord) -> RunRecord:
        """Return the record of a run, with what another one of it has."""
        known = self.runs.setdefault(record.key, record)
        if known is not record:
            known.merge(record)
        return known

    def merge(self, other: Content) -> None:
        """Take what another content has; of what both have the other's."""
        for record in other.runs.values():
            self.run(record)
        self.parts.update(other.parts)
        self.kept.update(other.kept)

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return sum(map(size_of, [*self.parts.values(), *self.kept.values()]))

    def labels(self) -> dict[RunKey, str]:
        """Return a short name for each run: its directory's, numbered where two have one."""
        found: dict[RunKey, str] = {}
        for key, record in self.runs.items():
            names = _names(record.name or Path(key[0]).name)
            found[key] = next(name for name in names if name not in found.values())
        return found


def _names(base: str) -> Iterator[str]:
    base = base.replace("::", "__") or "run"
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def size_of(value: Any) -> int:
    """Return the bytes that a value takes, about."""
    if isinstance(value, np.ma.MaskedArray):
        return value.nbytes + value.size
    if isinstance(value, (np.ndarray, np.generic)):
        return int(value.nbytes)
    if isinstance(value, dict):
        return sum(size_of(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(map(size_of, value))
    return len(value) if isinstance(value, (str, bytes)) else 8
