"""What the panel sends: bodies, arguments and messages, checked before anything happens.

Requests are closed: an unknown key or a value of the wrong type is refused. Whether a *value*
makes sense (a memory size, a walltime) is decided in one place, by
:class:`emout_lab.sessions.SessionSpec`.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from emout_lab.errors import SpecError
from emout_lab.figureformats import OFFERED
from emout_lab.server.schemas import KEYS, Json
from emout_lab.sessions.directives import check_lines

FORMATS: Final = OFFERED
"""Formats that a figure can be rendered in again."""
DEFAULT_DPI: Final = 150.0
LARGEST_DPI: Final = 2400.0
LARGEST_OFFSET: Final = 2**62
SHORTEST_INTERVAL_S: Final = 0.5
LONGEST_INTERVAL_S: Final = 60.0


class MalformedJson(SpecError):
    """A request body is not JSON at all."""


class _Rule(NamedTuple):
    """The JSON type that one key of a request must have, or the types it may have."""

    kind: type | tuple[type, ...]
    words: str
    nullable: bool = False


_START_RULES: Final[Mapping[str, _Rule]] = {
    "name": _Rule(str, "a text"),
    "backend": _Rule(str, "a text or null", nullable=True),
    "partition": _Rule(str, "a text or null", nullable=True),
    "memory": _Rule(str, "a text such as '60G'"),
    "cores": _Rule(int, "a whole number"),
    "walltime": _Rule(str, "a text such as '03:00:00' or '90m'"),
    "jobs": _Rule(int, "a whole number"),
    "processes": _Rule(int, "a whole number"),
    "profile": _Rule(str, "a text or null", nullable=True),
    "idle_timeout": _Rule(str, "a text such as '2h' or null", nullable=True),
    "directives": _Rule(list, "a list of single lines"),
    "renew": _Rule(bool, "true or false"),
    "host": _Rule(str, "'login' or 'job'"),
    "allow_multiple": _Rule(bool, "true or false"),
}

_WATCH_RULES: Final[Mapping[str, _Rule]] = {
    "type": _Rule(str, "'watch'"),
    "parts": _Rule(list, "a list of parts"),
    "interval": _Rule((int, float), "a number of seconds"),
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
        if "directives" in values:
            values["directives"] = list(check_lines(values["directives"], "directives"))
        allow_multiple = values.pop("allow_multiple", False)
        return cls(fields=values, allow_multiple=allow_multiple)


@dataclass(frozen=True)
class ScaleRequest:
    """Body of ``PATCH /sessions/{name}``."""

    jobs: int

    @classmethod
    def from_json(cls, body: Any) -> ScaleRequest:
        """Check the one key.

        Raises
        ------
        SpecError
            For anything but ``{"jobs": n}``.

        Examples
        --------
        >>> ScaleRequest.from_json({"jobs": 4})
        ScaleRequest(jobs=4)
        """
        values = _checked(body, {"jobs": _START_RULES["jobs"]})
        if "jobs" not in values:
            raise SpecError('expected {"jobs": n}', field="jobs")
        return cls(values["jobs"])


@dataclass(frozen=True)
class LogRequest:
    """Arguments of ``GET /sessions/{name}/logs``."""

    job: str | None = None
    offset: int | None = None

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> LogRequest:
        """Check the arguments behind the question mark.

        Raises
        ------
        SpecError
            For an unknown one, or an offset that is no number of bytes.

        Examples
        --------
        >>> LogRequest.from_arguments({"job": "8123", "offset": "70"})
        LogRequest(job='8123', offset=70)
        """
        _only(arguments, "job", "offset")
        text = arguments.get("offset")
        if text is None:
            return cls(arguments.get("job"))
        # isdigit alone would let through digits of other scripts, and numbers of any length.
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise SpecError(f"offset {_shown(text)} is not a number of bytes", field="offset")
        return cls(arguments.get("job"), min(int(text), LARGEST_OFFSET))


@dataclass(frozen=True)
class InterruptRequest:
    """Arguments of ``POST /sessions/{name}/workers/{id}/interrupt``."""

    program: str | None = None

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> InterruptRequest:
        """Check the arguments behind the question mark.

        Raises
        ------
        SpecError
            For an unknown one.

        Examples
        --------
        >>> InterruptRequest.from_arguments({"program": "4f0c"})
        InterruptRequest(program='4f0c')
        """
        _only(arguments, "program")
        return cls(arguments.get("program") or None)


@dataclass(frozen=True)
class RenderRequest:
    """Arguments of ``GET /figures/{id}/image`` that ask for another form of the picture."""

    fmt: str | None
    dpi: float

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> RenderRequest | None:
        """Check the arguments; without any, the picture is wanted as it is.

        Raises
        ------
        SpecError
            For an unknown one, an unknown format, or a resolution out of range.

        Examples
        --------
        >>> RenderRequest.from_arguments({"fmt": "pdf"})
        RenderRequest(fmt='pdf', dpi=150.0)
        """
        _only(arguments, "fmt", "dpi")
        if not arguments:
            return None
        fmt = arguments.get("fmt")
        if fmt is not None and fmt not in FORMATS:
            known = ", ".join(FORMATS)
            raise SpecError(f"fmt {_shown(fmt)} is unknown; there are: {known}", field="fmt")
        return cls(fmt, _dpi(arguments.get("dpi")))


@dataclass(frozen=True)
class ScopeKey:
    """The objects that go together in the panel: those of a notebook's scope."""

    notebook: str | None
    scope: str | None

    @classmethod
    def from_text(cls, text: str) -> ScopeKey:
        """Decode the URL-safe base64 of JSON ``[notebook, scope]`` (padding may be left out).

        Raises
        ------
        SpecError
            For anything else.

        Examples
        --------
        >>> ScopeKey.from_text("WyJydW4uaXB5bmIiLCJzMSJd")
        ScopeKey(notebook='run.ipynb', scope='s1')
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
        is_pair = isinstance(pair, list) and len(pair) == 2
        if not is_pair or not all(each is None or isinstance(each, str) for each in pair):
            raise SpecError(f"expected [notebook, scope], got {_shown(pair)}", field="scope")
        return cls(*pair)


@dataclass(frozen=True)
class WatchRequest:
    """What a panel sends on the events socket: the parts that it shows now.

    Parameters
    ----------
    parts : frozenset of str
        Of the panel's picture.
    interval : float [s] or None
        How often engines shall be asked; None leaves it to the server.
    """

    parts: frozenset[str]
    interval: float | None = None

    @classmethod
    def from_json(cls, body: Any) -> WatchRequest:
        """Check the message.

        Raises
        ------
        SpecError
            For anything but ``{"type": "watch", "parts": [known parts]}``, beside which an
            ``interval`` may stand.

        Examples
        --------
        >>> WatchRequest.from_json({"type": "watch", "parts": ["sessions"], "interval": 5})
        WatchRequest(parts=frozenset({'sessions'}), interval=5.0)
        """
        values = _checked(body, _WATCH_RULES)
        if values.get("type") != "watch" or "parts" not in values:
            raise SpecError('expected {"type": "watch", "parts": [...]}', field="type")
        known = ", ".join(KEYS)
        for part in values["parts"]:
            if not isinstance(part, str) or part not in KEYS:
                raise SpecError(f"{_shown(part)} is no part; there are: {known}", field="parts")
        return cls(frozenset(values["parts"]), _interval(values.get("interval")))


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
        kinds = rule.kind if isinstance(rule.kind, tuple) else (rule.kind,)
        if type(value) not in kinds and not (rule.nullable and value is None):
            raise SpecError(f"{key} must be {rule.words}, got {_shown(value)}", field=key)
        if isinstance(value, str) and not value.isprintable():
            raise SpecError(f"{key} holds control characters: {_shown(value)}", field=key)
    return dict(body)


def _shown(value: Any, limit: int = 60) -> str:
    try:
        text = json.dumps(value)
    except RecursionError:
        return f"a deeply nested {type(value).__name__}"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _only(arguments: Mapping[str, str], *known: str) -> None:
    for name in arguments:
        if name not in known:
            raise SpecError(
                f"unknown argument {_shown(name)}; known are: {', '.join(known)}", field=name
            )


def _dpi(text: str | None) -> float:
    if text is None:
        return DEFAULT_DPI
    try:
        dpi = float(text)
    except ValueError:
        dpi = math.nan
    if not 1 <= dpi <= LARGEST_DPI:
        raise SpecError(
            f"dpi {_shown(text)} is not a number from 1 to {LARGEST_DPI:g}; write for example 300",
            field="dpi",
        )
    return dpi


def _interval(seconds: float | None) -> float | None:
    if seconds is None:
        return None
    if not SHORTEST_INTERVAL_S <= seconds <= LONGEST_INTERVAL_S:
        raise SpecError(
            f"interval {_shown(seconds)} is not a number of seconds from "
            f"{SHORTEST_INTERVAL_S:g} to {LONGEST_INTERVAL_S:g}",
            field="interval",
        )
    return float(seconds)
