"""Loads modules from the source that a notebook has sent, whatever their files say here."""

from __future__ import annotations

import importlib.util
import marshal
from collections.abc import Mapping, MutableMapping
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from emout_lab.engine.modules.sources import ModuleSource

NO_VALUES: Mapping[str, Any] = {}


class SourceLoader(SourceFileLoader):
    """Loads one module from its source; data files of its package are read as usual.

    Parameters
    ----------
    source : ModuleSource
        What the notebook has loaded.
    loaded : mapping of str to int
        Gets the version of the source that was loaded.
    values : mapping
        What the notebook has set in it.
    """

    def __init__(
        self,
        source: ModuleSource,
        loaded: MutableMapping[str, int],
        values: Mapping[str, Any] = NO_VALUES,
    ) -> None:
        super().__init__(source.name, source.filename or "")
        self._source = source
        self._loaded = loaded
        self._values = values

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  # Python's signature
        """Return the module's code."""
        return code_of(self._source)

    def get_source(self, fullname: str) -> str | None:  # noqa: ARG002  # Python's signature
        """Return the module's text, where the notebook still had it."""
        content = self._source.content
        return content if isinstance(content, str) else None

    def is_package(self, fullname: str) -> bool:  # noqa: ARG002  # Python's signature
        """Return whether it is a package."""
        return self._source.locations is not None

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        super().exec_module(module)
        vars(module).update(self._values)
        self._loaded[self._source.name] = self._source.version


def code_of(source: ModuleSource) -> CodeType:
    """Return the code of a source."""
    if isinstance(source.content, str):
        return compile(source.content, source.filename or "", "exec", dont_inherit=True)
    code: CodeType = marshal.loads(source.content)
    return code


def source_spec(
    source: ModuleSource,
    loaded: MutableMapping[str, int],
    values: Mapping[str, Any] = NO_VALUES,
) -> ModuleSpec:
    """Return what the import system needs to load a source."""
    places = None if source.locations is None else list(source.locations)
    if source.filename is None:
        loaded[source.name] = source.version
        spec: Any = ModuleSpec(source.name, None, is_package=True)
        spec.submodule_search_locations = places
        found: ModuleSpec = spec
        return found
    loader = SourceLoader(source, loaded, values)
    found_at: Any = importlib.util.spec_from_file_location(
        source.name, source.filename, loader=loader, submodule_search_locations=places
    )
    located: ModuleSpec = found_at
    return located
