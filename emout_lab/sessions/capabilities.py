"""What a start form can offer here: backends, partitions and defaults."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from emout_lab.config import find_program, load, slurm_configuration
from emout_lab.errors import SessionError
from emout_lab.sessions import site_profiles
from emout_lab.sessions.slurm import Partition, list_partitions, list_partitions_async
from emout_lab.sessions.spec import (
    BACKENDS,
    SUBMIT_PROGRAMS,
    SessionSpec,
    backends,
    default_backend,
)

REASON_MAX_LENGTH: Final = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SlurmAnswer:
    """What SLURM says of its partitions.

    Parameters
    ----------
    state : {"known", "pending", "failed", "none"}
        Whether it has answered, has not yet, cannot, or is not here.
    partitions : tuple of Partition
        While it is pending those of an earlier answer, if there was one.
    message : str or None
        What people should know beside it.
    """

    state: Literal["known", "pending", "failed", "none"]
    partitions: tuple[Partition, ...] = ()
    message: str | None = None

    @property
    def has_slurm(self) -> bool:
        """Whether sessions can be started there, as far as is known."""
        return self.state in ("known", "pending")


def ask_slurm() -> SlurmAnswer:
    """Ask SLURM for its partitions; a failure is an answer too."""
    try:
        return _without_asking() or SlurmAnswer("known", tuple(list_partitions()))
    except SessionError as exc:
        return _failed(exc)


async def ask_slurm_async() -> SlurmAnswer:
    """Ask SLURM for its partitions from an event loop; a failure is an answer too."""
    try:
        return _without_asking() or SlurmAnswer("known", tuple(await list_partitions_async()))
    except SessionError as exc:
        return _failed(exc)


def profiles(slurm: SlurmAnswer | None = None) -> dict[str, Any]:
    """Return the backends, partitions and defaults of this machine, as plain JSON values.

    Parameters
    ----------
    slurm : SlurmAnswer, optional
        What SLURM said; without it, it is asked, which can take long where it is out of order.

    Returns
    -------
    dict
        ``backends`` (name, available, reason), ``partitions`` (as `Partition`),
        ``partitions_status`` (state and message, as `SlurmAnswer`) and ``defaults`` (the fields
        of a start request).

    Examples
    --------
    >>> sorted(profiles())
    ['backends', 'defaults', 'partitions', 'partitions_status']
    """
    answer = ask_slurm() if slurm is None else slurm
    reason = None if answer.has_slurm else answer.message
    reasons: dict[str, str | None] = {"slurm": reason, "local": None, **_others()}
    return {
        "backends": [
            {"name": name, "available": reason is None, "reason": reason}
            for name, reason in reasons.items()
        ],
        "partitions": [asdict(partition) for partition in answer.partitions],
        "partitions_status": {"state": answer.state, "message": answer.message},
        "defaults": _defaults(answer),
    }


def _without_asking() -> SlurmAnswer | None:
    """Return what is plain before SLURM is asked; None when only it can tell."""
    if not find_program("sbatch"):
        return SlurmAnswer("none", message="sbatch is not on the PATH of this machine")
    file = slurm_configuration()
    # SLURM would look for its configuration all over the network, for a minute.
    if file is not None and not file.exists():
        return SlurmAnswer("failed", message=f"SLURM_CONF names {file}, which does not exist")
    return None


def _failed(cause: SessionError) -> SlurmAnswer:
    log.info("The slurm backend is not offered: %s", cause)
    return SlurmAnswer("failed", message=_one_sentence(cause))


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


def _defaults(slurm: SlurmAnswer) -> dict[str, Any]:
    settings = load()
    spec = SessionSpec()
    if slurm.state == "known":
        # Which profile fits is asked of sbatch; where SLURM does not answer, that would hang.
        spec = site_profiles.apply(spec, settings)
    elif not slurm.has_slurm and settings.backend is None and default_backend() == "slurm":
        # sbatch may be installed where no SLURM runs.
        settings = replace(settings, backend="local")
    spec = spec.resolved(settings)
    default = next((each.name for each in slurm.partitions if each.is_default), None)
    return {
        "name": spec.name,
        "backend": spec.backend,
        "partition": None if spec.backend == "local" else spec.partition or default,
        "memory": spec.memory,
        "cores": spec.cores,
        "walltime": spec.walltime,
        "jobs": spec.jobs,
    }
