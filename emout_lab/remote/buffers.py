"""Buffers of this process as arguments: what a call writes into its copy is written here too."""

from __future__ import annotations

import io
import operator
from collections.abc import Callable, Mapping
from typing import Any

from emout_lab.engine import operations
from emout_lab.remote import expression as text
from emout_lab.remote.expression import Expression
from emout_lab.remote.graph import Node, NodeReference, Queue

Buffer = io.BytesIO | io.StringIO


def find(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Buffer]:
    """Return the buffers among the arguments of a call, as of ``fig.savefig(buffer)``."""
    return [each for each in (*args, *kwargs.values()) if isinstance(each, Buffer)]


def call_and_fill(
    queue: Queue,
    written: list[Buffer],
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    expression: Expression,
) -> Node:
    """Call a function at once, fill the buffers as it filled its copies; return its result."""
    # Pickled together, the buffers among the arguments and those in the list stay the same.
    arguments = (function, args, dict(kwargs), written)
    both = queue.effect(
        operations.call_with_buffers, (arguments,), expression=expression, can_replay=False
    )
    pair = NodeReference(both)
    first, second = (text.item(expression, number) for number in (0, 1))
    try:
        contents = queue.value(queue.node(operator.getitem, (pair, 1), expression=second))
        for buffer, content in zip(written, contents, strict=True):
            if content is not None:
                data, position = content
                buffer.seek(0)
                buffer.truncate()
                buffer.write(data)
                buffer.seek(position)
        return queue.pure(operator.getitem, (pair, 0), expression=first)
    finally:
        queue.forget(both)
