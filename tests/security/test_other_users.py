"""What another user of the machine, and a colleague of the same group, gets of a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from strangers import IS_ROOT, STRANGER, shared_folder

from emout_lab import sessions
from emout_lab.client.session import ConnectedSession
from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo, new_id
from emout_lab.sessions import SessionStatus

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="only root can play another user")

#: Tries everything on files, processes and sockets, and tells what it got.
ATTACK = """
import contextlib, ctypes, json, os, signal, socket, sys
user, group, places, pids = json.loads(sys.argv[1])
os.setgroups([group]), os.setgid(group), os.setuid(user)
got, lines = [], []
for place in places:
    for folder, names, files in os.walk(place, onerror=lambda error: None):
        for name in [*names, *files, "planted-by-another"]:
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                if os.path.isdir(path):
                    os.listdir(path)
                elif name.startswith("planted"):
                    open(path, "x").close()
                else:
                    open(path, "rb").read(1)
                got.append(path)
for pid in pids:
    with contextlib.suppress(OSError):
        lines.append(open(f"/proc/{pid}/cmdline").read())
    for name in ("environ", "mem", "maps", "auxv", "syscall", "stack"):
        with contextlib.suppress(OSError):
            if open(f"/proc/{pid}/{name}", "rb").read(1):
                got.append(f"/proc/{pid}/{name}")
    for name in ("fd", "cwd", "root", "task"):
        with contextlib.suppress(OSError):
            if name != "task":
                os.listdir(f"/proc/{pid}/{name}")
                got.append(f"/proc/{pid}/{name}")
    for number in (0, signal.SIGCONT, signal.SIGUSR1):
        with contextlib.suppress(OSError):
            os.kill(pid, number)
            got.append(f"signal {number} to {pid}")
    if ctypes.CDLL(None).ptrace(16, pid, None, None) == 0:
        got.append(f"traced {pid}")
for line in open("/proc/net/unix").read().splitlines()[1:]:
    columns = line.split(maxsplit=7)
    # munge's socket is for everybody, and a SLURM of other tests may run.
    if len(columns) == 8 and not columns[7].endswith("/munge.sock"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(5)
            peer.connect(columns[7].replace("@", "\\0", 1))
            got.append(f"socket {columns[7]}")
print(json.dumps([got, lines]))
"""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Path, SessionStatus]]:
    """A session that is in use, whose home lies where others can go, as homes often do."""
    with shared_folder(0o755) as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOUT_LAB_HOME", str(place / "home"))
        sessions.start(backend="local", memory="1G", cores=1, jobs=1)
        status = sessions.wait_for_workers(timeout=60)
        with_objects(status)
        yield place, status
        sessions.stop()


def with_objects(status: SessionStatus) -> None:
    """Let the engine open its own port, and write a sweep."""
    session = ConnectedSession.connect(status.name)
    session.engine("0").invoke("has", "nothing").result(60)
    session.close()
    info = SweepInfo(
        id=new_id(),
        name="secret",
        notebook="run.ipynb",
        tag="",
        session=status.name,
        address=str(status.address),
        directory="/",
        total=1,
        parameters=("k",),
        retries=3,
        created=0.0,
    )
    SweepFolder.create(info, b"", [{"k": 1}])


@pytest.mark.parametrize("group", [STRANGER, os.getgid()], ids=["stranger", "same group"])
def test_another_user_reads_writes_and_signals_nothing(
    running: tuple[Path, SessionStatus], group: int
) -> None:
    place, status = running
    host = psutil.Process(status.pid)
    family = [host, *host.children(recursive=True)]
    assert len(family) >= 3, "host, nanny's worker and what adopts orphans"
    assert list((place / "home").glob("servers/*/certs/*-key.pem"))
    assert list((place / "home").glob("sweeps/*/sweep.json"))
    scratch = {str(Path(each.environ().get("TMPDIR", place))) for each in family}
    asked = [STRANGER, group, [str(place), *scratch, "/dev/shm"], [each.pid for each in family]]
    theirs = {str(path) for path in Path("/dev/shm").rglob("*")}
    got, lines = attack(asked)
    # That there is a home is seen by everybody; and what others keep in shared memory is theirs.
    assert [each for each in got if each not in theirs and "/dev/shm/planted" not in each] == []
    Path("/dev/shm/planted-by-another").unlink(missing_ok=True)
    assert len(lines) == len(family)
    keys = [
        line
        for key in (place / "home").glob("servers/*/certs/*-key.pem")
        for line in key.read_text().splitlines()
    ]
    assert not any(secret in line for secret in keys for line in lines)


def attack(asked: list[Any]) -> tuple[list[str], list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", ATTACK, json.dumps(asked)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    got, lines = json.loads(done.stdout)
    return got, lines


def test_attack_would_find_what_is_open(tmp_path: Path) -> None:
    # Otherwise the test above would say nothing.
    with shared_folder(0o777) as place:
        (place / "open").write_text("x")
        own = subprocess.Popen(
            ["cat"], stdin=subprocess.PIPE, user=STRANGER, group=STRANGER, extra_groups=[]
        )
        got, lines = attack([STRANGER, STRANGER, [str(place)], [own.pid]])
        own.communicate(b"\n")
    assert {str(place / "open"), str(place / "planted-by-another")} <= set(got)
    assert f"/proc/{own.pid}/environ" in got
    assert len(lines) == 1
