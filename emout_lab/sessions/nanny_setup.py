"""What every nanny of a session does before it starts its worker (a preload module of Dask).

Nannies are made by Dask's own command, so a class of ours cannot say this.
"""

from __future__ import annotations

from typing import Any

from emout_lab.sessions.admission import limit_connections, raise_file_limit
from emout_lab.sessions.log_flood import filter_repeats, limit_output


def dask_setup(nanny: Any) -> None:
    """Prepare the process of a nanny; its worker inherits limits and output.

    Parameters
    ----------
    nanny : distributed.Nanny
        It listens already, and has not started its worker.
    """
    raise_file_limit()
    filter_repeats()
    limit_output()
    for listener in nanny.listeners:
        limit_connections(listener, nanny.loop)
