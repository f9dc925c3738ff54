"""The objects that an engine keeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from emout_lab.engine.named_objects import NamedObject
from emout_lab.engine.namespaces import Namespaces
from emout_lab.engine.protocol import Description
from emout_lab.engine.serialization import unpack
from emout_lab.engine.snapshot import ObjectInfo
from emout_lab.engine.user_objects import PackedObject
from emout_lab.errors import ObjectGone


@dataclass(slots=True)
class Entry:
    """One kept object and whose it is."""

    value: Any
    owner: str
    scope: str | None
    notebook: str | None
    expression: str
    description: Description
    created: float
    program: str


class ObjectStore:
    """Objects by name, each with owner, scope and size.

    The engine's thread writes, the worker's event loop reads for snapshots and drops what a
    vanished client left; a lock keeps them apart.

    Attributes
    ----------
    names : Namespaces
        The names of cells and views, which are shown and counted with the objects.
    """

    def __init__(self, describe: Callable[[Any], Description]) -> None:
        self._describe = describe
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()
        self._version = 0
        self.names = Namespaces(describe)

    @property
    def version(self) -> int:
        """Counts changes, so that the same objects are not sent twice."""
        return self._version + self.names.version

    def __len__(self) -> int:
        return len(self._entries)

    def put(
        self,
        name: str,
        value: Any,
        *,
        owner: str,
        scope: str | None = None,
        notebook: str | None = None,
        expression: str = "",
        program: str = "",
    ) -> Description:
        """Keep an object under a name and return its description."""
        is_moved = isinstance(value, PackedObject)
        description = value.description if is_moved else self._describe(value)
        entry = Entry(value, owner, scope, notebook, expression, description, time.time(), program)
        with self._lock:
            self._entries[name] = entry
            self._version += 1
        return description

    def get(self, name: str) -> Any:
        """Return the object of this name.

        Raises
        ------
        ObjectGone
            If it was dropped, or never was here.
        """
        try:
            return self._entries[name].value
        except KeyError:
            if (noted := self.names.find(name)) is not None:
                return self.names.value(noted)
            raise ObjectGone(
                f"the engine no longer has {name}: it was dropped in the panel. Run this again: it "
                "is computed anew, where it can be."
            ) from None

    def use(self, name: str) -> Any:
        """Do what `get` does, in a program: there the modules of the object's client are found."""
        value = self.get(name)
        if isinstance(value, PackedObject):
            value = unpack(value.data)
            with self._lock:
                if (entry := self._entries.get(name)) is not None:
                    entry.value = value
        return value

    def describe(self, name: str) -> Description | None:
        """Return the description of an object when it was kept; None when it is gone."""
        entry = self._entries.get(name) or self.names.find(name)
        return None if entry is None else entry.description

    def owner(self, name: str) -> str | None:
        """Return whose an object is; None when it is gone."""
        entry = self._entries.get(name) or self.names.find(name)
        return None if entry is None else entry.owner

    def drop(self, names: Iterable[str]) -> None:
        """Forget objects; unknown names are ignored, since a drop may come twice."""
        names = list(names)
        self.names.drop(names)
        with self._lock:
            gone = [self._entries.pop(name, None) for name in names]
            self._version += any(entry is not None for entry in gone)
        del gone  # values are finalized here, outside the lock

    def drop_owner(self, owner: str) -> None:
        """Forget everything that a client left."""
        self.drop([name for name, entry in list(self._entries.items()) if entry.owner == owner])
        self.names.forget(owner)

    def drop_program(self, program: str) -> None:
        """Forget what a program made of which its client has not heard."""
        self.drop([name for name, entry in list(self._entries.items()) if entry.program == program])

    def bytes(self) -> int:
        """Return the memory of all objects; one that has two names counts once."""
        with self._lock:
            sizes = {id(e.value): e.description.bytes or 0 for e in self._entries.values()}
        for noted in self.names.noted():
            sizes.setdefault(noted.identity, noted.description.bytes or 0)
        return sum(sizes.values())

    def largest(self) -> list[tuple[str, int]]:
        """Return expression and bytes of what takes memory, the largest first; each object once."""
        with self._lock:
            kept = {id(e.value): e for e in self._entries.values()}
        self.names.note_all()  # also what the program that runs has assigned
        found: dict[int, Entry | NamedObject] = {n.identity: n for n in self.names.noted()}
        found.update(kept)
        sizes = [(e.expression, e.description.bytes) for e in found.values() if e.description.bytes]
        return sorted(sizes, key=lambda pair: -pair[1])

    def infos(self) -> tuple[ObjectInfo, ...]:
        """Return what the panel shows of each object."""
        with self._lock:
            entries = list(self._entries.items())
        kept = (
            ObjectInfo(
                id=name,
                scope=e.scope,
                notebook=e.notebook,
                expression=e.expression,
                type=e.description.type,
                shape=e.description.shape,
                dtype=e.description.dtype,
                bytes=e.description.bytes,
                created=e.created,
            )
            for name, e in entries
        )
        return (*kept, *map(_named_info, self.names.noted()))


def _named_info(noted: NamedObject) -> ObjectInfo:
    return ObjectInfo(
        id=noted.id,
        scope=None,
        notebook=noted.notebook,
        expression=noted.name,
        type=noted.description.type,
        shape=noted.description.shape,
        dtype=noted.description.dtype,
        bytes=noted.description.bytes,
        created=noted.created,
        is_name=True,
        value=noted.value,
    )
