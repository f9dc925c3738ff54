"""Workers on this machine: the embedded default where no queue system is."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any, ClassVar

from distributed import LocalCluster

from emout_lab.sessions.backends.base import (
    PROTOCOL,
    Backend,
    ClusterPlan,
    nanny_preloads,
    worker_name,
)
from emout_lab.sessions.network import LOOPBACK
from emout_lab.sessions.nodes import SessionScheduler, SessionWorker
from emout_lab.sessions.slurm import Job
from emout_lab.sessions.spec import SessionSpec


class SessionLocalCluster(LocalCluster):  # type: ignore[misc]  # distributed has no types
    """`LocalCluster` with the session's node classes and worker names.

    Parameters
    ----------
    **options
        Those of `LocalCluster`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.scheduler_spec["cls"] = SessionScheduler
        self.new_spec["options"]["worker_class"] = SessionWorker

    def _new_worker_name(self, worker_number: int) -> str:
        return worker_name(worker_number)


class LocalBackend(Backend):
    """Worker processes started by the host itself, on loopback."""

    name: ClassVar[str] = "local"
    is_queue: ClassVar[bool] = False

    def listen_address(self, wanted: str | None) -> str:  # noqa: ARG002 - a backend's
        """Return loopback: nobody else has to reach a local session."""
        return LOOPBACK

    def build(self, plan: ClusterPlan) -> SessionLocalCluster:
        """Return the cluster, without workers."""
        spec = plan.spec
        return SessionLocalCluster(
            n_workers=0,
            threads_per_worker=spec.threads,
            memory_limit=spec.memory_bytes // spec.engines_per_job,
            processes=True,
            host=plan.address,
            scheduler_port=plan.port,
            protocol=PROTOCOL,
            security=plan.security,
            dashboard_address=None,
            preload_nanny=nanny_preloads(),
            # Not the shared /tmp: what workers spill is the user's data.
            local_directory=str(plan.paths.scratch),
            scheduler_kwargs={"local_directory": str(plan.paths.scratch)},
            # The host's own folder for temporary files, see `emout_lab.sessions.bootstrap`.
            env={"TMPDIR": tempfile.gettempdir()},
            silence_logs=False,
            asynchronous=True,
        )

    def entries(self, spec: SessionSpec) -> int:
        """Return the number of workers."""
        return spec.workers_expected

    def job_ids(self, cluster: Any) -> dict[str, str]:  # noqa: ARG002 - a backend's
        """Return nothing: there is no queue."""
        return {}

    async def list_jobs(self, ids: Sequence[str], max_age: float) -> list[Job]:  # noqa: ARG002 - a backend's
        """Return nothing: there is no queue."""
        return []

    async def cancel(self, ids: Sequence[str]) -> None:
        """Do nothing: workers end with the host."""
