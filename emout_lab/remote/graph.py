"""The graph of calls: each node is a call and the state of its result."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, auto
from typing import Any, Protocol
from weakref import WeakValueDictionary

from emout_lab.engine.protocol import Description, Origin
from emout_lab.engine.serialization import Packed, Reference
from emout_lab.errors import ObjectsDropped
from emout_lab.format import format_bytes
from emout_lab.remote.call_site import mention
from emout_lab.remote.expression import Expression, argument
from emout_lab.remote.link_protocol import Link

NO_KWARGS: Mapping[str, Any] = {}
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


class Freed:
    """How objects were freed on purpose: by ``drop()``, with their scope, or in the panel.

    Parameters
    ----------
    fate : str
        What became of them, for messages.
    """

    def __init__(self, fate: str) -> None:
        self.fate = fate
        self.has_warned = False


class Queue(Protocol):
    """Calls for one engine, as nodes and those who make them see it.

    `emout_lab.remote.dispatcher` implements it. Who gets a node holds its object: a ref takes it,
    or `forget` tells that nobody wants it.
    """

    link: Link

    def node(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        has_effect: bool = False,
        can_replay: bool = True,
    ) -> Node:
        """Make the node of a call without queueing it."""

    def pure(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
    ) -> Node:
        """Queue a call without effects."""

    def effect(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
        is_urgent: bool = True,
    ) -> Node:
        """Queue a call that may change something; outside a recording an urgent one is sent."""

    def perform(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
    ) -> None:
        """Queue a call for its effect alone, as `effect` does; its result is dropped."""

    def value(self, node: Node, limit: int | None = None) -> Any:
        """Send what is queued and return the value of a node, of at most ``limit`` bytes."""

    def materialize(self, node: Node) -> str:
        """Have the object of a node in the engine and return the engine's address."""

    def forget(self, node: Node) -> None:
        """Note that no ref to a node is left; its object is dropped with the next program."""

    def flush(self) -> None:
        """Send what is queued."""

    def send_drops(self) -> None:
        """Free in the engine what nobody refers to any more, if there is anything."""

    def note_live(self, node: Node, address: str) -> None:
        """Take notice that the object of a node is in the engine at an address."""

    def note_dropped(self, address: str, why: ObjectsDropped) -> None:
        """Take notice that an engine has dropped all that it held for this queue."""


class NodeReference(Reference):
    """A reference to the result of a node, as it may stand among the arguments of a call."""

    _node: Node

    def __init__(self, node: Node) -> None:
        object.__setattr__(self, "_node", node)

    @property
    def _id(self) -> str:  # type: ignore[override]  # a variable there
        # pickled in place of the reference
        return self._node.id


class Node:
    """A call, its inputs and the state of its result.

    Nodes are kept as long as a ref, or a node that needs them, is: they are the lineage from which
    an object is made again when its engine was lost.

    Attributes
    ----------
    source : Node, optional
        Of a replica: the node whose object it copies from another engine. It has no call.
    replicas : dict
        Copies of the object on other engines.
    known : object
        The value itself, where it cannot change and came here already.
    is_pure : bool
        Whether the call may run a second time.
    can_replay : bool
        Whether it may even later, by itself: a call on a figure may not.
    freed : Freed, optional
        Why the object was freed on purpose, if it was.
    changes : dict
        Which calls changed the object, by their serials: its own call alone no longer gives it.
    changed : tuple of Node
        What this call changes.
    is_part : bool
        Whether the object is a part of the first that it needs.
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
        "replicas",
        "scope",
        "serial",
        "source",
        "state",
        "was_run",
    )

    def __init__(
        self,
        queue: Queue,
        payload: bytes | Packed,
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
        self.has_effect, self.can_replay, self.is_pure = has_effect, can_replay, is_pure
        self.source = source
        self.replicas: dict[Queue, Node] = {}
        self.scope = scope
        self.drawing = drawing
        self.state, self.was_run = State.PENDING, False
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

    def how_to_make(self) -> str:
        """Return what helps where the object is gone for good: the line that made it."""
        return f"Make it again{mention(self.origin, ', as in ') or '.'}"

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


class NodeSet:
    """Nodes, held weakly; any thread may add one while another goes through them."""

    def __init__(self) -> None:
        self._nodes: WeakValueDictionary[int, Node] = WeakValueDictionary()

    def add(self, node: Node) -> None:
        """Hold a node, as long as somebody else does."""
        self._nodes[node.serial] = node

    def discard(self, node: Node) -> None:
        """Hold a node no longer."""
        self._nodes.pop(node.serial, None)

    def clear(self) -> None:
        """Hold none any more."""
        self._nodes.clear()

    def __iter__(self) -> Iterator[Node]:
        # A copy of the references, which is made at once.
        found = [reference() for reference in self._nodes.valuerefs()]
        return iter([node for node in found if node is not None])

    def __len__(self) -> int:
        return len(self._nodes)
