"""Programs without an end, and engines that stand still for long: what the user sees, how soon."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from kernels import kernel
from processes import frozen
from waiting import wait_until

from emout_lab import EngineLost, connect
from emout_lab.client import aio as engines
from emout_lab.remote.session import Session
from emout_lab.sessions import SessionStatus

IS_LONG = os.environ.get("SOAK") == "long"
#: So long an engine stands still [s].
STILL_S = 60.0 if IS_LONG else 6.0
MB = 1_000_000


@pytest.fixture(scope="module")
def session(local_session: SessionStatus) -> Iterator[Session]:
    with connect(name=local_session.name) as connection:
        yield connection


def snapshot(session: Session):
    return next(iter(session.client.sync(engines.snapshots, session.client).values()))


@pytest.fixture
def same_engine(session):
    """An object of before is still there afterwards, in the same process."""
    kept = session.open("numpy:arange", 5.0)
    session.queue.flush()
    pid = snapshot(session).pid
    yield
    assert float(kept[3]) == 3.0
    assert snapshot(session).pid == pid


def recursions():
    """Ways to recurse without end; engines cannot import this module."""

    def function():
        return function()

    def of_the_text():
        class Odd:
            def __repr__(self):
                return repr(self)

        return repr(Odd())

    def of_attributes():
        class Odd:
            def __getattr__(self, name):
                return getattr(self, name + "x")

        return Odd().value

    return function, of_the_text, of_attributes


@pytest.mark.parametrize("recurse", recursions(), ids=lambda each: each.__name__)
def test_recursion_without_end_is_the_error_of_its_call(session, same_engine, recurse):
    began = time.monotonic()
    with pytest.raises(RecursionError) as caught:
        session.open(recurse)
    assert time.monotonic() - began < 10
    # The lines that repeat are not all shown.
    assert len(str(caught.value)) < 20_000


def test_recursion_deeper_than_the_stack_is_lost_with_its_reason(session):
    def deep():
        import sys
        import threading

        sys.setrecursionlimit(10**9)
        threading.stack_size(1 << 20)

        class Odd:
            def __getattr__(self, name):
                return getattr(self, name)

        Odd().value  # noqa: B018

    pid = snapshot(session).pid
    with pytest.raises((EngineLost, RecursionError)) as caught:
        session.open(deep)
    if isinstance(caught.value, EngineLost):
        assert "SIGSEGV" in str(caught.value)
        with pytest.warns(UserWarning, match="computed again"):
            assert session.open("os:getpid").fetch() != pid


def test_flood_past_python_leaves_the_engine_and_a_short_log(session, same_engine, local_session):
    """500 MB written by C code to the process's own output: nobody's memory, nobody's disk."""

    def flood():
        import os

        piece = b"f" * 1_000_000
        for _ in range(500):
            os.write(1, piece)

    began = time.monotonic()
    session.open(flood)
    session.queue.flush()
    assert time.monotonic() - began < 60
    logs = os.path.join(os.environ["EMOUT_LAB_HOME"], "servers", local_session.name, "logs")
    sizes = [each.stat().st_size for each in os.scandir(logs)]
    assert sum(sizes) < 60 * MB


C_CODE = """
#include <stdlib.h>
#include <string.h>
long careful(long size) {
    char *memory = malloc(size);
    if (!memory) return -1;
    memset(memory, 1, size);
    free(memory);
    return size;
}
long careless(long size) { char *memory = malloc(size); memset(memory, 1, size); return size; }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> str:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("cc is missing; install a C compiler")
    folder = tmp_path_factory.mktemp("library")
    (folder / "user.c").write_text(C_CODE)
    made = str(folder / "user.so")
    command = [compiler, "-O0", "-shared", "-fPIC", "-o", made, str(folder / "user.c")]
    subprocess.run(command, check=True, timeout=60)
    return made


def called(library: str, name: str):
    """Return a function that calls one of a C library with 2 GB, more than the engine has."""

    def call():
        import ctypes

        function = getattr(ctypes.CDLL(library), name)
        function.argtypes, function.restype = [ctypes.c_long], ctypes.c_long
        return function(2_000_000_000)

    return call


def test_c_code_that_looks_gets_no_memory_and_goes_on(session, same_engine, library):
    assert session.open(called(library, "careful")).fetch() == -1


def test_c_code_that_does_not_look_is_lost_with_its_reason(session, library):
    kept = session.open("numpy:arange", 5.0)
    session.queue.flush()
    began = time.monotonic()
    with pytest.raises(EngineLost, match="SIGSEGV"):
        session.open(called(library, "careless"))
    assert time.monotonic() - began < 15
    with pytest.warns(UserWarning, match="computed again"):
        assert float(kept[3]) == 3.0


def test_engine_that_stands_still_for_long_goes_on_where_it_was(session, same_engine):
    """A minute, which is longer than Dask's own time-outs (SOAK=long)."""
    found = []

    def ask() -> None:
        found.append(float(session.open("math:hypot", 3, 4)))

    with frozen(snapshot(session).pid):
        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(STILL_S)
        assert found == []
    thawed = time.monotonic()
    asking.join(30)
    assert found == [5.0]
    assert time.monotonic() - thawed < 10


def test_killed_kernel_leaves_no_call_after_5_s_and_no_memory_after_30_s(session, tmp_path):
    mine = session.open("numpy:arange", 5.0)
    session.queue.flush()
    before = snapshot(session)
    with kernel(tmp_path) as book:
        book.run(
            "import numpy as np\n"
            "def spin():\n    while True:\n        pass\n"
            "kept = [session.open('numpy:ones', 12_500_000) for _ in range(3)]\n"
            "session.queue.flush()"
        )
        book.begin("session.open(spin)")
        wait_until(lambda: (now := snapshot(session).current) and "spin" in now.label)
        # The memory is looked at twice a second.
        wait_until(lambda: snapshot(session).memory_used > before.memory_used + 250 * MB)
        book.kill()
        killed = time.monotonic()
        wait_until(lambda: snapshot(session).current is None, timeout=15)
        assert time.monotonic() - killed < 5
        wait_until(lambda: len(snapshot(session).objects) == len(before.objects))
        wait_until(lambda: snapshot(session).memory_used < before.memory_used + 100 * MB)
        assert time.monotonic() - killed < 30
    assert snapshot(session).pid == before.pid
    assert float(mine[3]) == 3.0
