from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout
from emout_lab.emses.lazy_array import EmsesArray
from emout_lab.errors import BadFile, NotAnEmsesDirectory


def raw(directory: Path, name: str) -> np.ndarray:
    with h5py.File(directory / f"{name}00_0000.h5", locking=False) as file:
        return np.stack([file[name][step][...] for step in sorted(file[name])])


def bytes_read() -> int:
    """Bytes that this process has asked the kernel for."""
    with open("/proc/self/io") as file:
        return int(dict(line.split(": ") for line in file)["rchar"])


def test_engine_is_found_by_its_name(demo_dir: Path):
    dataset = xr.open_dataset(demo_dir, engine="emses")
    assert set(dataset) == {"phisp", "ex", "ey", "ez", "nd1p", "nd2p"}
    assert dict(dataset.sizes) == {"t": 4, "z": 17, "y": 17, "x": 17}
    assert dataset.phisp.dims == ("t", "z", "y", "x")


def test_values_and_coordinates_are_si(demo_dir: Path):
    dataset = xr.open_dataset(demo_dir, engine="emses")
    unit = Emout(demo_dir).unit
    np.testing.assert_allclose(dataset.phisp, raw(demo_dir, "phisp") * unit.phi.factor, rtol=1e-6)
    np.testing.assert_allclose(dataset.x, np.arange(17) * 0.004)
    np.testing.assert_allclose(dataset.t, np.arange(4) * 100 * 0.05 * unit.t.factor)
    attributes = {name: dataset[name].attrs["units"] for name in ("phisp", "ex", "nd1p", "x", "t")}
    assert attributes == {"phisp": "V", "ex": "V/m", "nd1p": "m^-3", "x": "m", "t": "s"}
    assert dataset.ex.attrs["long_name"] == "electric field, x component"


def test_emses_units_are_kept_on_request_and_without_a_key(demo_dir: Path, keyless_dir: Path):
    for dataset in (
        xr.open_dataset(demo_dir, engine="emses", si=False),
        xr.open_dataset(keyless_dir, engine="emses"),
    ):
        np.testing.assert_array_equal(dataset.phisp, raw(demo_dir, "phisp"))
        assert dataset.phisp.attrs["units"] == "EMSES unit"
        assert dataset.x.attrs["units"] == "grid"
        np.testing.assert_array_equal(dataset.x, np.arange(17))


def test_parameter_file_names_the_run_too(demo_dir: Path):
    assert "phisp" in xr.open_dataset(demo_dir / "plasma.inp", engine="emses")


def test_fields_can_be_left_out(demo_dir: Path):
    assert set(xr.open_dataset(demo_dir, engine="emses", drop_variables=["ex", "ey", "ez"])) == {
        "phisp",
        "nd1p",
        "nd2p",
    }


def test_dask_chunks_give_the_same_values(demo_dir: Path):
    lazy = xr.open_dataset(demo_dir, engine="emses", chunks={})
    assert lazy.phisp.chunks == ((1,) * 4, (17,), (17,), (17,))
    np.testing.assert_array_equal(
        lazy.phisp.compute(), xr.open_dataset(demo_dir, engine="emses").phisp
    )


@pytest.mark.parametrize(
    "key",
    [
        (-1,),
        (-1, slice(None), 8, slice(None)),
        (slice(None), 3, 4, 5),
        (slice(None, None, -1), slice(2, 9, 3), slice(None), -2),
        (0, slice(None, None, -2), slice(-3, None), slice(5, 2)),
        ([0, -1], 2),
        (slice(1, 3), [4, 1, 4], 0),
        (slice(3, 3),),
        (..., 0),
    ],
)
def test_every_kind_of_index_agrees_with_numpy(demo_dir: Path, key):
    expected = raw(demo_dir, "phisp")[key]
    actual = xr.open_dataset(demo_dir, engine="emses", si=False).phisp[key]
    np.testing.assert_array_equal(actual.values, expected)


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="needs the kernel's I/O counters")
def test_a_slice_reads_its_hyperslab_and_nothing_else(tmp_path: Path):
    shape, steps = (65, 64, 64), 8
    (tmp_path / "plasma.inp").write_text(
        "&tmgrid\n nx=63, ny=63, nz=64, dt=0.1\n/\n&digcon\n ifdiag=10\n/\n"
    )
    with h5py.File(tmp_path / "phisp00_0000.h5", "w") as file:
        group = file.create_group("phisp")
        for step in range(steps):
            group[f"{step:04d}"] = np.full(shape, step, dtype=np.float32)
    whole = int(np.prod(shape)) * 4
    field = Emout(tmp_path).phisp
    before = bytes_read()
    plane = field[5, 10, :, :]
    corner = field[-1]
    assert bytes_read() - before < 10_000, "slicing alone has read data"
    assert np.all(plane.values == 5)
    first = bytes_read() - before
    assert 64 * 64 * 4 <= first < whole / 8
    before = bytes_read()
    corner.compute()
    assert whole <= bytes_read() - before < 1.5 * whole


