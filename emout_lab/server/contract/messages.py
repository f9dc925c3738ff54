"""The messages of the events socket: the whole state once, then changes only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from msgspec import Struct

from emout_lab.server.contract.models import Figure, Json, RemoteObject, Worker
from emout_lab.server.contract.sweeps import SweepStatus
from emout_lab.sessions.models import SessionStatus

Part = Literal["sessions", "workers", "objects", "figures", "sweeps"]

SESSIONS: Final = "sessions"
WORKERS: Final = "workers"
OBJECTS: Final = "objects"
FIGURES: Final = "figures"
SWEEPS: Final = "sweeps"

KEYS: Final[Mapping[str, str]] = {
    SESSIONS: "name",
    WORKERS: "address",
    OBJECTS: "id",
    FIGURES: "id",
    SWEEPS: "id",
}
"""Every part of the panel's state, with the key that names one of its models."""

ENGINE_PARTS: Final = frozenset({WORKERS, OBJECTS, FIGURES})
"""The parts that only engines can tell about (``sessions`` and ``sweeps`` come from files)."""


class _Message(Struct, frozen=True, tag_field="type"):
    """What is sent on the events socket."""

    def to_json(self) -> Json:
        """Return the message as JSON-compatible data."""
        model: Json = msgspec.to_builtins(self)
        return model


class State(_Message, frozen=True, tag="state"):
    """All that is known of the watched parts; the others are empty."""

    sessions: list[SessionStatus]
    workers: list[Worker]
    objects: list[RemoteObject]
    figures: list[Figure]
    sweeps: list[SweepStatus]


class SessionsDelta(_Message, frozen=True, tag="delta"):
    """Sessions that are new or different, and the names of those that are gone."""

    part: Literal["sessions"]
    set: list[SessionStatus]
    removed: list[str]


class WorkersDelta(_Message, frozen=True, tag="delta"):
    """Engines that are new or different, and the addresses of those that are gone."""

    part: Literal["workers"]
    set: list[Worker]
    removed: list[str]


class ObjectsDelta(_Message, frozen=True, tag="delta"):
    """Objects that are new or different, and the ids of those that are gone."""

    part: Literal["objects"]
    set: list[RemoteObject]
    removed: list[str]


class FiguresDelta(_Message, frozen=True, tag="delta"):
    """Figures that are new or different, and the ids of those that are gone."""

    part: Literal["figures"]
    set: list[Figure]
    removed: list[str]


class SweepsDelta(_Message, frozen=True, tag="delta"):
    """Sweeps that are new or different, and the ids of those that are gone."""

    part: Literal["sweeps"]
    set: list[SweepStatus]
    removed: list[str]


class Problem(_Message, frozen=True, tag="error"):
    """Something failed behind the scenes; ``session`` is None when no single one is to blame."""

    session: str | None
    message: str


class Solved(_Message, frozen=True, tag="solved"):
    """What a problem told of, in these words, is over."""

    session: str | None
    message: str


MESSAGES: Final = (
    State,
    SessionsDelta,
    WorkersDelta,
    ObjectsDelta,
    FiguresDelta,
    SweepsDelta,
    Problem,
    Solved,
)


@dataclass(frozen=True)
class Delta:
    """What changed in one part: whole models that are new or different, and keys that are gone.

    The models are JSON already, so that nothing is looked into again: see `SessionsDelta` and the
    others for their form.
    """

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


def state_json(parts: Mapping[str, Sequence[Json]]) -> Json:
    """Return the full state: one list per part, empty where it is not watched."""
    return {"type": "state"} | {part: list(parts.get(part, ())) for part in KEYS}
