"""Any object on an engine: datasets, HDF5 files, tables, the upstream emout package."""

from __future__ import annotations

import importlib.util
import io

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from PIL import Image

import emout_lab
from emout_lab import RemoteRef, TooLarge, remote_figure
from emout_lab.client import aio as engines
from emout_lab.emses.demo import write_demo_data

needs_emout = pytest.mark.skipif(
    importlib.util.find_spec("emout") is None,
    reason="the upstream package emout is not installed; `make test` installs it",
)


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture
def weather() -> xr.Dataset:
    values = np.arange(24.0).reshape(2, 3, 4)
    coordinates = {"t": [0.0, 1.0], "y": [0.0, 1.0, 2.0], "x": np.arange(4) * 0.5}
    warmth = (("t", "y", "x"), values, {"units": "K"})
    return xr.Dataset({"warmth": warmth}, coords=coordinates)


@pytest.fixture
def netcdf(weather, tmp_path):
    path = tmp_path / "weather.nc"
    weather.to_netcdf(path, engine="h5netcdf")
    return path


@pytest.fixture
def hdf5(tmp_path):
    path = tmp_path / "values.h5"
    with h5py.File(path, "w") as file:
        file["group/data"] = np.arange(20.0).reshape(5, 4)
        file["group"].attrs["unit"] = "V"
    return path


@pytest.fixture
def run(tmp_path):
    return write_demo_data(tmp_path / "run", grid=8, steps=2)


def picture(draw, **options) -> np.ndarray:
    with remote_figure(dpi=50, display=False, **options) as figure:
        draw()
    return pixels(figure.result.data)


def drawn_here(draw) -> np.ndarray:
    draw()
    buffer = io.BytesIO()
    plt.gcf().savefig(buffer, dpi=50, bbox_inches="tight")
    return pixels(buffer.getvalue())


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


# xarray


def test_a_netcdf_file_is_opened_lazily_and_computes_on_the_engine(session, netcdf, weather):
    dataset = session.open(xr.open_dataset, netcdf, engine="h5netcdf")
    warmth = dataset.warmth
    assert float(warmth.mean()) == float(weather.warmth.mean())
    assert warmth.attrs["units"].fetch() == "K"
    assert tuple(warmth.dims) == ("t", "y", "x")
    part = (warmth.sel(x=0.5) * 2 - np.sqrt(warmth.isel(x=0)))[-1].fetch()
    expected = (weather.warmth.sel(x=0.5) * 2 - np.sqrt(weather.warmth.isel(x=0)))[-1]
    xr.testing.assert_equal(part, expected)


def test_a_fetched_dataset_has_its_values_with_it(session, netcdf, weather):
    dataset = session.open("xarray:open_dataset", str(netcdf), engine="h5netcdf").fetch()
    netcdf.unlink()
    xr.testing.assert_equal(dataset, weather)


def test_xarrays_own_plot_is_drawn_on_the_engine(session, netcdf, weather):
    dataset = session.open(xr.open_dataset, netcdf, engine="h5netcdf")
    got = picture(lambda: dataset.warmth.isel(t=-1).plot(cmap="magma"))
    expected = drawn_here(lambda: weather.warmth.isel(t=-1).plot(cmap="magma"))
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= 2


def test_a_relative_path_means_the_users_directory(session, netcdf, monkeypatch):
    monkeypatch.chdir(netcdf.parent)
    dataset = session.open(xr.open_dataset, netcdf.name, engine="h5netcdf")
    assert len(dataset.x) == 4


# h5py


def test_an_hdf5_file_stays_open_on_the_engine_and_reads_slices(session, hdf5, programs):
    file = session.open(h5py.File, hdf5, "r")
    data = file["group/data"]
    programs.clear()
    np.testing.assert_array_equal(data[1:3].fetch(), np.arange(4.0, 12.0).reshape(2, 4))
    assert len(programs) == 1
    assert data.shape.fetch() == (5, 4)
    assert file["group"].attrs["unit"].fetch() == "V"
    assert sorted(name.fetch() for name in file["group"]) == ["data"]
    assert "group" in file and "other" not in file
    np.testing.assert_array_equal((data[...].T @ data[...])[0].fetch(), [480, 520, 560, 600])
    assert bool(file)


