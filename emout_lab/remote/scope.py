"""Scopes: refs that live and die together."""

from __future__ import annotations

import itertools
from types import TracebackType

from emout_lab.errors import StateError
from emout_lab.remote.context import CONTEXT, Scope
from emout_lab.remote.freed import free
from emout_lab.remote.graph import Freed, Node, NodeSet

_NUMBERS = itertools.count(1)


class RemoteScope:
    """Objects that are made while the scope is open, and freed together.

    Scopes nest: a new object belongs to the innermost open one of its thread. Use
    ``with remote_scope():``, or ``scope.open()`` … ``scope.close()`` across notebook cells.

    A run that ``Emout.remote()`` opens belongs to no scope: it holds no data. A ref to an object
    that was freed may be used again: the object is made anew, with a warning once, and belongs to
    the scope that is open then. What cannot be made anew (it was changed, or its call may not run
    twice) raises ``ObjectGone``.

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
        self._nodes = NodeSet()
        # Of the threads in which it is open; another one may close it.
        self._stacks: list[list[Scope]] = []
        self._blocks = 0
        self._freed = Freed(f"freed with {self.label!r}")

    @property
    def is_open(self) -> bool:
        """Whether new objects may belong to this scope."""
        return bool(self._stacks)

    def open(self) -> RemoteScope:
        """Open the scope until :meth:`close`, across notebook cells; one that is open stays so."""
        if not any(stack is CONTEXT.scopes for stack in self._stacks):
            CONTEXT.scopes.append(self)
            self._stacks.append(CONTEXT.scopes)
        return self

    def close(self) -> None:
        """Free everything in the scope; closing twice does nothing.

        Raises
        ------
        StateError
            If a ``with`` block of the scope is still running: its end closes the scope.
        """
        if self._blocks:
            raise StateError(
                f"{self.label!r} was opened by a with statement and is closed by its end. "
                "Use clear() to free its objects earlier."
            )
        self._end()

    def clear(self) -> None:
        """Free everything in the scope and leave it open."""
        nodes = list(self._nodes)
        self._nodes.clear()
        free(nodes, self._freed)

    def adopt(self, node: Node) -> None:
        """Let an object belong to the scope."""
        self._nodes.add(node)

    def __enter__(self) -> RemoteScope:
        self._blocks += 1
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._blocks -= 1
        if not self._blocks:
            self._end()

    def _end(self) -> None:
        for stack in self._stacks:
            stack.remove(self)
        self._stacks.clear()
        self.clear()

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<RemoteScope {self.label!r}: {state}, {len(self._nodes)} objects>"


#: As it is written: ``with remote_scope():``.
remote_scope = RemoteScope
