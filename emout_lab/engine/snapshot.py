"""The state of an engine as plain records that travel as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class ObjectInfo:
    """One object that an engine keeps.

    ``shape`` and ``dtype`` are None for objects that have none; ``bytes`` is the memory that the
    object takes in the engine (not the size a lazy array would have); ``created`` is seconds
    since the epoch. ``is_name`` tells what the notebook's cells and views have assigned a name
    there, which is its ``expression``; ``value`` is the text of a number or a short string.
    """

    id: str
    scope: str | None
    notebook: str | None
    expression: str
    type: str
    shape: tuple[int, ...] | None
    dtype: str | None
    bytes: int | None
    created: float
    is_name: bool = False
    value: str | None = None


@dataclass(frozen=True)
class CurrentCall:
    """What an engine is doing now; ``since`` is seconds since the epoch.

    ``program`` is the id by which it is cancelled, where it belongs to a program.
    """

    label: str
    since: float
    notebook: str | None
    program: str | None = None


@dataclass(frozen=True)
class ProgramStatus:
    """Where a program stands: on which engine, whether it runs now, and what the engine does."""

    engine: str
    is_running: bool
    current: CurrentCall | None


@dataclass(frozen=True)
class Progress:
    """How far an engine has come: ``done`` of ``total`` steps of the kind that ``label`` names."""

    done: int
    total: int
    label: str


@dataclass(frozen=True)
class FigureInfo:
    """Metadata of a figure that an engine drew (not its bytes).

    ``width`` and ``height`` are pixels (0 for vector formats without a pixel size), and
    ``bytes_read`` is what its calls read from files. ``title`` is what stands above it, and
    ``cell`` what a person calls the cell that drew it.
    """

    id: str
    engine: str
    notebook: str | None
    format: str
    mimetype: str
    width: int
    height: int
    bytes: int
    milliseconds: float
    created: float
    bytes_read: int = 0
    title: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Versions:
    """Versions of the objects and figures in a snapshot: equal ones mean the same objects.

    ``engine`` names the engine's process; a worker that was started again counts anew.
    """

    engine: str = ""
    objects: int = 0
    figures: int = 0


@dataclass(frozen=True)
class EngineSnapshot:
    """State of one engine at one moment; memory in bytes, ``cpu`` in percent of one core.

    ``memory_figures`` is what pictures take: rendered ones, and the figures that were drawn and
    still live.
    """

    engine: str
    address: str
    host: str
    pid: int
    ready: bool
    memory_used: int
    memory_limit: int
    memory_objects: int
    cpu: float
    current: CurrentCall | None
    objects: tuple[ObjectInfo, ...] = ()
    figures: tuple[FigureInfo, ...] = field(default=())
    progress: Progress | None = None
    versions: Versions = Versions()
    memory_figures: int = 0

    def completed(self, old: EngineSnapshot | None) -> EngineSnapshot:
        """Return the snapshot with the objects and figures that it left out as known already."""
        if old is None or old.versions.engine != self.versions.engine:
            return self
        same: dict[str, Any] = {}
        if old.versions.objects == self.versions.objects:
            same["objects"] = old.objects
        if old.versions.figures == self.versions.figures:
            same["figures"] = old.figures
        return replace(self, **same)

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot as JSON-compatible data."""
        return asdict(self)
