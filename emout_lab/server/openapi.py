"""The interface as an OpenAPI document, made from the routes and the classes behind them.

Paths, verbs and summaries come from the handlers themselves, the forms of models from the
dataclasses that are sent; only what is nowhere else (bodies, arguments, statuses) stands here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from emout_lab._version import __version__
from emout_lab.engine.snapshot import CurrentCall, FigureInfo, ObjectInfo, Progress
from emout_lab.server.requests import (
    FORMATS,
    LARGEST_DPI,
    LONGEST_INTERVAL_S,
    SHORTEST_INTERVAL_S,
)
from emout_lab.server.schemas import Json
from emout_lab.sessions.record import SessionState, SessionStatus

VERBS: Final = ("get", "post", "put", "patch", "delete")
JSON: Final = "application/json"
TEXT: Final[Json] = {"type": "string"}
WHOLE: Final[Json] = {"type": "integer"}
NUMBER: Final[Json] = {"type": "number"}
SWITCH: Final[Json] = {"type": "boolean"}
ANYTHING: Final[Json] = {"type": "object"}
# Every verb can be refused, and every engine or queue can fail to answer.
ALWAYS: Final[Mapping[int, str]] = {
    403: "Not logged in, not allowed, or without the XSRF token",
    413: "The body is too large",
    422: "A value cannot be used; `field` names it",
    500: "Unexpected failure; the server's log has the traceback",
    503: "A session or an engine does not answer",
}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _list_of(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _closed(properties: Mapping[str, Json], required: Sequence[str] = ()) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _listing(key: str, model: str) -> Json:
    return _closed({key: _list_of(_reference(model))}, [key])


@dataclass(frozen=True)
class Operation:
    """What no handler tells of itself.

    Parameters
    ----------
    success : int
        Status of an answer that is no error.
    content : dict
        Its media types, with their schemas.
    failures : dict
        Statuses beside those that every verb can have.
    body : dict or None
        Schema of the request's body.
    query : dict
        Schemas of the arguments.
    """

    success: int = 200
    content: Mapping[str, Json] = field(default_factory=dict)
    failures: Mapping[int, str] = field(default_factory=dict)
    body: Json | None = None
    query: Mapping[str, Json] = field(default_factory=dict)


_NO_SESSION: Final = {404: "There is no such session", 410: "The session is over"}
_NO_OBJECT: Final = {404: "There is no such session or object", 410: "The session is over"}
_NO_FIGURE: Final = {404: "There is no such figure"}
_BAD_JSON: Final = {400: "The body is not JSON"}
_REFUSED: Final = (
    "A value cannot be used (`field` names it), or the queue refused (its words are quoted)"
)
_START: Final = _closed(
    {
        "name": TEXT,
        "backend": _or_null(TEXT),
        "profile": _or_null(TEXT),
        "partition": _or_null(TEXT),
        "memory": TEXT,
        "cores": WHOLE,
        "walltime": TEXT,
        "jobs": WHOLE,
        "processes": WHOLE,
        "idle_timeout": _or_null(TEXT),
        "directives": _list_of(TEXT),
        "renew": SWITCH,
        "host": {"type": "string", "enum": ["login", "job"]},
        "allow_multiple": SWITCH,
    }
)
_LOG: Final = _closed(
    {
        "text": TEXT,
        "offset": WHOLE,
        "sources": _list_of(_closed({"id": TEXT, "label": TEXT}, ["id", "label"])),
    },
    ["text", "offset", "sources"],
)
_PROFILES: Final = {
    "type": "object",
    "properties": {
        **{key: _list_of(ANYTHING) for key in ("backends", "profiles", "partitions", "schema")},
        "partitions_status": _closed(
            {
                "state": TEXT | {"enum": ["known", "pending", "failed", "none"]},
                "message": _or_null(TEXT),
            },
            ["state", "message"],
        ),
        "defaults": ANYTHING,
    },
    "required": [
        "backends",
        "profiles",
        "partitions",
        "partitions_status",
        "schema",
        "defaults",
    ],
}

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("/spec", "get"): Operation(content={JSON: ANYTHING}),
    ("/profiles", "get"): Operation(content={JSON: _PROFILES}),
    ("/sessions", "get"): Operation(content={JSON: _listing("sessions", "Session")}),
    ("/sessions", "post"): Operation(
        success=201,
        content={JSON: _reference("Session")},
        failures={
            **_BAD_JSON,
            409: "The name is taken, or another session is active",
            422: _REFUSED,
        },
        body=_START,
    ),
    ("/sessions/{name}", "get"): Operation(
        content={JSON: _reference("Session")}, failures=_NO_SESSION
    ),
    ("/sessions/{name}", "patch"): Operation(
        content={JSON: _reference("Session")},
        failures={**_BAD_JSON, **_NO_SESSION, 422: _REFUSED},
        body=_closed({"jobs": WHOLE}, ["jobs"]),
    ),
    ("/sessions/{name}", "delete"): Operation(success=204, failures=_NO_SESSION),
    ("/sessions/{name}/logs", "get"): Operation(
        content={JSON: _LOG}, failures=_NO_SESSION, query={"job": TEXT, "offset": WHOLE}
    ),
    ("/sessions/{name}/workers", "get"): Operation(
        content={JSON: _listing("workers", "Worker")}, failures=_NO_SESSION
    ),
    ("/sessions/{name}/workers/{worker}/interrupt", "post"): Operation(
        success=204, failures=_NO_OBJECT, query={"program": TEXT}
    ),
    ("/sessions/{name}/workers/{worker}/restart", "post"): Operation(
        success=204, failures=_NO_OBJECT
    ),
    ("/sessions/{name}/objects", "get"): Operation(
        content={JSON: _listing("objects", "Object")}, failures=_NO_SESSION
    ),
    ("/sessions/{name}/objects/{object}", "delete"): Operation(success=204, failures=_NO_OBJECT),
    ("/sessions/{name}/objects/{object}/preview", "get"): Operation(
        content={"image/png": TEXT | {"format": "binary"}},
        failures={**_NO_OBJECT, 409: "The engine runs a program"},
    ),
    ("/sessions/{name}/scopes/{scope}", "delete"): Operation(success=204, failures=_NO_OBJECT),
    ("/sessions/{name}/dashboard/{path}", "get"): Operation(
        content={"*/*": TEXT | {"format": "binary"}},
        failures={**_NO_OBJECT, 302: "The first page"},
    ),
    ("/figures", "get"): Operation(content={JSON: _listing("figures", "Figure")}),
    ("/figures", "delete"): Operation(success=204),
    ("/figures/{figure}", "get"): Operation(
        content={JSON: _reference("Figure")}, failures=_NO_FIGURE
    ),
    ("/figures/{figure}", "delete"): Operation(success=204, failures=_NO_FIGURE),
    ("/figures/{figure}/image", "get"): Operation(
        content={"*/*": TEXT | {"format": "binary"}},
        failures={
            **_NO_FIGURE,
            409: "The engine runs a program",
            410: "Its engine is gone, or keeps the figure no more",
        },
        query={
            "fmt": TEXT | {"enum": FORMATS},
            "dpi": NUMBER | {"minimum": 1, "maximum": LARGEST_DPI},
        },
    ),
    ("/figures/{figure}/thumbnail", "get"): Operation(
        content={"*/*": TEXT | {"format": "binary"}},
        failures={
            **_NO_FIGURE,
            409: "The engine runs a program",
            410: "Its engine is gone, or keeps the figure no more",
        },
    ),
}

_PLACE: Final = {"session": TEXT, "engine": TEXT, "address": TEXT}
_ERROR: Final = _closed(
    {
        "error": _closed(
            {"type": TEXT, "message": TEXT, "field": _or_null(TEXT)}, ["type", "message", "field"]
        )
    },
    ["error"],
)


class OpenApi:
    """Builds the document.

    Parameters
    ----------
    routes : sequence of (str, type)
        Paths with their handlers.
    """

    def __init__(self, routes: Sequence[tuple[str, type]]) -> None:
        self._routes = routes

    def document(self, url: str) -> Json:
        """Return the document for an interface that lies at ``url``.

        Examples
        --------
        >>> OpenApi(()).document("/emout-lab/api")["openapi"]
        '3.1.0'
        """
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "emout_lab",
                "version": __version__,
                "description": "Sessions, engines and figures. Changes are told on the WebSocket "
                f"{url}/events: send {{type: watch, parts, interval}}, receive the state, then "
                "deltas. The interval is optional: seconds between two looks at engines, "
                f"{SHORTEST_INTERVAL_S:g} to {LONGEST_INTERVAL_S:g}.",
            },
            "servers": [{"url": url}],
            "paths": {path: self._path(path, handler) for path, handler in self._routes},
            "components": {
                "schemas": _models(),
                "securitySchemes": {
                    "token": {"type": "apiKey", "in": "header", "name": "Authorization"}
                },
            },
            "security": [{"token": []}],
        }

    def _path(self, path: str, handler: type) -> Json:
        verbs = [verb for verb in VERBS if verb in vars(handler)]
        return {verb: _operation(path, verb, getattr(handler, verb)) for verb in verbs}


def _operation(path: str, verb: str, method: Any) -> Json:
    told = OPERATIONS[path, verb]
    named = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in re.findall(r"{(\w+)}", path)
    ]
    asked = [{"name": name, "in": "query", "schema": form} for name, form in told.query.items()]
    answers: Json = {
        str(status): {"description": words, "content": {JSON: {"schema": _reference("Error")}}}
        for status, words in {**ALWAYS, **told.failures}.items()
    }
    answers[str(told.success)] = {"description": "Done"}
    if told.content:
        content = {kind: {"schema": form} for kind, form in told.content.items()}
        answers[str(told.success)]["content"] = content
    operation: Json = {
        "operationId": re.sub(r"\W+", "_", f"{verb}{path}").strip("_"),
        "summary": (inspect.getdoc(method) or "").splitlines()[0],
        "parameters": named + asked,
        "responses": answers,
    }
    if told.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": told.body}}}
    return operation


MEMORY: Final = ("memory_used", "memory_limit", "memory_objects", "memory_figures")


def _models() -> Json:
    worker = {
        **_PLACE,
        "id": TEXT,
        "host": TEXT,
        "pid": WHOLE,
        "ready": SWITCH,
        **{key: WHOLE for key in MEMORY},
        "cpu": NUMBER,
        "current": _or_null(_model(CurrentCall)),
        "progress": _or_null(_model(Progress)),
        "object_count": WHOLE,
        "silent_since": _or_null(NUMBER),
    }
    del worker["engine"]
    return {
        "Error": _ERROR,
        "Session": _model(SessionStatus),
        "Worker": _closed(worker, list(worker)),
        "Object": _model(ObjectInfo, _PLACE),
        "Figure": _model(FigureInfo, _PLACE),
    }


def _model(kind: type, more: Mapping[str, Json] | None = None) -> Json:
    hints = get_type_hints(kind)
    own = {each.name: _type(hints[each.name]) for each in fields(kind)}
    properties = {**(more or {}), **own}
    return _closed(properties, list(properties))


def _type(hint: Any) -> Json:
    """Return the schema of a type that our models use.

    Examples
    --------
    >>> _type(int | None)
    {'anyOf': [{'type': 'integer'}, {'type': 'null'}]}
    """
    plain: dict[Any, Json] = {str: TEXT, int: WHOLE, float: NUMBER, bool: SWITCH}
    if hint in plain:
        return plain[hint]
    if hint is SessionState:
        return TEXT | {"enum": [state.value for state in SessionState]}
    if get_origin(hint) is UnionType:
        (inner,) = (each for each in get_args(hint) if each is not NoneType)
        return _or_null(_type(inner))
    return _list_of(_type(get_args(hint)[0]))