def test_an_open_file_cannot_come_here_and_says_so(session, hdf5):
    file = session.open(h5py.File, hdf5, "r")
    with pytest.raises(TypeError, match="h5py objects cannot be pickled"):
        file.fetch()
    assert float(file["group/data"][0, 1]) == 1.0


def test_a_file_that_is_closed_on_the_engine_can_be_written_here(session, hdf5):
    file = session.open(h5py.File, hdf5, "r")
    file.close()
    assert not bool(file)
    with h5py.File(hdf5, "a") as writable:
        writable["group/more"] = [1.0]


def test_a_missing_group_is_a_key_error_that_names_the_line(session, hdf5):
    file = session.open(h5py.File, hdf5, "r")
    with pytest.raises(KeyError) as caught:
        file["group/none"].fetch()  # here
    assert caught.value.source.endswith("# here")


def test_a_file_that_a_run_holds_open_can_be_opened_as_well(session, run):
    data = emout_lab.Emout(run).remote(session=session)
    value = float(data.phisp[-1, 4, 4, 4] / data.unit.phi.factor)
    with session.open(h5py.File, run / "phisp00_0000.h5") as file:
        assert float(file["phisp"]["0001"][4, 4, 4]) == pytest.approx(value, rel=1e-5)


# pandas


def test_a_table_is_filtered_grouped_and_drawn_on_the_engine(session, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("kind,energy\na,1\nb,2\na,3\nb,6\n")
    table = session.open("pandas:read_csv", str(path))
    assert float(table[table.energy > 2].energy.sum()) == 9.0
    means = table.groupby("kind").energy.mean()
    assert means.fetch().to_dict() == {"a": 2.0, "b": 4.0}
    assert len(table) == 4
    assert list(table.columns.fetch()) == ["kind", "energy"]
    local = table.fetch()
    got = picture(lambda: table.energy.plot())
    expected = drawn_here(lambda: local.energy.plot())
    assert got.shape == expected.shape and np.abs(got - expected).max() <= 2


# upstream emout


@needs_emout
def test_upstream_emout_runs_on_the_engine(session, run):
    data = session.open("emout:Emout", str(run))
    ours = emout_lab.Emout(run, local_data_policy="local")
    plane = data.phisp[-1, :, 4, :]
    assert plane.shape.fetch() == (9, 9)
    # Its own arrays do not survive unpickling; plain ones do.
    values = plane.val_si.view(np.ndarray).fetch()
    np.testing.assert_allclose(values, ours.phisp[-1, :, 4, :].values, rtol=1e-5)
    assert int(data.inp.nx) == 8
    assert isinstance(data.unit.v, RemoteRef)


@needs_emout
def test_upstream_emout_draws_on_the_engine(session, run, tmp_path):
    data = session.open("emout:Emout", str(run))
    image = picture(lambda: data.phisp[-1, :, 4, :].plot(), savefilepath=tmp_path / "a.png")
    assert image.std() > 10
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_objects_of_all_kinds_are_shown_by_what_made_them(session, netcdf, hdf5):
    dataset = session.open(xr.open_dataset, netcdf, engine="h5netcdf")
    file = session.open(h5py.File, hdf5, "r", expression="the file")
    found = session.client.sync(engines.snapshots, session.client)
    shown = {o.expression: o.type for s in found.values() for o in s.objects}
    assert shown["the file"] == "File"
    assert [kind for text, kind in shown.items() if text.startswith("open_dataset(")] == ["Dataset"]
    del dataset, file


def test_expression_that_cannot_fit_is_refused_before_it_is_computed(session, tmp_path):
    file = tmp_path / "huge.nc"
    with h5py.File(file, "w") as huge:  # nothing is written: the values are never there
        huge.create_dataset("x", shape=(4_000_000_000,), dtype="f4", chunks=(1_000_000,))
    data = session.open("xarray:open_dataset", file, engine="h5netcdf", phony_dims="sort").x
    with pytest.raises(TooLarge, match=r"needs about 32 GB, the engine has .* free of"):
        float((data * 2)[0])
    assert float(data[:10].max()) == 0.0
    with pytest.raises(TooLarge, match="needs about 16 GB"):
        data.fetch()
