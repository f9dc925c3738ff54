"""Calls that change objects: which ones do, and what is noted of what they have changed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emout_lab.engine import operations
from emout_lab.remote.graph import Node, NodeReference

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


def changed_by(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Node, ...]:
    """Return the objects that a call is known to change."""
    out = kwargs.get("out")
    targets = [_changed(function, args, kwargs), *(out if isinstance(out, tuple) else [out])]
    return tuple(each._node for each in targets if isinstance(each, NodeReference))


def _changed(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Return what a call changes beside ``out``; None where it only returns something."""
    target = args[0] if args else None
    if function is operations.call and isinstance(target, NodeReference):
        method = target._node.expression.attribute
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
    if function is operations.call and isinstance(args[0], NodeReference):
        return args[0]._node.expression.attribute in _VIEWS
    return any(
        function is each for each in (operator.getitem, operations.attribute, operations.items)
    )
