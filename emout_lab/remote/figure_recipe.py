"""What a live figure is drawn again from, once its engine is lost: a closed list of calls.

It is closed where the calls of the block, and those that made what they use, give the same picture
on any engine. Where they may not, there is none: "run the cell again" is better than a wrong
picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from emout_lab.client.live_recipes import LiveRecipe
from emout_lab.engine.protocol import Call
from emout_lab.engine.serialization import NAMESPACE, Packed
from emout_lab.remote.call_site import described
from emout_lab.remote.graph import Node
from emout_lab.remote.module_sources import SOURCES
from emout_lab.remote.pyplot_recorder import PyplotRecording

#: Texts in a call, names of functions and options among them, that tell of files that are written,
#: of pictures in between, and of values that are others each time. Settings (``savefig.bbox``) tell
#: of none.
_NOT_AGAIN = re.compile(
    rb"\x8c.(?:(?!savefig\.)(?:im)?save\w*|filename|dump\w*|write\w*|tofile|show|shuffle|permutation"
    rb"|default_rng|to_(?:csv|excel|file|hdf|json|netcdf|parquet|pickle|sql|vtk|zarr)|rand\w*|numpy\.random[\w.:]*)",
    re.DOTALL,
)


def recipe(recording: PyplotRecording, number: int) -> LiveRecipe | None:
    """Return how a figure of a recording that is over is drawn again; None where it cannot be.

    Parameters
    ----------
    recording : PyplotRecording
        Which has kept its calls.
    number : int
        Which of its figures.
    """
    nodes = _needed(node for node in recording.nodes if node.has_effect)
    if not _is_closed(nodes, recording.id):
        return None
    link = recording.queue.link
    return LiveRecipe(
        calls=_calls(nodes, recording.id),
        drawing=recording.id,
        options=recording.options,
        number=number,
        directory=link.directory(),
        notebook=link.notebook,
        code=SOURCES.update(0),
    )


def _needed(nodes: Iterable[Node]) -> list[Node]:
    """Return nodes and all that they need, in the order in which they were made."""
    found: dict[int, Node] = {}
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node.serial not in found:
            found[node.serial] = node
            stack += node.needs
    return [found[serial] for serial in sorted(found)]


def _is_closed(nodes: list[Node], recording: str) -> bool:
    """Tell whether nodes give what they gave, wherever they run in this order."""
    serials = {node.serial for node in nodes}
    return all(
        node.error is None
        and node.was_run
        and node.source is None  # a copy of what another engine has
        and node.is_pure
        and (node.can_replay or node.drawing == recording)
        and serials.issuperset(node.changes)
        and all(each.whole.serial in serials for each in node.changed)
        and NAMESPACE.encode() not in _bytes(node)
        and _NOT_AGAIN.search(_bytes(node)) is None
        for node in nodes
    )


def _bytes(node: Node) -> bytes:
    return node.payload.data if isinstance(node.payload, Packed) else node.payload


def _calls(nodes: list[Node], recording: str) -> tuple[Call, ...]:
    """Turn nodes into calls of which each result goes after its last use."""
    last_use: dict[str, str] = {}
    for node in nodes:
        last_use[node.id] = node.id
        last_use.update((need.id, node.id) for need in node.needs)
    return tuple(
        Call(
            id=node.id,
            payload=node.payload,
            expression=str(node.expression),
            origin=described(node.origin),
            keep=False,
            drawing=node.drawing if node.drawing == recording else None,
            release=tuple(name for name, user in last_use.items() if user == node.id),
        )
        for node in nodes
    )
