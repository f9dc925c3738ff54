"""Which calls a program must hold, in which order, and what may be released when."""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable
from dataclasses import dataclass

from emout_lab.engine.protocol import Call, FigureOptions, Origin, Program
from emout_lab.errors import EmoutLabError, EngineLost, ObjectGone
from emout_lab.remote.call_site import described, mention
from emout_lab.remote.context import known_recordings
from emout_lab.remote.graph import Node, State
from emout_lab.remote.link_protocol import Link

_NO_REPLAY = (
    "was lost with its engine, and cannot be made again: its call has an effect beyond its result, "
    "or belongs to a figure that is closed. Run the cell that made it once more."
)


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody waits for, beside that the calls are sent.

    Parameters
    ----------
    until : int, optional
        Serial of the last call that is sent; all are, and objects are dropped, without it.
    """

    want: Node | None = None
    limit: int | None = None
    finish: tuple[tuple[str, FigureOptions], ...] = ()
    until: int | None = None


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
        if (error := why_not_again(node, chosen)) is not None:
            node.fail(error)
    spread_failures(order)
    return [node for node in order if node.state is not State.FAILED]


def spread_failures(nodes: Iterable[Node]) -> None:
    """Let nodes, given in the order they were made, fail with what they need."""
    for node in nodes:
        needs = node.needs if node.source is None else (node.source,)
        errors = [need.error for need in needs if need.error is not None]
        if errors and node.error is None:
            node.fail(errors[0])


def _choose(node: Node, chosen: dict[int, Node], address: str) -> None:
    stack = [node]
    while stack:
        current = stack.pop()
        if current.serial not in chosen:
            chosen[current.serial] = current
            stack += [need for need in current.needs if not need.is_live_at(address)]


def program(
    nodes: list[Node],
    drops: Iterable[Node],
    discards: Iterable[str],
    request: Request,
    link: Link,
) -> Program:
    """Return the program that runs nodes, drops objects, throws away drawings and answers."""
    made, dropped = calls(nodes, request.want, drops)
    return Program(
        client=link.client_id,
        calls=made,
        id=uuid.uuid4().hex,
        want=None if request.want is None else request.want.id,
        limit=request.limit,
        drops=dropped,
        drawings=tuple((r.id, r.options) for r in known_recordings({n.drawing for n in nodes})),
        finish=request.finish,
        discard=tuple(discards),
        directory=link.directory(),
        notebook=link.notebook,
    )


def calls(
    nodes: list[Node], want: Node | None, drops: Iterable[Node] = ()
) -> tuple[tuple[Call, ...], tuple[str, ...]]:
    """Turn nodes into calls; return them and what is to be freed before the first of them.

    Results that nobody refers to leave after their last use, and so does what is in the engine and
    to be dropped.
    """
    last_use: dict[str, int] = {}
    for position, node in enumerate(nodes):
        last_use[node.id] = position
        for need in node.needs:
            last_use[need.id] = position
    release: dict[int, dict[str, None]] = {}
    for node in nodes:
        if not node.is_referenced and node is not want:
            release.setdefault(last_use[node.id], {})[node.id] = None
    made = {node.id for node in nodes}
    first: dict[str, None] = {}
    for node in drops:
        is_used = node.id in last_use and node.id not in made
        (release.setdefault(last_use[node.id], {}) if is_used else first)[node.id] = None
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
    ), tuple(first)


def why_not_again(node: Node, together: Container[int]) -> EmoutLabError | None:
    """Return why the object of a node that is gone cannot be made again, if it cannot.

    Parameters
    ----------
    node : Node
        The node of the object.
    together : container of int
        Serials of the nodes whose calls run in the same program.
    """
    if not node.was_run:
        return None
    if not node.can_replay and node.freed is None:
        return EngineLost(f"{node.expression} {_NO_REPLAY}")
    missing = _missing_change(node, together)
    if missing is not None:
        cause = f"it was changed after it was made{mention(missing[1], ', in ')}"
    elif not node.can_replay:
        cause = "its call may not run twice"
    elif any(each.whole.serial not in together for each in node.changed):
        cause = "its call would change an object for the second time"
    else:
        return None
    fate = "lost with its engine" if node.freed is None else node.freed.fate
    text = f"{node.expression} was {fate} and is not made again, since {cause}."
    return ObjectGone(f"{text} {node.how_to_make()}")


def _missing_change(node: Node, together: Container[int]) -> tuple[int, Origin | None] | None:
    """Return the last call that changed the object and would not do so again with it."""
    changes = reversed(node.changes.items())
    if node.freed is not None:
        return next(changes, None)
    return next((each for each in changes if each[0] not in together), None)
