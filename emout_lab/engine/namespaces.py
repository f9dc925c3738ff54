"""The names that cells assign on an engine: each client has its own."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from emout_lab.engine.protocol import Description
from emout_lab.errors import ObjectGone

#: They take next to nothing, and every cell has many.
UNCOUNTED: tuple[type, ...] = (
    ModuleType,
    type,
    FunctionType,
    BuiltinFunctionType,
    bool,
    int,
    float,
    complex,
)
#: Where a namespace keeps IPython's shell, for as long as it keeps the names themselves.
SHELL = "__emout_lab_shell__"
#: Names that IPython's shell keeps with the user's; of its values ``_3`` are shown.
SHELL_NAMES = re.compile(r"In|Out|get_ipython|display|_exit_code|_{1,3}|_(ih|oh|dh|i{1,3}|i\d+)")
SHELL_VALUE = re.compile(r"_(\d+)")


@dataclass(frozen=True, slots=True)
class NamedObject:
    """What a name stood for when its cell ended; the object itself is the namespace's alone."""

    id: str
    name: str
    owner: str
    notebook: str | None
    identity: int
    description: Description
    created: float

    @property
    def expression(self) -> str:
        """Its text where objects are listed."""
        return f"{self.name} (name of a cell)"

    @property
    def scope(self) -> None:
        """Names belong to no scope."""


class Namespaces:
    """One namespace per client, and what stands in it.

    Objects are described where programs run, never where others look at them; nothing here holds
    one but its namespace, so that ``del`` in a cell frees it at once.

    Parameters
    ----------
    describe : callable
        Tells type, shape and memory of an object.
    """

    def __init__(self, describe: Callable[[Any], Description]) -> None:
        self._describe = describe
        self._of: dict[str, dict[str, Any]] = {}
        self._noted: dict[str, dict[str, NamedObject]] = {}
        self._notebooks: dict[str, str | None] = {}
        self._lock = threading.Lock()
        self.version = 0

    def of(self, client: str) -> dict[str, Any]:
        """Return the namespace of a client."""
        with self._lock:
            return self._of.setdefault(client, {"__name__": "__main__"})

    def note(self, client: str, notebook: str | None) -> None:
        """Note what a client's names stand for now."""
        namespace = self._of.get(client)
        if namespace is None:
            return
        self._notebooks[client] = notebook
        old = self._noted.get(client, {})
        new = {
            name: self._note(client, name, value, old.get(name))
            for name, value in namespace.copy().items()
            if is_counted(name, value)
        }
        with self._lock:
            if new != old and self._of.get(client) is namespace:
                self._noted[client] = new
                self.version += 1

    def note_all(self) -> None:
        """Note what the names of all clients stand for now."""
        for client in list(self._of):
            self.note(client, self._notebooks.get(client))

    def noted(self) -> list[NamedObject]:
        """Return what was noted of all clients."""
        with self._lock:
            return [noted for names in self._noted.values() for noted in names.values()]

    def find(self, id: str) -> NamedObject | None:
        """Return what was noted under an id; None where there is none."""
        return next((noted for noted in self.noted() if noted.id == id), None)

    def value(self, noted: NamedObject) -> Any:
        """Return what a name stands for.

        Raises
        ------
        ObjectGone
            If it was deleted meanwhile.
        """
        try:
            return self._of[noted.owner][noted.name]
        except KeyError:
            raise ObjectGone(f"the name {noted.name} is gone: it was deleted") from None

    def drop(self, ids: Iterable[str]) -> None:
        """Delete names by the ids of what was noted; unknown ids are ignored."""
        wanted = set(ids)
        gone = []
        for noted in self.noted():
            if noted.id in wanted:
                with self._lock:
                    self._noted[noted.owner].pop(noted.name, None)
                    gone.append(_popped(self._of[noted.owner], noted.name))
                    self.version += 1
        del gone  # values are finalized here, outside the lock

    def forget(self, client: str) -> None:
        """Delete all names of a client; its functions, which hold them, keep nothing alive."""
        with self._lock:
            namespace = self._of.pop(client, {})
            self.version += self._noted.pop(client, None) is not None
            self._notebooks.pop(client, None)
        namespace.clear()

    def _note(self, client: str, name: str, value: Any, old: NamedObject | None) -> NamedObject:
        description = self._describe(value)
        if old is not None and (old.identity, old.description) == (id(value), description):
            return old
        id_ = uuid.uuid5(uuid.NAMESPACE_OID, f"{client} {name}").hex
        notebook = self._notebooks.get(client)
        return NamedObject(id_, name, client, notebook, id(value), description, time.time())


def _popped(namespace: dict[str, Any], name: str) -> Any:
    """Take a name out of a namespace, and the value of a cell from where IPython keeps it too."""
    number, shell = SHELL_VALUE.fullmatch(name), namespace.get(SHELL)
    if number is not None and shell is not None:
        shell.drop_value(int(number[1]))
    return namespace.pop(name, None)


def is_counted(name: Any, value: Any) -> bool:
    """Return whether a name is shown and counted: whether it may take memory of its own.

    Examples
    --------
    >>> is_counted("x", [1, 2]), is_counted("np", threading), is_counted("n", 3)
    (True, False, False)
    """
    if value is None or not isinstance(name, str):
        return False
    if name.startswith("__") or SHELL_NAMES.fullmatch(name):
        return False
    return not issubclass(type(value), UNCOUNTED)  # its own `__class__` is not asked
