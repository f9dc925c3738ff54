"""Engines that are blocked, frozen or busy with what nobody waits for, as a notebook sees them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kernels import Kernel, kernel
from waiting import wait_until

from emout_lab import connect
from emout_lab.client import aio as engines
from emout_lab.sessions import SessionStatus

SMALL = "float(session.open('math:hypot', 3, 4))"
#: Until the prompt is back after Ctrl-C: a second, and what a busy machine takes to show an error.
PROMPT_S = 5.0
#: Until it is said what is waited for: 5 s, and the same.
SAID_S = 10.0


@pytest.fixture(scope="module")
def session(local_session: SessionStatus):
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture(scope="module")
def book(local_session: SessionStatus, tmp_path_factory) -> Iterator[Kernel]:
    """One notebook for all tests: each leaves it, and the engine, usable."""
    with kernel(tmp_path_factory.mktemp("book")) as found:
        found.run("call = emout_lab.remote.call")
        yield found


def snapshot(session):
    return next(iter(session.client.sync(engines.snapshots, session.client).values()))


@contextmanager
def frozen(session) -> Iterator[None]:
    """Freeze the engine's process, as a debugger or a swapping node does."""
    pid = snapshot(session).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


# What does not end by an interrupt

BLOCKING = {
    "sleep of the system": "call(time.sleep, 60)",
    "wait for a lock": "call(lambda: __import__('threading').Event().wait(60))",
    "other process": "call(lambda: __import__('subprocess').run(['sleep', '60']))",
}


@pytest.mark.parametrize("call", BLOCKING.values(), ids=BLOCKING)
def test_interrupt_of_what_python_cannot_interrupt_is_said_and_the_engine_goes_on(
    session, book, call
):
    cell = book.begin(call)
    wait_until(lambda: snapshot(session).current is not None)
    assert cell.interrupt() < PROMPT_S
    assert "KeyboardInterrupt" in cell.error and "has not ended yet" in cell.error
    assert "Restart engine" in cell.error and "emout-lab server restart 0" in cell.error
    after = book.run(SMALL)
    assert "5.0" in after.text and after.seconds < SAID_S


def test_program_that_is_left_behind_touches_nothing_of_the_next(session, book, tmp_path):
    """Its end neither moves the directory nor the figures of the program that runs then."""
    book.run(
        "def stubborn(folder):\n"
        "    import ctypes, os, matplotlib.pyplot as plt, pathlib\n"
        "    try:\n"
        "        plt.rcParams['lines.linewidth'] = 17\n"
        "        ctypes.CDLL(None).usleep(3_500_000)\n"
        "    finally:\n"
        "        pathlib.Path(folder, 'over').touch()\n"
        "def patient(folder):\n"
        "    import os, time, pathlib, matplotlib.pyplot as plt\n"
        "    before = os.getcwd(), plt.gcf().number, plt.rcParams['lines.linewidth']\n"
        "    while not pathlib.Path(folder, 'over').exists():\n"
        "        time.sleep(0.05)\n"
        "    time.sleep(0.3)\n"
        "    return before == (os.getcwd(), *plt.get_fignums(), plt.rcParams['lines.linewidth'])"
    )
    cell = book.begin(f"call(stubborn, {str(tmp_path)!r})")
    wait_until(lambda: snapshot(session).current is not None)
    assert cell.interrupt() < PROMPT_S
    assert not (tmp_path / "over").exists()
    after = book.run(f"call(patient, {str(tmp_path)!r}).fetch()")
    assert after.text == "True"
    assert snapshot(session).current is None


def test_what_swallows_the_interrupt_is_left_behind_and_keeps_no_result(session, book):
    book.run(
        "def deaf():\n"
        "    import time\n"
        "    end = time.monotonic() + 3\n"
        "    while time.monotonic() < end:\n"
        "        try:\n"
        "            time.sleep(0.01)\n"
        "        except BaseException:\n"
        "            pass\n"
        "    return [1, 2, 3]"
    )
    kept = len(snapshot(session).objects)
    cell = book.begin("kept = call(deaf)")
    wait_until(lambda: snapshot(session).current is not None)
    assert cell.interrupt() < PROMPT_S
    assert "has not ended yet" in cell.error
    assert "5.0" in book.run(SMALL).text
    wait_until(lambda: snapshot(session).current is None)
    assert len(snapshot(session).objects) == kept


# Engines that do not answer


def test_frozen_engine_is_named_and_the_prompt_comes_back(session, book):
    with frozen(session):
        cell = book.begin(SMALL)
        assert cell.wait_for("engine 0 does not answer since 3 s") < SAID_S
        assert "Restart engine" in cell.text
        assert cell.interrupt() < PROMPT_S
        assert "has not answered the interrupt yet" in cell.error
        again = book.begin(SMALL)
        assert again.wait_for("does not answer") < SAID_S
        assert again.interrupt() < PROMPT_S
        assert book.run("1 + 1").text == "2"
    assert "5.0" in book.run(SMALL).text


