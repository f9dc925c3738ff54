"""Workers in jobs of a queue system, through dask-jobqueue."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import dask

from emout_lab.errors import SessionError, SpecError
from emout_lab.quantities import format_clock, parse_walltime
from emout_lab.sessions import queue_answers, slurm
from emout_lab.sessions.backends.base import (
    PROTOCOL,
    Backend,
    ClusterPlan,
    nanny_preloads,
    worker_name,
)
from emout_lab.sessions.backends.jobscript import (
    CondorJob,
    InlineJob,
    SessionJob,
    SlurmJob,
    Submission,
    quoted_folder,
    quoted_words,
)
from emout_lab.sessions.bootstrap import bootstrap_command, encode_path, shell_words
from emout_lab.sessions.directives import check_lines
from emout_lab.sessions.network import choose_address
from emout_lab.sessions.nodes import SessionScheduler, SessionWorker
from emout_lab.sessions.slurm import Job
from emout_lab.sessions.spec import CANCEL_PROGRAMS, SessionSpec

# dask_jobqueue takes Ctrl-C away from whoever imports it (its runner.py).
_on_interrupt = signal.getsignal(signal.SIGINT)
import dask_jobqueue  # noqa: E402 - once the handler is noted

signal.signal(signal.SIGINT, _on_interrupt)

WORKER_CLASS: Final = f"{SessionWorker.__module__}.{SessionWorker.__qualname__}"
WORKER_COMMAND: Final = "distributed.cli.dask_worker"
CONDOR_DISK: Final = "1GB"
PROLOGUE: Final = "job-script-prologue"


class _SessionCluster:
    """A cluster's mix-in: worker names, and the command of jobs, are those of the session."""

    def _new_worker_name(self, worker_number: int) -> str:
        return worker_name(worker_number)

    def _get_worker_security(self, security: Any) -> None:  # noqa: ARG002 - its signature
        """Return nothing: the command names the certificates (`Submission`)."""


