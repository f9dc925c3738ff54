"""What a start form can offer here: backends, partitions and defaults."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from typing import Any, Final

from emout_lab.config import find_program, load
from emout_lab.errors import SessionError
from emout_lab.sessions import siteprofiles
from emout_lab.sessions.slurm import Partition, list_partitions
from emout_lab.sessions.spec import (
    BACKENDS,
    SUBMIT_PROGRAMS,
    SessionSpec,
    backends,
    default_backend,
)

REASON_MAX_LENGTH: Final = 100

log = logging.getLogger(__name__)


def describe() -> dict[str, Any]:
    """Return the backends, partitions and defaults of this machine, as plain JSON values.

    Returns
    -------
    dict
        ``backends`` (name, available, reason), ``partitions`` (as `Partition`) and ``defaults``
        (the fields of a start request).

    Examples
    --------
    >>> sorted(describe())
    ['backends', 'defaults', 'partitions']
    """
    reasons: dict[str, str | None] = {"slurm": _why_no_slurm(), "local": None}
    partitions: list[Partition] = []
    if reasons["slurm"] is None:
        try:
            partitions = list_partitions()
        except SessionError as exc:
            log.info("The slurm backend is not offered: %s", exc)
            reasons["slurm"] = _one_sentence(exc)
    return {
        "backends": [
            {"name": name, "available": reason is None, "reason": reason}
            for name, reason in {**reasons, **_others()}.items()
        ],
        "partitions": [asdict(partition) for partition in partitions],
        "defaults": _defaults(partitions, has_slurm=reasons["slurm"] is None),
    }


def _one_sentence(failure: SessionError) -> str:
    """Return the first line that tells something; a form has no room for a command's whole log."""
    first = str(failure).strip().splitlines()[0]
    words = first.rpartition("error: ")[2].rstrip(". ")
    return f"SLURM does not answer: {words[:REASON_MAX_LENGTH]}"


def _others() -> dict[str, str | None]:
    """Return the other queue systems that are here, and the backends of other packages."""
    here = [name for name, program in SUBMIT_PROGRAMS.items() if find_program(program)]
    foreign = [name for name in backends() if name not in BACKENDS]
    return {name: None for name in [*here, *foreign] if name not in ("slurm", "local")}


def _why_no_slurm() -> str | None:
    if find_program("sbatch"):
        return None
    return "sbatch is not on the PATH of this machine"


def _defaults(partitions: list[Partition], *, has_slurm: bool) -> dict[str, Any]:
    settings = load()
    spec = SessionSpec()
    if has_slurm:
        spec = siteprofiles.apply(spec, settings)
    elif settings.backend is None and default_backend() == "slurm":
        # sbatch may be installed where no SLURM runs.
        settings = replace(settings, backend="local")
    spec = spec.resolved(settings)
    default = next((partition.name for partition in partitions if partition.is_default), None)
    return {
        "name": spec.name,
        "backend": spec.backend,
        "partition": None if spec.backend == "local" else spec.partition or default,
        "memory": spec.memory,
        "cores": spec.cores,
        "walltime": spec.walltime,
        "jobs": spec.jobs,
    }
