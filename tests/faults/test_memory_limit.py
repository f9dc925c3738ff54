"""A call that needs more memory than there is fails, and nothing else is lost."""

from __future__ import annotations

import json
import threading
import time
import warnings

import numpy as np
import pytest
from waiting import wait_until

from emout_lab import EngineLost, RemoteError, TooLarge
from emout_lab.client import aio as engines
from emout_lab.emses import execution
from emout_lab.emses.demo import write_demo_data
from emout_lab.remote.session import connect

MB = 1_000_000


@pytest.fixture(scope="module")
def session(local_session):
    with connect(name=local_session.name) as connection:
        yield connection


def snapshot(session):
    found = session.client.sync(engines.snapshots, session.client)
    return next(iter(found.values()))


@pytest.fixture
def same_engine(session):
    """An object of before is still there afterwards, in the same process."""
    kept = session.open("numpy:ones", 1_000_000)
    session.queue.flush()
    pid = snapshot(session).pid
    yield
    assert float(kept.sum()) == 1_000_000
    assert snapshot(session).pid == pid


def test_outer_product_that_does_not_fit_names_both_numbers(session, same_engine):
    x = session.open("numpy:arange", 31000.0)
    with pytest.raises(TooLarge, match=r"needs 7\.69 GB more; the engine has .* free of 1\.07 GB"):
        float((x[:, None] * x[None, :]).sum())
    with pytest.raises(MemoryError):
        session.open("numpy:zeros", (40_000, 40_000))


def fillers():
    """Ways to fill an engine; engines cannot import this module."""

    def small_arrays():
        kept = []
        while True:
            kept.append(np.ones(1000))

    def texts():
        kept, number = [], 0
        while True:
            number += 1
            kept.append(str(number) * 40)

    def untouched():
        return [np.zeros(20_000_000) for _ in range(40)]

    def one_of_c():
        return json.loads("[" + "[]," * 20_000_000 + "1]")

    return one_of_c, texts, untouched, small_arrays


@pytest.mark.parametrize("fill", fillers())
def test_function_that_fills_the_engine_ends_and_gives_back_what_it_took(
    session, same_engine, fill
):
    before = snapshot(session).memory_used
    with pytest.raises(TooLarge, match="free of"):
        session.open(fill)
    # As much as fits is to be had again, in one piece.
    assert session.open("numpy:ones", 60 * MB).shape == (60 * MB,)
    assert snapshot(session).memory_used < before + 700 * MB


def errors_that_cannot_be_told():
    """Functions that fill an engine and raise what fails itself when it is asked."""

    def fill(error):
        kept = []
        try:
            while True:
                kept.append(np.ones(100_000))
        except MemoryError:
            raise error from None

    def shape_unknown():
        class Unknown(MemoryError):
            @property
            def shape(self):
                raise MemoryError

        fill(Unknown())

    def text_unknown():
        class Unknown(ValueError):
            def __str__(self):
                raise MemoryError

        fill(Unknown())

    def one_after_another():
        try:
            shape_unknown()
        except MemoryError:
            text_unknown()

    return shape_unknown, text_unknown, one_after_another


HARSHEST = "one_after_another"


@pytest.mark.parametrize("fill", errors_that_cannot_be_told())
def test_what_an_error_holds_is_freed_whatever_the_error_does(session, fill):
    kept = session.open("numpy:ones", 1_000_000)
    session.queue.flush()
    pid = snapshot(session).pid
    with pytest.raises((TooLarge, RemoteError, EngineLost)):
        # Which of them is told depends on whether memory was short once more in between.
        session.open(fill)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert session.open("numpy:ones", 60 * MB).shape == (60 * MB,)
        assert float(kept.sum()) == 1_000_000
    if snapshot(session).pid != pid:
        # On a busy machine the rest may be gone before Dask has read a message of its own.
        assert fill.__name__ == HARSHEST
        assert any("computed again" in str(each.message) for each in told)


def test_garbage_of_errors_makes_room_for_each_next_call(session, same_engine):
    """Though what was taken after the last look at garbage was more than it is now."""
    for fill in errors_that_cannot_be_told()[:2] * 2:
        with pytest.raises((TooLarge, RemoteError)):
            session.open(fill)
        assert session.open("numpy:ones", 60 * MB).shape == (60 * MB,)


def test_heartbeat_without_memory_does_not_end_the_engine(session, same_engine):
    def fail_once(dask_worker):
        original = dask_worker.get_metrics

        async def get_metrics():
            dask_worker.get_metrics = original
            dask_worker.had_no_memory = True
            raise MemoryError

        dask_worker.get_metrics = get_metrics

    def has_failed(dask_worker):
        return hasattr(dask_worker, "had_no_memory")

    session.client.run(fail_once)
    wait_until(lambda: all(session.client.run(has_failed).values()))
    time.sleep(1.0)  # it would close now


def test_engine_answers_while_a_call_fills_it(session, same_engine):
    ended = threading.Event()

    def fill():
        with pytest.raises(TooLarge):
            session.open(fillers()[-1])
        ended.set()

    thread = threading.Thread(target=fill)
    thread.start()
    answers = 0
    while not ended.wait(0.05):
        snapshot(session)
        answers += 1
    thread.join()
    assert answers > 0


def test_full_engine_refuses_what_comes_next_and_goes_on_when_something_is_dropped(session):
    pid = session.open("os:getpid").fetch()
    kept = []
    with pytest.raises(TooLarge, match=r"It keeps \d+ objects of .*ones\(.*ref\.drop\(\)"):
        for _ in range(40):
            kept.append(session.open("numpy:ones", 12_500_000))
    assert 5 <= len(kept) <= 10
    assert float(kept[0][0]) == 1.0
    for ref in kept[:3]:
        ref.drop()
    assert float(session.open("numpy:ones", 25_000_000).sum()) == 25_000_000
    assert session.open("os:getpid").fetch() == pid
    for ref in kept[3:]:
        ref.drop()


def test_task_that_fills_its_worker_fails_alone(session, same_engine):
    with pytest.raises(TooLarge, match="needs 80 GB more"):
        execution.current().map(lambda n: np.ones(n), [(10**10,), (10**10,)], label="work")


def test_mapped_file_larger_than_the_engine_is_read(session, same_engine, tmp_path):
    file = tmp_path / "numbers.dat"
    with file.open("wb") as stream:
        stream.truncate(1300 * MB)
    numbers = session.open(np.memmap, file, dtype="u1", mode="r")
    assert int(numbers.max()) == 0


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory):
    """A run whose field takes 1.3 GB, most of it holes in the file."""
    import h5py

    folder = write_demo_data(tmp_path_factory.mktemp("large") / "run", grid=64, steps=2)
    with h5py.File(folder / "phisp00_0000.h5", "r+") as file:
        group = next(iter(file.values()))
        shape = next(iter(group.values())).shape
        known = len(group)
        steps = int(1300 * MB / (4 * np.prod(shape))) + 1
        for number in range(known, steps):
            group.create_dataset(f"{number:04}", shape=shape, dtype="f4")
    return folder


@pytest.mark.parametrize(
    "reduce", [lambda f: f.std(), lambda f: f.mean(axis=0), lambda f: f.max(axis=(1, 2, 3))]
)
def test_reduction_of_a_field_larger_than_the_engine_does_not_end_it(
    session, same_engine, run_directory, reduce
):
    data = session.open("emout_lab.emses:Emout", str(run_directory))
    start = time.monotonic()
    try:
        np.asarray(reduce(data.phisp).fetch())
    except MemoryError as error:
        assert "free of" in str(error)
    assert time.monotonic() - start < 120
