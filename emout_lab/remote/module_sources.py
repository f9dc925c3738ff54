"""What this process has loaded of the user's own modules, and what engines are told of it."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass, field, replace
from types import FunctionType, ModuleType
from typing import Any
from weakref import ref

from emout_lab.engine.modules.sources import (
    CodeUpdate,
    ModuleSource,
    Stamp,
    file_stamp,
    import_state,
    is_library,
    is_own,
    text_of,
)
from emout_lab.engine.protocol import Program
from emout_lab.remote import module_origins
from emout_lab.remote.module_constants import Constants
from emout_lab.sessions import forks

AUTORELOAD = "IPython.extensions.autoreload"

Path = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class Record:
    """One module of the user's as it was seen last."""

    module: ModuleType
    spec: Any
    source: ModuleSource
    stamp: Stamp | None
    constants: Constants
    values_version: int = 0
    unfollowed: tuple[Any, ...] = ()
    functions: dict[str, ref[FunctionType]] = field(default_factory=dict)

    def is_updated(self) -> bool:
        """Tell whether a reload has given its functions of before the new code."""
        now = vars(self.module)
        for name, reference in self.functions.items():
            old, new = reference(), now.get(name)
            if old is not None and isinstance(new, FunctionType):
                return old is new or old.__code__ is new.__code__
        return False


class Sources:
    """Follows the user's own modules: imported, reloaded, changed in place, no longer imported.

    A look costs a comparison for each of them, and goes through all modules only when some were
    imported since the last one.
    """

    def __init__(self) -> None:
        self.version = 0
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}
        self._gone: dict[str, int] = {}
        self._seen: tuple[int, str | None] = (0, None)
        self._others: dict[str, int] = {}
        self._entries: list[str] = []
        self._path: Path = ((), ())
        self._path_version = 0
        self._start = _directory()

    def update(self, base: int) -> CodeUpdate:
        """Look, and return what has changed since state ``base``."""
        with self._lock:
            self._look()
            if base == self.version:
                return CodeUpdate(base, base)
            return CodeUpdate(
                base,
                self.version,
                self._path if self._path_version > base else None,
                tuple(r.source for r in self._records.values() if r.source.version > base),
                tuple(name for name, version in self._gone.items() if version > base),
                {
                    name: dict(record.constants.changed)
                    for name, record in self._records.items()
                    if record.constants.changed
                    and max(record.values_version, record.source.version) > base
                },
            )

    def forget_threads(self) -> None:
        """Let nobody wait in a forked child for a thread of the parent that held the lock."""
        forks.renew(self._lock)

    def look(self) -> None:
        """Take notice of what was imported and reloaded meanwhile."""
        with self._lock:
            self._look()

    def _look(self) -> None:
        modules = sys.modules
        seen = import_state(modules)
        for name, record in list(self._records.items()):
            self._look_at(name, record)
        if seen != self._seen:
            self._seen = seen
            for name, module in list(modules.items()):
                if name not in self._records and self._others.get(name) != id(module):
                    self._note_if_own(name, module)
        if sys.path != self._entries or not self._path_version:
            self._note_path()

    def _look_at(self, name: str, record: Record) -> None:
        module = sys.modules.get(name)
        if module is not record.module:
            del self._records[name]
            if module is not None:
                self._note_if_own(name, module)
            if name not in self._records:
                self.version += 1
                self._gone[name] = self.version
        elif getattr(module, "__spec__", None) is not record.spec:
            self._note(name, module, record, keeps_objects=record.is_updated())
        elif AUTORELOAD in sys.modules and self._follow(name, record):
            pass
        elif record.constants.look():
            self.version += 1
            record.values_version = self.version

    def _note_if_own(self, name: str, module: Any) -> None:
        """Note a module that is new, where it is the user's own."""
        if isinstance(module, ModuleType) and is_own(name, module) and self._note(name, module):
            self._others.pop(name, None)
        else:
            self._others[name] = id(module)

    def _note(
        self,
        name: str,
        module: ModuleType,
        before: Record | None = None,
        *,
        keeps_objects: bool = False,
    ) -> bool:
        """Note what a module was loaded from; False where that is nowhere to be found."""
        stamp = file_stamp(getattr(module, "__file__", None))
        content = module_origins.content(name, module)
        if content is None:
            return False
        self.version += 1
        version = self.version
        born = version if before is None else before.source.born
        places = getattr(module, "__path__", None)
        source = ModuleSource(
            name,
            getattr(module, "__file__", None),
            content,
            None if places is None else tuple(places),
            version,
            born,
            keeps_objects,
        )
        self._gone.pop(name, None)
        self._records[name] = Record(
            module,
            module.__spec__,
            source,
            stamp,
            Constants(module, content),
            functions=module_origins.functions(name, module),
        )
        return True

    def _follow(self, name: str, record: Record) -> bool:
        """Look whether the text that a file has now is what runs here, without a reload.

        A file that was written may be loaded a good while later, so it is looked at again as soon
        as the module holds something else.
        """
        stamp = file_stamp(record.source.filename)
        if stamp == record.stamp:
            return False
        state = (stamp, *module_origins.held(name, record.module))
        if state == record.unfollowed:
            return False
        record.unfollowed = state
        text = text_of(record.source.filename)
        if text is None:
            return False
        if text == record.source.content:
            record.stamp = stamp
            return False
        if not module_origins.is_loaded(
            text, name, record.module, instead_of=record.source.content
        ):
            return False
        self.version += 1
        record.stamp, record.unfollowed = stamp, ()
        record.source = replace(
            record.source, content=text, version=self.version, keeps_objects=True
        )
        record.constants = Constants(record.module, text)
        return True

    def _note_path(self) -> None:
        self._entries = list(sys.path)
        entries = [e for e in self._entries if isinstance(e, str)]
        installed = [n for n, entry in enumerate(entries) if entry and is_library(entry)]
        first = installed[0] if installed else len(entries)
        own = [(n, e) for n, e in enumerate(entries) if not e or os.path.isabs(e)]
        before = tuple(e for n, e in own if n < first)
        after = tuple(e for n, e in own if n > first and not (e and is_library(e)))
        if self._start is not None and self._start not in (*before, *after):
            # A module beside the notebook is found after a change of directory, too.
            after += (self._start,)
        if (before, after) != self._path or not self._path_version:
            self.version += 1
            self._path, self._path_version = (before, after), self.version


def _directory() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


class SentSources:
    """What one engine was told of them.

    Parameters
    ----------
    sources : Sources
        Of which it is told.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._address = ""
        self._version = 0

    def added(self, program: Program, address: str, *, is_all: bool = False) -> Program:
        """Return a program with what the engine at ``address`` was not told yet.

        Parameters
        ----------
        is_all : bool
            Whether it has missed or forgotten what it was told.
        """
        if is_all or address != self._address:
            self._address, self._version = address, 0
        code = self._sources.update(self._version)
        self._version = code.version
        return replace(program, code=code)


#: Of this process, whose modules are the same for all its connections.
SOURCES = Sources()
