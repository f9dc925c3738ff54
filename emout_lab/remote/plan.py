"""Which calls a program must hold, in which order, and what may be released when."""

from __future__ import annotations

from collections.abc import Iterable

from emout_lab.engine.call import Call
from emout_lab.errors import EngineLost
from emout_lab.remote.node import Node, State
from emout_lab.remote.origin import described

_NO_REPLAY = (
    "was lost with its engine, and cannot be made again: its call has an effect beyond its result, "
    "or belongs to a figure that is closed. Run the cell that made it once more."
)


def select(pending: Iterable[Node], want: Node | None, address: str) -> list[Node]:
    """Return the nodes to compute, in the order in which the user wrote them.

    These are the pending ones that somebody refers to or that have an effect, the one that is
    wanted, and whatever these need that the engine at ``address`` does not hold (any more).
    Nodes that need a failed one fail with it.
    """
    chosen: dict[int, Node] = {}
    for node in sorted(pending, key=lambda n: n.serial, reverse=True):
        if node.state is State.PENDING and (
            node.is_referenced or node.has_effect or node.serial in chosen
        ):
            _choose(node, chosen, address)
    if want is not None and not want.is_live_at(address):
        _choose(want, chosen, address)
    order = [chosen[serial] for serial in sorted(chosen)]
    for node in order:
        if node.was_run and not node.can_replay:
            node.fail(EngineLost(f"{node.expression} {_NO_REPLAY}"))
    spread_failures(order)
    return [node for node in order if node.state not in (State.FAILED, State.CLOSED)]


def spread_failures(nodes: Iterable[Node]) -> None:
    """Let nodes, given in the order they were made, fail with what they need."""
    for node in nodes:
        errors = [need.error for need in node.needs if need.error is not None]
        if errors and node.error is None:
            node.fail(errors[0])


def _choose(node: Node, chosen: dict[int, Node], address: str) -> None:
    stack = [node]
    while stack:
        current = stack.pop()
        if current.serial not in chosen:
            chosen[current.serial] = current
            stack += [need for need in current.needs if not need.is_live_at(address)]


def calls(nodes: list[Node], want: Node | None) -> tuple[Call, ...]:
    """Turn nodes into calls; results that nobody refers to leave after their last use."""
    last_use: dict[str, int] = {}
    for position, node in enumerate(nodes):
        last_use[node.id] = position
        for need in node.needs:
            last_use[need.id] = position
    release: dict[int, list[str]] = {}
    for node in nodes:
        if not node.is_referenced and node is not want:
            release.setdefault(last_use[node.id], []).append(node.id)
    return tuple(
        Call(
            id=node.id,
            payload=node.payload,
            expression=str(node.expression),
            origin=described(node.origin),
            keep=node.is_referenced,
            scope=node.scope,
            drawing=node.drawing,
            release=tuple(release.get(position, ())),
        )
        for position, node in enumerate(nodes)
    )
