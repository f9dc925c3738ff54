"""The compiler of the orbit kernels, which comes with the extra ``backtrace`` only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emout_lab.errors import MissingExtra

try:
    import numba
except ModuleNotFoundError as error:
    if error.name != "numba":
        raise
    raise MissingExtra("Tracing orbits", "numba", "backtrace") from error

Function = Callable[..., Any]


def compiled(*, inline: str = "never") -> Callable[[Function], Function]:
    """Compile a function when it is first called, for all later processes too, without the GIL.

    Parameters
    ----------
    inline : {"never", "always"}
        Whether its code is put into that of its callers.
    """
    decorate: Callable[[Function], Function] = numba.njit(cache=True, nogil=True, inline=inline)
    return decorate
