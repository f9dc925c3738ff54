"""Objects that were freed on purpose while refs to them remain: which are made again, and how."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emout_lab.engine import functions
from emout_lab.engine.values import Reference
from emout_lab.errors import EmoutLabError, EngineLost, ObjectGone
from emout_lab.remote.ambient import AMBIENT
from emout_lab.remote.origin import described, warn_at_users_line

if TYPE_CHECKING:
    from emout_lab.engine.call import Failure
    from emout_lab.remote.node import Node

_NO_REPLAY = (
    "was lost with its engine, and cannot be made again: its call has an effect beyond its result, "
    "or belongs to a figure that is closed. Run the cell that made it once more."
)
_OPERATORS = ("add sub mul truediv floordiv mod pow matmul lshift rshift and or xor").split()
#: Functions that change their first argument.
_CHANGING = {
    setattr,
    delattr,
    operator.setitem,
    operator.delitem,
    *(getattr(operator, f"i{name}") for name in _OPERATORS),
}
_CHANGING_NAMES = frozenset("at copyto fill_diagonal place put putmask".split())
#: Methods that change their object.
_CHANGING_METHODS = frozenset(
    (
        "add append clear discard extend fill insert itemset partition pop popitem put remove "
        "resize reverse setdefault setflags sort update"
    ).split()
)
_VIEWS = frozenset("diagonal ravel reshape squeeze swapaxes transpose view".split())


class Freed:
    """How objects were freed: by ``drop()``, with their scope, or in the panel.

    Parameters
    ----------
    fate : str
        What became of them, for messages.
    """

    def __init__(self, fate: str) -> None:
        self.fate = fate
        self.has_warned = False


DROPPED = Freed("dropped")
IN_PANEL = Freed("dropped in the panel")


def free(nodes: Iterable[Node], why: Freed) -> None:
    """Free objects now; a call that waits and has an effect beside its result still runs."""
    queues = {}
    for node in nodes:
        node.queue.forget(node)
        node.freed = why
        queues.update(dict.fromkeys((node.queue, *node.guests)))
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
        raise ObjectGone(f"{node.expression} was dropped. {_how(node)}")
    if freed is None or node.is_referenced:
        return
    if node.was_run and _can_be_made(node) and not freed.has_warned:
        freed.has_warned = True
        warn_at_users_line(
            f"{node.expression} was {freed.fate} and is computed again. Make what is needed for "
            "longer outside the scope."
        )
    scope = AMBIENT.scope
    node.is_referenced, node.scope = True, None if scope is None else scope.label
    if scope is not None:
        scope.adopt(node)


def why_not_again(node: Node) -> EmoutLabError | None:
    """Return why the object of a node that is gone cannot be made again, if it cannot."""
    if not node.was_run or _can_be_made(node):
        return None
    if node.freed is None:
        return EngineLost(f"{node.expression} {_NO_REPLAY}")
    cause = "it was changed after it was made" if node.is_changed else "its call may not run twice"
    text = f"{node.expression} was {node.freed.fate} and is not made again, since {cause}."
    return ObjectGone(f"{text} {_how(node)}")


def note_gone(node: Node, failure: Failure) -> Failure:
    """Note which object a call missed on the engine; return the failure with its expression."""
    for need in node.needs:
        if need.id in failure.message:
            need.address, need.freed = None, IN_PANEL
            text = failure.message.replace(need.id, str(need.expression))
            return replace(failure, message=text)
    return failure


def note_change(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> None:
    """Note which objects a call changes, and with them those that they are parts of."""
    target = args[0] if args else None
    is_changing = False
    if function is functions.call and isinstance(target, Reference):
        is_changing = _node(target).expression.attribute in _CHANGING_METHODS
    elif function.__hash__ is not None:
        name = getattr(function, "__name__", "")
        is_changing = function in _CHANGING or name in _CHANGING_NAMES
    out = kwargs.get("out")
    targets = [target] if is_changing else []
    targets += out if isinstance(out, tuple) else [out]
    stack = [_node(each) for each in targets if isinstance(each, Reference)]
    while stack:
        node = stack.pop()
        if not node.is_changed:
            node.is_changed = True
            stack += node.needs[:1] if node.is_part else ()


def is_part(function: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Tell whether a call gives a part of its first argument: who changes that changes both."""
    if function is functions.call and isinstance(args[0], Reference):
        return _node(args[0]).expression.attribute in _VIEWS
    return any(
        function is each for each in (operator.getitem, functions.attribute, functions.items)
    )


def _can_be_made(node: Node) -> bool:
    return node.can_replay and not (node.is_changed and node.freed is not None)


def _node(ref: Any) -> Node:
    found: Node = ref._node
    return found


def _how(node: Node) -> str:
    origin = described(node.origin)
    if origin is None:
        return "Make it again."
    source = f": {origin.source}" if origin.source else ""
    return f"Make it again, as in {origin.place}{source}"
