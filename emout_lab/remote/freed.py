"""Objects that were freed on purpose while refs to them remain: which are made again, and how."""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emout_lab.engine import operations
from emout_lab.engine.serialization import Reference
from emout_lab.errors import EmoutLabError, EngineLost, ObjectGone
from emout_lab.remote.call_site import described, warn_at_users_line
from emout_lab.remote.context import AMBIENT

if TYPE_CHECKING:
    from emout_lab.engine.protocol import Failure, Origin
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
_CHANGING_NAMES = frozenset(
    "at copyto fill_diagonal heapify heappop heappush insort place put putmask shuffle".split()
)
#: Methods that change their object.
_CHANGING_METHODS = frozenset(
    (
        "add append appendleft clear difference_update discard extend extendleft fill "
        "insert intersection_update itemset partition pop popitem popleft remove resize reverse "
        "rotate setdefault setflags sort symmetric_difference_update update"
    ).split()
)
#: A method that changes its first argument: ``generator.shuffle(values)``.
_SHUFFLE = "shuffle"
#: So many changes of one object are told apart.
MOST_CHANGES = 1000
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
        cause = f"it was changed after it was made{_line(missing[1], ', in ')}"
    elif not node.can_replay:
        cause = "its call may not run twice"
    elif any(each.whole.serial not in together for each in node.changed):
        cause = "its call would change an object for the second time"
    else:
        return None
    fate = "lost with its engine" if node.freed is None else node.freed.fate
    text = f"{node.expression} was {fate} and is not made again, since {cause}."
    return ObjectGone(f"{text} {_how(node)}")


def _missing_change(node: Node, together: Container[int]) -> tuple[int, Origin | None] | None:
    """Return the last call that changed the object and would not do so again with it."""
    changes = reversed(node.changes.items())
    if node.freed is not None:
        return next(changes, None)
    return next((each for each in changes if each[0] not in together), None)


def note_gone(node: Node, failure: Failure) -> Failure:
    """Note which object a call missed on the engine; return the failure with its expression."""
    for need in node.needs:
        if need.id in failure.message:
            need.address, need.freed = None, IN_PANEL
            text = failure.message.replace(need.id, str(need.expression))
            return replace(failure, message=text)
    return failure


def changed_by(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Node, ...]:
    """Return the objects that a call is known to change."""
    out = kwargs.get("out")
    targets = [_changed(function, args, kwargs), *(out if isinstance(out, tuple) else [out])]
    return tuple(_node(each) for each in targets if isinstance(each, Reference))


def _changed(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Return what a call changes beside ``out``; None where it only returns something."""
    target = args[0] if args else None
    if function is operations.call and isinstance(target, Reference):
        method = _node(target).expression.attribute
        if method == _SHUFFLE:
            return args[1] if len(args) > 1 else None
        is_known = method in _CHANGING_METHODS or kwargs.get("inplace") is True
        return target if is_known else None
    if function.__hash__ is None:
        return None
    is_known = function in _CHANGING or getattr(function, "__name__", "") in _CHANGING_NAMES
    return target if is_known else None


def note_change(change: Node, nodes: Iterable[Node]) -> None:
    """Note which objects a call changes, and with them those that they are parts of.

    Parameters
    ----------
    change : Node
        The node of the call.
    nodes : iterable of Node
        What it changes.
    """
    change.changed = tuple(nodes)
    for node in change.changed:
        part: Node | None = node
        while part is not None:
            # Of endless ones the rest is one that never runs again.
            is_counted = len(part.changes) < MOST_CHANGES
            part.changes[change.serial if is_counted else -1] = change.origin
            part = part.needs[0] if part.is_part and part.needs else None


def is_part(function: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Tell whether a call gives a part of its first argument: who changes that changes both."""
    if function is operations.call and isinstance(args[0], Reference):
        return _node(args[0]).expression.attribute in _VIEWS
    return any(
        function is each for each in (operator.getitem, operations.attribute, operations.items)
    )


def _can_be_made(node: Node) -> bool:
    return node.can_replay and not node.changes and not node.changed


def _node(ref: Any) -> Node:
    found: Node = ref._node
    return found


def _how(node: Node) -> str:
    return f"Make it again{_line(node.origin, ', as in ') or '.'}"


def _line(origin: Origin | None, before: str) -> str:
    found = described(origin)
    if found is None:
        return ""
    return f"{before}{found.place}" + (f": {found.source}" if found.source else "")
