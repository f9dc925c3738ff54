"""A real SLURM with two nodes on this machine's loopback, for tests; needs no root."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psutil

PROGRAMS: Final = (
    "munged",
    "slurmctld",
    "slurmd",
    "sbatch",
    "squeue",
    "scancel",
    "scontrol",
    "sinfo",
)
PARTITION: Final = "gr20001a"
NODES: Final = ("cn1", "cn2")
CPUS: Final = 4
MEMORY_MB: Final = 8000
READY_TIMEOUT_S: Final = 60.0
# Debian puts daemons where an ordinary user's PATH does not look.
SEARCH_PATH: Final = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"

CONFIGURATION: Final = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={directory}/munge.sock
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={directory}/state
SlurmctldPidFile={directory}/slurmctld.pid
SlurmctldLogFile={directory}/slurmctld.log
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmdLogFile={directory}/slurmd-%n.log
SlurmdSpoolDir={directory}/spool-%n
SlurmctldPort={ports[0]}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={directory}/jobs.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1
KillWait=2
MpiDefault=none
PlugStackConfig={directory}/plugstack.conf
NodeName=cn1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cpus} RealMemory={memory}
NodeName=cn2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs={cpus} RealMemory={memory}
PartitionName={partition} Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing_programs() -> list[str]:
    """Return what has to be installed before a `SlurmCluster` can start."""
    return [name for name in PROGRAMS if shutil.which(name, path=SEARCH_PATH) is None]


class SlurmCluster:
    """munged, slurmctld and two slurmd of our own, in one directory."""

    def __init__(self) -> None:
        # A socket's path may have about 100 characters.
        self.directory = Path(tempfile.mkdtemp(prefix="sl-"))
        # munged insists that everybody can reach its socket.
        self.directory.chmod(0o711)
        self.partition = PARTITION

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to talk to this SLURM."""
        return {"SLURM_CONF": str(self.directory / "slurm.conf"), "PATH": SEARCH_PATH}

    def start(self) -> None:
        """Start the daemons and wait until both nodes are idle."""
        self._configure()
        d = self.directory
        self.run(
            "munged",
            f"--key-file={d}/munge.key",
            f"--socket={d}/munge.sock",
            f"--pid-file={d}/munged.pid",
            f"--log-file={d}/munged.log",
            f"--seed-file={d}/munged.seed",
        )
        self.run("slurmctld")
        for node in NODES:
            self.run("slurmd", "-N", node)
        self.wait_until_idle()

    def stop(self) -> None:
        """End exactly the daemons that were started, and remove their directory."""
        with contextlib.suppress(RuntimeError, TimeoutError, subprocess.SubprocessError):
            self.cancel_all()
        names = ("slurmctld", *(f"slurmd-{node}" for node in NODES), "munged")
        daemons = [process for name in names for process in self._daemon(name)]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in daemons:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)
            _, daemons = psutil.wait_procs(daemons, timeout=10)
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, *command: str, check: bool = True) -> str:
        """Run one of SLURM's commands and return what it prints."""
        done = subprocess.run(
            [shutil.which(command[0], path=SEARCH_PATH) or command[0], *command[1:]],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
        return done.stdout

    def wait_until_idle(self) -> None:
        """Wait until both nodes can take jobs."""
        self.wait_until(
            lambda: (
                self.run("sinfo", "-h", "-N", "-o", "%T", check=False).split()
                == ["idle"] * len(NODES)
            ),
            "both nodes are idle",
        )

    def kill_node(self, node: str) -> None:
        """Kill a node's slurmd without a word, as a crash does."""
        daemons = self._daemon(f"slurmd-{node}")
        for process in daemons:
            process.kill()
        psutil.wait_procs(daemons, timeout=10)

    def revive_nodes(self) -> None:
        """Bring all nodes back into service, whatever was done to them."""
        for node in NODES:
            if not self._daemon(f"slurmd-{node}"):
                self.run("slurmd", "-N", node)
            for state in ("DOWN", "RESUME"):
                update = ("update", f"NodeName={node}", f"State={state}", "Reason=test")
                self.run("scontrol", *update, check=False)
        self.wait_until_idle()

    @contextlib.contextmanager
    def plugin(self, library: Path) -> Iterator[None]:
        """Load a SPANK plugin for a while."""
        stack = self.directory / "plugstack.conf"
        stack.write_text(f"required {library}\n")
        try:
            yield
        finally:
            stack.write_text("")

    def jobs(self) -> list[str]:
        """Return the ids of all jobs that run or wait."""
        return self.run("squeue", "-h", "-o", "%i").split()

    def cancel_all(self) -> None:
        """Cancel all jobs and wait until they are gone."""
        jobs = self.jobs()
        if jobs:
            self.run("scancel", *jobs, check=False)
            self.wait_until(lambda: not self.jobs(), "all jobs are gone")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition; say what did not come true."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not condition():
            if time.monotonic() > deadline:
                log = (self.directory / "slurmctld.log").read_text(errors="replace")
                raise TimeoutError(f"Waited in vain until {what}. slurmctld says:\n{log[-3000:]}")
            time.sleep(0.1)

    def _configure(self) -> None:
        d = self.directory
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (d / name).mkdir()
        key = d / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        text = CONFIGURATION.format(
            host=socket.gethostname().partition(".")[0],
            user=getpass.getuser(),
            directory=d,
            ports=_free_ports(3),
            cpus=CPUS,
            memory=MEMORY_MB,
            partition=PARTITION,
        )
        (d / "slurm.conf").write_text(text)
        (d / "plugstack.conf").touch()

    def _daemon(self, name: str) -> list[psutil.Process]:
        try:
            process = psutil.Process(int((self.directory / f"{name}.pid").read_text()))
            # A recycled pid is another program's.
            return [process] if process.name() == name.partition("-")[0] else []
        except (OSError, ValueError, psutil.NoSuchProcess):
            return []


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]