class JobQueueBackend(Backend):
    """Jobs of a queue system; dask-jobqueue's own configuration is honoured.

    A subclass says which cluster class of dask-jobqueue it is, and how that class calls things.
    """

    is_queue: ClassVar[bool] = True
    cluster_class: ClassVar[type[Any]]
    job_mixin: ClassVar[type[SessionJob]] = SessionJob

    def options(self, spec: SessionSpec) -> dict[str, Any]:
        """Return the queue system's own arguments of the cluster class."""
        return {"queue": spec.partition, "walltime": _clock(spec)}

    def directives(self, spec: SessionSpec) -> Any:
        """Return the additional lines of a job script's header."""
        return [*self.configured_lines("job-extra-directives"), *spec.filled_directives]

    def listen_address(self, wanted: str | None) -> str:
        """Return the address of the fastest network, by interface type."""
        return choose_address(wanted)

    def build(self, plan: ClusterPlan) -> Any:
        """Return the cluster, without jobs."""
        options = self._job_options(plan)
        parent = self.cluster_class.job_cls
        job_class = type(f"Session{parent.__name__}", (self.job_mixin, parent), {})
        # What cannot be a job is refused here, before there is a cluster that must be closed.
        job_class("", name=worker_name(0), **options)
        named = type(
            f"Session{self.cluster_class.__name__}",
            (_SessionCluster, self.cluster_class),
            {"job_cls": job_class},
        )
        return named(
            **options,
            security=plan.security,
            protocol=PROTOCOL,
            shared_temp_directory=str(plan.certificates.directory),
            scheduler_cls=SessionScheduler,
            scheduler_options=self._scheduler_options(plan),
            silence_logs=False,
            asynchronous=True,
        )

    def _job_options(self, plan: ClusterPlan) -> dict[str, Any]:
        spec = plan.spec
        return {
            **self.options(spec),
            "cores": spec.cores,
            "memory": f"{spec.memory_bytes}B",
            "processes": spec.engines_per_job,
            "job_name": f"emout-{spec.name}",
            "submission": self._submission(plan),
            "python": sys.executable,
            "nanny": True,
            "log_directory": str(plan.paths.logs),
            "job_extra_directives": self.directives(spec),
            "job_directives_skip": self.skipped(spec),
            "job_script_prologue": [
                # The second is the older name of the first.
                *(self.configured_lines(PROLOGUE) or self.configured_lines("env-extra")),
                *spec.prologue,
            ],
            # Else dask-jobqueue looks for them under an older name; `Submission` has them already.
            "worker_extra_args": ["--no-dashboard"],
        }

    def skipped(self, spec: SessionSpec) -> list[str]:
        """Return the texts whose lines are left out of a job script's header."""
        return [*self.configured_lines("job-directives-skip"), *spec.skip_directives]

    def configured_lines(self, key: str) -> list[str]:
        """Return lines of dask-jobqueue's configuration files.

        Raises
        ------
        SpecError
            They are not single lines.
        """
        found = self.configured(key, [])
        if isinstance(found, list | tuple):
            # YAML makes numbers of words such as those of worker-extra-args, and null of nothing.
            words = [word for word in found if word not in (None, "")]
            found = [str(word) if isinstance(word, int | float) else word for word in words]
        return list(check_lines(found, key, "dask-jobqueue's configuration"))

    def _submission(self, plan: ClusterPlan) -> Submission:
        """Return the command of a job: first a safe Python, then Dask's worker."""
        scratch = self.configured("local-directory", dask.config.get("temporary-directory", None))
        module = self.configured("worker-command", WORKER_COMMAND)
        words = bootstrap_command(str(module), trusted=plan.trusted_folders)
        options = ["--worker", f"--fallback={encode_path(plan.paths.scratch)}"]
        launcher = [shell_words([*words[:-1], *options])]
        # As it stands: a shell on the node fills in what it names.
        launcher += [f"--scratch={quoted_folder(str(scratch))}"] if scratch else []
        return Submission(
            plan.paths.directory,
            plan.spec.threads or 1,
            " ".join([*launcher, shell_words(words[-1:])]),
            f"{quoted_words(self.configured_lines('worker-extra-args'))} "
            f"{shell_words(self._worker_options(plan))}".strip(),
        )

    def _worker_options(self, plan: ClusterPlan) -> list[str]:
        timeout, interface = (
            self.configured("death-timeout", None),
            self.configured("interface", None),
        )
        options = {
            "--death-timeout": timeout,
            "--interface": interface,
            "--worker-class": WORKER_CLASS,
            "--protocol": PROTOCOL,
        }
        tls = plan.security.get_tls_config_for_role("worker")
        for key in ("ca_file", "cert", "key"):
            options[f"--tls-{key.replace('_', '-')}"] = encode_path(tls[key])
        given = [(name, str(value)) for name, value in options.items() if value is not None]
        given += [("--preload-nanny", module) for module in nanny_preloads()]
        return ["--no-dashboard", *(word for pair in given for word in pair)]

    def entries(self, spec: SessionSpec) -> int:
        """Return the number of jobs; each brings its processes."""
        return spec.jobs

    def job_ids(self, cluster: Any) -> dict[str, str]:
        """Return the queue's ids of the jobs submitted so far."""
        return {name: str(job.job_id) for name, job in cluster.workers.items() if job.job_id}

    async def list_jobs(self, ids: Sequence[str], max_age: float) -> list[Job]:  # noqa: ARG002 - SLURM's
        """Return nothing: only SLURM is asked; elsewhere the workers tell."""
        return []

    async def cancel(self, ids: Sequence[str]) -> None:
        """Cancel the jobs, pending ones too."""
        for job in ids:
            # Most queue systems fail for a job that has ended.
            with contextlib.suppress(SessionError):
                await slurm.call(CANCEL_PROGRAMS[self.name], job)

    def configured(self, key: str, default: Any) -> Any:
        """Return what dask-jobqueue's configuration files say for this queue system."""
        return dask.config.get(f"jobqueue.{self.name}.{key}", default) or default

    def _scheduler_options(self, plan: ClusterPlan) -> dict[str, Any]:
        configured = dict(self.configured("scheduler-options", {}))
        # An address is more particular than an interface; Dask refuses both.
        configured.pop("interface", None)
        return {
            **configured,
            "host": plan.address,
            "port": plan.port,
            "dashboard": False,
            "dashboard_address": None,
            "local_directory": str(plan.paths.scratch),
        }


class SlurmBackend(JobQueueBackend):
    """Jobs of SLURM."""

    name: ClassVar[str] = "slurm"
    cluster_class: ClassVar[type[Any]] = dask_jobqueue.SLURMCluster
    job_mixin: ClassVar[type[SessionJob]] = SlurmJob

    def options(self, spec: SessionSpec) -> dict[str, Any]:
        """Return SLURM's names for partition, memory and walltime."""
        # dask-jobqueue reads "60G" as 60 * 10^9 bytes and would ask SLURM for 56G.
        return {
            "queue": spec.partition,
            "job_mem": spec.memory_text,
            "walltime": spec.walltime_text,
        }

    def directives(self, spec: SessionSpec) -> list[str]:
        """Return the directives; a job whose node failed is not run again under its old name."""
        return ["--no-requeue", *super().directives(spec)]

    async def list_jobs(self, ids: Sequence[str], max_age: float) -> list[Job]:
        """Ask squeue how the jobs stand."""
        return await queue_answers.list_jobs(ids, max_age) if ids else []

    async def cancel(self, ids: Sequence[str]) -> None:
        """Cancel the jobs with one scancel."""
        await slurm.cancel_jobs(ids)


