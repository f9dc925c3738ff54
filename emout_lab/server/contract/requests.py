"""What the panel sends: bodies, arguments and messages, checked before anything happens.

Requests are closed: an unknown key or a value of the wrong type is refused. Whether a *value*
makes sense (a memory size, a walltime) is decided in one place, by
:class:`emout_lab.sessions.SessionSpec`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from emout_lab.engine.figures.formats import FORMATS
from emout_lab.errors import SpecError
from emout_lab.paths import NAME_PATTERN
from emout_lab.quantities import SIZE_PATTERN, TIME_PATTERN
from emout_lab.server.contract.messages import Part
from emout_lab.sessions.directives import check_lines

if TYPE_CHECKING:
    Format = str
else:
    Format = Literal[tuple(FORMATS)]
"""Formats that a figure can be rendered in again."""
DEFAULT_DPI: Final = 150.0
LARGEST_DPI: Final = 2400.0
LARGEST_OFFSET: Final = 2**62
SHORTEST_INTERVAL_S: Final = 0.5
LONGEST_INTERVAL_S: Final = 60.0
MOST_ROWS: Final = 20_000
"""Rows of a table that travel in one answer."""

HINTS: Final = "x-hints"
"""Key of what a field of the start form has beside its schema, see `FieldHints`."""

_R = TypeVar("_R", bound="Request")
_PATH: Final = re.compile(r" - at `\$\.?(.*)`$")
_KEY: Final = re.compile(r"field `(.*)`$", re.DOTALL)


class MalformedJson(SpecError):
    """A request body is not JSON at all."""


def field(title: str, **hints: Any) -> Meta:
    """Return what the start form says of a field; see `FieldHints` for the hints.

    ``place`` names the backends that have a use for it: ``queue`` or ``slurm``.
    """
    return Meta(title=title, extra_json_schema={HINTS: hints})


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all requests: a closed record, read from JSON or from arguments."""

    @classmethod
    def from_json(cls: type[_R], body: Any) -> _R:
        """Check keys and types of a decoded body.

        Raises
        ------
        SpecError
            For an unknown key or a value of the wrong type; ``field`` names it.
        """
        request: _R = _convert(body, cls, strict=True)
        return request

    @classmethod
    def from_arguments(cls: type[_R], arguments: Mapping[str, str]) -> _R:
        """Check the arguments behind the question mark, which are texts.

        Raises
        ------
        SpecError
            For an unknown one or a value of the wrong type; ``field`` names it.
        """
        request: _R = _convert(dict(arguments), cls, strict=False)
        return request


_MEMORY_FAULT: Final = "'%1' is not a size; write for example 60G or 2000M."
_COUNT: Final[dict[str, Any]] = {
    "pattern": r"\s*[1-9]\d*\s*",
    "fault": "'%1' is not a number; write for example 1.",
}
_TIME_FAULT: Final = "'%1' is not a time; write for example 03:00:00."


class StartRequest(Request, frozen=True):
    """Body of ``POST /sessions``; keys that are left out take the site's defaults.

    The fields stand in the order in which the start form asks for them.

    Examples
    --------
    >>> StartRequest.from_json({"cores": 4}).values
    {'cores': 4}
    """

    name: (
        Annotated[
            str,
            field(
                "Name",
                pattern=NAME_PATTERN,
                fault="'%1' cannot be a name; use letters, digits, '.', '-' and '_'.",
            ),
        ]
        | UnsetType
    ) = UNSET
    backend: (
        Annotated[str | None, field("Backend", fault="No backend is available.")] | UnsetType
    ) = UNSET
    profile: Annotated[str | None, field("Profile")] | UnsetType = UNSET
    partition: (
        Annotated[str | None, field("Partition", place="slurm", automatic=True)] | UnsetType
    ) = UNSET
    jobs: Annotated[int, field("Jobs", local_title="Engines", **_COUNT)] | UnsetType = UNSET
    cores: (
        Annotated[int, field("Cores per job", local_title="Cores", automatic=True, **_COUNT)]
        | UnsetType
    ) = UNSET
    memory: (
        Annotated[
            str,
            field(
                "Memory per job",
                local_title="Memory",
                automatic=True,
                pattern=SIZE_PATTERN,
                fault=_MEMORY_FAULT,
            ),
        ]
        | UnsetType
    ) = UNSET
    walltime: (
        Annotated[
            str,
            field(
                "Time limit",
                place="queue",
                placeholder="HH:MM:SS",
                pattern=TIME_PATTERN,
                fault=_TIME_FAULT,
            ),
        ]
        | UnsetType
    ) = UNSET
    processes: Annotated[int, field("Processes per job", advanced=True, **_COUNT)] | UnsetType = (
        UNSET
    )
    idle_timeout: (
        Annotated[
            str | None,
            field(
                "Stop when idle",
                advanced=True,
                placeholder="for example 30min",
                pattern=TIME_PATTERN,
                fault=_TIME_FAULT,
            ),
        ]
        | UnsetType
    ) = UNSET
    renew: (
        Annotated[bool, field("Renew before the time limit", place="queue", advanced=True)]
        | UnsetType
    ) = UNSET
    host: (
        Annotated[Literal["login", "job"], field("Host runs as", place="slurm", advanced=True)]
        | UnsetType
    ) = UNSET
    directives: (
        Annotated[
            list[str],
            field("Directives", place="queue", advanced=True, placeholder="one on each line"),
        ]
        | UnsetType
    ) = UNSET
    allow_multiple: Annotated[bool, field("Beside the sessions that run already")] = False

    @property
    def values(self) -> dict[str, Any]:
        """What was said of the session itself, by the names of `SessionSpec`.

        Raises
        ------
        SpecError
            When a directive is not a single line.
        """
        said: dict[str, Any] = msgspec.structs.asdict(self)
        del said["allow_multiple"]
        values = {key: value for key, value in said.items() if value is not UNSET}
        if "directives" in values:
            values["directives"] = list(check_lines(values["directives"], "directives"))
        return values


