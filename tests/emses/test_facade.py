from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.errors import BadFile, NotAnEmsesDirectory, UnknownField


def test_documented_names(data: Emout):
    assert data.inp.ny == 16
    assert len(data.phisp) == 4
    assert data.phisp[-1].shape == (17, 17, 17)
    assert data.phisp[-1, :, data.inp.ny // 2, :].shape == (17, 17)
    assert data.unit.phi.unit == "V"
    assert data.unit.v.trans(data.unit.v.reverse(4.0)) == pytest.approx(4.0)
    assert data.fields == ["ex", "ey", "ez", "nd1p", "nd2p", "phisp"]
    assert list(data) == data.fields and "phisp" in data


def test_fields_can_be_completed(data: Emout):
    assert {"phisp", "nd1p", "inp", "unit", "remote"} <= set(dir(data))


def test_opening_a_run_opens_no_output_file(run_copy: Path):
    for path in run_copy.glob("*.h5"):
        path.write_bytes(b"not HDF5")
    assert "phisp" in Emout(run_copy).fields


def test_a_missing_directory_names_how_far_the_path_exists(tmp_path: Path):
    with pytest.raises(NotAnEmsesDirectory) as error:
        Emout(tmp_path / "runs" / "third")
    assert str(tmp_path / "runs" / "third") in str(error.value)
    assert f"exists up to {tmp_path}." in str(error.value)


def test_a_file_in_place_of_a_directory_is_named(demo_dir: Path):
    with pytest.raises(NotAnEmsesDirectory, match="is a file"):
        Emout(demo_dir / "plasma.inp")


def test_a_directory_without_parameter_file_is_refused(tmp_path: Path):
    with pytest.raises(
        NotAnEmsesDirectory, match=r"neither plasma\.toml nor plasma\.inp.*input_path"
    ):
        Emout(tmp_path)


def test_a_parameter_file_that_is_missing_is_named(demo_dir: Path):
    with pytest.raises(NotAnEmsesDirectory, match=r"other\.inp"):
        Emout(demo_dir, input_path=demo_dir / "other.inp")


def test_input_and_output_may_lie_apart(demo_dir: Path, tmp_path: Path):
    inp = tmp_path / "case.inp"
    inp.write_text((demo_dir / "plasma.inp").read_text())
    data = Emout(input_path=inp, output_directory=demo_dir)
    assert data.phisp.shape == (4, 17, 17, 17)
    assert data.inp.file == inp


def test_a_run_without_fields_says_so(demo_dir: Path, tmp_path: Path):
    (tmp_path / "plasma.inp").write_text((demo_dir / "plasma.inp").read_text())
    data = Emout(tmp_path)
    assert data.fields == []
    with pytest.raises(UnknownField, match=r"holds no \*00_0000\.h5"):
        _ = data.phisp


def test_an_unknown_field_suggests_near_ones(data: Emout):
    with pytest.raises(UnknownField, match="No field 'phips'.*Did you mean phisp") as error:
        _ = data.phips
    assert isinstance(error.value, (AttributeError, KeyError))
    assert not hasattr(data, "nothing_like_it")
    with pytest.raises(KeyError):
        data["nd9p"]


@pytest.mark.parametrize("name", ["../etc/passwd", "", "a\0b"])
def test_strange_names_are_unknown_fields(data: Emout, name: str):
    with pytest.raises(UnknownField):
        data[name]


def test_particle_files_are_listed_apart(run_copy: Path):
    with h5py.File(run_copy / "p4xe00_0000.h5", "w"):
        pass
    data = Emout(run_copy)
    assert "p4xe" not in data.fields
    with pytest.raises(UnknownField, match="column of particles"):
        _ = data.p4xe


def test_a_field_that_grows_is_opened_again(run_copy: Path):
    data = Emout(run_copy)
    assert len(data.phisp) == 4
    assert data.phisp is data.phisp
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        file["phisp/0004"] = file["phisp/0003"][...]
    assert len(data.phisp) == 5
    np.testing.assert_array_equal(data.phisp[4].values, data.phisp[3].values)


def test_a_run_travels_as_its_paths(demo_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(demo_dir.parent)
    recipe = pickle.dumps(Emout(demo_dir.name))
    assert len(recipe) < 1000
    monkeypatch.chdir("/")
    assert pickle.loads(recipe).phisp.shape == (4, 17, 17, 17)


def test_repr_is_how_it_was_made_and_describe_tells_more(
    demo_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(demo_dir.parent)
    data = Emout(demo_dir.name)
    assert repr(data) == f"Emout({demo_dir.name!r})"
    assert "16 x 16 x 16" in data.describe() and "phisp" in data.describe()


def test_all_fields_together_are_a_dataset(data: Emout):
    dataset = data.to_xarray()
    assert dataset.phisp.attrs["units"] == "V"
    assert dataset.sizes["t"] == 4


def test_a_broken_parameter_file_is_named_at_once(run_copy: Path):
    (run_copy / "plasma.inp").write_text("&tmgrid\n nx = 3\n")
    with pytest.raises(BadFile, match=r"plasma\.inp"):
        Emout(run_copy)


def test_without_a_key_everything_is_in_emses_units_and_says_so(keyless_dir: Path):
    data = Emout(keyless_dir)
    assert data.unit is None
    assert data.phisp.units == "EMSES unit"
    assert "no conversion key" in data.describe()


def test_importing_and_opening_loads_neither_xarray_nor_matplotlib(demo_dir: Path):
    code = (
        "import sys; from emout_lab.emses import Emout; "
        f"Emout({str(demo_dir)!r}); "
        "print({'xarray', 'matplotlib', 'h5py', 'dask', 'pandas'} & set(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.strip() == "set()"


def test_using_fields_loads_no_matplotlib(demo_dir: Path):
    code = (
        "import sys; from emout_lab.emses import Emout; "
        f"data = Emout({str(demo_dir)!r}); float(data.phisp[-1].min()); repr(data.phisp[0, 1]); "
        "print('matplotlib' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.strip() == "False"
