"""Replicas: copies of objects of other engines, moved from worker to worker before their use."""

from __future__ import annotations

from collections.abc import Iterable

from emout_lab.engine.protocol import Description
from emout_lab.errors import EngineLost, ObjectsDropped
from emout_lab.remote import freed
from emout_lab.remote.graph import Node, NodeSet, Queue, State

#: Nodes whose objects have replicas on other engines.
_REPLICATED = NodeSet()


def local_node(node: Node, queue: Queue) -> Node:
    """Return the node itself, or its replica on the engine of a queue."""
    freed.use(node)
    if node.queue is queue:
        return node
    if node.queue.link.session_id != queue.link.session_id:
        raise ValueError(
            f"{node.expression} lives in session {node.queue.link.session_name!r}, the other "
            f"operand in session {queue.link.session_name!r}. Fetch one of them with .fetch(), "
            "or open both in one session."
        )
    replica = node.replicas.get(queue)
    if replica is None or replica.state is not State.PENDING and replica.state is not State.LIVE:
        replica = Node(queue, b"", (), node.expression, node.origin, source=node, scope=node.scope)
        node.replicas[queue] = replica
        _REPLICATED.add(node)
    replica.is_referenced = True
    return replica


def placed(node: Node, queue: Queue) -> str:
    """Have the object of a node in the engine of a queue, and return its name there."""
    here = local_node(node, queue)
    if here.source is None:
        queue.materialize(here)
    elif not here.is_live_at(address := queue.link.locate()):
        fetch(here, address)
    return here.id


def invalidate(nodes: Iterable[Node]) -> None:
    """Make pending copies of what a call may change now, and let new ones be made after it.

    Copies of its parts, and of what it is a part of, are others afterwards as well.
    """
    wholes = {node.whole for node in nodes}
    if not wholes or not _REPLICATED:
        return
    for node in _REPLICATED:
        if node.whole in wholes:
            for queue, replica in list(node.replicas.items()):
                if replica.state is State.PENDING:
                    queue.flush()
                node.replicas.pop(queue, None)
                queue.forget(replica)
            _REPLICATED.discard(node)


def fetch(node: Node, address: str) -> None:
    """Copy the object of a replica to the engine at an address.

    Raises
    ------
    EngineLost
        When one of the two engines is lost; with the next use the object is made again.
    """
    if node.source is not None:
        node.description = _moved(node.source, node, address)
        node.queue.note_live(node, address)
        if not node.is_referenced:
            node.queue.forget(node)


def _moved(source: Node, replica: Node, address: str, *, is_second: bool = False) -> Description:
    was_referenced = source.is_referenced
    origin = source.queue.materialize(source)
    link = replica.queue.link
    try:
        return link.move((origin, source.id), (address, replica.id), str(replica.expression))
    except ObjectsDropped as error:
        if is_second:
            raise
        source.queue.note_dropped(origin, error)
        return _moved(source, replica, address, is_second=True)
    except EngineLost as error:
        for each in (source.queue.link, link):
            each.note_gone(error.address or origin)
        raise
    finally:
        if not was_referenced:
            source.queue.forget(source)