def test_program_interrupted_while_its_engine_was_frozen_ends_and_its_results_go(session, book):
    kept = len(snapshot(session).objects)
    book.run("def spin():\n    while True:\n        pass")
    cell = book.begin("a = session.open('numpy:arange', 3.0)\nb = a + 1\nsession.open(spin)")
    wait_until(lambda: (now := snapshot(session).current) and "spin" in now.label)
    with frozen(session):
        assert cell.interrupt() < PROMPT_S
    wait_until(lambda: snapshot(session).current is None)
    book.run("del a, b")
    book.run(SMALL)
    wait_until(lambda: len(snapshot(session).objects) == kept)


def test_program_that_reaches_its_engine_after_its_interrupt_does_not_run(session, book, tmp_path):
    file = tmp_path / "ran"
    with frozen(session):
        cell = book.begin(f"call(open, {str(file)!r}, 'w')")
        cell.wait_for("does not answer")
        assert cell.interrupt() < PROMPT_S
    assert "5.0" in book.run(SMALL).text
    assert not file.exists()


def test_fetch_from_a_frozen_engine_is_given_up_and_what_was_put_aside_goes(session, book):
    book.run("big = session.open('numpy:ones', 6_000_000)\nsession.queue.flush()")
    with frozen(session):
        cell = book.begin("big.fetch(limit=None)")
        assert cell.wait_for("engine 0 does not answer") < SAID_S
        assert cell.interrupt() < PROMPT_S
    assert "(6000000,)" in book.run("big.fetch(limit=None).shape").text
    book.run("del big")
    book.run(SMALL)
    wait_until(lambda: not any("on its way" in o.expression for o in snapshot(session).objects))


def test_c_code_that_lets_nothing_else_run_is_told_of_and_left(session, book):
    book.run("import ctypes\nslow = lambda: ctypes.PyDLL(None).usleep(8_000_000)")
    cell = book.begin("call(slow)")
    assert cell.wait_for("C code that lets nothing else run") < SAID_S
    assert cell.interrupt() < PROMPT_S
    assert book.run("1 + 1").text == "2"


def test_connecting_beside_a_frozen_engine_does_not_wait_for_it(session, book):
    with frozen(session):
        cell = book.run(
            "other = emout_lab.sessions.connect(set_as_default=False)\n"
            "from emout_lab.remote.session import Session\n"
            f"second = Session(other, {session.name!r})\n"
            "second"
        )
        assert "connected" in cell.text
        assert cell.seconds < SAID_S
    book.run("second.close()")


# Whose program is it?


def test_programs_end_with_their_kernel_and_by_their_own_stop_button_alone(session, book, tmp_path):
    file = tmp_path / "ran"
    with kernel(tmp_path) as first, kernel(tmp_path) as second:
        running = first.begin("print(emout_lab.remote.call(time.sleep, 60))")
        wait_until(lambda: snapshot(session).current is not None)
        cell = book.begin(SMALL)
        assert cell.wait_for("engine 0 is busy with `sleep(60)`") < PROMPT_S
        assert cell.interrupt() < PROMPT_S
        assert snapshot(session).current.label == "sleep(60)"
        assert running.text == running.error == ""
        second.begin(f"emout_lab.remote.call(open, {str(file)!r}, 'w')").wait_for("is busy with")
        cell = book.begin(SMALL)
        cell.wait_for("is busy with")
        second.kill()
        first.kill()
        assert cell.wait() < 30.0
    assert "5.0" in cell.text
    assert not file.exists()


# Work over all engines


def test_shared_work_says_which_engine_does_not_answer_and_ends_at_once(session, book):
    book.run(
        "from emout_lab.emses import execution\n"
        "def part(number):\n"
        "    import time\n"
        "    time.sleep(0.1)\n"
        "    return number"
    )
    work = "execution.current().map(part, [(i,) for i in range(3)], label='orbits')"
    with frozen(session):
        cell = book.begin(work)
        assert cell.wait_for("orbits: engine 0 does not answer") < SAID_S
        assert cell.interrupt() < PROMPT_S
    assert book.run(work).text.endswith("[0, 1, 2]")


def test_frames_of_a_film_are_given_up_at_once(session, book, tmp_path):
    book.run(
        "from emout_lab.emses.demo import write_demo_data\n"
        f"run = write_demo_data({str(tmp_path / 'run')!r}, grid=8, steps=4)\n"
        "data = emout_lab.Emout(run)"
    )
    film = "data.phisp[:, 4].gifplot(action='save', filename='a.gif')"
    with frozen(session):
        cell = book.begin(film)
        cell.wait_for("does not answer")
        assert cell.interrupt() < PROMPT_S
