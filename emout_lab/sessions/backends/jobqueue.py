"""Workers in jobs of a queue system, through dask-jobqueue."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import dask

from emout_lab.sessions import slurm
from emout_lab.sessions.backends.base import PROTOCOL, Backend, ClusterPlan, worker_name
from emout_lab.sessions.network import choose_address
from emout_lab.sessions.nodes import SessionScheduler, SessionWorker
from emout_lab.sessions.slurm import Job
from emout_lab.sessions.spec import SessionSpec

# dask_jobqueue takes Ctrl-C away from whoever imports it (its runner.py).
_on_interrupt = signal.getsignal(signal.SIGINT)
from dask_jobqueue import SLURMCluster  # noqa: E402

signal.signal(signal.SIGINT, _on_interrupt)

WORKER_CLASS: Final = f"{SessionWorker.__module__}.{SessionWorker.__qualname__}"


class SessionSlurmCluster(SLURMCluster):  # type: ignore[misc]  # dask-jobqueue has no types
    """`SLURMCluster` with the session's worker names."""

    def _new_worker_name(self, worker_number: int) -> str:
        return worker_name(worker_number)


class SlurmBackend(Backend):
    """Jobs of SLURM; dask-jobqueue's own configuration is honoured for what a spec leaves open."""

    name: ClassVar[str] = "slurm"
    is_queue: ClassVar[bool] = True

    def listen_address(self, wanted: str | None) -> str:
        """Return the address of the fastest network, by interface type."""
        return choose_address(wanted)

    def build(self, plan: ClusterPlan) -> SessionSlurmCluster:
        """Return the cluster, without jobs."""
        spec = plan.spec
        return SessionSlurmCluster(
            queue=spec.partition,
            cores=spec.cores,
            memory=f"{spec.memory_bytes}B",
            # dask-jobqueue reads "60G" as 60 * 10^9 bytes and would ask SLURM for 56G.
            job_mem=spec.memory,
            walltime=spec.walltime,
            processes=spec.processes,
            job_name=f"emout-{spec.name}",
            python=sys.executable,
            nanny=True,
            security=plan.security,
            protocol=PROTOCOL,
            shared_temp_directory=str(plan.certificates.directory),
            log_directory=str(plan.paths.logs),
            scheduler_cls=SessionScheduler,
            scheduler_options=_scheduler_options(plan),
            worker_extra_args=[
                *_configured("worker-extra-args", []),
                "--worker-class",
                WORKER_CLASS,
                "--no-dashboard",
            ],
            silence_logs=False,
            asynchronous=True,
        )

    def entries(self, spec: SessionSpec) -> int:
        """Return the number of jobs; each brings its processes."""
        return spec.jobs

    def job_ids(self, cluster: Any) -> list[str]:
        """Return SLURM's ids of the jobs submitted so far."""
        ids = [str(job.job_id) for job in cluster.workers.values() if job.job_id]
        return sorted(ids, key=lambda job: (len(job), job))

    async def list_jobs(self, ids: Sequence[str]) -> list[Job]:
        """Ask squeue how the jobs stand."""
        return await slurm.list_jobs(ids) if ids else []

    async def cancel(self, ids: Sequence[str]) -> None:
        """Cancel the jobs with scancel, pending ones too."""
        await slurm.cancel_jobs(ids)


def _scheduler_options(plan: ClusterPlan) -> dict[str, Any]:
    configured = dict(_configured("scheduler-options", {}))
    # An address is more particular than an interface; Dask refuses both.
    configured.pop("interface", None)
    return {
        **configured,
        "host": plan.address,
        "port": plan.port,
        "dashboard": False,
        "dashboard_address": None,
    }


def _configured(key: str, default: Any) -> Any:
    return dask.config.get(f"jobqueue.slurm.{key}", default) or default
