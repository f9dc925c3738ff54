"""What the server sends to the panel, and nothing else; mirrored in ``src/tokens.ts``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from emout_lab.engine.snapshot import EngineSnapshot, FigureInfo, ObjectInfo
from emout_lab.errors import EmoutLabError, EngineLost, ObjectGone, SpecError

Json = dict[str, Any]

SESSIONS: Final = "sessions"
WORKERS: Final = "workers"
OBJECTS: Final = "objects"
FIGURES: Final = "figures"

KEYS: Final[Mapping[str, str]] = {
    SESSIONS: "name",
    WORKERS: "address",
    OBJECTS: "id",
    FIGURES: "id",
}
"""Every part of the panel's picture, with the key that names one of its models."""

ENGINE_PARTS: Final = frozenset({WORKERS, OBJECTS, FIGURES})
"""The parts that only engines can tell about (``sessions`` comes from files)."""


PUBLIC: Final = (SpecError, ObjectGone, EngineLost)
"""What our own subclasses, which choose a status or are told apart in the server, are outside."""


def worker_json(session: str, engine: EngineSnapshot, silent_since: float | None = None) -> Json:
    """Return an engine as a row of the Workers section; memory in bytes, cpu in percent.

    One that does not answer is shown as it was last, with the time when it was last heard of
    (seconds since the epoch).
    """
    return {
        "session": session,
        "id": engine.engine,
        "address": engine.address,
        "host": engine.host,
        "pid": engine.pid,
        "ready": engine.ready,
        "memory_used": engine.memory_used,
        "memory_limit": engine.memory_limit,
        "memory_objects": engine.memory_objects,
        "memory_figures": engine.memory_figures,
        "cpu": engine.cpu,
        "current": None if engine.current is None else dict(vars(engine.current)),
        "progress": None if engine.progress is None else dict(vars(engine.progress)),
        "object_count": len(engine.objects),
        "silent_since": silent_since,
    }


def object_json(session: str, engine: EngineSnapshot, item: ObjectInfo) -> Json:
    """Return an engine's object with the place where it lives."""
    shape = None if item.shape is None else list(item.shape)
    return _placed(session, engine.engine, engine.address) | vars(item) | {"shape": shape}


@dataclass(frozen=True)
class FigureModel:
    """A picture that came back, with the place where it was drawn."""

    session: str
    address: str
    info: FigureInfo

    @property
    def id(self) -> str:
        """The figure's id, unique over all sessions."""
        return self.info.id

    @classmethod
    def from_event(cls, session: str, event: Any) -> FigureModel:
        """Read what an engine announced on its topic.

        Raises
        ------
        SpecError
            When the announcement has other keys than a figure's particulars.
        """
        if not isinstance(event, Mapping):
            raise SpecError(f"a figure's announcement is a mapping, not {type(event).__name__}")
        particulars = dict(event)
        address = particulars.pop("worker", None)  # added by Dask
        names = {f.name for f in fields(FigureInfo)}
        if not isinstance(address, str) or set(particulars) != names:
            raise SpecError(f"a figure's announcement has unexpected keys: {sorted(event)}")
        return cls(session=session, address=address, info=FigureInfo(**particulars))

    def to_json(self) -> Json:
        """Return the figure as JSON-compatible data."""
        return _placed(self.session, self.info.engine, self.address) | vars(self.info)


def _placed(session: str, engine: str, address: str) -> Json:
    return {"session": session, "engine": engine, "address": address}


def error_json(error: BaseException, message: str | None = None) -> Json:
    """Return the body of every failed request.

    Parameters
    ----------
    error : BaseException
        Its class names the kind; a ``field`` says which value of the form is to blame.
    message : str, optional
        Words for the user, where they differ from the error's own.

    Examples
    --------
    >>> error_json(SpecError("memory '6 gigs' is not a size", field="memory"))["error"]["field"]
    'memory'
    """
    is_ours = isinstance(error, EmoutLabError)
    public = next((each for each in PUBLIC if isinstance(error, each)), None)
    kind = (public or type(error)).__name__
    return {
        "error": {
            "type": kind if is_ours else "HTTPError",
            "message": str(error) if message is None else message,
            "field": getattr(error, "field", None),
        }
    }


@dataclass(frozen=True)
class Delta:
    """What changed in one part: whole models that are new or different, and keys that are gone."""

    part: str
    set: tuple[Json, ...]
    removed: tuple[str, ...]

    def to_json(self) -> Json:
        """Return the message as JSON-compatible data."""
        return {
            "type": "delta",
            "part": self.part,
            "set": list(self.set),
            "removed": list(self.removed),
        }


@dataclass(frozen=True)
class Trouble:
    """Something failed behind the scenes; ``session`` is None when no single one is to blame."""

    session: str | None
    message: str

    def to_json(self) -> Json:
        """Return the message as JSON-compatible data."""
        return {"type": "error", "session": self.session, "message": self.message}


def state_json(parts: Mapping[str, Sequence[Json]]) -> Json:
    """Return the full picture: one list per part, empty where it is not watched."""
    return {"type": "state"} | {part: list(parts.get(part, ())) for part in KEYS}
