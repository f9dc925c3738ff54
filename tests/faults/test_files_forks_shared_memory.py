"""Programs that open too many files, share memory or fork harm nobody but themselves."""

from __future__ import annotations

import pytest

from emout_lab import TooLarge
from emout_lab.client import aio as engines
from emout_lab.remote.session import connect


@pytest.fixture(scope="module")
def session(local_session):
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture(autouse=True)
def same_engine(session):
    """An object of before is still there afterwards, in the same process."""
    kept = session.open("numpy:arange", 5.0)
    session.queue.flush()
    pid = engine_pid(session)
    yield
    assert float(kept[3]) == 3.0
    assert engine_pid(session) == pid


def engine_pid(session) -> int:
    found = session.client.sync(engines.snapshots, session.client)
    return next((snapshot.pid for snapshot in found.values()), 0)


def printed(session, capsys, source: str) -> str:
    capsys.readouterr()
    session.engine().run(source)
    session.queue.flush()
    return capsys.readouterr().out.strip()


def fails(session, source: str, kind: type[BaseException], words: str) -> None:
    def run() -> None:
        session.engine().run(source)
        session.queue.flush()

    with pytest.raises(kind, match=words):
        run()


LEAKS = {
    "files": "while True: fs.append(open('/dev/null'))",
    "sockets": "import socket\nwhile True: fs.append(socket.socket())",
    "pipes": "import os\nwhile True: fs.append([open(end) for end in os.pipe()])",
}
COUNT = "import os\nlen(os.listdir('/proc/self/fd'))"


@pytest.mark.parametrize("leak", LEAKS)
def test_program_that_opens_too_many_files_fails_and_the_engine_goes_on(session, capsys, leak):
    for _ in range(2):
        fails(session, f"fs = []\n{LEAKS[leak]}", OSError, r"may have \d+ files.*Close what")
        assert printed(session, capsys, "open('/dev/null').close()\n6 * 7") == "42"
    session.engine().run("fs = None")
    assert int(printed(session, capsys, COUNT)) < 200


def test_files_of_a_function_are_closed_when_it_fails(session, capsys):
    leak = "def leak():\n    kept = []\n    while True: kept.append(open('/dev/null'))\nleak()"
    fails(session, leak, OSError, "Too many open files")
    assert int(printed(session, capsys, COUNT)) < 200


TOUCH = "for i in range(0, len(m), 4096): m[i] = 1"
SHARED = {
    "map": f"import mmap\nm = mmap.mmap(-1, 900_000_000)\n{TOUCH}",
    "file in memory": (
        "from multiprocessing import shared_memory\n"
        "s = shared_memory.SharedMemory(create=True, size=900_000_000)\n"
        "s.buf[:] = bytes(len(s.buf))"
    ),
    "many maps": (
        "import mmap\nms = []\nwhile True:\n"
        f"    ms.append(mmap.mmap(-1, 50_000_000))\n    m = ms[-1]\n    {TOUCH}"
    ),
}


@pytest.mark.parametrize("share", SHARED)
def test_shared_memory_beyond_the_limit_fails(session, share):
    fails(session, SHARED[share], TooLarge, "free of")
    session.engine().run("m = ms = s = None")


CHILD = """
import os, sys
def child():
    {end}
pid = os.fork()
if pid == 0:
    child()
else:
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
ENDS = {"pass": 0, "sys.exit()": 0, "sys.exit(3)": 3, "raise ValueError": 1, "os._exit(4)": 4}


@pytest.mark.parametrize("end", ENDS)
def test_child_of_a_program_ends_with_its_code(session, capsys, end):
    assert printed(session, capsys, CHILD.format(end=end)) == str(ENDS[end])


def test_child_that_takes_too_much_fails_alone(session, capsys):
    assert printed(session, capsys, CHILD.format(end="bytearray(2_000_000_000)")) == "1"


def test_processes_of_multiprocessing_work(session, capsys):
    pool = "import multiprocessing as mp\nwith mp.Pool(2) as p: print(p.map(abs, [-1, 2]))"
    assert printed(session, capsys, pool) == "[1, 2]"
