"""Fields larger than memory: computed, drawn, kept and saved in blocks."""

from __future__ import annotations

import tracemalloc

import h5py
import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout
from emout_lab.emses.blocks import partition
from emout_lab.emses.blocks.array import BlockArray
from emout_lab.emses.blocks.stored import Stored
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import BadOption, LocalReadForbidden


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Let small arrays be divided as large ones are."""
    monkeypatch.setattr(partition, "BLOCK_BYTES", 300)
    monkeypatch.setattr(partition, "LEAST_TASK_BYTES", 700)
    monkeypatch.setattr("emout_lab.emses.blocks.partition.blocks_of.__defaults__", (300,))
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "1kB")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_demo_data(tmp_path_factory.mktemp("blocks"), grid=12, steps=6)


@pytest.fixture(scope="module")
def whole(run):
    """The values, read from the files."""
    found = {}
    for name in ("phisp", "ex", "ey"):
        field = Emout(run)[name]
        with h5py.File(run / f"{name}00_0000.h5") as file:
            group = next(iter(file.values()))
            stored = np.stack([group[step][:] for step in sorted(group)])
        found[name] = stored * np.float32(field.valunit.factor)
    return found


def test_a_large_field_is_computed_in_blocks_and_a_small_one_is_not(run, monkeypatch):
    field = Emout(run).phisp
    assert field.is_large and not field[0, 0].is_large and not field.compute().is_large
    assert (field * 2).is_lazy and not (field[0, 0] * 2).is_lazy
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "none")
    assert not Emout(run).phisp.is_large and not (Emout(run).phisp * 2).is_lazy


def test_expressions_of_large_fields_have_units_places_and_values(run, whole):
    data = Emout(run)
    sum_, strength = data.ex + data.ey, (data.ex**2 + data.ey**2) ** 0.5
    assert sum_.units == "V/m" and strength.units == ""
    expected = np.sqrt(whole["ex"] ** 2 + whole["ey"] ** 2)
    mean = strength.mean(axis=0)
    np.testing.assert_allclose(mean.values, expected.mean(axis=0), rtol=1e-5)
    assert mean.dims == ("z", "y", "x") and "t" not in mean.coords
    series = data.phisp.max(axis=(1, 2, 3))
    assert series.dims == ("t",) and series.units == "V"
    np.testing.assert_array_equal(series.values, whole["phisp"].max(axis=(1, 2, 3)))
    np.testing.assert_allclose(strength[-1, 3].values, expected[-1, 3], rtol=1e-6)
    assert strength[-1, 3].dims == ("y", "x")
    fluctuation = data.phisp - data.phisp.mean(axis=0)
    np.testing.assert_allclose(
        fluctuation.std(axis="t").values, whole["phisp"].std(axis=0), rtol=1e-4, atol=1e-6
    )
    assert np.argmax(data.phisp) == whole["phisp"].argmax() == data.phisp.argmax()


def test_xarrays_own_methods_compute_in_blocks(run, whole):
    array = Emout(run).phisp.to_xarray()
    values = whole["phisp"]
    for how in ("mean", "max", "min", "std", "var", "sum", "median"):
        found = getattr(array, how)("t")
        np.testing.assert_allclose(
            found.values, getattr(np, how)(values, axis=0), rtol=1e-4, atol=1e-6
        )
    assert isinstance((array * 2).data, BlockArray)
    np.testing.assert_allclose(
        (array - array.mean("t")).max().item(), (values - values.mean(0)).max()
    )
    np.testing.assert_allclose(array.isel(t=1, z=slice(2, 5)).values, values[1, 2:5])


def test_functions_of_numpy_give_fields_where_the_axes_are_the_fields(run, whole):
    phi = Emout(run).phisp
    steps = np.diff(phi, axis=0)
    assert steps.dims == phi.dims and "t" not in steps.to_xarray().coords
    np.testing.assert_allclose(steps.max().item(), np.diff(whole["phisp"], axis=0).max())
    np.testing.assert_allclose(
        np.where(phi < -1, phi, 0).sum(), np.where(whole["phisp"] < -1, whole["phisp"], 0).sum()
    )
    np.testing.assert_allclose(phi[phi < -1], whole["phisp"][whole["phisp"] < -1])


def test_a_field_is_drawn_from_its_blocks(run, whole):
    expression = Emout(run).phisp * 2
    view = expression[-1, 4].view()
    np.testing.assert_allclose(view.values, whole["phisp"][-1, 4] * 2)
    assert view.unit == "V"


def test_memory_stays_flat_while_a_long_series_is_reduced(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "1MB")
    data = Emout(write_demo_data(tmp_path, grid=64, steps=60))
    expression = (data.phisp**2 + 1) ** 0.5
    expression[0, 0].max()
    tracemalloc.start()
    low, spread = expression.min(), expression.std()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert low >= 1 and spread >= 0
    # 66 MB of data; a block of 16 MB, what it is made of, and its deviations in double precision.
    assert peak < 0.9 * data.phisp.nbytes


def test_persisted_values_are_read_once_and_survive_their_files(run, whole, tmp_path):
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    kept = (Emout(copy).phisp * 2).persist()
    shutil.rmtree(copy)
    expected = whole["phisp"] * 2
    np.testing.assert_allclose(kept.mean(axis=0).values, expected.mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(kept[2, 3:7, ::-1, 4].values, expected[2, 3:7, ::-1, 4])
    np.testing.assert_allclose((kept + 1).max(), expected.max() + 1)
    np.testing.assert_allclose(np.median(kept, axis=0)[4, 4], np.median(expected, axis=0)[4, 4])


@pytest.mark.parametrize("name", ["out.h5", "out.nc", "out.zarr"])
def test_a_saved_field_is_read_by_xarray(run, whole, tmp_path, name):
    pytest.importorskip("zarr" if name.endswith("zarr") else "h5netcdf")
    field = (Emout(run).phisp + Emout(run).phisp).renamed("twice")
    path = field.save(tmp_path / name)
    engine = "zarr" if name.endswith("zarr") else "h5netcdf"
    with xr.open_dataset(path, engine=engine) as saved:
        np.testing.assert_array_equal(saved.twice.values, whole["phisp"] * 2)
        assert saved.twice.attrs["units"] == "V" and saved.x.attrs["units"] == "m"
        np.testing.assert_allclose(saved.x.values, field.axis("x"))
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_part_and_a_transposed_field_are_saved_as_they_are(run, whole, tmp_path):
    data = Emout(run)
    data.phisp[1:4, 2, ::-1].save(tmp_path / "part.h5")
    np.cumsum(data.phisp, axis=0).renamed("sum").save(tmp_path / "sum.h5")
    data.phisp.transpose("x", "y", "z", "t").save(tmp_path / "turned.h5")
    values = whole["phisp"]
    for name, key, expected in (
        ("part.h5", "phisp", values[1:4, 2, ::-1]),
        ("sum.h5", "sum", np.cumsum(values, axis=0)),
        ("turned.h5", "phisp", values.T),
    ):
        with h5py.File(tmp_path / name) as file:
            np.testing.assert_allclose(file[key][:], expected, rtol=1e-5, atol=1e-6)


def test_a_file_is_whole_or_stays_as_it_was(run, tmp_path):
    field, target = Emout(run).phisp, tmp_path / "out.h5"
    field[:2].save(target)
    before = target.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        field.save(target)

    def fail(values):
        if values > -0.001:
            raise RuntimeError("this value cannot be computed")
        return values

    broken = np.frompyfunc(fail, 1, 1)(field).astype("f4")
    with pytest.raises(RuntimeError, match="cannot be computed"):
        broken.save(target, overwrite=True)
    assert target.read_bytes() == before
    assert field[:3].save(target, overwrite=True) == target
    assert target.read_bytes() != before and len(list(tmp_path.iterdir())) == 1


def test_a_bad_name_is_refused_before_anything_is_computed(run, tmp_path):
    field = Emout(run).phisp
    with pytest.raises(BadOption, match=r"'out\.txt'.*must end in \.h5"):
        field.save("out.txt")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        field.save(tmp_path / "missing" / "out.h5")


def test_a_damaged_step_is_an_error_that_names_file_and_step(run, tmp_path):
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    with h5py.File(copy / "phisp00_0000.h5", "r+") as file:
        group = next(iter(file.values()))
        del group["0003"]
        group["0003"] = np.zeros((2, 2, 2), "f4")
    with pytest.raises(OSError, match=r"0003.*phisp00_0000\.h5"):
        Emout(copy).phisp.mean()


@pytest.mark.parametrize(
    "compute", [lambda field: field.max(), lambda field: (field * 2)[0].values]
)
def test_what_must_not_be_read_here_is_not_read_in_blocks_either(run, compute):
    field = Emout(run, local_data_policy="remote_required").phisp
    with pytest.raises(LocalReadForbidden, match="phisp"):
        compute(field)


@pytest.mark.parametrize("options", [{}, {"norm": "symlog"}])
def test_a_film_of_a_large_field_is_that_of_a_small_one(run, options, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "1kB")

    def film(name: str) -> bytes:
        data = Emout(run)
        data.phisp[:, :, 6].gifplot(**options).save(tmp_path / name)
        return (tmp_path / name).read_bytes()

    large = film("large.gif")
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "none")
    assert film("small.gif") == large


def test_films_of_arrows_and_curves_take_their_frames_from_blocks(run, tmp_path, monkeypatch):
    def films() -> list[bytes]:
        data, found = Emout(run), []
        for series in (data.exz[:2, :, 6], data.phisp[:3, 6, 6] * 2):
            series.gifplot(fps=5).save(tmp_path / "film.gif")
            found.append((tmp_path / "film.gif").read_bytes())
        return found

    monkeypatch.undo()
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "20")
    large = films()
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "none")
    assert films() == large


def test_a_large_field_that_is_continued_by_symmetry_is_computed_in_blocks(run, whole):
    field = Emout(run).phisp
    mirrored, values = field.mirror("x").negate(), whole["phisp"]
    expected = -np.concatenate([values, values[..., -2::-1]], axis=-1)
    assert mirrored.is_large and mirrored.shape == expected.shape
    assert mirrored.max() == expected.max()
    np.testing.assert_allclose((mirrored * 2).mean(axis=0).values, 2 * expected.mean(0), rtol=1e-5)


def test_what_is_overwritten_while_computing_is_nobody_elses(run, whole):
    data, memory = Emout(run), np.linspace(1, 2, 13, dtype="f4") ** np.ones((6, 13, 13, 13), "f4")
    kept, phi = memory.copy(), data.phisp
    shared, array = phi**2, BlockArray(Stored(xr.Variable(["t", "z", "y", "x"], memory)))
    square = whole["phisp"] ** 2
    for found, expected in (
        (phi.val_si.astype("f4") * 2 + phi, whole["phisp"] * 2 + whole["phisp"]),
        (
            np.sqrt(abs(shared)) + shared + shared * phi,
            np.sqrt(abs(square)) + square + square * whole["phisp"],
        ),
        ((array + 1) ** 2 * array**0.5, (memory + 1) ** 2 * memory**0.5),
        (-array.astype("f4") * 3, -memory * 3),
    ):
        for _ in range(2):
            np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5, atol=1e-7)
            np.testing.assert_allclose(np.max(found), expected.max(), rtol=1e-5)
    np.testing.assert_array_equal(memory, kept)
    held = (phi * 1).persist()
    before = held.values.copy()
    assert ((held + 1) ** 2 * held).max() == pytest.approx(((before + 1) ** 2 * before).max())
    np.testing.assert_array_equal(held.values, before)
