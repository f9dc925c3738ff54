"""Objects of other engines: they move from worker to worker, before a program that needs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from weakref import WeakSet

from emout_lab.engine.protocol import Description
from emout_lab.errors import EngineLost, ObjectsDropped
from emout_lab.remote import freed
from emout_lab.remote.node import Node, State

if TYPE_CHECKING:
    from emout_lab.remote.dispatcher import Queue

#: Nodes of whose objects there are copies on other engines.
_ABROAD: WeakSet[Node] = WeakSet()


def here(node: Node, queue: Queue) -> Node:
    """Return the node itself, or the guest that stands for it on the engine of a queue."""
    freed.use(node)
    if node.queue is queue:
        return node
    if node.queue.link.session_id != queue.link.session_id:
        raise ValueError(
            f"{node.expression} lives in session {node.queue.link.session_name!r}, the other "
            f"operand in session {queue.link.session_name!r}. Fetch one of them with .fetch(), "
            "or open both in one session."
        )
    guest = node.guests.get(queue)
    if guest is None or guest.state is not State.PENDING and guest.state is not State.LIVE:
        guest = Node(queue, b"", (), node.expression, node.origin, source=node, scope=node.scope)
        node.guests[queue] = guest
        _ABROAD.add(node)
    guest.is_referenced = True
    return guest


def outdate(nodes: Iterable[Node]) -> None:
    """Let copies of what a call may change be made before it runs, and new ones afterwards.

    Copies of its parts, and of what it is a part of, are others afterwards as well.
    """
    wholes = {node.whole for node in nodes}
    if not wholes or not _ABROAD:
        return
    for node in list(_ABROAD):
        if node.whole in wholes:
            for queue, guest in list(node.guests.items()):
                if guest.state is State.PENDING:
                    queue.flush()
                node.guests.pop(queue, None)
                queue.forget(guest)
            _ABROAD.discard(node)


def receive(nodes: Iterable[Node], address: str) -> list[Node]:
    """Bring the objects of guests to the engine at an address; return the nodes that are calls.

    Raises
    ------
    EngineLost
        When one of the two engines is lost; with the next use the object is made again.
    """
    calls = []
    for node in nodes:
        if node.source is None:
            calls.append(node)
        else:
            node.description = _moved(node.source, node, address)
            node.queue.note_live(node, address)
            if not node.is_referenced:
                node.queue.forget(node)
    return calls


def _moved(source: Node, guest: Node, address: str, *, is_second: bool = False) -> Description:
    was_referenced = source.is_referenced
    origin = source.queue.hold(source)
    link = guest.queue.link
    try:
        return link.move((origin, source.id), (address, guest.id), str(guest.expression))
    except ObjectsDropped as error:
        if is_second:
            raise
        source.queue.note_dropped(origin, error)
        return _moved(source, guest, address, is_second=True)
    except EngineLost as error:
        for each in (source.queue.link, link):
            each.note_gone(error.address or origin)
        raise
    finally:
        if not was_referenced:
            source.queue.forget(source)
