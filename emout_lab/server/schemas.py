"""What travels between the panel and the server, and nothing else; mirrored in ``src/tokens.ts``.

Requests are closed: an unknown key or a value of the wrong type is refused before anything
happens. Whether a *value* makes sense (a memory size, a walltime) is decided in one place, by
:class:`emout_lab.sessions.SessionSpec`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

from emout_lab.engine.snapshot import EngineSnapshot, FigureInfo, ObjectInfo
from emout_lab.errors import EmoutLabError, SpecError

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


class MalformedJson(SpecError):
    """A request body is not JSON at all."""


def worker_json(session: str, engine: EngineSnapshot) -> Json:
    """Return an engine as a row of the Workers section; memory in bytes, cpu in percent."""
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
        "cpu": engine.cpu,
        "current": None if engine.current is None else dict(vars(engine.current)),
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
    kind = "SpecError" if isinstance(error, SpecError) else type(error).__name__
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


class _Rule(NamedTuple):
    """The JSON type that one key of a request must have."""

    kind: type
    words: str
    nullable: bool = False


_START_RULES: Final[Mapping[str, _Rule]] = {
    "name": _Rule(str, "a text"),
    "backend": _Rule(str, "a text or null", nullable=True),
    "partition": _Rule(str, "a text or null", nullable=True),
    "memory": _Rule(str, "a text such as '60G'"),
    "cores": _Rule(int, "a whole number"),
    "walltime": _Rule(str, "a text such as '03:00:00'"),
    "jobs": _Rule(int, "a whole number"),
    "allow_multiple": _Rule(bool, "true or false"),
}


@dataclass(frozen=True)
class StartRequest:
    """Body of ``POST /sessions``; keys that are left out take the site's defaults."""

    fields: Mapping[str, Any]
    allow_multiple: bool = False

    @classmethod
    def from_json(cls, body: Any) -> StartRequest:
        """Check keys and types.

        Raises
        ------
        SpecError
            For an unknown key or a value of the wrong type; ``field`` names it.

        Examples
        --------
        >>> StartRequest.from_json({"cores": 4}).fields
        {'cores': 4}
        """
        values = _checked(body, _START_RULES)
        allow_multiple = values.pop("allow_multiple", False)
        return cls(fields=values, allow_multiple=allow_multiple)


@dataclass(frozen=True)
class WatchRequest:
    """What a panel sends on the events socket: the parts that it shows now."""

    parts: frozenset[str]

    @classmethod
    def from_json(cls, body: Any) -> WatchRequest:
        """Check the message.

        Raises
        ------
        SpecError
            For anything but ``{"type": "watch", "parts": [known parts]}``.

        Examples
        --------
        >>> WatchRequest.from_json({"type": "watch", "parts": ["sessions"]}).parts
        frozenset({'sessions'})
        """
        rules = {"type": _Rule(str, "'watch'"), "parts": _Rule(list, "a list of parts")}
        values = _checked(body, rules)
        if values.get("type") != "watch" or "parts" not in values:
            raise SpecError('expected {"type": "watch", "parts": [...]}', field="type")
        known = ", ".join(KEYS)
        for part in values["parts"]:
            if not isinstance(part, str) or part not in KEYS:
                raise SpecError(f"{_shown(part)} is no part; there are: {known}", field="parts")
        return cls(frozenset(values["parts"]))


def parse_json(body: bytes | str) -> Any:
    """Decode JSON that came from outside.

    Raises
    ------
    MalformedJson
        When it is none (also: wrong encoding, too deeply nested, an absurdly long number).
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise MalformedJson(f"the request's body is not JSON: {exc}") from exc


def _checked(body: Any, rules: Mapping[str, _Rule]) -> Json:
    if not isinstance(body, dict):
        raise SpecError(f"expected a JSON object, got {_shown(body)}")
    for key, value in body.items():
        rule = rules.get(key)
        if rule is None:
            known = ", ".join(rules)
            raise SpecError(f"unknown key {_shown(key)}; known are: {known}", field=key)
        # type() and not isinstance(): JSON's true is no number, though Python's True is an int.
        if type(value) is not rule.kind and not (rule.nullable and value is None):
            raise SpecError(f"{key} must be {rule.words}, got {_shown(value)}", field=key)
        if isinstance(value, str) and not value.isprintable():
            raise SpecError(f"{key} holds control characters: {_shown(value)}", field=key)
    return dict(body)


def _shown(value: Any, limit: int = 60) -> str:
    text = json.dumps(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
