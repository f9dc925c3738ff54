"""Values between a process and an engine: through channels, and by the ways without them."""

from __future__ import annotations

import asyncio
import operator
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from emout_lab import channel
from emout_lab.client import transport
from emout_lab.client.output import Listener
from emout_lab.engine.operations import call_named
from emout_lab.engine.protocol import Call, Program
from emout_lab.engine.serialization import pack, unpack
from emout_lab.errors import EngineError


def value_of(engine, program):
    reply = engine.submit(program).result(60)
    assert reply.failure is None, reply.failure
    packed = reply.value
    if reply.staged is not None:
        packed = engine.take(reply.staged, engine.locate()).result(60)
    return unpack(packed)


def all_channels(connected):
    return transport._CHANNELS[connected.client]


WAYS = ("socket", "pieces", "comm", "run", "scheduler")


@pytest.fixture(params=WAYS)
def way(request, connected, engine, monkeypatch):
    """Let everything go one way.

    Through a connection of our own, with large values as on another machine; one of Dask's; by
    Dask's run; or by the scheduler.
    """
    address = engine.locate()
    is_direct = request.param != "scheduler"
    monkeypatch.setattr(engine.location, "_reached", {address: is_direct})
    if request.param == "pieces":
        monkeypatch.setattr(transport, "LOCAL_BYTES", transport.CHANNEL_BYTES)
    if request.param in ("comm", "run"):

        async def none(*_):
            return None

        closed = {"comm": (channel, "connected"), "run": (transport, "opened")}[request.param]
        monkeypatch.setattr(*closed, none)
        monkeypatch.setattr(transport, "_CHANNELS", type(transport._CHANNELS)())
    return request.param


ARRAYS = {
    "none": np.zeros(0),
    "small": np.arange(10.0),
    "a whole buffer": np.arange(8_192.0),
    "one megabyte": np.random.default_rng(0).random(125_000),
    "odd": np.arange(3_000_001, dtype=np.uint8),
    "Fortran's order": np.asfortranarray(np.random.default_rng(0).random((300, 700))),
    "not contiguous": np.random.default_rng(0).random((600, 700))[::2, 1:],
    "staged": np.random.default_rng(0).random(4_500_001),
    "larger than Dask's frames": np.arange(9_000_000.0),
    "several": [np.arange(20_000.0), "text", np.arange(300_000, dtype=np.int16), np.arange(9_999)],
}


@pytest.mark.parametrize("name", list(ARRAYS))
def test_arrays_go_and_come_as_they_are(engine, program, way, name):
    value = ARRAYS[name]
    found = value_of(engine, program(operator.getitem, [value], 0))
    pairs = zip(found, value, strict=True) if isinstance(value, list) else [(found, value)]
    for one, expected in pairs:
        np.testing.assert_array_equal(one, expected)
        if isinstance(expected, np.ndarray):
            assert one.dtype == expected.dtype
            assert one.flags.writeable and one.flags.aligned


@pytest.mark.parametrize("count", [10, 1_000_000])
def test_arrays_that_came_may_be_changed_on_the_engine(engine, program, way, count):
    def doubled(values):
        values *= 2
        return float(values.sum()), values.flags.aligned

    assert value_of(engine, program(doubled, np.ones(count))) == (2.0 * count, True)


def test_errors_come_as_they_were_raised(engine, way):
    with pytest.raises(EngineError, match="does not know 'nothing'"):
        engine.invoke("nothing").result(60)


def test_a_value_that_was_asked_for_is_that_of_its_time(engine, connected):
    kept = Call("kept-zeros", pack((call_named, ("numpy:zeros", 1_000_000), {})), "zeros")
    client = engine.client_id
    first = engine.submit(Program(client, (kept,), id="first", want="kept-zeros"))
    change = Call("change", pack((np.ndarray.fill, (_ref("kept-zeros"), 1.0), {}), _name), "fill")
    engine.submit(Program(client, (change,), id="second")).result(60)
    assert unpack(first.result(60).value).max() == 0
    engine.invoke("drop", ["kept-zeros", "change"]).result(60)


def _ref(name):
    from emout_lab.engine.serialization import Reference

    reference = Reference()
    reference._id = name
    return reference


