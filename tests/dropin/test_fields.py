"""What fields of the drop-in package do that upstream's arrays do, and ours in SI do not."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import emout_lab
import emout_lab.emout as emout
from emout_lab.emses.hdf5 import open_hdf5
from emout_lab.errors import DataError, NoConversion


def test_the_package_loads_nothing_heavy():
    code = "import sys, emout_lab.emout; print(*{'matplotlib', 'dask', 'h5py'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()


def test_every_name_that_is_listed_can_be_had():
    # Those of the local-data policy are of another part.
    assert all(getattr(emout, name) for name in set(emout.__all__) - set(emout.POLICY_NAMES))
    assert {"Emout", "distributed", "utils", "disable_local_data_access"} <= set(dir(emout))
    with pytest.raises(AttributeError, match="nothing"):
        _ = emout.nothing


def test_values_are_those_of_the_file_and_of_ours_in_si(data, run_dir):
    ours = emout_lab.Emout(run_dir)
    with open_hdf5(str(run_dir / "phisp00_0000.h5")) as file:
        np.testing.assert_array_equal(data.phisp[-1], file["phisp/0004"][...])
    for name in ("phisp", "ex", "j1y"):
        np.testing.assert_allclose(data[name][2].val_si, getattr(ours, name)[2].values)
    np.testing.assert_allclose(data.nd1p[2].val_si * 1e6, ours.nd1p[2].values, rtol=1e-6)
    np.testing.assert_allclose(data.phisp.t_si, ours.phisp.axis("t"))
    np.testing.assert_allclose(data.rex[2], ours.rex[2].val_emses, rtol=1e-5, atol=1e-9)


def test_nothing_is_read_before_it_is_needed(data):
    part = data.phisp[-1, :, 4]
    assert part.is_lazy and data.exz[-1].components[0].is_lazy
    assert data.phisp.lazy.is_lazy


def test_values_can_be_set_and_nothing_of_the_run_changes(data):
    phi = data.phisp[-1, :, 6]
    before = np.asarray(phi).copy()
    phi[phi < -1e-3] = np.nan
    assert np.isnan(phi).sum() == (before < -1e-3).sum()
    phi[0, :3] = [1, 2, 3]
    phi += 1
    np.add(phi, 1, out=phi)
    np.testing.assert_allclose(phi[0, :3], [3, 4, 5])
    phi.fill(2.0)
    assert phi.plot().get_array().max() == pytest.approx(data.unit.phi.reverse(2.0))
    np.testing.assert_array_equal(data.phisp[-1, :, 6], before)


def test_a_field_is_pickled_without_its_data(data):
    part = data.phisp[1:, :, 4]
    text = pickle.dumps(part)
    again = pickle.loads(text)
    assert len(text) < 4000 and again.is_lazy
    np.testing.assert_array_equal(again, part)
    np.testing.assert_allclose(again.val_si, part.val_si)
    assert again.t_si == pytest.approx(part.t_si)
    changed = pickle.loads(pickle.dumps(part * 2))
    np.testing.assert_allclose(changed.val_si, part.val_si * 2)
    vector = pickle.loads(pickle.dumps(data.exz[-1]))
    assert vector.component_axes == ("x", "z") and isinstance(vector, emout.VectorData)
    same = pickle.loads(pickle.dumps(data))
    assert type(same) is emout.Emout and len(same.phisp) == len(data.phisp)


def test_a_run_is_not_followed_by_others_unless_that_is_asked_for(run_dir):
    again = pickle.loads(pickle.dumps(emout.Emout(run_dir, ad="auto")))
    assert len(again.phisp) == 9 and len(emout.Emout(run_dir).phisp) == 5


def test_an_expression_of_another_quantity_has_no_si_values(data):
    power = data.ex[-1] ** 2
    with pytest.raises(NoConversion, match=r"ex\.val_si"):
        _ = power.val_si
    assert not hasattr(power, "val_si")
    assert "EMSES" in power[4].plot().axes.figure.axes[-1].get_ylabel()
    assert power[4].plot().axes.get_xlabel() == "x [m]"
    with pytest.raises(AttributeError, match="Ask the run"):
        _ = power.inp


def test_series_are_joined_by_plus(data, run_dir):
    other = emout.Emout(f"{run_dir}_2")
    both = data.phisp + other.phisp
    assert len(both) == 9 and both.is_lazy
    np.testing.assert_allclose(both[5], data.phisp[1] + 0.25)
    np.testing.assert_allclose((data.phisp[:] + other.phisp[:])[0], data.phisp[0] * 2 + 0.25)
    with pytest.raises(TypeError, match="int"):
        data.phisp.chain(3)


def test_a_vector_has_what_upstream_has(data):
    vector = data.exz[-1]
    assert vector.x_data.name == "ex" and vector.y_data.name == "ez"
    with pytest.raises(AttributeError, match="two components"):
        _ = vector.z_data
    with pytest.raises(ValueError, match="2 components, 3"):
        emout.VectorData2d([data.ex, data.ey, data.ez])
    assert emout.VectorData([data.ex[0], data.ez[0]], name="mine").name == "mine"


def test_names_of_types_make_no_fields():
    with pytest.raises(TypeError, match="for isinstance"):
        emout.Data1d(np.arange(3))


def test_unknown_options_are_refused_with_their_name(data):
    with pytest.raises(DataError, match="vmn"):
        data.phisp[-1, 4].plot(vmn=1)
    with pytest.raises(ValueError, match="electric_relocation"):
        emout.Emout(data.directory, electric_relocation="other")
