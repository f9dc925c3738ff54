"""The clock of the day is set while a session runs: nobody counts as lost, nothing is dropped."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clients import Program, program
from isolation import isolated_home

from emout_lab import sessions

HOUR_S = 3600
#: A kernel that is not heard of for so long counts as gone.
KERNEL_LOST_S = 10.0
#: So long nothing may happen after a step forward, or back: a silent kernel would be noticed.
WATCHED_S = {2: 4.0, -2: 13.0}
SETUP = (
    "import time\n"
    "from emout_lab import sessions\n"
    "from emout_lab.client import aio as engines\n"
    "kept = session.open('numpy:arange', 4.0)\n"
    "session.queue.flush()\n"
    "def state():\n"
    "    found = sessions.get()\n"
    "    snapshots = session.client.sync(engines.snapshots, session.client).values()\n"
    "    kept = [o for each in snapshots for o in each.objects if o.expression == 'arange(4.0)']\n"
    "    return [found.state.value, found.reason, len(kept), session.open('os:getpid').fetch()]"
)


@pytest.fixture(scope="module")
def set_clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], None]]:
    """Set the clock of all processes that are started from now on, and while they run [s]."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("cc is missing; install a C compiler")
    folder = tmp_path_factory.mktemp("clock")
    shift, library = folder / "shift", folder / "clock.so"
    shift.write_bytes(bytes(8))
    source = Path(__file__).with_name("shifted_clock.c")
    flags = [f'-DSHIFT_FILE="{shift}"', "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([compiler, *flags, str(source), "-ldl"], check=True, timeout=60)

    def set_by(seconds: int) -> None:
        with shift.open("r+b") as file:
            file.write(struct.pack("l", seconds))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(library))
        yield set_by


@pytest.fixture(scope="module")
def notebook(set_clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A user's program in a session all of whose processes, and its own, have such a clock."""
    with isolated_home(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOUT_LAB_KERNEL_LOST", str(KERNEL_LOST_S))
        code = (
            "from emout_lab import sessions\n"
            "sessions.start(backend='local', memory='1G', cores=1)\n"
            "sessions.wait_for_workers(timeout=60)"
        )
        # In a process with such a clock too: this one's goes on as before.
        subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
        with program(tmp_path_factory.mktemp("book")) as found:
            found.run(SETUP)
            yield found
        set_clock(0)
        sessions.stop()


@pytest.mark.parametrize(("hours", "step"), [(2, 2), (0, -2)], ids=["forward", "back"])
def test_clock_that_is_set_loses_nobody_and_nothing(notebook, set_clock, hours, step) -> None:
    before = notebook.run("state()")
    assert before[:3] == ["running", None, 1]
    told = notebook.run("time.time()")
    set_clock(hours * HOUR_S)
    assert abs(notebook.run("time.time()") - told - step * HOUR_S) < 60
    end = time.monotonic() + WATCHED_S[step]
    seen = []
    while time.monotonic() < end:
        seen.append(notebook.run("state()"))
        time.sleep(0.5)
    assert [each for each in seen[4:] if each != before] == []
    assert notebook.run("float(kept[3])") == 3.0
