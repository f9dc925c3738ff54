"""Options by which upstream emout spreads the tracing of orbits; here the session does."""

from __future__ import annotations

from typing import Any

import numpy as np

from emout_lab.errors import SpecError

#: Names of what computes there. All of them are computed by the session's engines here, or by the
#: threads of this process; none needs MPI.
WAYS = ("thread", "threads", "openmp", "serial", "default", "mpi", "srun", "slurm")
#: Numbers that only the start of MPI programs needs.
COUNTS = ("ntasks", "cpus_per_task")
#: What else it needs.
UNUSED = ("system", "library_path")


def without_ways(options: dict[str, Any]) -> dict[str, Any]:
    """Return options without those that say how the work is spread.

    Parameters
    ----------
    options : dict
        ``parallel`` (or ``backend``) and what belongs to it may be among them. ``"serial"`` means
        one thread, unless ``n_threads`` says another number.

    Raises
    ------
    SpecError
        When a value is none that upstream takes.
    TypeError
        When a solver of the user's own is given: there is one here.

    Examples
    --------
    >>> without_ways({"parallel": "srun", "ntasks": 8, "n_threads": 2})
    {'n_threads': 2}
    """
    rest = {
        name: value
        for name, value in options.items()
        if name not in ("parallel", "backend", *COUNTS, *UNUSED)
    }
    name = "parallel" if "parallel" in options else "backend"
    way = options.get(name)
    if callable(way):
        raise TypeError(
            f"{name}={way!r}: orbits are traced by one solver here, and no other can be given. "
            "Leave it out; a session shares the work out over all its engines."
        )
    if way is not None and str(way).lower() not in WAYS:
        raise SpecError(
            f"{name}={way!r}: there are {', '.join(map(repr, WAYS))}. All are computed by the "
            "session's engines, or the threads of this process, without MPI.",
            name,
        )
    for name in COUNTS:
        value = options.get(name)
        is_number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if value is not None and not (is_number and value > 0):
            raise SpecError(f"{name}={value!r} must be a whole number from 1.", name)
    if str(way).lower() == "serial":
        rest.setdefault("n_threads", 1)
    return rest
