"""The modules of one notebook on an engine: the sources that it sent, and what was loaded."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from emout_lab.engine.modules.reloading import reload
from emout_lab.engine.modules.sources import CodeUpdate, ModuleSource, Stamp, file_stamp, text_of
from emout_lab.errors import CodeUnknown

Modules = dict[str, ModuleType]


class ClientModules:
    """The modules of one notebook: the sources that it sent, and the modules loaded from them.

    Attributes
    ----------
    version : int
        State of the notebook's code that was received last.
    sources : dict
        Modules that the notebook has loaded, by name: their text, not that of any file.
    values : dict
        By module: plain values that the notebook has set in it.
    modules : dict
        Loaded modules; outside of its programs they stand nowhere else.
    loaded : dict
        Which version of its source each of these was made from.
    stamps : dict
        File, time of change and size of those that only the engine has loaded.
    path : tuple
        Entries of ``sys.path`` before and after those of installed packages.
    """

    def __init__(self) -> None:
        self.version = 0
        self.sources: dict[str, ModuleSource] = {}
        self.values: dict[str, dict[str, Any]] = {}
        self.modules: Modules = {}
        self.loaded: dict[str, int] = {}
        self.stamps: dict[str, tuple[str, Stamp | None]] = {}
        self.path: tuple[tuple[str, ...], tuple[str, ...]] = (), ()
        self.renewed = 0

    def apply_update(self, update: CodeUpdate) -> None:
        """Apply a change that a notebook sent; `CodeUnknown` where one before it was missed."""
        if update.base == 0 and update.version:
            self.sources, self.values = {}, {}
        elif update.base != self.version:
            raise CodeUnknown(
                f"this engine knows state {self.version} of the notebook's modules, not "
                f"{update.base}"
            )
        sources = dict(self.sources)
        for name in update.gone:
            sources.pop(name, None)
        for source in update.changed:
            sources[source.name] = source
            self.values.pop(source.name, None)
        self.values.update(update.values)
        if update.path is not None:
            self.path = update.path
        self.sources, self.version = sources, update.version

    def keep_loaded(self, modules: Modules) -> None:
        """Keep what its program has left loaded."""
        for name in self.modules.keys() - modules.keys():
            self.loaded.pop(name, None)
            self.stamps.pop(name, None)
        for name, module in modules.items():
            file = getattr(module, "__file__", None)
            if file and name not in self.loaded:
                self.stamps.setdefault(name, (file, file_stamp(file)))
        self.modules = modules

    def drop(self, name: str) -> None:
        """Forget a loaded module, so that the next import loads it anew."""
        module = self.modules.pop(name, None)
        self.loaded.pop(name, None)
        self.stamps.pop(name, None)
        parent, _, child = name.rpartition(".")
        around = self.modules.get(parent)
        if module is not None and around is not None and vars(around).get(child) is module:
            delattr(around, child)  # `from package import child` would find it there

    def drop_outdated(self) -> None:
        """Forget loaded modules that are not what the notebook has, or what its files say, now.

        Modules of the engine alone may hold parts of each other: when one file has changed, all
        are loaded anew.
        """
        if any(file_stamp(file) != stamp for file, stamp in self.stamps.values()):
            for name in list(self.stamps):
                self.drop(name)
        if self.renewed == self.version:
            return
        for name in list(self.modules):
            source, version = self.sources.get(name), self.loaded.get(name)
            if source is None:
                if version is not None:
                    self.drop(name)
            elif version is None:
                self._adopt(name, source)
            elif version < source.born:
                self.drop(name)

    def _adopt(self, name: str, source: ModuleSource) -> None:
        """Keep a module that the engine had first, where the notebook has loaded the same text."""
        file, stamp = self.stamps.get(name, ("", None))
        if text_of(file) == source.content and file_stamp(file) == stamp:
            self.loaded[name] = source.version
            self.stamps.pop(name, None)
        else:
            self.drop(name)

    def reload_changed(self) -> None:
        """Run the new text of modules that the notebook has reloaded, as it did itself."""
        if self.renewed == self.version:
            return
        changed = [
            source
            for name, source in self.sources.items()
            if name in self.modules and self.loaded.get(name) != source.version
        ]
        for source in changed:
            # Of several that were reloaded the order is not known.
            keeps_objects = source.keeps_objects or len(changed) > 1
            module = self.modules[source.name]
            reload(module, source, self.loaded, keeps_objects=keeps_objects)
        for name, values in self.values.items():
            if name in self.modules:
                vars(self.modules[name]).update(values)
        self.renewed = self.version
