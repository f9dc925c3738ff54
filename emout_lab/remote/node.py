"""One call as the client knows it: what made an object, and where the object is now."""

from __future__ import annotations

import itertools
import uuid
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from emout_lab.engine.protocol import Description, Origin
from emout_lab.format import format_bytes
from emout_lab.remote.expression import Expression, argument

if TYPE_CHECKING:
    from emout_lab.remote.dispatcher import Queue
    from emout_lab.remote.freed import Freed

_SERIALS = itertools.count()


class Unknown(Enum):
    """Tells that a value is not known here, where None is one that may be."""

    UNKNOWN = auto()


UNKNOWN = Unknown.UNKNOWN


class State(Enum):
    """Where the object of a node is."""

    PENDING = auto()  # to be computed, or computed again
    LIVE = auto()  # in the engine
    FAILED = auto()  # its call, or one that it needs, failed


class Node:
    """A call, its inputs and the state of its result.

    Nodes are kept as long as a ref, or a node that needs them, is: they are the lineage from which
    an object is made again when its engine was lost. A guest has no call: it is a copy of the
    object of its ``source``, which lives on another engine. ``known`` is the value itself where it
    cannot change and came here already. ``is_pure`` tells that the call may run a second time,
    ``can_replay`` that it may even later, by itself: a call on a figure may not. ``freed`` tells
    why the object was freed on purpose, if it was, ``changes`` which calls changed it, by their
    serials, so that its own call alone no longer gives it, ``changed`` what this call changed, and
    ``is_part`` that it is a part of the first that it needs.
    """

    __slots__ = (
        "__weakref__",
        "address",
        "can_replay",
        "changed",
        "changes",
        "description",
        "drawing",
        "error",
        "expression",
        "freed",
        "guests",
        "has_effect",
        "id",
        "is_part",
        "is_pure",
        "is_referenced",
        "known",
        "names",
        "needs",
        "origin",
        "payload",
        "queue",
        "scope",
        "serial",
        "source",
        "state",
        "was_run",
    )

    def __init__(
        self,
        queue: Queue,
        payload: bytes,
        needs: tuple[Node, ...],
        expression: Expression,
        origin: Origin | None,
        *,
        has_effect: bool = False,
        can_replay: bool = True,
        is_pure: bool = True,
        is_part: bool = False,
        source: Node | None = None,
        scope: str | None = None,
        drawing: str | None = None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self.serial = next(_SERIALS)
        self.queue = queue
        self.payload = payload
        self.needs = needs
        self.expression = expression
        self.origin = origin
        self.has_effect = has_effect
        self.can_replay = can_replay
        self.is_pure = is_pure
        self.was_run = False
        self.source = source
        self.guests: dict[Queue, Node] = {}
        self.scope = scope
        self.drawing = drawing
        self.state = State.PENDING
        self.address: str | None = None
        self.is_referenced = True
        self.changed: tuple[Node, ...] = ()
        self.changes: dict[int, Origin | None] = {}
        self.is_part = is_part
        self.freed: Freed | None = None
        self.description: Description | None = None
        self.error: Exception | None = None
        self.names: list[str] | None = None
        self.known: Any = UNKNOWN

    def is_live_at(self, address: str) -> bool:
        """Tell whether the object is in the engine at this address."""
        return self.state is State.LIVE and self.address == address

    @property
    def whole(self) -> Node:
        """What this is a part of, in the end: who changes one of its parts changes it."""
        node = self
        while node.is_part and node.needs:
            node = node.needs[0]
        return node if node.source is None else node.source.whole

    def check(self) -> None:
        """Raise where the object is known not to be had."""
        if self.error is not None:
            raise self.error

    def fail(self, error: Exception) -> None:
        """Note that the object will never be there, and why."""
        self.state, self.error = State.FAILED, error

    def summary(self) -> str:
        """Return what is known of the object here, in a few words."""
        if self.state is State.FAILED:
            return f"failed with {type(self.error).__name__.removeprefix('Remote')}"
        if self.freed is not None and not self.is_referenced:
            return self.freed.fate
        if self.known is not UNKNOWN:
            return argument(self.known)
        if self.description is None:
            return "not computed yet"
        d = self.description
        shape = None if d.shape is None else str(d.shape)
        size = None if d.bytes is None else format_bytes(d.bytes)
        return ", ".join(part for part in (d.type, shape, d.dtype, size) if part is not None)
