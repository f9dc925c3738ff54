"""Scopes: refs that live and die together."""

from __future__ import annotations

import itertools
import weakref
from types import TracebackType
from typing import TYPE_CHECKING

from emout_lab.errors import EmoutLabError
from emout_lab.remote.ambient import AMBIENT

if TYPE_CHECKING:
    from emout_lab.remote.node import Node
    from emout_lab.remote.queue import Queue

_NUMBERS = itertools.count(1)


class RemoteScope:
    """Objects that are made while the scope is open, and dropped together.

    Scopes nest: a new object belongs to the innermost open one of its thread. Use either
    ``with remote_scope():`` or ``scope.open()`` … ``scope.close()`` across notebook cells, not both
    with one instance.

    Parameters
    ----------
    name : str, optional
        What the panel calls the scope; "scope 1", "scope 2", … otherwise.

    Examples
    --------
    ::

        with remote_scope("shot 12"):
            data = Emout("run").remote()
            print(float(data.phisp[-1].max()))
    """

    def __init__(self, name: str | None = None) -> None:
        self.label = name or f"scope {next(_NUMBERS)}"
        self._nodes: weakref.WeakSet[Node] = weakref.WeakSet()
        self._stack: list[RemoteScope] = []
        self._is_open = False
        self._is_block = False

    @property
    def is_open(self) -> bool:
        """Whether new objects may belong to this scope."""
        return self._is_open

    def open(self) -> RemoteScope:
        """Open the scope until :meth:`close`, across notebook cells.

        Raises
        ------
        EmoutLabError
            If it is open already.
        """
        if self._is_open:
            raise EmoutLabError(
                f"{self.label!r} is open already. Close it first, or make another remote_scope()."
            )
        # Kept: another thread may close the scope.
        self._stack = AMBIENT.scopes
        self._stack.append(self)
        self._is_open = True
        return self

    def close(self) -> None:
        """Drop everything in the scope; closing twice does nothing.

        Raises
        ------
        EmoutLabError
            If a ``with`` block of the scope is still running: its end closes the scope.
        """
        if self._is_block:
            raise EmoutLabError(
                f"{self.label!r} was opened by a with statement and is closed by its end. "
                "Use clear() to drop its objects earlier."
            )
        self._end()

    def clear(self) -> None:
        """Drop everything in the scope and leave it open."""
        by_queue: dict[Queue, list[Node]] = {}
        for node in list(self._nodes):
            by_queue.setdefault(node.queue, []).append(node)
        self._nodes.clear()
        for queue, nodes in by_queue.items():
            queue.drop(*nodes)

    def adopt(self, node: Node) -> None:
        """Let an object belong to the scope."""
        self._nodes.add(node)

    def __enter__(self) -> RemoteScope:
        self.open()
        self._is_block = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_block = False
        self._end()

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._stack.remove(self)
        self.clear()

    def __repr__(self) -> str:
        state = "open" if self._is_open else "closed"
        return f"<RemoteScope {self.label!r}: {state}, {len(self._nodes)} objects>"


#: As it is written: ``with remote_scope():``.
remote_scope = RemoteScope
