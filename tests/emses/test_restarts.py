from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout
from emout_lab.errors import BadFile, NotAnEmsesDirectory


def continued(run: Path, number: int, *, job: int = 1, ifdiag: int = 100) -> Path:
    """Write a restart of a run: its first step repeats the last one, then the values go on."""
    target = run.with_name(f"{run.name}_{number}")
    shutil.copytree(run, target)
    inp = target / "plasma.inp"
    text = inp.read_text().replace("jobnum = 0,1", f"jobnum = {job},1")
    inp.write_text(text.replace("ifdiag   = 100", f"ifdiag   = {ifdiag}"))
    for path in target.glob("*.h5"):
        name = path.name.removesuffix("00_0000.h5")
        with h5py.File(path, "a") as file:
            first = file[f"{name}/0003"][...] + 3 * (number - 1)
            for step in range(4):
                file[f"{name}/{step:04d}"][...] = first + step
    return target


def test_restarts_follow_along_time(run_copy: Path):
    alone = Emout(run_copy).phisp.val_emses
    continued(run_copy, 1)
    continued(run_copy, 2)
    data = Emout(run_copy)
    phi = data.phisp
    assert phi.shape == (10, 17, 17, 17) and phi.is_lazy
    np.testing.assert_allclose(phi.axis("t", use_si=False), np.arange(10) * 5.0)
    np.testing.assert_allclose(phi[:4].val_emses, alone)
    np.testing.assert_allclose(phi[4:].val_emses, [alone[3] + step for step in range(1, 7)])
    np.testing.assert_allclose(phi[[1, 5, 9], 8, 8, 8], phi.values[[1, 5, 9], 8, 8, 8])
    np.testing.assert_allclose(data.rex[5, 8, 8], data.rex.values[5, 8, 8])
    assert data.exz.shape[0] == 10
    assert f"{run_copy.name}_2" in data.describe()


def test_numbering_from_two_counts_as_well(run_copy: Path):
    continued(run_copy, 2)
    assert len(Emout(run_copy).phisp) == 7


def test_a_sweep_with_such_names_is_not_chained(run_copy: Path):
    continued(run_copy, 1, job=0)
    assert len(Emout(run_copy).phisp) == 4
    assert len(Emout(run_copy, append_directories="auto").phisp) == 7


def test_directories_can_be_named_and_left_out(run_copy: Path):
    second = continued(run_copy, 1)
    assert len(Emout(run_copy, append_directories=[]).phisp) == 4
    moved = second.rename(run_copy.with_name("later"))
    assert len(Emout(run_copy).phisp) == 4
    assert len(Emout(run_copy, append_directories=[moved]).phisp) == 7
    assert len(Emout(run_copy, output_directory=[run_copy, moved]).phisp) == 7
    with pytest.raises(NotAnEmsesDirectory, match="No directory"):
        Emout(run_copy, append_directories=[run_copy / "nowhere"])


def test_another_output_interval_keeps_its_times(run_copy: Path):
    continued(run_copy, 1, ifdiag=200)
    times = Emout(run_copy).phisp.axis("t", use_si=False)
    np.testing.assert_allclose(times, [0, 5, 10, 15, 25, 35, 45])


def test_steps_that_go_on_counting_are_all_taken(run_copy: Path):
    second = continued(run_copy, 1)
    with h5py.File(second / "phisp00_0000.h5", "a") as file:
        for step in reversed(range(4)):
            file.move(f"phisp/{step:04d}", f"phisp/{step + 4:04d}")
    phi = Emout(run_copy).phisp
    np.testing.assert_allclose(phi.axis("t", use_si=False), np.arange(8) * 5.0)


def test_a_field_that_a_restart_has_not_written_yet_ends_before_it(run_copy: Path):
    second = continued(run_copy, 1)
    (second / "phisp00_0000.h5").unlink()
    data = Emout(run_copy)
    assert len(data.phisp) == 4 and len(data.ex) == 7
    assert data.to_xarray().sizes["t"] == 4


def test_a_restart_on_another_grid_is_refused_by_name(run_copy: Path):
    second = continued(run_copy, 1)
    with h5py.File(second / "phisp00_0000.h5", "w") as file:
        file["phisp/0000"] = np.zeros((3, 3, 3), np.float32)
    with pytest.raises(BadFile, match=r"has a grid of \(3, 3, 3\).*append_directories=\[\]"):
        _ = Emout(run_copy).phisp


def test_the_backend_chains_as_well_and_dask_sees_all_steps(run_copy: Path):
    continued(run_copy, 1)
    dataset = xr.open_dataset(run_copy, engine="emses", chunks={})
    assert dataset.phisp.chunks[0] == (1,) * 7
    np.testing.assert_array_equal(dataset.phisp.values, Emout(run_copy).phisp.values)
    assert Emout(run_copy).to_xarray(drop_variables="ex").sizes["t"] == 7


def test_a_chained_run_travels_as_its_paths(run_copy: Path):
    continued(run_copy, 1)
    data = pickle.loads(pickle.dumps(Emout(run_copy)))
    assert len(data.phisp) == 7
    part = pickle.loads(pickle.dumps(data.phisp[5]))
    np.testing.assert_array_equal(part.values, data.phisp[5].values)


def test_a_restart_that_grows_is_seen(run_copy: Path):
    second = continued(run_copy, 1)
    data = Emout(run_copy)
    assert len(data.phisp) == 7
    with h5py.File(second / "phisp00_0000.h5", "a", locking=False) as file:
        file["phisp/0004"] = file["phisp/0003"][...]
    assert len(data.phisp) == 8


def test_the_short_name_of_the_option(run_copy: Path):
    later = continued(run_copy, 1, job=0)
    for given in ("auto", [later], [str(later)], later):
        data = Emout(run_copy, ad=given)
        assert len(data.phisp) == 7 and data.append_directories == [later]
    assert len(Emout(run_copy, append_directories=[], ad="auto").phisp) == 4


def test_a_parameter_file_of_another_name(run_copy: Path):
    (run_copy / "plasma.inp").rename(run_copy / "mine.inp")
    data = Emout(run_copy, inpfilename="mine.inp")
    assert data.inp.nx == 16 and data.phisp.shape[0] == 4
    assert data.available_fields() == data.fields
