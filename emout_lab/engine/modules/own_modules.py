"""Swaps the modules of a notebook into `sys.modules` while a program of it runs."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from emout_lab.engine.modules.client_modules import ClientModules, Modules
from emout_lab.engine.modules.importable import is_importable
from emout_lab.engine.modules.loader import source_spec
from emout_lab.engine.modules.sources import (
    BUILT_IN,
    CodeUpdate,
    ModuleSource,
    file_stamp,
    import_state,
    is_library,
    is_own_spec,
    spec_of,
)
from emout_lab.engine.process_state import PROCESS

#: What compiled modules share without any file.
CYTHON = ("_cython_", "cython_runtime")


class OwnModules:
    """Lets the programs of each notebook find its own modules, and those of nobody else.

    While a program runs, ``sys.modules`` and ``sys.path`` are those of its notebook; between
    programs they are the engine's own. Installed packages are shared: they are loaded once.
    """

    def __init__(self) -> None:
        self._clients: dict[str, ClientModules] = {}
        self._note_engines()
        #: Of what the engine itself is made: a package of the user's does not take its place.
        self._core = {n: getattr(m, "__file__", None) for n, m in self._engines.items()}
        self._current: ClientModules | None = None
        self._during: tuple[Any, ...] = ()
        self._hidden: Modules = {}
        self._path: list[str] = []

    def apply_update(self, client: str, update: CodeUpdate) -> None:
        """Take a change of a client's code; may be called while programs run.

        Raises
        ------
        CodeUnknown
            When it changes something that this engine was never sent.
        """
        changed = tuple(source for source in update.changed if not self._is_core(source))
        own = self._clients.setdefault(client, ClientModules())
        own.apply_update(replace(update, changed=changed))

    def of(self, client: str) -> Modules:
        """Return the modules that are loaded for a client."""
        own = self._clients.get(client)
        return {} if own is None else own.modules

    def forget(self, client: str) -> None:
        """Forget a client's modules."""
        self._clients.pop(client, None)

    def swap_in(self, client: str, directory: str | None) -> None:
        """Let this process find a client's modules.

        What reloading them raises is raised here, when everything is in its place.
        """
        if not client:
            return
        own = self._clients.setdefault(client, ClientModules())
        if import_state(sys.modules) != self._last:  # something was imported meanwhile
            self._note_engines()
        self._current = own
        own.drop_outdated()
        self._hide(own)
        sys.modules.update(own.modules)
        # Its own stand behind those of the engine, unless there is something between.
        self._during = (*self._values, *own.modules.values()) if own.modules else self._values
        self._add_path(own, directory)
        sys.meta_path.insert(0, self)
        own.reload_changed()

    def swap_out(self) -> None:
        """Put the engine's own modules back (twice is harmless)."""
        own, self._current = self._current, None
        if own is None:
            return
        self.leave_path()
        if tuple(sys.modules.values()) == self._during:
            for name in own.modules:
                del sys.modules[name]
            return
        self._sort(own)
        sys.modules.update(self._hidden)
        self._hidden = {}
        self._note_engines()

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module for the notebook whose program runs (part of Python's import system)."""
        own = self._current
        if own is None:
            return None
        if (source := own.sources.get(name)) is not None:
            return source_spec(source, own.loaded, own.values.get(name, {}))
        for entry in self._path if path is None else path:
            cached: Any = None if is_library(entry) else sys.path_importer_cache.get(entry)
            if hasattr(cached, "invalidate_caches"):
                cached.invalidate_caches()  # a file written a moment ago is found
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec: ModuleSpec | None = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.has_location and spec.origin and is_own_spec(spec):
                    own.stamps[name] = spec.origin, file_stamp(spec.origin)
                return spec
        return None

    def leave_path(self) -> None:
        """Look for modules no longer where the notebook does (twice is harmless)."""
        with contextlib.suppress(ValueError, AttributeError):
            sys.meta_path.remove(self)
        entries, self._path = self._path, []
        for entry in entries:
            with contextlib.suppress(ValueError, AttributeError):
                sys.path.remove(entry)

    def _add_path(self, own: ClientModules, directory: str | None) -> None:
        before, after = own.path
        known = set(sys.path)

        def added(entries: tuple[str, ...]) -> list[str]:
            wanted = dict.fromkeys(entry or directory or "" for entry in entries)
            found = [e for e in wanted if e and e not in known and is_importable(e)]
            known.update(found)
            return found

        front = added(before)
        back = added((*after, ""))  # modules beside the notebook are found in any case
        sys.path[:0] = front
        sys.path += back
        self._path = front + back

    def _is_core(self, source: ModuleSource) -> bool:
        """Return whether the engine itself is made of a module: it is taken as it is."""
        file = self._core.get(source.name.partition(".")[0])
        return (
            file is not None
            and source.filename is not None
            and (
                source.filename == file
                or source.name.partition(".")[1] != ""
                and source.filename.startswith(os.path.dirname(file) + os.sep)
            )
        )

    def _note_engines(self) -> None:
        self._engines = sys.modules.copy()
        self._values, self._last = tuple(self._engines.values()), import_state(self._engines)

    def _hide(self, own: ClientModules) -> None:
        """Take modules away in whose place the notebook has its own."""
        tops = {name.partition(".")[0] for name in (*own.sources, *own.modules)}
        if not any(top in self._engines for top in tops):
            return
        self._hidden = {
            name: module for name, module in self._engines.items() if name.partition(".")[0] in tops
        }
        for name in self._hidden:
            del sys.modules[name]

    def _sort(self, own: ClientModules) -> None:
        """Part what a program has imported into the notebook's and what is for all."""
        engines, hidden, theirs = self._engines, self._hidden, {}
        for name, module in list(sys.modules.items()):
            if name in engines and name not in hidden:
                if module is not engines[name]:
                    theirs[name], sys.modules[name] = module, engines[name]
            elif hidden or self._is_theirs(name, module):
                # Where it has something in place of a shared module, what it imports is made of it.
                theirs[name] = module
                del sys.modules[name]
        for name in engines.keys() - sys.modules.keys() - hidden.keys():
            sys.modules[name] = engines[name]
        own.keep_loaded(theirs)

    def _is_theirs(self, name: str, module: Any) -> bool:
        spec = spec_of(module)
        if spec is not None and (spec.origin in BUILT_IN or spec.has_location):
            return is_own_spec(spec) and not self._is_of_worker(spec.origin or "")
        if spec is not None and spec.submodule_search_locations:
            return is_own_spec(spec)
        top = name.partition(".")[0]
        if top != name:  # made by its package, in no file
            return top not in sys.modules or self._is_theirs(top, sys.modules[top])
        return not name.startswith(CYTHON)

    @staticmethod
    def _is_of_worker(file: str) -> bool:
        """Return whether Dask was given a file for all tasks of a worker."""
        folder = getattr(PROCESS.worker, "local_directory", None)
        return folder is not None and file.startswith(str(folder) + os.sep)
