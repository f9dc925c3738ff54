"""A frame as it goes to the browser: one binary message."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from emout_lab.server.contract.live import LiveProfile, LiveValues

LENGTH: Final = struct.Struct("<I")
"""How long the header is; it stands before it."""

LABEL: Final = re.compile(r"(?P<name>[^\[\](){}\n]+?)(?:\s*[\[(](?P<unit>[^\[\](){}\n]+)[\])])?")
"""A quantity, and its unit in brackets."""
MOST_LETTERS: Final = 40
DIGITS: Final = 6
MOST_DIGITS: Final = 16


def as_json(message: Any) -> bytes:
    """Return a message as JSON, where what is no number is null.

    Examples
    --------
    >>> as_json({"x": float("nan"), "dpi": np.float64(2.5), "size": (np.int64(3), 4)})
    b'{"x":null,"dpi":2.5,"size":[3,4]}'
    """
    try:
        return msgspec.json.encode(message, enc_hook=_plain)
    except UnicodeEncodeError:
        # Titles may hold halves of characters; as escapes they may travel.
        plain = msgspec.to_builtins(message, enc_hook=_plain)
        return json.dumps(_without_nan(plain)).encode("ascii")


def values_of(answer: Mapping[str, Any]) -> LiveValues:
    """Return what an engine answers to a probe in the form for browsers.

    Examples
    --------
    >>> asked = {"seq": 1, "kind": "hover", "i": 0, "x": 2.0, "y": 0.5}
    >>> labels = {"x": "x [m]", "y": ""}
    >>> values_of({**asked, "labels": labels, "value": 1e-9, "unit": "V", "profiles": None}).text
    'x = 2 m, y = 0.5: 1e-09 V'
    """
    x, y, value, unit = (answer[name] for name in ("x", "y", "value", "unit"))
    names = {along: named(answer["labels"][along], along) for along in ("x", "y")}
    text = ", ".join(_place(answer, along, *names[along]) for along in names)
    if value is not None:
        finest = answer.get("finest", {}).get("value", 0.0)
        text += f": {short(value, finest)} {unit}".rstrip()
    elif answer.get("map", True):
        text += ": –"
    return LiveValues(
        seq=answer["seq"],
        kind=answer["kind"],
        i=answer["i"],
        x=x,
        y=y,
        value=value,
        unit=unit,
        text=text,
        profiles=[
            LiveProfile(along, *names[along], profile["at"], profile["values"])
            for along, profile in (answer["profiles"] or {}).items()
        ],
    )


def short(value: float, finest: float) -> str:
    """Return a number with as many digits as tell it from its neighbours, six at least.

    Examples
    --------
    >>> short(1234.5678, 1.0), short(1e9 + 25e-6, 1e-6), short(1e-9, 0.0)
    ('1234.57', '1000000000.000025', '1e-09')
    """
    digits = DIGITS
    if value and finest > 0:
        digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(finest)) + 1
    return f"{value:.{min(max(digits, DIGITS), MOST_DIGITS)}g}"


def _place(answer: Mapping[str, Any], along: str, name: str, unit: str) -> str:
    told = answer.get("words", {}).get(along)
    if told is not None:
        return f"{name} = {told}"
    finest = answer.get("finest", {}).get(along, 0.0)
    return f"{name} = {short(answer[along], finest)} {unit}".rstrip()


def named(label: str, otherwise: str) -> tuple[str, str]:
    """Return the quantity that an axis shows, and its unit, as its label tells.

    Examples
    --------
    >>> named("z [mm]", "y"), named("energy (eV)", "x"), named("$a$", "x"), named("", "y")
    (('z', 'mm'), ('energy', 'eV'), ('x', ''), ('y', ''))
    """
    found = LABEL.fullmatch(label.strip())
    if found is None or "$" in label or len(label) > MOST_LETTERS:
        return otherwise, ""
    return found["name"], found["unit"] or ""


def pack_frame(n: int, header: Mapping[str, Any], payloads: Sequence[bytes]) -> bytes:
    """Return the message for frame ``n``: length, header, payloads.

    Parameters
    ----------
    n : int
        What the browser acknowledges.
    header : mapping
        Of the form of `emout_lab.server.contract.live.LiveHeader`, without ``n``.
    payloads : sequence of bytes
        One for each layer of the header, in its order.

    Examples
    --------
    >>> pack_frame(1, {"seq": 2}, [b"ab"])[4:]
    b'{"n":1,"seq":2}ab'
    """
    head = as_json({"n": n, **header})
    return b"".join((LENGTH.pack(len(head)), head, *payloads))


def unpack_frame(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return header and payloads of a frame, as a browser reads it.

    Raises
    ------
    ValueError
        When the message is no frame, or shorter or longer than its header says.

    Examples
    --------
    >>> unpack_frame(pack_frame(1, {"layers": [{"bytes": 2}]}, [b"ab"]))
    ({'n': 1, 'layers': [{'bytes': 2}]}, [b'ab'])
    """
    if len(message) < LENGTH.size:
        raise ValueError(f"a frame of {len(message)} bytes has no header")
    start = LENGTH.size + LENGTH.unpack_from(message)[0]
    header: dict[str, Any] = json.loads(message[LENGTH.size : start])
    payloads = []
    for layer in header["layers"]:
        end = start + layer.get("bytes", 0)
        payloads.append(message[start:end])
        start = end
    if start != len(message):
        raise ValueError(f"a frame of {len(message)} bytes whose header tells of {start}")
    return header, payloads


def _plain(value: Any) -> Any:
    """Return a number of numpy's as Python's own: what matplotlib computes with may be either."""
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"a {type(value).__name__} does not travel as JSON")


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:
        return None
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return value
