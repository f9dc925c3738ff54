"""What the server sends to the panel, and nothing else.

The classes are the source of the schemas in ``openapi.json``. Models that are sent often are plain
dictionaries of that form: there may be thousands, and the state store compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from emout_lab.engine.snapshot import CurrentCall, EngineSnapshot, FigureInfo, ObjectInfo, Progress
from emout_lab.errors import EmoutLabError, EngineLost, ObjectGone, SpecError
from emout_lab.sessions.models import SessionStatus
from emout_lab.sessions.slurm import Partition

Json = dict[str, Any]

PUBLIC: Final = (SpecError, ObjectGone, EngineLost)
"""What our own subclasses, which choose a status or are told apart in the server, are outside."""


class Worker(Struct, frozen=True):
    """One engine and its process; memory in bytes, ``cpu`` in percent of one core.

    ``memory_limit`` is 0 where there is none. ``cpu_history`` is the CPU of the last two minutes
    at equal distances, oldest first; it comes with the first message that tells of the engine.
    ``silent_since`` is when an engine that does not answer was last heard of, in seconds since the
    epoch.
    """

    session: str
    id: str
    address: str
    host: str
    pid: int
    ready: bool
    memory_used: int
    memory_limit: int
    memory_objects: int
    memory_figures: int
    cpu: float
    current: CurrentCall | None
    progress: Progress | None
    object_count: int
    silent_since: float | None
    cpu_history: tuple[float, ...] | UnsetType = UNSET


@dataclass(frozen=True, kw_only=True)
class RemoteObject(ObjectInfo):
    """One object that an engine keeps for a notebook, with the place where it lives."""

    session: str
    engine: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Figure(FigureInfo):
    """A picture that an engine drew, with the place where it was drawn; pixels, bytes, ms.

    ``width`` and ``height`` are 0 for vector formats without a pixel size; ``bytes_read`` is what
    was read from files to draw it.
    """

    session: str
    address: str

    @classmethod
    def placed(cls, session: str, address: str, info: FigureInfo) -> Figure:
        """Return a figure with the place where it was drawn."""
        return cls(session=session, address=address, **vars(info))

    @classmethod
    def from_event(cls, session: str, event: Any) -> Figure:
        """Read what an engine announced on its topic.

        Raises
        ------
        SpecError
            When the announcement has other keys than a figure's metadata, or other kinds of values:
            every panel would be sent them.
        """
        if not isinstance(event, Mapping):
            raise SpecError(f"a figure's announcement is a mapping, not {type(event).__name__}")
        metadata = dict(event)
        address = metadata.pop("worker", None)  # added by Dask
        names = {each.name for each in fields(FigureInfo)}
        if not isinstance(address, str) or set(metadata) != names:
            raise SpecError(f"a figure's announcement has unexpected keys: {sorted(event)}")
        try:
            info = msgspec.convert(metadata, FigureInfo)
        except (msgspec.ValidationError, UnicodeEncodeError) as exc:
            raise SpecError(f"a figure's announcement cannot be used: {exc}") from exc
        return cls.placed(session, address, info)

    def to_json(self) -> Json:
        """Return the figure as JSON-compatible data."""
        return dict(vars(self))


class Sessions(Struct):
    """All sessions."""

    sessions: list[SessionStatus]


class Workers(Struct):
    """The engines of a session."""

    workers: list[Worker]


class Objects(Struct):
    """The objects in a session's engines."""

    objects: list[RemoteObject]


class Figures(Struct):
    """The pictures that came back, newest first."""

    figures: list[Figure]


class LogSource(Struct, frozen=True):
    """A log that a session has."""

    id: str
    label: str


class LogPiece(Struct, frozen=True):
    """A piece of a log, and where the next one begins."""

    text: str
    offset: int
    sources: list[LogSource]


class Backend(Struct):
    """A backend, and why it is not available."""

    name: str
    available: bool
    reason: str | None


class PartitionsStatus(Struct):
    """How far the look for partitions has come, and what people should know beside it."""

    state: Literal["known", "pending", "failed", "none"]
    message: str | None


