"""Buffers of this process as arguments: what a call writes into its copy is written here too."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from emout_lab.engine import operations
from emout_lab.remote.expression import Expression

if TYPE_CHECKING:
    from emout_lab.remote.dispatcher import Queue
    from emout_lab.remote.ref import RemoteRef

Buffer = io.BytesIO | io.StringIO


def among(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Buffer]:
    """Return the buffers among the arguments of a call, as of ``fig.savefig(buffer)``."""
    return [each for each in (*args, *kwargs.values()) if isinstance(each, Buffer)]


def call(
    queue: Queue,
    written: list[Buffer],
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    expression: Expression,
) -> RemoteRef:
    """Call a function at once, fill the buffers as it filled its copies, and return its result."""
    # Pickled together, the buffers among the arguments and those in the list stay the same.
    arguments = (function, args, dict(kwargs), written)
    both = queue.effect(
        operations.call_with_buffers, (arguments,), expression=expression, can_replay=False
    )
    for buffer, content in zip(written, both[1].fetch(limit=None), strict=True):
        if content is not None:
            data, position = content
            buffer.seek(0)
            buffer.truncate()
            buffer.write(data)
            buffer.seek(position)
    return both[0]
