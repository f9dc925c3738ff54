"""Output steps that are damaged: an error that names file and step, or NaN with a warning."""

from __future__ import annotations

import os
import pickle
import re
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout, execution
from emout_lab.errors import BadFile, SpecError

FILE = "phisp00_0000.h5"


def rewrite(run: Path, **options) -> list[np.ndarray]:
    """Store the potential anew, in another way, and return its steps."""
    with h5py.File(run / FILE, "a", locking=False) as file:
        steps = [file["phisp"][name][...] for name in file["phisp"]]
        for number, values in enumerate(steps):
            del file[f"phisp/{number:04d}"]
            file["phisp"].create_dataset(f"{number:04d}", data=values, **options)
    return steps


def spoil(run: Path, step: int) -> None:
    """Overwrite a compressed step's bytes."""
    with h5py.File(run / FILE, "r", locking=False) as file:
        chunk = file[f"phisp/{step:04d}"].id.get_chunk_info(0)
    with open(run / FILE, "r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(b"\xff" * chunk.size)


@pytest.fixture
def spoilt(run_copy: Path) -> Path:
    """A run whose potential cannot be decompressed at step 2."""
    rewrite(run_copy, compression="gzip")
    spoil(run_copy, 2)
    return run_copy


def expected_of(run: Path, *bad: int) -> np.ndarray:
    good = Emout(run).phisp
    shape = good.shape[1:]
    return np.stack(
        [np.full(shape, np.nan) if step in bad else good[step].values for step in range(len(good))]
    )


def test_a_step_that_cannot_be_decompressed_is_an_error_that_names_file_and_step(spoilt: Path):
    phi = Emout(spoilt).phisp
    assert np.isfinite(phi[:2].values).all()
    with pytest.raises(BadFile, match=rf"step 0002 of .*{FILE} cannot be read: .*bad_steps"):
        _ = phi[:, 8, 8, 8].values


def test_it_is_nan_with_one_warning_where_that_is_wanted(spoilt: Path):
    phi = Emout(spoilt, bad_steps="skip").phisp
    with pytest.warns(UserWarning, match=rf"NaN, .*step 0002 of .*{FILE} cannot") as found:
        values = phi.values
    assert len(found) == 1
    np.testing.assert_array_equal(values, expected_of(spoilt, 2))


def test_each_read_that_lacks_a_step_says_so(spoilt: Path):
    phi = Emout(spoilt, bad_steps="skip").phisp
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(2):
            assert np.isnan(phi[2, 8, 8, 8].values)
        assert np.isfinite(phi[1, 8, 8, 8].values)
    assert len(found) == 2


def test_the_choice_travels_with_runs_fields_and_datasets(spoilt: Path):
    data = Emout(spoilt, bad_steps="skip")
    expected = expected_of(spoilt, 2)[:, 8, 8, 8]
    fields = (
        pickle.loads(pickle.dumps(data)).phisp,
        pickle.loads(pickle.dumps(data.phisp)),
        pickle.loads(pickle.dumps(data._opened)).field("phisp"),
        data.to_xarray().phisp,
        data.to_xarray(chunks={}).phisp,
        xr.open_dataset(spoilt, engine="emses", bad_steps="skip").phisp,
    )
    with execution.using(execution.HERE):
        fields += (data.remote().phisp,)
    for field in fields:
        with pytest.warns(UserWarning, match="step 0002"):
            np.testing.assert_array_equal(field[:, 8, 8, 8].values, expected)
    with pytest.raises(BadFile, match="step 0002"):
        _ = data.to_xarray(bad_steps="raise").phisp[2].values


def test_a_component_brought_to_the_grid_points_tells_of_a_step_once(run_copy: Path):
    with h5py.File(run_copy / "ex00_0000.h5", "a", locking=False) as file:
        del file["ex/0001"]
        file["ex/0001"] = np.zeros((3, 17, 17), np.float32)
    with pytest.warns(
        UserWarning, match=r"rex are NaN.*step 0001 .*ex00_0000.h5 has shape"
    ) as found:
        values = Emout(run_copy, bad_steps="skip").rex[:, 8, :, [0, 9]].values
    assert len(found) == 1
    assert np.isnan(values[1]).all()
    assert np.isfinite(values[[0, 2, 3]]).all()


def test_a_step_that_was_created_and_never_written_is_no_field_of_zeros(run_copy: Path):
    steps = rewrite(run_copy)
    with h5py.File(run_copy / FILE, "a", locking=False) as file:
        del file["phisp/0001"]
        file["phisp"].create_dataset("0001", steps[0].shape, "f4")
    with pytest.raises(BadFile, match="step 0001 of .* holds no values: it was created and never"):
        _ = Emout(run_copy).phisp[1].values
    with pytest.warns(UserWarning, match="step 0001 of .* holds no values"):
        values = Emout(run_copy, bad_steps="skip").phisp.values
    np.testing.assert_array_equal(values, expected_of(run_copy, 1))


@pytest.mark.parametrize("step", [0, 1, 3])
def test_a_step_whose_header_is_destroyed_is_skipped(run_copy: Path, step: int):
    with h5py.File(run_copy / FILE, "r", locking=False) as file:
        address = h5py.h5o.get_info(file[f"phisp/{step:04d}"].id).addr
    good = Emout(run_copy).phisp.values
    with open(run_copy / FILE, "r+b") as raw:
        raw.seek(address)
        raw.write(b"\xff" * 16)
    with pytest.raises(BadFile, match=rf"step 000{step} of .*{FILE}"):
        _ = Emout(run_copy).phisp.values
    with pytest.warns(UserWarning, match=rf"step 000{step} of .*{FILE} cannot be read"):
        values = Emout(run_copy, bad_steps="skip").phisp.values
    good[step] = np.nan
    np.testing.assert_array_equal(values, good)


def test_a_file_that_was_cut_off_since_it_was_opened_is_nan_as_a_whole(run_copy: Path):
    phi = Emout(run_copy, bad_steps="skip").phisp
    os.truncate(run_copy / FILE, 50_000)
    with pytest.warns(UserWarning, match=r"step 0000, 0001, 0002, 0003 of .*cut off") as found:
        assert np.isnan(phi[:, 8, 8, 8].values).all()
    assert len(found) == 1


def test_integers_cannot_be_nan_and_the_error_says_so(run_copy: Path):
    with h5py.File(run_copy / "count00_0000.h5", "w") as file:
        group = file.create_group("count")
        group["0000"] = np.ones((17, 17, 17), "i4")
        group["0001"] = np.ones((3, 17, 17), "i4")
    count = Emout(run_copy, bad_steps="skip").count
    assert count[0].values.sum() == 17**3
    with pytest.raises(BadFile, match=r"step 0001 of .* has shape .*integers, which cannot be NaN"):
        _ = count[1].values


def test_many_bad_steps_are_counted(tmp_path: Path):
    (tmp_path / "plasma.inp").write_text("&tmgrid\n nx=2, ny=2, nz=2, dt=0.1\n/\n")
    with h5py.File(tmp_path / FILE, "w") as file:
        file["phisp/0000"] = np.zeros((3, 3, 3), "f4")
        for step in range(1, 31):
            file[f"phisp/{step:04d}"] = np.zeros((2, 2, 2), "f4")
    with pytest.warns(UserWarning, match=r"step 0001, 0002, .*, 0020 and 10 more of"):
        assert np.isnan(Emout(tmp_path, bad_steps="skip").phisp[1:].values).all()


@pytest.mark.parametrize("choice", ["ignore", "", None])
def test_another_choice_is_refused(demo_dir: Path, choice):
    message = re.escape(f"bad_steps={choice!r}") + ".*'raise'.*'skip'"
    with pytest.raises(SpecError, match=message):
        Emout(demo_dir, bad_steps=choice)
    with pytest.raises(SpecError, match=message):
        xr.open_dataset(demo_dir, engine="emses", bad_steps=choice)


@pytest.mark.parametrize("limit", ["1kB", "none"])
def test_reductions_leave_a_damaged_step_out_and_say_so_once(spoilt: Path, limit, monkeypatch):
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", limit)
    expected = expected_of(spoilt, 2)
    phi = Emout(spoilt, bad_steps="skip").phisp
    for compute, value in (
        (lambda: phi.max(), np.nanmax(expected)),
        (lambda: phi.mean(axis=0).values, np.nanmean(expected, axis=0)),
        (lambda: np.std(phi), np.nanstd(expected)),
        (lambda: phi.argmin(), np.nanargmin(expected)),
    ):
        with pytest.warns(UserWarning, match="Output step 0002 of") as told:
            np.testing.assert_allclose(compute(), value, rtol=1e-5)
        assert len(told) == 1
    if limit != "none":
        with pytest.warns(UserWarning, match="0002"):
            assert (phi * 2).min() == 2 * np.nanmin(expected)
