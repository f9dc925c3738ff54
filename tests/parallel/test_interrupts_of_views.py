"""Ctrl-C: blocking calls end their work, waiting for an asynchronous one ends alone."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import threading
import time

import pytest


@pytest.fixture
def interrupted():
    """Send this process a real SIGINT in a moment."""

    def soon(after=0.5):
        threading.Timer(after, os.kill, [os.getpid(), signal.SIGINT]).start()

    return soon


@pytest.mark.parametrize(
    "call",
    [
        lambda view: view.apply_sync(time.sleep, 60),
        lambda view: view.map_sync(time.sleep, [60, 60]),
        lambda view: view.execute("while True: pass", block=True),
        lambda view: view.client[0].apply_sync(time.sleep, 60),
    ],
    ids=["apply_sync", "map_sync", "execute", "one engine"],
)
def test_ctrl_c_in_a_blocking_call_frees_the_engines(view, interrupted, call):
    begun = time.monotonic()
    interrupted()
    with pytest.raises(KeyboardInterrupt) as caught:
        call(view)
    assert "test_interrupts_of_views" in "\n".join(caught.value._render_traceback_())
    # They would work for a minute otherwise.
    assert view.apply_async(int).get(timeout=20) == [0, 0]
    assert time.monotonic() - begun < 20


def test_ctrl_c_ends_the_waiting_for_an_engine_that_stands_still(client, interrupted):
    pid = client[1].apply_sync(os.getpid)
    os.kill(pid, signal.SIGSTOP)
    try:
        interrupted()
        with pytest.raises(KeyboardInterrupt, match="have not answered yet"):
            client[1].apply_sync(time.sleep, 60)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert client[1].apply_async(int).get(timeout=20) == 0


def test_ctrl_c_while_waiting_leaves_an_asynchronous_request_alone(view, interrupted):
    result = view.apply_async(time.sleep, 1.5)
    for wait in result.get, result.wait, result.wait_interactive, lambda: list(result):
        interrupted(0.1)
        with pytest.raises(KeyboardInterrupt):
            wait()
    assert not result.done()
    assert result.get() == [None, None]


def test_ctrl_c_that_another_thread_gets_ends_the_waiting(client):
    result = client[0].apply_async(time.sleep, 60)

    def interrupt_this_thread():
        time.sleep(0.3)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(interrupt_this_thread)
        with pytest.raises(KeyboardInterrupt):
            result.result()
    result.abort()


def test_what_keeps_a_call_waiting_is_said(client, capsys):
    busy = client[0].apply_async(time.sleep, 2.5)
    assert client[0].apply_sync(int) == 0
    assert "engine 0 is busy with `sleep" in capsys.readouterr().err
    busy.get()