def start_fields() -> dict[str, dict[str, Any]]:
    """Return the schema of each field of a start request, null left out: nobody types it."""
    schema = msgspec.json.schema(StartRequest)["$defs"][StartRequest.__name__]
    return {name: _flat(each) for name, each in schema["properties"].items()}


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = schema.get("anyOf", [])
    typed = [each for each in kinds if each.get("type") != "null"]
    flat = {**schema, **(typed[0] if typed else {})}
    flat.pop("anyOf", None)
    if "enum" in flat:
        flat.setdefault("type", "string")
    return flat


class ScaleRequest(Request, frozen=True):
    """Body of ``PATCH /sessions/{name}``.

    Examples
    --------
    >>> ScaleRequest.from_json({"jobs": 4}).jobs
    4
    """

    jobs: int


class LogRequest(Request, frozen=True):
    """Arguments of ``GET /sessions/{name}/logs``.

    Examples
    --------
    >>> LogRequest.from_arguments({"job": "8123", "offset": "70"})
    LogRequest(job='8123', offset=70)
    """

    job: str | UnsetType = UNSET
    offset: Annotated[int, Meta(ge=0, le=LARGEST_OFFSET)] | UnsetType = UNSET


class TableRequest(Request, frozen=True):
    """Arguments of ``GET /sweeps/{id}/table``.

    ``since`` is the ``next`` of the piece before, and empty for the first one.

    Examples
    --------
    >>> TableRequest.from_arguments({"since": "5f1d:200"}).since
    '5f1d:200'
    """

    since: Annotated[str, Meta(max_length=80)] = ""
    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = MOST_ROWS


class InterruptRequest(Request, frozen=True):
    """Arguments of ``POST /sessions/{name}/workers/{id}/interrupt``."""

    program: str = ""


class RenderRequest(Request, frozen=True):
    """Arguments of ``GET /figures/{id}/image`` that ask for another form of the picture.

    Examples
    --------
    >>> RenderRequest.from_arguments({"fmt": "pdf"})
    RenderRequest(fmt='pdf', dpi=150.0)
    """

    fmt: Format | UnsetType = UNSET
    dpi: Annotated[float, Meta(ge=1, le=LARGEST_DPI)] = DEFAULT_DPI


class Watch(Request, frozen=True):
    """What a panel sends on the events socket: the parts that it shows now.

    ``interval`` is how often engines shall be asked [s]; without it the server decides.

    Examples
    --------
    >>> Watch.from_json({"type": "watch", "parts": ["sessions"], "interval": 5}).interval
    5.0
    """

    type: Literal["watch"]
    parts: frozenset[Part]
    interval: Annotated[float, Meta(ge=SHORTEST_INTERVAL_S, le=LONGEST_INTERVAL_S)] | UnsetType = (
        UNSET
    )


class ScopeKey(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The objects that go together in the panel: those of a notebook's scope, or its names."""

    notebook: str | None
    scope: str | None
    is_namespace: bool = False

    @classmethod
    def from_text(cls, text: str) -> ScopeKey:
        """Decode the URL-safe base64 of JSON ``[notebook, scope]`` (padding may be left out).

        For the names of a notebook it is ``[notebook, null, true]``.

        Raises
        ------
        SpecError
            For anything else.

        Examples
        --------
        >>> ScopeKey.from_text("WyJydW4uaXB5bmIiLCJzMSJd")
        ScopeKey(notebook='run.ipynb', scope='s1', is_namespace=False)
        """
        try:
            packed = text.rstrip("=").encode("ascii")
            padded = packed + b"=" * (-len(packed) % 4)
            pair = parse_json(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (UnicodeEncodeError, binascii.Error, MalformedJson) as exc:
            raise SpecError(
                f"scope {_shown(text)} is not the URL-safe base64 of JSON [notebook, scope]",
                "scope",
            ) from exc
        key: ScopeKey = _convert(pair, cls, strict=True, name="scope")
        return key


def parse_json(body: bytes | str) -> Any:
    """Decode JSON that came from outside.

    Raises
    ------
    MalformedJson
        When it is none (also: wrong encoding, half a character, NaN, too deeply nested).
    """
    try:
        # Python's own decoder lets halves of characters through, which nothing can write again.
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as exc:
        raise MalformedJson(f"the request's body is not JSON: {exc}") from exc


def _convert(body: Any, kind: Any, *, strict: bool, name: str | None = None) -> Any:
    try:
        value = msgspec.convert(body, kind, strict=strict)
    except msgspec.ValidationError as exc:
        raise refusal(str(exc), name) from exc
    for key, text in body.items() if isinstance(body, dict) else ():
        if isinstance(text, str) and not text.isprintable():
            raise SpecError(f"{key} holds control characters: {_shown(text)}", field=key)
    return value


def refusal(words: str, name: str | None) -> SpecError:
    """Return the error for what msgspec says: it names the place at the end."""
    where = _PATH.search(words)
    if where is not None:
        key = name or re.split(r"[.\[]", where[1])[0]
        return SpecError(f"{where[1] or name}: {words[: where.start()]}", field=key)
    key = name
    unknown = _KEY.search(words)
    if unknown is not None:
        key = unknown[1]
    return SpecError(f"{words}; a JSON object is expected" if key is None else words, field=key)


def _shown(value: Any, limit: int = 60) -> str:
    text = json.dumps(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
