"""Objects that were freed on purpose while refs to them remain, and what uses them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from emout_lab.engine.protocol import Failure
from emout_lab.errors import ObjectGone
from emout_lab.remote.call_site import warn_at_users_line
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.graph import Freed, Node

DROPPED = Freed("dropped")
IN_PANEL = Freed("dropped in the panel")


def free(nodes: Iterable[Node], why: Freed) -> None:
    """Free objects now; a call that waits and has an effect beside its result still runs."""
    queues = {}
    for node in nodes:
        node.queue.forget(node)
        node.freed = why
        queues.update(dict.fromkeys((node.queue, *node.replicas)))
    for queue in queues:
        queue.send_drops()


def use(node: Node) -> None:
    """Let a node be used by a new call: what a scope has freed is made again, with one warning.

    Raises
    ------
    ObjectGone
        If the object was dropped by name.
    """
    node.check()
    freed = node.freed
    if freed is DROPPED:
        raise ObjectGone(f"{node.expression} was dropped. {node.how_to_make()}")
    if freed is None or node.is_referenced:
        return
    if node.was_run and _can_be_made(node) and not freed.has_warned:
        freed.has_warned = True
        warn_at_users_line(
            f"{node.expression} was {freed.fate} and is computed again. Make what is needed for "
            "longer outside the scope."
        )
    scope = CONTEXT.scope
    node.is_referenced, node.scope = True, None if scope is None else scope.label
    if scope is not None:
        scope.adopt(node)


def note_gone(node: Node, failure: Failure) -> Failure:
    """Note which object a call missed on the engine; return the failure with its expression."""
    for need in node.needs:
        if need.id in failure.message:
            need.address, need.freed = None, IN_PANEL
            text = failure.message.replace(need.id, str(need.expression))
            return replace(failure, message=text)
    return failure


def _can_be_made(node: Node) -> bool:
    return node.can_replay and not node.changes and not node.changed