class StartValues(Struct):
    """Values of the start form; None where there is none."""

    backend: str | None
    partition: str | None
    memory: str | None
    cores: int | None
    walltime: str | None


class Defaults(StartValues, kw_only=True):
    """What a start request without values would get here."""

    name: str
    backend: str
    jobs: int


class Profile(Struct):
    """A named preset of a site or of the user.

    ``values`` is what it fills into the form, by the names of the fields.
    """

    name: str
    description: str | None
    values: dict[str, str | int]
    directives: list[str]


class FieldHints(Struct):
    """What a field of the start form has beside its JSON Schema; texts are keys of translations.

    ``backends`` are those that have a use for it, all where it is left out. ``local_title`` is its
    title for the local backend. ``automatic`` means that each backend has a default of its own,
    which it takes where nothing is said. ``pattern`` is what the whole text must match, without
    regard to case; where it does not, ``fault`` says so with the text in place of ``%1``.
    """

    advanced: bool
    automatic: bool
    backends: list[str] | UnsetType = UNSET
    local_title: str | UnsetType = UNSET
    placeholder: str | UnsetType = UNSET
    pattern: str | UnsetType = UNSET
    fault: str | UnsetType = UNSET


class FormField(Struct):
    """One field of the start form, as JSON Schema."""

    type: Literal["string", "integer", "boolean", "array"]
    title: str
    hints: FieldHints = msgspec.field(name="x-hints")
    default: str | int | bool | list[str] | UnsetType = UNSET
    enum: list[str] | UnsetType = UNSET
    items: dict[str, str] | UnsetType = UNSET


class FormSchema(Struct):
    """The start form as JSON Schema; its fields in the order in which they are asked for."""

    type: Literal["object"]
    properties: dict[str, FormField]
    required: list[str]


class Profiles(Struct):
    """What the start form offers, and what it is filled with."""

    backends: list[Backend]
    partitions: list[Partition]
    partitions_status: PartitionsStatus
    profiles: list[Profile]
    defaults: Defaults
    schema: FormSchema


class ErrorDetail(Struct, frozen=True):
    """What went wrong: the kind of error, words for people, the value that is to blame."""

    type: str
    message: str
    field: str | None


class Error(Struct, frozen=True):
    """Body of every failed request."""

    error: ErrorDetail

    @classmethod
    def of(cls, error: BaseException, message: str | None = None) -> Error:
        """Return what is said of an error.

        Parameters
        ----------
        error : BaseException
            Its class names the kind; a ``field`` says which value of the form is to blame.
        message : str, optional
            Words for the user, where they differ from the error's own.

        Examples
        --------
        >>> Error.of(SpecError("memory '6 gigs' is not a size", field="memory")).error.field
        'memory'
        """
        is_ours = isinstance(error, EmoutLabError)
        public = next((each for each in PUBLIC if isinstance(error, each)), None)
        kind = (public or type(error)).__name__
        return cls(
            ErrorDetail(
                type=kind if is_ours else "HTTPError",
                message=str(error) if message is None else message,
                field=getattr(error, "field", None),
            )
        )


def worker_json(session: str, engine: EngineSnapshot, silent_since: float | None = None) -> Json:
    """Return an engine as a row of the Workers section.

    One that does not answer is shown as it was last, with the time when it was last heard of
    (seconds since the epoch).
    """
    worker = Worker(
        session=session,
        id=engine.engine,
        address=engine.address,
        host=engine.host,
        pid=engine.pid,
        ready=engine.ready,
        memory_used=engine.memory_used,
        memory_limit=engine.memory_limit,
        memory_objects=engine.memory_objects,
        memory_figures=engine.memory_figures,
        cpu=engine.cpu,
        current=engine.current,
        progress=engine.progress,
        object_count=len(engine.objects),
        silent_since=silent_since,
    )
    model: Json = msgspec.to_builtins(worker)
    return model


def object_json(session: str, engine: EngineSnapshot, item: ObjectInfo) -> Json:
    """Return an engine's object with the place where it lives."""
    shape = None if item.shape is None else list(item.shape)
    place = {"session": session, "engine": engine.engine, "address": engine.address}
    return place | vars(item) | {"shape": shape}
