"""Nothing that a session's programs have forked outlives the session, or its engine."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from slurm_cluster import SlurmCluster
from waiting import wait_until

from emout_lab import sessions
from emout_lab.sessions import SessionState

LOCAL = {"backend": "local", "memory": "1G", "cores": 1}
# Run on an engine, which does not know this file: children, a family that does not hear, and
# daemons that leave their family, one of them without its environment.
FORKS = """
import os, subprocess, sys, time

def daemon(work):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            work()
        os._exit(0)

stubborn = '''
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "{mark}"])
time.sleep({mark})
'''
if os.fork() == 0:
    os.execvp("sleep", ["sleep", "{mark}"])
subprocess.Popen(["sleep", "{mark}"])
subprocess.Popen([sys.executable, "-c", stubborn])
daemon(lambda: time.sleep({mark}))
daemon(lambda: os.execvp("sleep", ["sleep", "{mark}"]))
daemon(lambda: os.execve("/bin/sh", ["sh", "-c", "exec sleep {mark}"], dict(PATH=os.defpath)))
"""
SLEEPERS = 5


def fork(seconds: int) -> tuple[int, list[psutil.Process]]:
    """Let an engine fork; return its pid, and what else there is of the session by then."""
    with sessions.connect() as client:
        [worker] = client.run(exec, FORKS.format(mark=seconds), {}).keys()
        [pid] = client.run(os.getpid).values()
    wait_until(lambda: len(sleepers(seconds)) == SLEEPERS)
    return pid, descendants(psutil.Process(pid)) + sleepers(seconds)


def sleepers(seconds: int) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[-2:] == ["sleep", str(seconds)]
    ]


def is_marked(process: psutil.Process) -> bool:
    try:
        return "EMOUT_LAB_TOKEN" in process.environ()
    except psutil.Error:
        # A daemon's parent that has ended.
        return False


def descendants(process: psutil.Process) -> list[psutil.Process]:
    found: list[psutil.Process] = process.children(recursive=True)
    return found


def all_ended(processes: list[psutil.Process], timeout: float) -> bool:
    wait_until(lambda: not any(lives(process) for process in processes), timeout)
    return True


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_stop_ends_what_programs_have_forked(emout_home: Path) -> None:
    host = psutil.Process(sessions.start(**LOCAL).pid)
    sessions.wait_for_workers(timeout=60)
    _, forked = fork(100_001)
    forked += descendants(host)
    sessions.stop()
    assert all_ended(forked, 1)


def test_lost_engine_takes_along_what_it_has_forked(emout_home: Path) -> None:
    host = psutil.Process(sessions.start(**LOCAL).pid)
    sessions.wait_for_workers(timeout=60)
    engine, forked = fork(100_002)
    adopted = [child for child in host.children() if "spawn_main" in " ".join(child.cmdline())]
    forked += [child for child in adopted if child.pid != engine]
    psutil.Process(engine).kill()
    assert all_ended(forked, 30)
    # The next engine is none of them.
    sessions.wait_for_workers(timeout=60)
    with sessions.connect() as client:
        assert client.submit(sum, [1, 2]).result(timeout=30) == 3


def test_killed_host_leaves_no_process_and_no_key_once_somebody_looks(emout_home: Path) -> None:
    host = psutil.Process(sessions.start(**LOCAL).pid)
    sessions.wait_for_workers(timeout=60)
    _, forked = fork(100_003)
    # One without the session's environment, in no family any more, cannot be found.
    forked = [process for process in forked if is_marked(process)]
    assert len(forked) >= SLEEPERS
    host.kill()
    psutil.wait_procs([host], timeout=10)
    assert sessions.get().state is SessionState.FAILED
    assert all_ended(forked, 5)
    assert not (emout_home / "servers" / "default" / "certs").exists()
    assert (emout_home / "servers" / "default" / "logs").exists()
    for process in sleepers(100_003):
        process.kill()


@pytest.mark.slurm
def test_stop_ends_what_programs_have_forked_in_jobs(slurm: SlurmCluster) -> None:
    sessions.start(backend="slurm", memory="1G", cores=1, walltime="00:10:00")
    sessions.wait_for_workers(timeout=60)
    _, forked = fork(100_004)
    sessions.stop()
    assert all_ended(forked, 20)
    slurm.wait_until(lambda: not slurm.jobs(), "the queue is empty")
