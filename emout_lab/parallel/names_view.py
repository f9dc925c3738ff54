"""NamesView: the names of engines, read and assigned as those of a dict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.engine.serialization import EngineNamespace
from emout_lab.engine.views import requests
from emout_lab.errors import NoEngine
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.cell_view import CellView

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.parallel.targets import Targets

NAMESPACE = EngineNamespace()


class NamesView(CellView):
    """Reads and assigns names on engines that are chosen by their ids.

    Methods that ask for ``block`` wait for their results where it is True, return an `AsyncResult`
    where it is False, and do what the view's own ``block`` says by default; ``targets`` are other
    engines than the view's. A view of one engine gives a value, a view of a list of engines a list.

    Examples
    --------
    ::

        view["a"] = 5
        view["a"]
        view.pull(["a", "b.c"])
        del view["a"]
    """

    def push(
        self,
        ns: dict[str, Any],
        targets: Any = None,
        block: bool | None = None,
        track: bool | None = None,
    ) -> Any:
        """Assign names on the engines.

        Parameters
        ----------
        ns : dict
            Names and values; ``a.b`` and ``a[0]`` are assigned as Python would. What is changed
            here afterwards is not seen there.
        targets, block
            See the class.
        track : bool, optional
            Whether large arrays are not copied: they may be changed when the result's ``sent`` is
            True. Otherwise a copy is made at once where nobody waits for the result.

        Raises
        ------
        TypeError
            For what is no dict, or a name that is no text.
        SyntaxError
            For a name that Python cannot assign.
        """
        if not isinstance(ns, dict):
            raise TypeError(f"push takes a dict of names and values, not {type(ns).__name__}")
        for name in ns:
            requests.check_target(name)
        return self._asked(requests.push, (dict(ns),), "push", targets, block, track)

    def update(self, ns: dict[str, Any]) -> Any:
        """Do what `push` does, as of a dict."""
        return self.push(ns)

    def pull(
        self, names: str | Sequence[str], targets: Any = None, block: bool | None = None
    ) -> Any:
        """Return what names mean on the engines.

        Parameters
        ----------
        names : str, or list, tuple or set of str
            Names, or expressions of names such as ``a.b``; several give a list.
        targets, block
            See the class.

        Raises
        ------
        TypeError, SyntaxError
            For what is no name.
        NameError
            If an engine does not know a name; it is a RemoteError or in a CompositeError.
        """
        if isinstance(names, str):
            requests.check_expression(names)
            return self._asked(requests.pull, (names,), f"pull {names}", targets, block)
        if not isinstance(names, (list, tuple, set)):
            raise TypeError(f"names are of type str, or a list of them, not {names!r}")
        found = list(names)
        for name in found:
            requests.check_expression(name)
        return self._asked(requests.pull_all, (found,), f"pull {found}", targets, block)

    def get(self, names: str | Sequence[str]) -> Any:
        """Return what names mean on the engines, as of a dict."""
        return self.pull(names, block=True)

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.push({name: value}, block=True)

    def __delitem__(self, name: str) -> None:
        requests.check_target(name)
        self._asked(requests.delete, (name,), f"del {name}", None, True)

    def __contains__(self, name: object) -> bool:
        found = self._asked(requests.contains, (name,), f"{name} in view", None, True)
        return all(found) if isinstance(found, list) else bool(found)

    # What looks for items finds names, and would ask for the name 0 otherwise.
    __iter__ = None

    def keys(self) -> Any:
        """Return the names on each engine, without IPython's and those that begin with ``_``."""
        return self._asked(requests.keys, (), "keys", None, True)

    def clear(self, targets: Any = None, block: bool | None = None) -> Any:
        """Forget all names on the engines; None once it has waited."""
        found = self._asked(requests.clear, (), "clear", targets, block)
        return found if isinstance(found, AsyncResult) else None

    def ref(self, name: str) -> Any:
        """Return a ref to what a name means now on the engine; a list of refs of several engines.

        It may be an argument of any call, also on other engines, to which the object is moved.
        What is assigned to the name later does not change it.

        Raises
        ------
        NameError
            When its value is first needed, if the engine does not know the name.
        """
        where = self._where(None)
        found = [
            self.client.session.engine(engine.name)[name] for engine in self._engines_of(where)
        ]
        return found[0] if isinstance(where, int) else found

    def _asked(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        label: str,
        targets: Any,
        block: bool | None,
        track: bool | None = None,
    ) -> Any:
        """Let the engines do something with their names."""
        where = self._where(targets)
        engines = self._engines_of(where)
        is_copied = not (self._waits(block) or (self.track if track is None else track))
        call = (NAMESPACE, *args)
        made = self.client.sender.send(engines, function, call, label=label, is_copied=is_copied)
        result = AsyncResult(made, is_single=isinstance(where, int), name=label)
        return self._finished(self.client.note(result), block)

    def _where(self, targets: Any) -> Targets:
        found: Any = self.targets if targets is None else targets
        # Ids are never given twice: they need not be looked up again.
        return found if _are_ids(found) else self.client.chosen(found)

    def _engines_of(self, where: Targets) -> list[NumberedEngine]:
        found = self.client.engines_of(where)
        if not found:
            raise NoEngine(f"{self!r} has no engines: its targets are {where!r}")
        return found

    def __len__(self) -> int:
        where = self._where(None)
        return 1 if isinstance(where, int) else len(self.client.engines_of(where))


def _are_ids(targets: Any) -> bool:
    if isinstance(targets, list):
        return bool(targets) and all(type(each) is int and each >= 0 for each in targets)
    return type(targets) is int and targets >= 0 or isinstance(targets, str) and targets == "all"
