"""The compiler of the orbit kernels, which comes with the extra ``backtrace`` only."""

from __future__ import annotations

from emout_lab.errors import MissingExtra

try:
    from numba import njit
except ModuleNotFoundError as error:
    if error.name != "numba":
        raise
    raise MissingExtra("Tracing orbits", "numba", "backtrace") from error

__all__ = ["njit"]