class PbsBackend(JobQueueBackend):
    """Jobs of PBS."""

    name: ClassVar[str] = "pbs"
    cluster_class: ClassVar[type[Any]] = dask_jobqueue.PBSCluster


class MoabBackend(JobQueueBackend):
    """Jobs of Moab, which reads the lines of PBS."""

    name: ClassVar[str] = "moab"
    cluster_class: ClassVar[type[Any]] = dask_jobqueue.MoabCluster


class LsfBackend(JobQueueBackend):
    """Jobs of LSF."""

    name: ClassVar[str] = "lsf"
    cluster_class: ClassVar[type[Any]] = dask_jobqueue.LSFCluster

    def options(self, spec: SessionSpec) -> dict[str, Any]:
        """Return LSF's names; its times have no seconds."""
        seconds = parse_walltime(spec.walltime)
        return {"queue": spec.partition, "walltime": format_clock(seconds, has_seconds=False)}


class SgeBackend(JobQueueBackend):
    """Jobs of Grid Engine; memory is a site's own resource there, for a profile to ask for."""

    name: ClassVar[str] = "sge"
    cluster_class: ClassVar[type[Any]] = dask_jobqueue.SGECluster


class OarBackend(JobQueueBackend):
    """Jobs of OAR."""

    name: ClassVar[str] = "oar"
    cluster_class: ClassVar[type[Any]] = dask_jobqueue.OARCluster
    job_mixin: ClassVar[type[SessionJob]] = InlineJob

    def options(self, spec: SessionSpec) -> dict[str, Any]:
        """Return OAR's names; the property for memory is a site's own."""
        key = "memory-per-core-property-name"
        # Without one dask-jobqueue warns; with this word it asks for no memory.
        prop = self.configured(key, "not_applicable")
        return {**super().options(spec), "memory_per_core_property_name": prop}


class HTCondorBackend(JobQueueBackend):
    """Jobs of HTCondor, which has neither partitions nor a walltime."""

    name: ClassVar[str] = "htcondor"
    cluster_class: ClassVar[type[Any]] = dask_jobqueue.HTCondorCluster
    job_mixin: ClassVar[type[SessionJob]] = CondorJob

    def options(self, spec: SessionSpec) -> dict[str, Any]:  # noqa: ARG002 - others'
        """Return the disk that a job may fill, which HTCondor insists on."""
        return {"disk": self.configured("disk", CONDOR_DISK)}

    def directives(self, spec: SessionSpec) -> dict[str, str]:
        """Return the additional ``key = value`` lines of a submit file."""
        pairs = {}
        for line in spec.filled_directives:
            key, equals, value = (part.strip() for part in line.partition("="))
            if not key or not equals:
                raise SpecError(
                    f"directives: {line!r} is no line of a submit file of HTCondor; write "
                    "'key = value', for example '+Project = \"gr1\"'",
                    field="directives",
                )
            pairs[key] = value
        return {**dict(self.configured("job-extra-directives", {})), **pairs}

    def skipped(self, spec: SessionSpec) -> list[str]:
        """Return the keys that are left out, of those that dask-jobqueue writes."""
        known = {"LogDirectory", "Output", "Error", "Log", "Stream_Output", "Stream_Error"}
        known |= {"batch_name", "RequestCpus", "RequestMemory", "RequestDisk"}
        return [key for key in super().skipped(spec) if key in known]


_BACKENDS: Final[Mapping[str, Callable[[], JobQueueBackend]]] = {
    backend.name: backend
    for backend in (
        *(SlurmBackend, PbsBackend, LsfBackend, SgeBackend, OarBackend, HTCondorBackend),
        MoabBackend,
    )
}


def queue_backend(name: str) -> JobQueueBackend:
    """Return the backend of a queue system.

    Examples
    --------
    >>> queue_backend("pbs").name
    'pbs'
    """
    return _BACKENDS[name]()


def _clock(spec: SessionSpec) -> str:
    """Return the walltime as hours, minutes and seconds: only SLURM knows days."""
    return format_clock(parse_walltime(spec.walltime))
