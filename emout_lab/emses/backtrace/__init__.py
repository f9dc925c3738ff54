"""Orbits traced backward in time, and the phase-space density that Liouville's theorem gives.

``data.backtrace`` and ``data.trace`` are the ways in, see `emout_lab.emses.backtrace.api.Backtrace`
and `emout_lab.emses.backtrace.workflow.Trace`. Importing this
package loads neither numba nor matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emout_lab.emses.backtrace import api, workflow

__all__ = ["api", "workflow"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
