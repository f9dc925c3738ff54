"""Sweeps on disk: what they are, what they take, and how they go.

::

    from emout_lab.experiments import Sweep, sweeps

    for each in sweeps():
        print(each.info.id, each.info.name, each.progress.state)
    Sweep.open(id).remove()
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from emout_lab.client.sweep_status import sweeps
from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps.folder import SweepFolder
from emout_lab.format import format_bytes

__all__ = ["Sweep", "described", "line_of", "sweeps"]


def described() -> list[dict[str, Any]]:
    """Return what is known of each sweep, the newest first, as plain values; ``size`` in bytes."""
    return [
        {
            **asdict(each.info),
            **each.progress.to_json(),
            "size": SweepFolder(each.info.id).size(),
        }
        for each in sweeps()
    ]


def line_of(sweep: dict[str, Any]) -> str:
    """Return what `described` tells of a sweep, in a line.

    Examples
    --------
    >>> sweep = {"id": "0" * 32, "state": "done", "done": 9, "total": 10, "size": 2048}
    >>> line_of({**sweep, "created": 0.0, "name": "Square"}).split()[1:4]
    ['done', '9/10', '2.05']
    """
    points = f"{sweep['done']}/{sweep['total']}"
    begun = datetime.fromtimestamp(sweep["created"])  # noqa: DTZ006  # for people who are here
    return (
        f"{sweep['id']}  {sweep['state']:<11} {points:>13}  {format_bytes(sweep['size']):>9}  "
        f"{begun:%Y-%m-%d %H:%M}  {sweep['name']}"
    ).rstrip()
