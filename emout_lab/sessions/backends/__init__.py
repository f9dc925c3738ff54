"""Backends by name; a backend's libraries are loaded when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from emout_lab.errors import SpecError
from emout_lab.sessions.backends.base import Backend

_CLASSES: Final = {
    "slurm": "emout_lab.sessions.backends.jobqueue:SlurmBackend",
    "local": "emout_lab.sessions.backends.local:LocalBackend",
}

__all__ = ["Backend", "load_backend"]


def load_backend(name: str) -> Backend:
    """Return the backend `name`.

    Raises
    ------
    SpecError
        There is no such backend.
    """
    if name not in _CLASSES:
        raise SpecError(
            f"backend {name!r} is unknown; choose one of {', '.join(_CLASSES)}", field="backend"
        )
    module, _, attribute = _CLASSES[name].partition(":")
    backend: Backend = getattr(import_module(module), attribute)()
    return backend