def test_a_lazy_array_travels_as_a_small_recipe(demo_dir: Path):
    assert len(pickle.dumps(EmsesArray(Emout(demo_dir).phisp._recipe[0]))) < 1500
    part = Emout(demo_dir).phisp[-1, :, 8, :]
    recipe = pickle.dumps(part)
    assert len(recipe) < 10_000
    code = (
        "import pickle, sys; field = pickle.loads(sys.stdin.buffer.read()); "
        "sys.stdout.write(repr((field.is_lazy, field.shape, float(field.min()))))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], input=recipe, capture_output=True, check=True, cwd="/"
    )
    assert eval(answer.stdout) == (True, (17, 17), float(part.min()))


def test_missing_steps_keep_their_own_times(run_copy: Path):
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        del file["phisp/0001"]
    field = Emout(run_copy).phisp
    assert len(field) == 3
    step = Emout(run_copy).ex.axis("t")
    np.testing.assert_allclose(field.axis("t"), step[[0, 2, 3]])
    np.testing.assert_array_equal(field[1].values, Emout(run_copy).phisp[-2].values)


def test_fields_of_different_length_share_the_steps_that_all_have(run_copy: Path):
    with h5py.File(run_copy / "ex00_0000.h5", "a") as file:
        del file["ex/0003"]
    dataset = xr.open_dataset(run_copy, engine="emses")
    assert dataset.sizes["t"] == 3
    assert len(Emout(run_copy).phisp) == 4


def test_fields_of_different_grids_are_refused_by_name(run_copy: Path):
    with h5py.File(run_copy / "rho00_0000.h5", "w") as file:
        file.create_group("rho")["0000"] = np.zeros((3, 3, 3), np.float32)
    with pytest.raises(BadFile, match=r"rho00_0000\.h5 has a grid of \(3, 3, 3\)"):
        xr.open_dataset(run_copy, engine="emses")
    assert Emout(run_copy).rho.shape == (1, 3, 3, 3)


def test_a_truncated_file_says_so(run_copy: Path):
    path = run_copy / "phisp00_0000.h5"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(BadFile, match=r"phisp00_0000\.h5 \(5,000 bytes\).*cut off"):
        _ = Emout(run_copy).phisp


def test_a_foreign_file_says_so(run_copy: Path):
    (run_copy / "phisp00_0000.h5").write_text("no HDF5 at all")
    with pytest.raises(BadFile, match="not a readable HDF5 file"):
        _ = Emout(run_copy).phisp


def test_a_file_without_steps_says_so(run_copy: Path):
    with h5py.File(run_copy / "phisp00_0000.h5", "w") as file:
        file.create_group("phisp")
    with pytest.raises(BadFile, match="no output step yet"):
        _ = Emout(run_copy).phisp


def test_a_step_that_vanished_while_open_says_so(run_copy: Path):
    field = Emout(run_copy).phisp
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        del file["phisp/0002"]
    with pytest.raises(BadFile, match="Output step 0002 of .*phisp00_0000.h5 cannot be read"):
        _ = field[2].values


def test_a_file_that_is_being_written_can_be_read(run_copy: Path):
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        file.flush()
        code = f"from emout_lab.emses import Emout; print(len(Emout({str(run_copy)!r}).phisp))"
        answer = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True
        )
    assert answer.stdout.strip() == "4"


@pytest.mark.parametrize("locking", [None, True, False, "best-effort"])
def test_a_file_that_is_open_elsewhere_in_this_process_can_be_read(run_copy: Path, locking):
    with h5py.File(run_copy / "phisp00_0000.h5", locking=locking) as file:
        np.testing.assert_array_equal(Emout(run_copy).phisp[0].val_emses, file["phisp/0000"])


def test_a_directory_without_parameters_is_not_a_run(tmp_path: Path):
    with pytest.raises(NotAnEmsesDirectory, match=r"neither plasma\.toml nor plasma\.inp"):
        xr.open_dataset(tmp_path, engine="emses")
