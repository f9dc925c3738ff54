"""Particle files as lazy tables: steps, columns, units, selections, tables of pandas."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

import emout_lab
from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles
from emout_lab.emses.particles import ParticleData, ParticlesSeries
from emout_lab.errors import BadIndex, DataError, LocalReadForbidden, SpecError, UnknownField

COLUMNS = ("x", "y", "z", "vx", "vy", "vz", "tid")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = write_demo_data(tmp_path_factory.mktemp("particles") / "run", grid=8, steps=4)
    return write_demo_particles(target, particles=3000)


@pytest.fixture
def data(run: Path) -> Emout:
    return Emout(run)


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "run"))


def stored(run: Path, name: str, step: int) -> np.ndarray:
    with h5py.File(run / f"{name}e00_0000.h5") as file:
        return file[f"{name}e/{step:04d}"][...]


def test_a_species_knows_steps_counts_columns_and_times(data: Emout, run: Path):
    electrons = data.p1
    assert isinstance(electrons, ParticlesSeries) and data["p1"] is electrons is data.particle(1)
    assert len(electrons) == 4 and electrons.species == 1
    assert electrons.columns == electrons.available_components() == COLUMNS
    expected = [len(stored(run, "p1x", step)) for step in range(4)]
    assert electrons.counts.tolist() == expected and len(set(expected)) > 1
    np.testing.assert_allclose(electrons.t, data.phisp.axis("t"))
    assert electrons.nbytes == sum(expected) * 28
    for text in ("p1: 4 steps of", f"{min(expected):,} to {max(expected):,}", "x, y, z", "kB"):
        assert text in repr(electrons)
    assert {"p1", "p2"} <= set(dir(data)) and "vx" in dir(electrons) and "xvx" in dir(electrons[0])


def test_columns_are_lazy_arrays_in_si(data: Emout, run: Path):
    vx = data.p1.vx[-1]
    raw = stored(run, "p1vx", 3)
    assert isinstance(vx, ParticleData) and vx.is_lazy and not vx.compute().is_lazy
    assert (vx.units, vx.dtype, vx.shape, len(vx), vx.ndim) == (
        "m/s", np.float32, raw.shape, len(raw), 1,
    )  # fmt: skip
    np.testing.assert_array_equal(vx.values, raw * np.float32(data.unit.v.factor))
    np.testing.assert_array_equal(vx.val_emses, raw)
    np.testing.assert_array_equal(vx.val_emses.val_si, vx)
    np.testing.assert_array_equal(data.p1[-1].vx, data.p1["vx"][3])
    x = data.p1.x[0]
    np.testing.assert_array_equal(x, stored(run, "p1x", 0) * np.float32(data.unit.length.factor))
    assert x.units == "m" and x.valunit == data.unit.length and data.p1.vx.valunit == data.unit.v
    tid = data.p1.tid[0]
    assert tid.units == "" and tid.valunit is None and tid.dtype == np.int32
    np.testing.assert_array_equal(tid, stored(run, "p1tid", 0))
    assert data.p1.val_emses[1].vx.units == "EMSES unit"
    np.testing.assert_array_equal(data.p1.val_emses.vx[1], stored(run, "p1vx", 1))


def test_a_column_is_an_array_to_numpy_and_a_series_to_pandas(data: Emout):
    vx, vy = data.p1[0].vx, data.p1[0].vy
    np.testing.assert_array_equal(vx + 2 * vy, vx.values + 2 * vy.values)
    np.testing.assert_array_equal(np.hypot(vx, vy), np.hypot(vx.values, vy.values))
    assert np.mean(vx) == vx.values.mean() and (vx > 0).dtype == bool
    assert vx.to_series().name == "vx" and len(vx.val_si.to_series()) == len(vx)
    assert vx[3] == vx.values[3] == vx[3 - len(vx)]
    np.testing.assert_array_equal(list(vx[:5]), vx.values[:5])
    assert "p1[0].vx [m/s]" in repr(vx) and "lazy" in repr(vx)


SELECTIONS = {
    "slice": slice(10, 400, 7),
    "backward": slice(None, None, -3),
    "mask": "mask",
    "positions": [5, -1, 5, 0],
    "none": [],
}


@pytest.mark.parametrize("key", SELECTIONS.values(), ids=list(SELECTIONS))
def test_particles_are_chosen_as_in_numpy(data: Emout, key):
    step = data.p1[-1]
    if isinstance(key, str):
        key = step.vx > 0
    part = step[key]
    index = np.asarray(key, dtype=int) if isinstance(key, list) else key
    for name in COLUMNS:
        expected = step[name].values[index]
        np.testing.assert_array_equal(part[name], expected)
        np.testing.assert_array_equal(step[name][key], expected)
        np.testing.assert_array_equal(step.compute()[key][name], expected)
    again = part[::2]
    np.testing.assert_array_equal(again.x, step.x.values[index][::2])
    assert len(part) == len(step.x.values[index])
    assert again.hist("vx", bins=5, range=(-1e9, 1e9)).counts.sum() == len(again)


def test_scattered_rows_of_many_pieces_are_read_right(copy: Path, monkeypatch):
    from emout_lab.emses.particles import reading

    monkeypatch.setattr(reading, "PIECE_ROWS", 100)
    step = Emout(copy).p2[1]
    chosen = np.random.default_rng(1).integers(0, len(step), 500)
    np.testing.assert_array_equal(step[chosen].y, step.y.values[chosen])
    np.testing.assert_array_equal(step[::37].y, step.y.values[::37])


def test_a_row_is_a_dictionary(data: Emout):
    row = data.p1[1][5]
    assert row == {name: data.p1[1][name].values[5] for name in COLUMNS}


def test_a_step_becomes_a_data_frame(data: Emout, run: Path):
    step = data.p1[2]
    frame = step.to_pandas()
    assert list(frame) == list(COLUMNS) and len(frame) == len(step) and step.step == 2
    np.testing.assert_array_equal(frame.vx, step.vx.values)
    assert frame.tid.dtype == np.int32
    np.testing.assert_array_equal(step.to_dataframe(use_si=False).z, stored(run, "p1z", 2))
    np.testing.assert_array_equal(step[step.x > 0.03].to_pandas(), frame[frame.x > 0.03])
    assert set(step.as_dict()) == set(step.keys()) == set(step)


def test_steps_are_taken_by_slices_and_lists(data: Emout):
    assert data.p1[1:3].steps.tolist() == [1, 2] and data.p1[[3, 0]].steps.tolist() == [3, 0]
    assert [step.step for step in data.p1[::2]] == [0, 2]
    assert [len(column) for column in data.p1.x] == data.p1.counts.tolist()
    assert [len(column) for column in data.p1.x[1:]] == data.p1.counts[1:].tolist()
    assert data.p1[1:][-1].step == 3


WRONG = {
    "step": (lambda data: data.p1[4], r"p1\[4\]: there are 4 output steps"),
    "no integer": (lambda data: data.p1[1.5], "integer"),
    "column of steps": (lambda data: data.p1.x[-5], "4 output steps"),
    "row": (lambda data: data.p1[0][10**6], r"p1\[0\]\[1000000\]: there are"),
    "mask": (lambda data: data.p1[0][data.p1[1].vx > 0], "Make it from the same step"),
    "numbers": (lambda data: data.p1[0][[0.5]], "integers"),
    "two": (lambda data: data.p1[0][1, 2][[[0]]], "slice, a mask or a list"),
}


@pytest.mark.parametrize(("take", "message"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_index_says_what_there_is(data: Emout, take, message: str):
    with pytest.raises(BadIndex, match=message):
        take(data)


def test_an_unknown_species_or_column_says_what_there_is(data: Emout, demo_dir: Path):
    with pytest.raises(UnknownField, match="species 3.*There are p1, p2"):
        _ = data.p3
    with pytest.raises(UnknownField, match="The run wrote none: ipahdf"):
        _ = Emout(demo_dir).p1
    with pytest.raises(AttributeError, match="columns are x, y"):
        _ = data.p1.speed
    with pytest.raises(AttributeError, match="Columns are x, y"):
        _ = data.p1[0].temperature
    with pytest.raises(UnknownField, match="no column 'mass'.*x, y, z"):
        _ = data.p1[0]["mass"]
    assert not hasattr(data, "p0") and hasattr(data, "p2")


def test_a_species_without_some_columns_is_read_with_the_others(copy: Path):
    for name in ("p1ye", "p1vye", "p1tide"):
        (copy / f"{name}00_0000.h5").unlink()
    electrons = Emout(copy).p1
    assert electrons.columns == ("x", "z", "vx", "vz")
    assert list(electrons[0].to_pandas()) == ["x", "z", "vx", "vz"]
    assert {"Tx", "Tz"} <= set(electrons.moments()) and "T" not in electrons.moments()
    with pytest.raises(UnknownField, match=r"no column 'y'.*x, z, vx, vz"):
        _ = electrons.y
    with pytest.raises(UnknownField, match="speed needs vx, vy, vz.*no vy"):
        electrons.hist("speed")


def test_without_a_conversion_key_values_are_in_emses_units(copy: Path):
    inp = copy / "plasma.inp"
    inp.write_text(inp.read_text().split("\n", 1)[1])
    step = Emout(copy).p1[-1]
    np.testing.assert_array_equal(step.vx, stored(copy, "p1vx", 3))
    assert (step.x.units, step.vx.units) == ("grid", "EMSES unit")
    with pytest.raises(DataError, match="no conversion key"):
        _ = step.vx.val_si
    assert step.moments().attrs["units"]["T"] == "EMSES unit"


def test_tables_travel_as_recipes(data: Emout):
    data.p1[-1].vx.values  # noqa: B018 - lengths are known then
    for item in (data.p1, data.p1[1:], data.p1[-1], data.p1.vx, data.p1[-1].vx, data.p1[-1][:9].x):
        text = pickle.dumps(item)
        assert len(text) < 4000
        assert repr(pickle.loads(text)) == repr(item)
    frame = pickle.loads(pickle.dumps(data.p1[-1])).to_pandas()
    assert frame.equals(data.p1[-1].to_pandas())


def test_absent_particles_are_nan_and_not_counted(copy: Path):
    with h5py.File(copy / "p1vxe00_0000.h5", "a") as file:
        file["p1vxe/0003"][:10] = -9999
    step = Emout(copy).p1[-1]
    assert np.isnan(step.vx.values[:10]).all() and np.isfinite(step.vx.values[10:]).all()
    assert step.hist("vx").counts.sum() == len(step) - 10
    assert step.hist2d("x", "vx").counts.sum() == len(step) - 10
    assert step.moments()["count"].tolist() == [len(step) - 10]


def test_a_run_that_grows_is_read_anew_and_an_unfinished_step_is_left_out(copy: Path):
    data = Emout(copy)
    assert len(data.p1) == 4
    for name in COLUMNS:
        with h5py.File(copy / f"p1{name}e00_0000.h5", "a", locking=False) as file:
            file[f"p1{name}e/0004"] = np.ones(5, np.float32)
    assert len(data.p1) == 5 and len(data.p1[-1]) == 5
    with h5py.File(copy / "p1xe00_0000.h5", "a", locking=False) as file:
        file["p1xe/0005"] = np.ones(5, np.float32)
    with pytest.warns(UserWarning, match="p1.*being written: output step 0005.*left out"):
        assert len(data.p1) == 5


def test_restarts_continue_the_particles(copy: Path):
    later = Path(shutil.copytree(copy, copy.with_name("run_2")))
    both = Emout(copy, append_directories=[later]).p1
    # The first step of a restart repeats the last one before.
    assert len(both) == 7 and both.steps.tolist() == [0, 1, 2, 3, 1, 2, 3]
    assert np.all(np.diff(both.t) > 0)
    np.testing.assert_array_equal(both.vx[4], both.vx[1])
    assert both.hist("x").counts.sum() == both.counts.sum()


def test_other_names_of_files_and_datasets_are_known(copy: Path):
    """Versions of EMSES name files without e, and datasets after the column."""
    for name in COLUMNS:
        (copy / f"p1{name}e00_0000.h5").rename(copy / f"p1{name}00_0000.h5")
        with h5py.File(copy / f"p1{name}00_0000.h5", "a") as file:
            group = file[f"p1{name}e"]
            for step in list(group):
                group.move(step, f"{name}e{step}")
    data = Emout(copy)
    assert len(data.p1) == 4
    np.testing.assert_array_equal(data.p1[2].vx.val_emses, data.p1.val_emses.vx[2])
    assert len(data.p1[2].to_pandas()) == data.p1.counts[2]


def test_the_policy_and_the_shape_hold_for_particles(run: Path):
    step = Emout(run, local_data_policy="remote_required").p1[-1]
    assert len(step) == step.vx.size and "particles" in repr(step)
    readers = (
        lambda: step.vx.values,
        lambda: step.to_pandas(),
        lambda: step.hist("vx"),
        lambda: step.moments(),
        lambda: step.plot("x", "vx"),
        lambda: step[step.vx.values > 0],
    )
    for read in readers:
        with pytest.raises(LocalReadForbidden, match=r"p1\[3\]"):
            read()
    with emout_lab.local_data_policy("remote_required"):
        with emout_lab.local_data_policy("allow"):
            granted = Emout(run).p1[0]
        assert len(granted.to_pandas()) == granted.hist("vx").counts.sum() == len(granted)


def test_demo_particles_are_those_of_the_demo_fields(tmp_path: Path):
    run = write_demo_data(tmp_path / "run", grid=16, steps=3)
    write_demo_particles(run, particles=200_000)
    data = Emout(run)
    assert data.inp.ipahdf == [100, 100] and data.inp.ipadig == [1, 1]
    density, *_ = data.p1[-1].hist2d("x", "y", bins=4, range=((0, 0.064), (0, 0.064)))
    # Cells of the field at their middles; the mean over z of a quarter of the box each way.
    field = data.nd1p[-1].val_emses
    middles = (field[:-1, :-1, :-1] + field[1:, 1:, 1:]) / 2
    share = middles.reshape(16, 4, 4, 4, 4).mean(axis=(0, 2, 4)).T
    np.testing.assert_allclose(density / 200_000 * 16, share, rtol=0.03)
    moments = data.p1.moments()
    np.testing.assert_allclose(moments["T"], 3.0, rtol=0.01)
    assert data.p2[-1].moments()["T"].iloc[0] == pytest.approx(3.0, rel=0.01)
    tid = data.p1[-1].tid.values
    assert len(np.unique(tid)) == len(tid)
    same = write_demo_particles(
        write_demo_data(tmp_path / "b", grid=16, steps=3), particles=200_000
    )
    assert (same / "p1xe00_0000.h5").read_bytes() == (run / "p1xe00_0000.h5").read_bytes()


def test_new_demo_fields_leave_no_particles_of_the_run_before(tmp_path: Path):
    run = write_demo_particles(write_demo_data(tmp_path, grid=8, steps=2), particles=50)
    write_demo_particles(run, particles=60)
    assert len(Emout(run).particles) == 14 and len(Emout(run).p1) == 2
    assert Emout(write_demo_data(run, grid=9, steps=2)).particles == []


def test_demo_particles_go_into_a_demo_run_only(tmp_path: Path, run: Path):
    with pytest.raises(DataError, match="holds no demo run"):
        write_demo_particles(tmp_path)
    with pytest.raises(SpecError, match="particles=0"):
        write_demo_particles(run, particles=0)
