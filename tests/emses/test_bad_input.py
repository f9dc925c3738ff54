"""What can be wrong with a run, and what is said about it. Damaged files: `test_backend.py`."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout
from emout_lab.errors import BadFile, DataError, UnknownField


def create_step(run: Path, name: str, step: int) -> None:
    """Leave a step as a simulation does that has created it and not written its values yet."""
    with h5py.File(run / f"{name}00_0000.h5", "a", locking=False) as file:
        first = file[f"{name}/0000"]
        file[name].create_dataset(f"{step:04d}", shape=first.shape, dtype=first.dtype)


def test_of_a_file_that_is_being_written_the_complete_steps_are_read(run_copy: Path):
    complete = Emout(run_copy).phisp.values
    create_step(run_copy, "phisp", 4)
    with pytest.warns(UserWarning, match=r"phisp00_0000\.h5 is being written: output step 0004"):
        phi = Emout(run_copy).phisp
    np.testing.assert_array_equal(phi.values, complete)


def test_once_the_step_is_written_it_is_there(run_copy: Path):
    create_step(run_copy, "phisp", 4)
    data = Emout(run_copy)
    with pytest.warns(UserWarning, match="is being written"):
        assert len(data.phisp) == 4
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        file["phisp/0004"][...] = file["phisp/0003"][...]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(data.phisp) == 5


def test_together_with_complete_fields_the_shortest_decides(run_copy: Path):
    create_step(run_copy, "ex", 4)
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        file["phisp/0004"] = file["phisp/0003"][...]
    with pytest.warns(UserWarning, match=r"ex00_0000\.h5 is being written"):
        assert xr.open_dataset(run_copy, engine="emses").sizes["t"] == 4


def test_a_file_whose_first_step_is_being_written_holds_none_yet(run_copy: Path):
    with h5py.File(run_copy / "rho00_0000.h5", "w") as file:
        file.create_group("rho").create_dataset("0000", shape=(3, 3, 3), dtype="f4")
    with (
        pytest.warns(UserWarning, match="0 before it can be read"),
        pytest.raises(BadFile, match="no output step yet"),
    ):
        _ = Emout(run_copy).rho


def test_a_file_that_another_process_keeps_open_for_writing_is_read(run_copy: Path):
    code = (
        "import h5py, sys; file = h5py.File(sys.argv[1], 'a', locking=False); "
        "file['phisp/0004'] = file['phisp/0003'][...]; file.flush(); "
        "print('written', flush=True); sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(run_copy / "phisp00_0000.h5")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        assert writer.stdout.readline() == "written\n"
        phi = Emout(run_copy).phisp
        assert len(phi) == 5
        np.testing.assert_array_equal(phi[4].values, phi[3].values)
        writer.stdin.close()
    assert writer.returncode == 0


def test_a_step_of_another_shape_is_named_when_it_is_read(run_copy: Path):
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        del file["phisp/0002"]
        file["phisp/0002"] = np.zeros((3, 17, 17), np.float32)
    phi = Emout(run_copy).phisp
    assert np.isfinite(phi[1].values).all()
    with pytest.raises(BadFile, match=r"step 0002 of .*phisp00_0000\.h5 has shape \(3, 17, 17\)"):
        _ = phi[:, 0, 0, 0].values


def test_components_of_other_shapes_make_no_vector(run_copy: Path):
    with h5py.File(run_copy / "ex00_0000.h5", "w") as file:
        file["ex/0000"] = np.zeros((3, 3, 3), np.float32)
    with pytest.raises(DataError, match=r"components of exz differ in shape: ex \(1, 3, 3, 3\)"):
        _ = Emout(run_copy).exz


def test_a_missing_step_shows_in_the_time_axis_and_in_plots_over_time(run_copy: Path, ax):
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        del file["phisp/0001"]
    line = Emout(run_copy).phisp[:, 8, 8, 8].plot(use_si=False)
    np.testing.assert_allclose(line.get_xdata(), [0, 10, 15])


def test_without_a_key_vectors_bodies_and_drawings_are_in_emses_units(keyless_dir: Path, ax):
    data = Emout(keyless_dir)
    assert data.rexz.units == "EMSES unit"
    np.testing.assert_allclose(data.boundaries.mesh().vertices.max(), 9)
    lines = data.rexz[-1, :, 8, :].plot()
    assert ax.get_xlabel() == "x [grid]"
    assert lines.colorbar.ax.get_ylabel() == "|rexz| [EMSES unit]"


def test_a_key_that_cannot_be_read_shows_its_form(run_copy: Path):
    inp = run_copy / "plasma.inp"
    inp.write_text("!!key dx=0.001 to_c=1000\n" + inp.read_text().split("\n", 1)[1])
    with pytest.raises(BadFile, match=r"Its form is: !!key dx=\[0.001\],to_c=\[1000.0\]"):
        Emout(run_copy)


@pytest.mark.parametrize(
    ("name", "near"), [("rexx", "rex"), ("exxz", "exz"), ("phis", "phisp"), ("nd3p", "nd1p")]
)
def test_a_wrong_name_suggests_near_ones_computed_ones_too(data: Emout, name: str, near: str):
    with pytest.raises(UnknownField, match=rf"No field '{name}'.*Did you mean .*\b{near}\b"):
        _ = data[name]


def test_particle_files_are_listed_and_said_to_be_unsupported(run_copy: Path):
    for name in ("p4xe", "p1vz", "p2tid"):
        with h5py.File(run_copy / f"{name}00_0000.h5", "w"):
            pass
    data = Emout(run_copy)
    assert data.particles == ["p1vz", "p2tid", "p4xe"]
    assert not {"p4xe", "p1vz"} & set(data.fields)
    assert "particles (not supported yet)  p1vz, p2tid, p4xe" in data.describe()
    for name in (*data.particles, "p4"):
        with pytest.raises(UnknownField, match="particle data.*not supported yet"):
            _ = data[name]


def test_data_beyond_memory_are_computed_chunk_by_chunk(tmp_path: Path):
    import tracemalloc

    (tmp_path / "plasma.inp").write_text("&tmgrid\n nx=63\n/\n")
    steps, plane = 40, np.ones((64, 64, 64), np.float32)
    with h5py.File(tmp_path / "rho00_0000.h5", "w") as file:
        for step in range(steps):
            file[f"rho/{step:04d}"] = plane * step
    rho = xr.open_dataset(tmp_path, engine="emses", chunks={}).rho
    assert rho.chunks[0] == (1,) * steps
    rho[0].mean().compute(scheduler="single-threaded")
    tracemalloc.start()
    mean = float(rho.mean().compute(scheduler="single-threaded"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert mean == pytest.approx((steps - 1) / 2)
    assert peak < rho.nbytes / 4
