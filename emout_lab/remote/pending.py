"""What waits to be sent to an engine: calls, objects to drop, drawings to throw away."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

from emout_lab.engine.protocol import Origin
from emout_lab.errors import ObjectGone
from emout_lab.remote import plan
from emout_lab.remote.context import open_recordings
from emout_lab.remote.graph import Node, State

#: With more pending calls, those whose results nobody refers to any more are removed.
PRUNE_THRESHOLD = 1000


class Pending:
    """Everything that the next program to one engine has to bring.

    Attributes
    ----------
    nodes : list of Node
        Calls, in the order in which the user wrote them.
    drops : deque of Node
        Nodes whose objects nobody refers to any more.
    discards : list of str
        Drawings of which something was sent, and which nobody wants.
    started : set of str
        Drawings of which something was sent, and which go on.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.drops: deque[Node] = deque()
        self.discards: list[str] = []
        self.started: set[str] = set()
        self._abandoned: deque[str] = deque()
        self._prune_threshold = PRUNE_THRESHOLD

    @property
    def has_changes(self) -> bool:
        """Whether there is something beside objects that are only to be dropped."""
        return bool(self.nodes or self.discards or self._abandoned)

    @property
    def has_drops(self) -> bool:
        """Whether there is something that can be freed in the engine."""
        return bool(self.drops or self.discards or self._abandoned)

    @property
    def last_origin(self) -> Origin | None:
        """Where the user wrote the latest call, as far as that is known."""
        return next((n.origin for n in reversed(self.nodes) if n.origin), None)

    def add(self, node: Node) -> None:
        """Let a call wait."""
        self.nodes.append(node)
        if len(self.nodes) > self._prune_threshold:
            # A loop without a needed value would collect what it has thrown away long ago.
            self.nodes = [n for n in self.nodes if n.is_referenced or n.has_effect]
            self._prune_threshold = max(PRUNE_THRESHOLD, 2 * len(self.nodes))

    def clear_drops(self, drops: Collection[Node]) -> None:
        """Note that the engine keeps the first of the objects to be dropped no longer.

        The garbage collector may add others at any time, while a tuple is made of them, too.
        """
        for _ in drops:
            self.drops.popleft().address = None

    def discard(self, drawing: str) -> None:
        """Throw away what a recording queued; nothing of it is drawn."""
        for node in self.nodes:
            if node.drawing == drawing and node.has_effect:
                node.fail(
                    ObjectGone(f"{node.expression} belongs to a figure that was not finished")
                )
        plan.spread_failures(self.nodes)
        self.nodes = [n for n in self.nodes if n.state is State.PENDING]
        if drawing in self.started:
            self.started.discard(drawing)
            self.discards.append(drawing)

    def abandon(self, drawing: str) -> None:
        """Let a recording be discarded with the next program; called from any thread."""
        self._abandoned.append(drawing)

    def discard_abandoned(self) -> None:
        """Discard the recordings that were abandoned."""
        while self._abandoned:
            self.discard(self._abandoned.popleft())

    def until(self, serial: int | None) -> list[Node]:
        """Return the calls that were written no later than a node; all without its serial."""
        return [node for node in self.nodes if serial is None or node.serial <= serial]

    def take(self, nodes: Iterable[Node]) -> None:
        """Let nodes wait no longer."""
        taken = set(nodes)
        self.nodes = [node for node in self.nodes if node not in taken]

    def remove_failed(self) -> None:
        """Let calls wait no longer that can never run; all others still do."""
        self.nodes = [node for node in self.nodes if node.error is None]

    def note_sent(self, nodes: Iterable[Node], finished: Iterable[str]) -> set[str]:
        """Note which drawings have started and ended with a program.

        Returns
        -------
        set of str
            The drawings that had started before, for `restore`.
        """
        self.discards.clear()
        before = set(self.started)
        self.started.update(open_recordings(n.drawing for n in nodes))
        self.started.difference_update(finished)
        return before

    def restore(self, nodes: list[Node], discards: Iterable[str], started: set[str]) -> None:
        """Let what was sent in vain wait again; what was to be dropped is gone by itself."""
        self.nodes = [*nodes, *self.nodes]
        self.started = started.difference(self.discards)  # what was thrown away since
        self.discards = [*discards, *self.discards]

    def forget_engine(self) -> bool:
        """Note that the engine was lost; tell whether a drawing was lost with it, half done."""
        self.clear_drops(list(self.drops))
        self.discards.clear()
        was_drawing = bool(self.started)
        if was_drawing:
            self.started.clear()
            self.nodes.clear()
        return was_drawing
