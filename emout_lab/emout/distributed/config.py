"""Upstream's ``DaskConfig``: what the environment and the settings say of new sessions."""

from __future__ import annotations

from pathlib import Path

from emout_lab.config import load
from emout_lab.sessions.network import choose_address
from emout_lab.sessions.spec import QUEUE_CORES, QUEUE_MEMORY, QUEUE_WALLTIME


class DaskConfig:
    """The settings under upstream's names; each is looked up when it is asked for.

    Examples
    --------
    >>> DaskConfig().protocol
    'tls'
    """

    @property
    def protocol(self) -> str:
        """What sessions speak."""
        return load().protocol

    @property
    def scheduler_ip(self) -> str:
        """Address that schedulers listen on."""
        return choose_address(load().scheduler_ip)

    @property
    def scheduler_port(self) -> int | None:
        """Their port; None lets each start choose a free one, by the user id."""
        return load().scheduler_port

    @property
    def partition(self) -> str | None:
        """Partition of jobs; None leaves it to the site profile, or the cluster."""
        return load().partition

    @property
    def processes(self) -> int:
        """Worker processes of a job."""
        return load().processes or 1

    @property
    def threads(self) -> int | None:
        """Threads of a process; None means its share of the cores."""
        return load().threads

    @property
    def cores(self) -> int:
        """Cores of a job."""
        return load().cores or QUEUE_CORES

    @property
    def memory(self) -> str:
        """Memory of a job."""
        return load().memory or QUEUE_MEMORY

    @property
    def walltime(self) -> str:
        """Time limit of a job."""
        return load().walltime or QUEUE_WALLTIME

    @property
    def env_mods(self) -> list[str]:
        """Commands of job scripts before the worker."""
        return list(load().prologue)

    @property
    def logdir(self) -> Path | None:
        """Where logs are kept when a session is stopped; None keeps none."""
        found = load().log_directory
        return None if found is None else Path(found)
