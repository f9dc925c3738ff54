"""DirectView: calls on engines that are chosen by their ids, and the names there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emout_lab.engine.serialization import EngineNamespace
from emout_lab.engine.views import requests
from emout_lab.parallel.async_map_result import AsyncMapResult
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.cell_view import CellView
from emout_lab.parallel.sender import label_of

NAMESPACE = EngineNamespace()


class DirectView(CellView):
    """Calls functions on all of its engines at once, and reads and assigns names there.

    Examples
    --------
    ::

        view = client[:]
        view["a"] = 5
        view.apply_sync(lambda: a * 2)
        view.scatter("x", range(16)); view.execute("y = sum(x)"); view.gather("y")
    """

    def push(self, ns: Mapping[str, Any], targets: Any = None, block: bool | None = None) -> Any:
        """Assign names on the engines."""
        if not isinstance(ns, Mapping):
            raise TypeError(f"push takes a dict of names and values, not {type(ns).__name__}")
        return self._asked(requests.push, (dict(ns),), "push", targets, block)

    def update(self, ns: Mapping[str, Any]) -> Any:
        """Do what `push` does, as of a dict."""
        return self.push(ns)

    def pull(
        self, names: str | Sequence[str], targets: Any = None, block: bool | None = None
    ) -> Any:
        """Return what names, or a list of names, mean on the engines."""
        if isinstance(names, str):
            return self._asked(requests.pull, (names,), f"pull {names}", targets, block)
        found = list(names)
        return self._asked(requests.pull_all, (found,), f"pull {found}", targets, block)

    def get(self, names: str | Sequence[str]) -> Any:
        """Return what names mean on the engines, as of a dict."""
        return self.pull(names, block=True)

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.push({name: value}, block=True)

    def __delitem__(self, name: str) -> None:
        self._asked(requests.delete, (name,), f"del {name}", None, True)

    def __contains__(self, name: str) -> bool:
        found = self._asked(requests.contains, (name,), f"{name} in view", None, True)
        return all(found) if isinstance(found, list) else bool(found)

    def keys(self) -> Any:
        """Return the names on each engine."""
        return self._asked(requests.keys, (), "keys", None, True)

    def clear(self, targets: Any = None, block: bool | None = None) -> Any:
        """Forget all names on the engines."""
        return self._asked(requests.clear, (), "clear", targets, block)

    def map(
        self,
        __f: Callable[..., Any],
        *sequences: Any,
        block: bool | None = None,
    ) -> Any:
        """Call ``f`` for each item of the sequences; each engine gets one part of them.

        Raises
        ------
        ValueError
            Where the sequences differ in length.
        """
        items = [list(each) for each in sequences]
        if len({len(each) for each in items}) > 1:
            raise ValueError(f"map: sequences of equal length, not {[len(each) for each in items]}")
        engines = self.client.engines_of(self.targets)
        total = len(items[0]) if items else 0
        size, more = divmod(total, len(engines))
        made, start = [], 0
        for number, engine in enumerate(engines):
            stop = start + size + (number < more)
            if stop > start:
                parts = tuple(each[start:stop] for each in items)
                made += self.client.sender.send(
                    [engine], requests.map_part, (__f, *parts), label=label_of(__f)
                )
            start = stop
        result = AsyncMapResult(made, name=label_of(__f))
        return self._finished(self.client.note(result), block)

    def _applied(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        block: Any,
    ) -> Any:
        engines = self.client.engines_of(self.targets)
        label = label_of(function)
        made = self.client.sender.send(engines, function, args, kwargs, label=label)
        result = AsyncResult(made, is_single=isinstance(self.targets, int), name=label)
        return self._finished(self.client.note(result), block)

    def _asked(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        label: str,
        targets: Any,
        block: bool | None,
    ) -> Any:
        """Let the engines do something with their names."""
        where = self.targets if targets is None else targets
        engines = self.client.engines_of(where)
        made = self.client.sender.send(engines, function, (NAMESPACE, *args), label=label)
        result = AsyncResult(made, is_single=isinstance(where, int), name=label)
        return self._finished(self.client.note(result), block)

    def __len__(self) -> int:
        return 1 if isinstance(self.targets, int) else len(self.client.engines_of(self.targets))

    def __repr__(self) -> str:
        return f"<DirectView {self.targets}>"
