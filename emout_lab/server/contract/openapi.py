"""The interface as an OpenAPI document, made from the routes and the classes behind them.

Paths, verbs and summaries come from the handlers, the forms of bodies, arguments and answers from
the classes that are sent and read; only what is nowhere else (statuses) stands here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from msgspec import UNSET

from emout_lab._version import __version__
from emout_lab.server.contract.live import LIVE_MESSAGES, LIVE_TAKEN, LiveHeader
from emout_lab.server.contract.messages import MESSAGES
from emout_lab.server.contract.models import (
    Error,
    Figure,
    Figures,
    Json,
    LogPiece,
    Objects,
    Profiles,
    Sessions,
    Workers,
)
from emout_lab.server.contract.requests import (
    InterruptRequest,
    LogRequest,
    RenderRequest,
    ScaleRequest,
    StartRequest,
    TableRequest,
    Watch,
)
from emout_lab.server.contract.sweeps import Sweeps, SweepStatus, SweepTable
from emout_lab.sessions.models import SessionStatus

VERBS: Final = ("get", "post", "put", "patch", "delete")
JSON: Final = "application/json"
REFERENCE: Final = "#/components/schemas/{name}"
TEXT: Final[Json] = {"type": "string"}
BINARY: Final[Json] = {"type": "string", "format": "binary"}
# Every verb can be refused, and every engine or queue can fail to answer.
ALWAYS: Final[Mapping[int, str]] = {
    403: "Not logged in, not allowed, or without the XSRF token",
    413: "The body is too large",
    422: "A value cannot be used; `field` names it",
    500: "Unexpected failure; the server's log has the traceback",
    503: "A session or an engine does not answer",
}


@dataclass(frozen=True)
class Operation:
    """What no handler tells of itself.

    Parameters
    ----------
    answer : type or None
        Class of a JSON answer.
    success : int
        Status of an answer that is no error.
    media : str or None
        Media type of an answer that is no JSON.
    failures : dict
        Statuses beside those that every verb can have.
    body, query : type or None
        Classes of the request's body and of its arguments.
    """

    answer: type | None = None
    success: int = 200
    media: str | None = None
    failures: Mapping[int, str] = field(default_factory=dict)
    body: type | None = None
    query: type | None = None


class Document(msgspec.Struct):
    """An OpenAPI document; OpenAPI's own schema tells of its form."""

    openapi: str
    info: dict[str, str]
    servers: list[dict[str, str]]
    paths: dict[str, Any]
    components: dict[str, Any]
    security: list[dict[str, list[str]]]


_NO_SESSION: Final = {404: "There is no such session", 410: "The session is over"}
_NO_OBJECT: Final = {404: "There is no such session or object", 410: "The session is over"}
_NO_FIGURE: Final = {404: "There is no such figure"}
_NO_SWEEP: Final = {404: "There is no such sweep", 409: "It cannot be read, or not be deleted"}
_NO_DRIVER: Final = {**_NO_SWEEP, 410: "Its session is over"}
_BAD_JSON: Final = {400: "The body is not JSON"}
_REFUSED: Final = (
    "A value cannot be used (`field` names it), or the queue refused (its words are quoted)"
)
_NOTHING: Final = 204

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("/spec", "get"): Operation(Document),
    ("/profiles", "get"): Operation(Profiles),
    ("/sessions", "get"): Operation(Sessions),
    ("/sessions", "post"): Operation(
        SessionStatus,
        success=201,
        failures={
            **_BAD_JSON,
            409: "The name is taken, or another session is active",
            422: _REFUSED,
        },
        body=StartRequest,
    ),
    ("/sessions/{name}", "get"): Operation(SessionStatus, failures=_NO_SESSION),
    ("/sessions/{name}", "patch"): Operation(
        SessionStatus, failures={**_BAD_JSON, **_NO_SESSION, 422: _REFUSED}, body=ScaleRequest
    ),
    ("/sessions/{name}", "delete"): Operation(success=_NOTHING, failures=_NO_SESSION),
    ("/sessions/{name}/logs", "get"): Operation(LogPiece, failures=_NO_SESSION, query=LogRequest),
    ("/sessions/{name}/workers", "get"): Operation(Workers, failures=_NO_SESSION),
    ("/sessions/{name}/workers/{worker}/interrupt", "post"): Operation(
        success=_NOTHING, failures=_NO_OBJECT, query=InterruptRequest
    ),
    ("/sessions/{name}/workers/{worker}/restart", "post"): Operation(
        success=_NOTHING, failures=_NO_OBJECT
    ),
    ("/sessions/{name}/objects", "get"): Operation(Objects, failures=_NO_SESSION),
    ("/sessions/{name}/objects/{object}", "delete"): Operation(
        success=_NOTHING, failures=_NO_OBJECT
    ),
    ("/sessions/{name}/objects/{object}/preview", "get"): Operation(
        media="image/png", failures={**_NO_OBJECT, 409: "The engine runs a program"}
    ),
    ("/sessions/{name}/scopes/{scope}", "delete"): Operation(success=_NOTHING, failures=_NO_OBJECT),
    ("/sessions/{name}/dashboard/{path}", "get"): Operation(
        media="*/*", failures={**_NO_OBJECT, 302: "The first page"}
    ),
    ("/figures", "get"): Operation(Figures),
    ("/figures", "delete"): Operation(success=_NOTHING),
    ("/figures/{figure}", "get"): Operation(Figure, failures=_NO_FIGURE),
    ("/figures/{figure}", "delete"): Operation(success=_NOTHING, failures=_NO_FIGURE),
    ("/figures/{figure}/image", "get"): Operation(
        media="*/*",
        failures={
            **_NO_FIGURE,
            409: "The engine runs a program",
            410: "Its engine is gone, or keeps the figure no more",
        },
        query=RenderRequest,
    ),
    ("/figures/{figure}/thumbnail", "get"): Operation(
        media="*/*",
        failures={
            **_NO_FIGURE,
            409: "The engine runs a program",
            410: "Its engine is gone, or keeps the figure no more",
        },
    ),
    ("/sweeps", "get"): Operation(Sweeps),
    ("/sweeps/{sweep}", "get"): Operation(SweepStatus, failures=_NO_SWEEP),
    ("/sweeps/{sweep}", "delete"): Operation(success=_NOTHING, failures=_NO_SWEEP),
    ("/sweeps/{sweep}/table", "get"): Operation(SweepTable, failures=_NO_SWEEP, query=TableRequest),
    ("/sweeps/{sweep}/cancel", "post"): Operation(success=_NOTHING, failures=_NO_SWEEP),
    ("/sweeps/{sweep}/retry", "post"): Operation(success=_NOTHING, failures=_NO_DRIVER),
}


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
                "description": "Sessions, engines, figures and sweeps. Changes are told on the "
                f"WebSocket {url}/events: send a `Watch`, receive the `State`, then deltas and "
                "problems (see `ServerMessage`). Each live figure has a WebSocket of its own, "
                f"{url}/live/{{session}}/{{figure}}: send a `LiveWish`, receive `LiveMessage`s and "
                "frames (see `LiveHeader`).",
            },
            "servers": [{"url": url}],
            "paths": {path: _path(path, handler) for path, handler in self._routes},
            "components": {
                "schemas": schemas(),
                "securitySchemes": {
                    "token": {"type": "apiKey", "in": "header", "name": "Authorization"}
                },
            },
            "security": [{"token": []}],
        }