def _name(reference):
    return reference._id


def test_a_channel_that_was_lost_is_opened_anew(engine, program, connected):
    assert value_of(engine, program(int, "3")) == 3
    lost = all_channels(connected)[engine.locate(), transport.Lane.PROGRAMS].result()
    connected.client.loop.add_callback(lost.close)
    while lost.is_open:
        pass
    assert value_of(engine, program(int, "4")) == 4
    assert all_channels(connected)[engine.locate(), transport.Lane.PROGRAMS].result() is not lost


def test_a_worker_that_offers_none_is_asked_otherwise(connected, engine):
    def open_one(prepare):
        asked = channel.opened(connected.client, engine.locate(), prepare)
        loop = connected.client.loop.asyncio_loop
        return asyncio.run_coroutine_threadsafe(asked, loop).result(60)

    assert open_one(len) is None  # which fails there


def test_what_nobody_waits_for_any_more_keeps_no_other(engine, program, tmp_path):
    answers = [engine.submit(program(np.ones, 1_000_000)) for _ in range(3)]
    answers[1].cancel()
    assert unpack(answers[2].result(60).value).sum() == 1_000_000
    assert unpack(answers[0].result(60).value).sum() == 1_000_000


def test_programs_leave_in_the_thread_that_submits_them(engine, program, connected):
    assert value_of(engine, program(int, "3")) == 3
    opened = transport.open_socket(connected.client, engine.locate())
    assert opened is not None and opened.is_local
    begun = threading.Event()

    def hold():
        begun.set()
        time.sleep(1.0)

    connected.client.loop.add_callback(hold)
    assert begun.wait(30)
    began = time.monotonic()
    assert value_of(engine, program(int, "4")) == 4
    assert time.monotonic() - began < 1.0, "the event loop was not needed"


def test_a_late_answer_is_waited_for_in_the_event_loop(engine, program):
    assert value_of(engine, program(int, "3")) == 3
    listener = Listener()
    notes = []
    listener.note = notes.append
    slow = engine.submit(program(time.sleep, 3))
    behind = engine.submit(program(int, "4"), listener=listener)
    assert slow.result(60).failure is None
    assert unpack(behind.result(60).value) == 4
    assert any("is busy with" in note for note in notes)


def test_programs_of_many_threads_come_whole_and_each_thread_in_its_order(engine, program):
    assert value_of(engine, program(int, "3")) == 3
    rng = np.random.default_rng(0)

    def run(number):
        found = []
        for size in rng.integers(1, 200_000, 20):
            array = np.full(size, number)
            found.append(engine.submit(program(operator.getitem, [array, size], 0)))
        return [unpack(each.result(60).value) for each in found]

    with ThreadPoolExecutor(6) as pool:
        for number, found in enumerate(pool.map(run, range(6))):
            assert all((each == number).all() for each in found)


@pytest.mark.parametrize("end", ["session.close()", "session.client.close(); del session, engine"])
def test_closing_a_connection_ends_its_sockets_and_their_thread(connected, end):
    script = """
import gc, sys, threading
from emout_lab.client.session import ConnectedSession

if __name__ == "__main__":
    session = ConnectedSession.connect(sys.argv[1])
    engine = session.engine("0")
    address = engine.locate()
    engine.invoke("has", "nothing", address=address).result(60)
    assert any(each.name == "emout-lab-sockets" for each in threading.enumerate())
    END
    gc.collect()
    for each in threading.enumerate():
        if each.name == "emout-lab-sockets":
            each.join(30)
    assert not any(each.name == "emout-lab-sockets" for each in threading.enumerate())
"""
    command = [sys.executable, "-c", script.replace("END", end), connected.name]
    subprocess.run(command, check=True, timeout=120)


def test_a_forked_child_that_closes_a_channel_leaves_it_to_its_parent(engine, program, connected):
    assert value_of(engine, program(int, "3")) == 3
    opened = transport.open_socket(connected.client, engine.locate())
    child = os.fork()
    if child == 0:
        try:
            opened.close()
            os._exit(1 if opened.is_open else 0)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert value_of(engine, program(int, "4")) == 4
    assert transport.open_socket(connected.client, engine.locate()) is opened
