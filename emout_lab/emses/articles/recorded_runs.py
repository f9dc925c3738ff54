"""Runs that are read from an article: files that are gone, but for what a figure has read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emout_lab.emses.articles import storage
from emout_lab.emses.articles.content import PartKey, RunKey, RunRecord
from emout_lab.emses.field_sources import FieldSource, Segment
from emout_lab.emses.parameters import Parameters, parse_namelist, parse_toml
from emout_lab.emses.run_directory import RunDirectory
from emout_lab.errors import NotRecorded

if TYPE_CHECKING:
    from typing_extensions import Self

#: Between an article's file and the run of it that is meant.
SEPARATOR = "::"


@dataclass(frozen=True)
class RecordedSegment(Segment):
    """Output steps of which an article holds parts.

    Parameters
    ----------
    article : str
        The article's file.
    run_key : RunKey
        The run as the article names it.
    """

    article: str = ""
    run_key: RunKey = ("", "")

    @classmethod
    def of(cls, segment: Segment, article: str, key: RunKey) -> Self:
        """Return what an article has of a segment."""
        return cls(
            segment.path,
            segment.group,
            segment.steps,
            segment.start,
            segment.interval,
            article,
            key,
        )

    def values(self, key: PartKey) -> Any:
        """Return a part, or a reduction; None for a reduction that may be had from its part.

        Raises
        ------
        NotRecorded
            When the article does not hold it.
        """
        return storage.article(self.article).values(key)

    def directory(self) -> RecordedDirectory:
        """Return the run that it is of."""
        found = storage.article(self.article)
        label = next(each for each in found.labels if found.run(each).key == self.run_key)
        return RecordedDirectory.of(self.article, label, found.run(label))


@dataclass(frozen=True)
class RecordedDirectory(RunDirectory):
    """A run as an article holds it.

    Parameters
    ----------
    article : str
        The article's file.
    label : str
        Name of the run in it.
    record : RunRecord
        What it holds of the run.
    """

    article: str = ""
    label: str = ""
    record: RunRecord = None  # type: ignore[assignment]  # a dataclass wants defaults after others

    @classmethod
    def of(cls, article: str, label: str, record: RunRecord) -> Self:
        """Return the run of a record."""
        later = tuple(RunDirectory(Path(record.input_path), Path(path)) for path in record.later)
        return cls(Path(record.input_path), Path(record.output), later, article, label, record)

    @property
    def _names(self) -> list[str]:
        return self.record.names

    def parameters(self) -> Parameters:
        """Parse the recorded parameter file."""
        path = self.input_path
        text = self.record.texts.get(path.name) or ""
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        parse = parse_toml if path.suffix == ".toml" else parse_namelist
        return parse(text, path).with_units(self.record.units)

    def read_text(self, name: str, of: Path | None = None) -> str:
        """Return a recorded text file.

        Raises
        ------
        NotRecorded
            When it was not used.
        FileNotFoundError
            When the run has had none.
        """
        known = name if of is None else str(of / name)
        if known not in self.record.texts:
            raise NotRecorded(self._missing(known))
        text = self.record.texts[known]
        if text is None:
            raise FileNotFoundError(f"The run {self.output} has had no {known}.")
        return text

    def recorded_source(self, name: str) -> FieldSource:
        """Return the recipe of a field.

        Raises
        ------
        NotRecorded
            When it was not used.
        """
        source = self.record.sources.get(name)
        if source is None:
            raise NotRecorded(self._missing(name))
        segments = tuple(
            RecordedSegment.of(segment, self.article, self.record.key)
            for segment in source.segments
        )
        return replace(source, segments=segments)

    def _missing(self, name: str) -> str:
        return storage.article(self.article).missing(name, self.record.key)

    def is_readable(self, name: str) -> bool:
        """Say whether the run has had a field of this name."""
        return name in self.record.names or self.relocatable(name) or name in self.record.sources

    def relocatable(self, name: str) -> bool:
        """Say whether a name is that of a component which can be brought to the grid points."""
        return self.is_relocated(name) and name[1:] in self.record.names

    def stamp(self, name: str) -> tuple[tuple[int, int], ...]:  # noqa: ARG002 - of files
        """Return nothing: what was recorded does not grow."""
        return ()

    @property
    def openable(self) -> list[str]:
        """Names of the fields that were used."""
        return [name for name in self.fields if name in self.record.sources]

    @property
    def opening(self) -> tuple[str, str | None, str | None, list[str]]:
        """By what `Emout` opens the run in any process that sees the article."""
        return f"{self.article}{SEPARATOR}{self.label}", None, None, []