def schemas() -> Json:
    """Return the schemas of everything that is sent, by name."""
    answers = [each.answer for each in OPERATIONS.values() if each.answer is not None]
    sent = _schemas([*answers, *MESSAGES, *LIVE_MESSAGES, LiveHeader, Error])
    for name, schema in sent.items():
        _tidy(schema)
        if name != Document.__name__:
            _complete(schema)
    taken = _schemas([StartRequest, ScaleRequest, Watch, *LIVE_TAKEN])
    for schema in taken.values():
        _tidy(schema)
    messages = {"oneOf": [_reference(kind) for kind in MESSAGES]}
    live = {"oneOf": [_reference(kind) for kind in LIVE_MESSAGES]}
    return {**sent, **taken, "ServerMessage": messages, "LiveMessage": live}


def _schemas(kinds: Iterable[type]) -> Json:
    _, components = msgspec.json.schema_components(set(kinds), ref_template=REFERENCE)
    return dict(sorted(components.items()))


def _tidy(schema: Json) -> None:
    """Keep what a docstring says before its sections, on one line; titles are names of classes."""
    del schema["title"]
    words = inspect.cleandoc(schema.pop("description", "")).partition("\n\nParameters\n---")[0]
    words = words.partition("\n\nExamples\n---")[0]
    if words:
        schema["description"] = " ".join(words.split()).replace("``", "`")


def _complete(schema: Json) -> None:
    """Say that a model has all of its keys, and no others: defaults are ours alone."""
    properties = schema.get("properties")
    if properties is not None:
        schema["required"] = [
            key
            for key, each in properties.items()
            if key in schema["required"] or each.pop("default", UNSET) is not UNSET
        ]
        schema["additionalProperties"] = False


def _reference(kind: type) -> Json:
    return {"$ref": REFERENCE.format(name=kind.__name__)}


def _path(path: str, handler: type) -> Json:
    verbs = [verb for verb in VERBS if verb in vars(handler)]
    return {verb: _operation(path, verb, getattr(handler, verb)) for verb in verbs}


def _operation(path: str, verb: str, method: Any) -> Json:
    known = OPERATIONS[path, verb]
    named = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in re.findall(r"{(\w+)}", path)
    ]
    operation: Json = {
        "operationId": re.sub(r"\W+", "_", f"{verb}{path}").strip("_"),
        "summary": (inspect.getdoc(method) or "").splitlines()[0],
        "parameters": named + _arguments(known.query),
        "responses": _answers(known),
    }
    if known.body is not None:
        content = {JSON: {"schema": _reference(known.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _arguments(query: type | None) -> list[Json]:
    if query is None:
        return []
    properties = _schemas([query])[query.__name__]["properties"]
    return [{"name": name, "in": "query", "schema": each} for name, each in properties.items()]


def _answers(known: Operation) -> Json:
    answers: Json = {
        str(status): {"description": words, "content": {JSON: {"schema": _reference(Error)}}}
        for status, words in {**ALWAYS, **known.failures}.items()
    }
    answers[str(known.success)] = {"description": "Done"}
    if known.answer is not None:
        answers[str(known.success)]["content"] = {JSON: {"schema": _reference(known.answer)}}
    elif known.media is not None:
        answers[str(known.success)]["content"] = {known.media: {"schema": BINARY}}
    return answers
