"""Backends by name; a backend's libraries are loaded when it is used."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from emout_lab.errors import SpecError
from emout_lab.sessions.backends.base import Backend, ClusterPlan
from emout_lab.sessions.spec import BACKEND_GROUP, SUBMIT_PROGRAMS, backends

_QUEUES: Final = "emout_lab.sessions.backends.jobqueue"
_LOCAL: Final = "emout_lab.sessions.backends.local"

__all__ = ["Backend", "ClusterPlan", "load_backend"]


def load_backend(name: str) -> Backend:
    """Return the backend `name`: one of ours, or of another package's entry point.

    Raises
    ------
    SpecError
        There is no such backend, or its package cannot be loaded.
    """
    if name == "local":
        local: Backend = import_module(_LOCAL).LocalBackend()
        return local
    if name in SUBMIT_PROGRAMS:
        queue: Backend = import_module(_QUEUES).queue_backend(name)
        return queue
    for entry in entry_points(group=BACKEND_GROUP, name=name):
        try:
            foreign: Backend = entry.load()()
        except (ImportError, AttributeError) as exc:
            raise SpecError(
                f"backend {name!r} ({entry.value}) cannot be loaded: {exc}", field="backend"
            ) from exc
        return foreign
    raise SpecError(
        f"backend {name!r} is unknown; choose one of {', '.join(backends())}", field="backend"
    )
