"""RemoteEngine: one engine of a session, as the notebook sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from emout_lab.engine import cells, operations
from emout_lab.engine.serialization import EngineNamespace
from emout_lab.remote import expression as text
from emout_lab.remote.dispatcher import Dispatcher
from emout_lab.remote.link import EngineLink
from emout_lab.remote.ref import RemoteRef


class RemoteEngine:
    """One engine: opens objects there, and knows the names assigned in its cells.

    Examples
    --------
    ::

        engine = session.engine("1")
        data = engine.open("emout_lab.emses:Emout", "run")
        engine["threshold"] = 3.0
    """

    def __init__(self, link: EngineLink, turn: threading.RLock) -> None:
        self.queue = Dispatcher(link, turn)

    @property
    def name(self) -> str:
        """Name of the engine, as the panel shows it."""
        return self.queue.link.engine

    def open(
        self,
        function: Callable[..., Any] | str,
        *args: Any,
        expression: str | None = None,
        **kwargs: Any,
    ) -> RemoteRef:
        """Call ``function`` on the engine and return a ref to what it gives.

        See :meth:`emout_lab.remote.session.Session.open`.
        """
        return self.call(function, args, kwargs, expression=expression)

    def call(
        self,
        function: Callable[..., Any] | str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        expression: str | None = None,
        pure: bool = True,
    ) -> RemoteRef:
        """Do what :meth:`open` does; ``pure=False`` never runs the call a second time."""
        if expression is None:
            label = text.application(_short_name(function), args, kwargs)
        else:
            label = text.root(expression)
        if isinstance(function, str):
            function, args = operations.call_named, (function, *args)
        made = self.queue.effect(function, args, kwargs, expression=label, can_replay=pure)
        return RemoteRef(made)

    def run(self, source: str, filename: str = "<remote cell>", *, is_quiet: bool = False) -> None:
        """Run source code on the engine; what it prints and raises comes here.

        The value of a last expression is printed, unless the code ``is_quiet``.

        Raises
        ------
        RemoteError
            If the code fails; it is also of the original exception's class.
        """
        name = cells.unique_name(filename, source)
        cells.cache_source(name, source)
        self.queue.perform(
            cells.run_source,
            (EngineNamespace(), source, name),
            {"is_quiet": is_quiet},
            expression=text.Expression(filename),
            can_replay=False,
        )

    def __getitem__(self, name: str) -> RemoteRef:
        """Return a ref to what a name stands for on the engine."""
        made = self.queue.pure(
            cells.name_value,
            (EngineNamespace(), name),
            expression=text.Expression(name),
            can_replay=False,
        )
        return RemoteRef(made)

    def __setitem__(self, name: str, value: Any) -> None:
        """Assign a name on the engine."""
        label = text.Expression(f"{name} = {text.argument(value)}")
        self.queue.perform(
            cells.assign, (EngineNamespace(), name, value), expression=label, can_replay=False
        )

    def __repr__(self) -> str:
        return f"<RemoteEngine {self.name!r} of session {self.queue.link.session_name!r}>"


def _short_name(function: Callable[..., Any] | str) -> str:
    if isinstance(function, str):
        return function.rpartition(":")[2].rpartition(".")[2] or function
    return str(getattr(function, "__name__", type(function).__name__))
