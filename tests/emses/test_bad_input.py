"""What can be wrong with a run, and what is said about it. Damaged files: `test_backend.py`."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout
from emout_lab.errors import BadFile, DataError, NotAnEmsesDirectory, UnknownField


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


def test_particle_files_are_listed_and_their_columns_are_no_fields(run_copy: Path):
    for name in ("p4xe", "p1vz", "p2tid"):
        with h5py.File(run_copy / f"{name}00_0000.h5", "w"):
            pass
    data = Emout(run_copy)
    assert data.particles == ["p1vz", "p2tid", "p4xe"]
    assert not {"p4xe", "p1vz"} & set(data.fields)
    assert "particles  p1vz, p2tid, p4xe" in data.describe()
    for name, column in {"p1vz": "p1.vz", "p2tid": "p2.tid", "p4xe": "p4.x"}.items():
        with pytest.raises(UnknownField, match=f"column of particles.*data.{column} has it"):
            _ = data[name]
    with pytest.raises(BadFile, match="holds no output step yet"):
        _ = data.p4


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


def test_an_empty_file_says_so(run_copy: Path):
    (run_copy / "phisp00_0000.h5").write_bytes(b"")
    with pytest.raises(BadFile, match=r"\(0 bytes\) is not a readable HDF5 file.*cut off"):
        _ = Emout(run_copy).phisp


def test_steps_come_in_the_order_of_their_numbers_and_other_names_are_no_steps(run_copy: Path):
    with h5py.File(run_copy / "phisp00_0000.h5", "a") as file:
        group, last = file["phisp"], file["phisp/0003"][...]
        for name in ("0012", "00001", "nan", "²"):
            group.create_dataset(name, data=last)
        file.create_group("another")
    phi = Emout(run_copy).phisp
    np.testing.assert_allclose(phi.axis("t", use_si=False), [0, 5, 10, 15, 60])
    assert np.array_equal(phi[4].values, phi[3].values)


@pytest.mark.parametrize("what", ["a word", "a group"])
def test_steps_that_are_no_grid_say_so(run_copy: Path, what: str):
    with h5py.File(run_copy / "phisp00_0000.h5", "w") as file:
        group = file.create_group("phisp")
        if what == "a group":
            group.create_group("0000")
        else:
            group["0000"] = what
    with pytest.raises(BadFile, match=r"is not a grid field: its steps have shape \(\)"):
        _ = Emout(run_copy).phisp


@pytest.mark.parametrize("read", [lambda data: data.ex, lambda data: data.to_xarray()])
def test_what_stands_in_place_of_a_file_is_named(run_copy: Path, read):
    path = run_copy / "ex00_0000.h5"
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(BadFile, match=r"is a link to .*ex00_0000.h5, which leads to no file"):
        read(Emout(run_copy))
    path.unlink()
    path.symlink_to(run_copy / "gone")
    with pytest.raises(BadFile, match=r"is a link to .*gone, which leads to no file"):
        read(Emout(run_copy))
    path.unlink()
    path.mkdir()
    with pytest.raises(BadFile, match="is a directory, not an HDF5 file"):
        read(Emout(run_copy))


def test_directories_that_cannot_be_opened_say_why(tmp_path: Path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(NotAnEmsesDirectory, match="cannot be opened: Too many levels of symbolic"):
        Emout(tmp_path / "loop")
    with pytest.raises(NotAnEmsesDirectory, match="cannot be opened: File name too long"):
        Emout("a" * 5000)


AS_SOMEBODY_ELSE = """
import os, sys, warnings
from emout_lab.emses import Emout
mine, *others = sys.argv[1:]
Emout(mine).phisp  # loads what others might not be allowed to load
os.setgid(65534); os.setuid(65534)
for name in others:
    try:
        run = Emout(name)
        run.fields, run.phisp
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_what_may_not_be_read_says_so(run_copy: Path):
    names = {"file": 0o755, "list": 0o711, "open": 0o700, "inp": 0o755}
    # Others have to come as far as the runs.
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    root.chmod(0o755)
    try:
        for name, mode in names.items():
            shutil.copytree(run_copy, root / name)
            (root / name).chmod(mode)
        (root / "file" / "phisp00_0000.h5").chmod(0o600)
        (root / "inp" / "plasma.inp").chmod(0o600)
        runs = [str(run_copy), *(str(root / name) for name in names)]
        command = [sys.executable, "-c", AS_SOMEBODY_ELSE, *runs]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        shutil.rmtree(root)
    lines = said.splitlines()
    assert len(lines) == 4
    assert "phisp00_0000.h5 may not be read by you" in lines[0]
    assert "list cannot be listed: Permission denied" in lines[1]
    assert "open cannot be opened: Permission denied" in lines[2]
    assert "plasma.inp cannot be read: Permission denied" in lines[3]


def test_paths_may_be_written_in_any_way(run_copy: Path, monkeypatch):
    monkeypatch.setenv("HOME", str(run_copy.parent))
    monkeypatch.chdir(run_copy.parent)
    runs = [Emout(name) for name in ("~/run", "run/", "./run/../run", Path("run"), str(run_copy))]
    monkeypatch.chdir("/")
    for run in runs:
        assert run.phisp[-1, 8, 8, 8].values == pickle.loads(pickle.dumps(run)).phisp[-1, 8, 8, 8]


def test_missing_values_are_drawn_and_animated(run_copy: Path, ax):
    with h5py.File(run_copy / "phisp00_0000.h5", "a") as file:
        file["phisp/0002"][...] = np.nan
    part = Emout(run_copy).phisp[:, :, 8, :]
    part[2].plot(ax=ax)
    assert part.gifplot(figsize=(2, 2)).to_bytes()[:3] == b"GIF"


def test_a_time_step_that_is_no_number_leaves_steps_to_be_counted(run_copy: Path):
    inp = run_copy / "plasma.inp"
    inp.write_text(inp.read_text().replace("dt       = 5.000000000d-02", "dt = nan"))
    phi = Emout(run_copy).phisp
    assert phi.axis("t").tolist() == [0, 1, 2, 3] and phi.coords["t"].attrs["units"] == "step"
