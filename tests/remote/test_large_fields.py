"""Fields larger than memory, computed by all workers of a real session."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time

import h5py
import numpy as np
import pytest
import xarray as xr
from isolation import isolated_home

import emout_lab
from emout_lab import remote_figure, remote_scope, sessions
from emout_lab.client import aio
from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import TooLarge

LIMIT = {"EMOUT_LAB_BLOCK_LIMIT": "1MB"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_demo_data(tmp_path_factory.mktemp("large"), grid=64, steps=80)


@pytest.fixture(scope="module")
def phi(run):
    field = Emout(run).phisp
    with h5py.File(run / "phisp00_0000.h5") as file:
        group = next(iter(file.values()))
        return np.stack([group[n][:] for n in sorted(group)]) * np.float32(field.valunit.factor)


@pytest.fixture(scope="module")
def session():
    """Two workers with less memory than a field and its double take."""
    with isolated_home(), pytest.MonkeyPatch.context() as patch:
        for name, value in LIMIT.items():
            patch.setenv(name, value)
        sessions.start(backend="local", memory="500M", cores=1, jobs=2)
        sessions.wait_for_workers(n=2, timeout=60)
        with emout_lab.connect() as found:
            yield found


def test_reductions_run_on_all_workers_and_bring_little_back(session, run, phi):
    data = Emout(run).remote()
    assert float(data.phisp.max()) == phi.max()
    np.testing.assert_allclose(data.phisp.mean(axis=0).fetch(), phi.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.std(data.phisp).fetch(), phi.std(), rtol=1e-4)
    series = data.phisp.max(axis=(1, 2, 3))
    np.testing.assert_array_equal(np.asarray(series), phi.max(axis=(1, 2, 3)))
    ran = session.client.run(lambda dask_worker: len(dask_worker.state.log))
    assert all(ran.values())


def test_an_expression_is_fused_and_computed_in_blocks(session, run, phi):
    data = Emout(run).remote()
    fluctuation = data.phisp - data.phisp.mean(axis=0)
    expected = phi - phi.mean(axis=0)
    np.testing.assert_allclose(
        (fluctuation**2).mean(axis=(1, 2, 3)).fetch(), (expected**2).mean((1, 2, 3)), rtol=1e-3
    )
    np.testing.assert_allclose(fluctuation[-1, 30].fetch(), expected[-1, 30], atol=1e-6)
    np.testing.assert_allclose(float(np.percentile(data.phisp, 1)), np.percentile(phi, 1))
    assert data.phisp[data.phisp < -1].size == (phi < -1).sum()


def test_a_notebooks_own_fields_are_computed_by_the_workers(session, run, phi):
    data = Emout(run)
    assert data.phisp.max() == phi.max()
    np.testing.assert_allclose((data.phisp * 2).mean(axis=0).values, 2 * phi.mean(0), rtol=1e-5)
    np.testing.assert_allclose(data.phisp.to_xarray().mean("t").values, phi.mean(0), rtol=1e-5)
    np.testing.assert_allclose((data.phisp * 2)[3, 4].values, 2 * phi[3, 4])


def test_what_a_recorded_figure_draws_is_computed_in_blocks(session, run, phi):
    import matplotlib.pyplot as plt

    data = Emout(run)
    with remote_figure() as figure:
        (line,) = plt.plot(np.asarray(data.phisp.max(axis=(1, 2, 3))))
        heights = line.get_ydata()
        data.phisp.mean(axis=0)[30].plot()
    np.testing.assert_array_equal(np.asarray(heights), phi.max(axis=(1, 2, 3)))
    assert figure is not None


def test_a_persisted_field_is_one_object_on_all_workers_until_its_scope_ends(session, run, phi):
    with remote_scope("kept"):
        field = Emout(run).remote().phisp
        kept = (field * 2).persist()
        assert "22 MB" not in repr(kept) and "on 2 workers (0: " in repr(kept)
        np.testing.assert_allclose(kept.mean(axis=0).fetch(), 2 * phi.mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(kept[3, 4].fetch(), 2 * phi[3, 4])
        objects = [each for snap in session.client.sync(_objects, session.client) for each in snap]
        assert [each for each in objects if "workers (0: " in each.type]
        assert _held(session) >= 2 * 0.9 * phi.nbytes / 2
    session.open("builtins:len", "ab").fetch()
    deadline = time.monotonic() + 20
    while _held(session) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _held(session)


async def _objects(client):
    snapshots = await aio.prompt_snapshots(client, 5)
    return [snapshot.objects for snapshot in snapshots.values()]


def _held(session) -> int:
    return sum(
        session.client.run(
            lambda dask_worker: sum(
                getattr(value, "nbytes", 0) for value in list(dask_worker.data.values())
            )
        ).values()
    )


def test_what_no_worker_has_memory_for_is_refused(session, run, phi):
    data = Emout(run).remote()
    many = data.phisp * np.clongdouble(1)
    with pytest.raises(TooLarge, match="the workers can keep"):
        many.persist()
    assert float(data.phisp.max()) == phi.max()


@pytest.mark.parametrize("name", ["out.h5", "out.zarr"])
def test_workers_write_a_field_together(session, run, phi, tmp_path, name):
    pytest.importorskip("zarr")
    data = Emout(run).remote()
    (data.phisp * 2).renamed("twice").save(str(tmp_path / name))
    engine = "zarr" if name.endswith("zarr") else "h5netcdf"
    with xr.open_dataset(tmp_path / name, engine=engine) as saved:
        np.testing.assert_allclose(saved.twice.values, phi * 2)


def test_a_worker_that_dies_costs_its_blocks_and_not_the_result(session, run, phi):
    home = session.open("os:getpid").fetch()
    pids = session.client.run(os.getpid)
    other = next(pid for pid in pids.values() if pid != home)
    threading.Timer(0.3, os.kill, (other, signal.SIGKILL)).start()
    data = Emout(run).remote()
    slow = np.sort(np.sin(np.exp(data.phisp)), axis=3)
    expected = np.sort(np.sin(np.exp(phi)), axis=3).std(axis=0)
    np.testing.assert_allclose(slow.std(axis=0).fetch(), expected, rtol=1e-3, atol=1e-5)
    sessions.wait_for_workers(n=2, timeout=60)


def test_an_interrupt_ends_all_workers_within_a_second(session, run):
    data = Emout(run)
    slow = np.sort(np.sin(np.exp(data.phisp)), axis=3)
    for _ in range(6):
        slow = np.sort(np.sin(np.exp(slow)), axis=2)
    main = threading.main_thread().ident
    threading.Timer(1.0, signal.pthread_kill, (main, signal.SIGINT)).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match="interrupted"):
        slow.std()
    assert time.monotonic() - start < 20
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        running = session.client.run(lambda dask_worker: dask_worker.state.executing_count)
        if not any(running.values()):
            break
        time.sleep(0.1)
    assert not any(running.values())


def test_progress_tells_blocks_and_bytes(session, run, capsys):
    slow = Emout(run).remote().phisp
    for _ in range(30):
        slow = np.sort(np.sin(np.exp(slow)), axis=2)
    float(slow.std())
    shown = capsys.readouterr().err
    assert "blocks, " in shown and "B/s)" in shown, shown


def test_a_policy_that_reads_here_asks_no_worker(session, run, phi):
    with emout_lab.local_data_policy("local"):
        before = _computed(session)
        assert Emout(run).phisp.max() == phi.max()
        assert (Emout(run).phisp * 2)[3, 4, 5].max() == 2 * phi[3, 4, 5].max()
        assert _computed(session) == before
    assert Emout(run).phisp.max() == phi.max()
    assert _computed(session) > before


def _computed(session) -> int:
    """Count tasks that workers were told to compute; that earlier ones are let go of is no task."""

    def asked(dask_worker) -> int:
        return sum(entry[1] == "compute-task" for entry in dask_worker.state.log)

    return sum(session.client.run(asked).values())


def test_a_damaged_step_is_an_error_or_left_out_with_a_warning(session, run, phi, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    with h5py.File(copy / "phisp00_0000.h5", "r+") as file:
        group = next(iter(file.values()))
        del group["0007"]
        group["0007"] = np.zeros((2, 2, 2), "f4")
    with pytest.raises(OSError, match=r"0007.*phisp00_0000\.h5"):
        float(Emout(copy).remote().phisp.mean())
    with pytest.warns(UserWarning, match="0007"):
        found = Emout(copy, bad_steps="skip").phisp.mean()
    assert found == pytest.approx(np.delete(phi, 7, axis=0).mean(), rel=1e-5)
    assert float(Emout(run).phisp.max()) == phi.max()


def test_what_was_persisted_of_a_step_outlives_all_workers(session, run, phi, monkeypatch):
    # These tests have modules of their own, whose code goes along with each task.
    monkeypatch.setattr("emout_lab.emses.blocks.sending.LEAST_SENT_BYTES", 100_000)
    field = Emout(run).phisp
    kept = (field - field.mean(axis=0)).persist()
    expected = (phi - phi.mean(axis=0)).std()
    np.testing.assert_allclose(float(kept.std()), expected, rtol=1e-4)
    for process in session.client.run(os.getpid).values():
        os.kill(process, signal.SIGKILL)
    np.testing.assert_allclose(float(kept.std()), expected, rtol=1e-4)
    sessions.wait_for_workers(n=2, timeout=60)
