"""What a backend must do: build a Dask cluster, launch its workers, tell how its jobs stand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import dask

from emout_lab.paths import SessionPaths
from emout_lab.sessions.slurm import Job
from emout_lab.sessions.spec import SessionSpec
from emout_lab.sessions.tls import Certificates

PROTOCOL: Final = "tls://"
NANNY_SETUP: Final = "emout_lab.sessions.nanny_watch"


@dataclass(frozen=True)
class ClusterPlan:
    """All that a backend needs to build the cluster of a session.

    Parameters
    ----------
    spec : SessionSpec
        What was asked for, resolved.
    paths : SessionPaths
        Where logs and spilled data go.
    address : str
        IP address that the scheduler listens on.
    port : int
        Its port.
    certificates : Certificates
        Files for the host and its workers.
    security : distributed.Security
        The same, loaded.
    trusted_folders : tuple of str
        Folders that workers may import from although others can write there.
    """

    spec: SessionSpec
    paths: SessionPaths
    address: str
    port: int
    certificates: Certificates
    security: Any
    trusted_folders: tuple[str, ...] = ()


class Backend(ABC):
    """One way to get workers.

    A backend holds no state of its own: the cluster object it built is handed back to it.
    """

    name: ClassVar[str]
    #: Whether workers come through a queue, so that a start can be refused when it is submitted.
    is_queue: ClassVar[bool]

    @abstractmethod
    def listen_address(self, wanted: str | None) -> str:
        """Return the IP address the scheduler shall listen on; `wanted` is the user's setting."""

    @abstractmethod
    def build(self, plan: ClusterPlan) -> Any:
        """Return an asynchronous `distributed.SpecCluster` without workers, not yet started."""

    @abstractmethod
    def entries(self, spec: SessionSpec) -> int:
        """Return the entries of the cluster's worker table: its jobs, or its workers."""

    @abstractmethod
    def job_ids(self, cluster: Any) -> dict[str, str]:
        """Return the queue's ids of the jobs submitted so far, by their name in the table."""

    @abstractmethod
    async def list_jobs(self, ids: Sequence[str], max_age: float) -> list[Job]:
        """Ask the queue how the jobs stand; SessionError when it does not answer.

        An empty list says that this cannot be asked here. What another session of the user was
        told within the last ``max_age`` seconds is taken for an answer.
        """

    @abstractmethod
    async def cancel(self, ids: Sequence[str]) -> None:
        """Make sure that none of the jobs runs or waits; SessionError when it cannot."""


def nanny_preloads() -> list[str]:
    """Return the modules that prepare a nanny's process: the user's, then the session's.

    Examples
    --------
    >>> nanny_preloads()[-1]
    'emout_lab.sessions.nanny_watch'
    """
    configured = dask.config.get("distributed.nanny.preload", []) or []
    theirs = [configured] if isinstance(configured, str) else list(configured)
    return [*theirs, NANNY_SETUP]


def worker_name(number: int) -> str:
    """Return the name of the worker `number`, which is also its engine's name.

    Examples
    --------
    >>> worker_name(0)
    '0'
    """
    return str(number)


def entry_name(worker: object) -> str:
    """Return the entry of the cluster's table that a worker belongs to.

    Examples
    --------
    >>> entry_name("3-1")
    '3'
    """
    return str(worker).partition("-")[0]
