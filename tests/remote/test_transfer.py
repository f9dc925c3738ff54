"""Transfer mode: a local run whose slices are read on the engine and drawn here."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from PIL import Image

from emout_lab import Emout, local_data_policy, remote_figure
from emout_lab.client import aio as engines
from emout_lab.emses import Field
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.field_sources import find_field
from emout_lab.errors import BadFile, BadOption, ReadTooLarge

MB = 10**6


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A small run."""
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=8, steps=2)


@pytest.fixture(scope="module")
def large_run(run: Path, tmp_path_factory) -> Path:
    """A run with a plane that is large enough to be noticed when it is read here."""
    directory = tmp_path_factory.mktemp("large")
    shutil.copy(run / "plasma.inp", directory)
    values = np.linspace(0, 1, 900 * 1000, dtype="f4").reshape(900, 1, 1000)
    with h5py.File(directory / "rho00_0000.h5", "w") as file:
        for step in range(2):
            file[f"rho/{step:04d}"] = values + step
    return directory


@pytest.fixture
def data(run: Path) -> Emout:
    return Emout(run)


@pytest.fixture
def here(run: Path) -> Emout:
    return Emout(run, local_data_policy="local")


@pytest.fixture
def large(large_run: Path) -> Emout:
    return Emout(large_run)


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def bytes_read() -> int:
    """Return what this process has read from files so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


READERS = {
    "values": lambda data: data.phisp[-1, :, 4, :].values,
    "one value": lambda data: float(data.phisp[-1, 4, 4, 4]),
    "numpy": lambda data: np.sqrt(abs(data.phisp[-1, 3])).values,
    "list": lambda data: data.phisp[:, 3, [1, 5], ::2].values,
    "reduction": lambda data: float(data.phisp.min()),
    "xarray isel": lambda data: data.to_xarray().phisp.isel(t=-1, y=4).values,
    "xarray sel": lambda data: data.to_xarray().ex.sel(x=0.004, method="nearest").compute().values,
    "dask": lambda data: data.to_xarray(chunks={}).phisp.mean("t").compute().values,
}


@pytest.mark.parametrize("read", READERS.values(), ids=list(READERS))
def test_every_way_to_values_reads_on_the_engine(session, programs, data, here, read):
    expected = read(here)
    assert programs == []
    np.testing.assert_array_equal(read(data), expected)
    assert programs != []


def test_a_slice_is_one_round_trip_and_reads_no_file_here(session, programs, large, large_run):
    # Strided: HDF5 reads whole rows of the plane, and a hundredth of it is asked for.
    part = large.rho[-1, :, 0, ::100]
    float(large.rho[0, 0, 0, 0])
    programs.clear()
    before = bytes_read()
    values = part.values
    assert bytes_read() - before < 0.2 * MB
    assert len(programs) == 1
    before = bytes_read()
    with local_data_policy("local"):
        np.testing.assert_array_equal(part.values, values)
    assert bytes_read() - before > 2 * MB


def test_a_series_of_steps_is_one_round_trip(session, programs, data, here):
    np.testing.assert_array_equal(data.phisp[:, 4, 4, 4].values, here.phisp[:, 4, 4, 4].values)
    assert len(programs) == 1


REDUCTIONS = {
    "all": lambda run: run.rho.max(),
    "numpy": lambda run: np.mean(run.rho, axis=0),
    "by name": lambda run: run.rho[:, 100:].std("z", keepdims=True),
    "with an array for the result": lambda run: run.rho[0, :, 0, 0].sum(out=np.array(0.0)),
}


@pytest.mark.parametrize("reduce", REDUCTIONS.values(), ids=list(REDUCTIONS))
def test_a_reduction_is_one_round_trip_and_brings_the_result_only(
    session, programs, large, large_run, reduce, monkeypatch
):
    monkeypatch.setenv("EMOUT_LAB_READ_LIMIT", "3.6MB")
    got = reduce(large)
    assert len(programs) == 1
    expected = reduce(Emout(large_run, local_data_policy="local"))
    assert type(got) is type(expected)
    np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))


def test_a_plot_outside_a_figure_block_is_drawn_here(session, programs, data, here):
    def picture(run: Emout) -> np.ndarray:
        plt.figure()
        run.phisp[-1, :, 4, :].plot()
        buffer = io.BytesIO()
        plt.savefig(buffer)
        return pixels(buffer.getvalue())

    np.testing.assert_array_equal(picture(data), picture(here))
    assert len(programs) == 1


def test_what_was_read_is_no_object_of_the_engine(session, data, large):
    assert large.rho[-1, :, 0, :].values.size == 900 * 1000
    assert data.phisp[-1].values.size == 9**3
    session.queue.flush()
    found = session.client.sync(engines.snapshots, session.client)
    assert [o.expression for s in found.values() for o in s.objects] == []


def test_on_an_engine_everything_is_read_there_whatever_the_policy(session, run):
    def read(directory: str) -> float:
        with local_data_policy("remote_required"):
            return float(Emout(directory).phisp[-1].max())

    assert session.open(read, str(run)).fetch() == session.open(read, str(run)).fetch()
    task = session.client.submit(read, str(run))
    assert task.result() == float(Emout(run).phisp[-1].max())


def test_the_run_that_is_opened_remotely_is_read_on_the_engine(session, data, here):
    remote = data.remote(session=session)
    assert float(remote.phisp[-1].max()) == float(here.phisp[-1].max())


def test_xarrays_own_backend_reads_on_the_engine_too(session, programs, run):
    dataset = xr.open_dataset(run, engine="emses")
    assert dataset.phisp.shape == (2, 9, 9, 9)
    assert programs == []
    assert np.isfinite(dataset.phisp.isel(t=0).values).all()
    assert len(programs) == 1


# The read limit


def test_more_than_the_limit_is_refused_with_both_numbers_and_the_remote_way(
    session, programs, large, large_run, monkeypatch
):
    monkeypatch.setenv("EMOUT_LAB_READ_LIMIT", "1MB")
    with pytest.raises(ReadTooLarge) as refusal:
        _ = large.rho[0].values
    way = f"Emout({str(large_run)!r}).remote().rho"
    for part in ("rho (900 x 1 x 1000) takes 3.6 MB", "no more than 1 MB", way):
        assert part in str(refusal.value)
    assert programs == []
    assert large.rho[0, :, 0, 7].values.shape == (900,)
    monkeypatch.setenv("EMOUT_LAB_READ_LIMIT", "none")
    assert large.rho[0].values.nbytes == 3.6 * MB


def test_engines_know_no_limit(session, large):
    remote = large.remote(session=session)
    session.open("os:putenv", "EMOUT_LAB_READ_LIMIT", "1kB")
    assert float(remote.rho.max()) == float(large.rho.max())


# The local-data policy


def test_transfer_goes_on_where_local_reads_are_forbidden(session, data, here):
    with local_data_policy("remote_required"):
        np.testing.assert_array_equal(data.phisp[0].values, here.phisp[0].values)


@pytest.fixture
def unseen(data):
    """A field in a file that has a name in this process only."""
    file = os.open(data.directory / "ex00_0000.h5", os.O_RDONLY)
    descriptor = fcntl.fcntl(file, fcntl.F_DUPFD, 900)
    source = find_field(data._run, "ex", data.inp)
    segment = replace(source.segments[0], path=f"/proc/self/fd/{descriptor}")
    yield Field.from_source(replace(source, segments=(segment,)))
    os.close(descriptor)
    os.close(file)


def test_a_file_that_the_engine_cannot_see_is_read_here_with_one_warning(
    session, data, programs, unseen
):
    with pytest.warns(UserWarning, match="does not see the file") as caught:
        np.testing.assert_array_equal(unseen[0].values, data.ex[0].values)
        np.testing.assert_array_equal(unseen[1].values, data.ex[1].values)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(programs) == 3


def test_a_file_that_nobody_sees_is_the_usual_error(session, run, tmp_path):
    directory = write_demo_data(tmp_path / "gone", grid=8, steps=1)
    field = Emout(directory).phisp
    (directory / "phisp00_0000.h5").unlink()
    with pytest.raises(BadFile, match="No file"):
        _ = field.values


# Drawing a local run in a figure block

DRAWINGS = {
    "map": lambda run: run.rho[-1, :, 0, :].plot(),
    "line on given axes": lambda run: run.rho[-1, :, 0, 5].plot(ax=plt.subplots()[1]),
    "field as an argument": lambda run: plt.plot(run.rho[-1, :, 0, 5]),
    "animation": lambda run: run.rho[:, ::100, 0, ::10].gifplot(fps=5),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=list(DRAWINGS))
def test_a_block_draws_a_local_run_as_the_remote_one(session, programs, large, draw):
    def picture(run) -> bytes:
        with remote_figure(dpi=50, session=session, display=False) as figure:
            draw(run)
        return figure.result.data

    expected = picture(large.remote(session=session))
    programs.clear()
    before = bytes_read()
    got = picture(large)
    assert bytes_read() - before < 0.2 * MB
    assert len(programs) == 1
    assert got == expected


def test_a_mistake_in_a_recorded_plot_names_its_line(session, data):
    with pytest.raises(BadOption, match="colour") as caught, remote_figure(display=False):
        data.phisp[-1, :, 4, :].plot(colour="red")  # here
    assert caught.value.source.endswith("# here")


def test_arithmetic_in_a_block_reads_on_the_engine(session, large):
    def picture(run) -> bytes:
        with remote_figure(dpi=50, session=session, display=False) as figure:
            (run.rho[-1, :, 0, ::100] * 2).plot()
        return figure.result.data

    expected = picture(large.remote(session=session))
    before = bytes_read()
    assert picture(large) == expected
    assert bytes_read() - before < 0.2 * MB


# Engines that go


def test_an_engine_that_was_killed_is_asked_again(session, data, here):
    found = session.client.sync(engines.snapshots, session.client)
    os.kill(next(iter(found.values())).pid, 9)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*computed again")
        np.testing.assert_array_equal(data.phisp[0].values, here.phisp[0].values)


# Damaged steps


def test_damaged_steps_are_nan_through_a_session_too_and_the_engine_says_which(
    session, run, tmp_path, capsys
):
    directory = shutil.copytree(run, tmp_path / "run")
    with h5py.File(directory / "phisp00_0000.h5", "a", locking=False) as file:
        del file["phisp/0001"]
        file["phisp/0001"] = np.zeros((2, 9, 9), "f4")
    with pytest.raises(BadFile, match="step 0001 of .* has shape"):
        _ = Emout(directory).phisp[:, 4, 4, 4].values
    data = Emout(directory, bad_steps="skip")
    for read in (
        lambda: data.phisp[:, 4, 4, 4].values,
        lambda: data.remote().phisp[:, 4, 4, 4].values.fetch(),
    ):
        assert list(np.isnan(read())) == [False, True]
        assert "step 0001 of" in capsys.readouterr().err
