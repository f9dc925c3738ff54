"""The names that cells and views assign on an engine: each client has its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from emout_lab.engine.named_objects import NamedObject, NamedObjects
from emout_lab.engine.protocol import Description
from emout_lab.errors import ObjectGone

#: Where a namespace keeps IPython's shell, for as long as it keeps the names themselves.
SHELL = "__emout_lab_shell__"
SHELL_VALUE = re.compile(r"_(\d+)")


class Namespaces:
    """One namespace per client, and what stands in it.

    Objects are described where programs run, never where others look at them; nothing here holds
    one but its namespace, so that ``del`` frees it at once.

    Parameters
    ----------
    describe : callable
        Tells type, shape and memory of an object.
    """

    def __init__(self, describe: Callable[[Any], Description]) -> None:
        self._describe = describe
        self._of: dict[str, dict[str, Any]] = {}
        self._noted: dict[str, NamedObjects] = {}
        self._lock = threading.Lock()
        self._noting = threading.Lock()
        self.version = 0

    def of(self, client: str) -> dict[str, Any]:
        """Return the namespace of a client, to who may assign names in it."""
        with self._lock:
            if client not in self._of:
                self._of[client] = {"__name__": "__main__"}
                self._noted[client] = NamedObjects(client, self._describe)
            self._noted[client].is_behind = True  # until `note`: a Dask task tells no end
            return self._of[client]

    def note(self, client: str, notebook: str | None) -> None:
        """Note what a client's names stand for now."""
        with self._lock:
            names = self._noted.get(client)
        if names is not None:
            names.notebook = notebook
            self._update(client, names)

    def note_all(self) -> None:
        """Note what the names of all clients stand for now."""
        for client, names in list(self._noted.items()):
            self._update(client, names)

    @property
    def is_behind(self) -> bool:
        """Whether names may stand for something else than what was noted."""
        return any(names.is_behind for names in list(self._noted.values()))

    def noted(self) -> list[NamedObject]:
        """Return what was noted of all clients."""
        return [
            noted for names in list(self._noted.values()) for noted in list(names.by_name.values())
        ]

    def find(self, id: str) -> NamedObject | None:
        """Return what was noted under an id; None where there is none."""
        for names in list(self._noted.values()):
            if (found := names.find(id)) is not None:
                return found
        return None

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
        gone = []
        for id in ids:
            if (noted := self.find(id)) is not None:
                with self._lock:
                    names = self._noted[noted.owner]
                    names.remove(noted.name)
                    names.is_behind = True  # it is looked at just now, perhaps
                    gone.append(_popped(self._of[noted.owner], noted.name))
                    self.version += 1
        del gone  # values are finalized here, outside the lock

    def forget(self, client: str) -> None:
        """Delete all names of a client; its functions, which hold them, keep nothing alive."""
        with self._lock:
            namespace = self._of.pop(client, {})
            self.version += self._noted.pop(client, None) is not None
        namespace.clear()

    def _update(self, client: str, names: NamedObjects) -> None:
        # Not twice at a time: describing may itself run out of memory, and then all are noted.
        if not self._noting.acquire(blocking=False):
            names.is_behind = True
            return
        try:
            namespace = self._of.get(client)
            if namespace is not None and names.update(namespace.copy()):
                self.version += 1
        finally:
            self._noting.release()


def _popped(namespace: dict[str, Any], name: str) -> Any:
    """Take a name out of a namespace, and the value of a cell from where IPython keeps it too."""
    number, shell = SHELL_VALUE.fullmatch(name), namespace.get(SHELL)
    if number is not None and shell is not None:
        shell.drop_value(int(number[1]))
    return namespace.pop(name, None)
