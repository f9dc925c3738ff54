from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout, Field, VectorField
from emout_lab.errors import DataError, UnknownField


def test_a_vector_is_made_of_the_components_that_its_name_says(data: Emout):
    vector = data.exz
    assert (vector.axes, vector.dims, vector.shape) == ("xz", ("t", "z", "y", "x"), data.ex.shape)
    np.testing.assert_array_equal(vector.component("z").values, data.ez.values)
    assert data.exyz.axes == "xyz" and data["ezx"].axes == "zx"
    assert (vector.units, vector.valunit, vector.name) == ("V/m", data.ex.valunit, "exz")
    assert all(component.is_lazy for component in vector.components)


def test_vectors_can_be_completed_and_are_no_stored_fields(data: Emout):
    assert {"exy", "exz", "exyz", "rexz", "rex"} <= set(dir(data))
    assert "exz" not in data.fields


def test_currents_of_a_species_make_vectors(run_copy: Path):
    for axis in "xy":
        shutil.copy(run_copy / "ex00_0000.h5", run_copy / f"j1{axis}00_0000.h5")
    data = Emout(run_copy)
    assert data.j1xy.units == "A/m^2"
    with pytest.raises(UnknownField, match=r"'j1xz' needs j1x and j1z; .* has no j1z"):
        _ = data.j1xz


@pytest.mark.parametrize("name", ["exx", "qxy", "xyz"])
def test_names_that_are_no_vectors_are_unknown_fields(data: Emout, name: str):
    with pytest.raises(UnknownField, match=f"No field '{name}'"):
        _ = data[name]


def test_slices_and_steps_of_vectors_are_vectors(data: Emout):
    part = data.exz[-1, :, 8, :]
    assert isinstance(part, VectorField) and part.dims == ("z", "x")
    np.testing.assert_array_equal(part.values, np.stack([data.ex[-1, :, 8], data.ez[-1, :, 8]]))
    assert [step.shape for step in data.exz] == [(17, 17, 17)] * len(data.exz)
    with pytest.raises(DataError, match="sliced by integers"):
        part[part.component("x") > 0]


def test_operators_apply_to_each_component(data: Emout):
    e = data.exz[-1, :, 8]
    x, z = e.component("x").values, e.component("z").values
    np.testing.assert_array_equal((-e).values, [-x, -z])
    np.testing.assert_array_equal((2 * e - e / 2).values, [2 * x - x / 2, 2 * z - z / 2])
    np.testing.assert_array_equal((e * data.nd1p[-1, :, 8]).values, e.values * data.nd1p[-1, :, 8])
    assert (-e).units == (e + e).units == (3 * e).units == "V/m" and (-e).name == "exz"
    assert (e**2).units == "" and (e**2).name == ""
    np.testing.assert_allclose(e.magnitude().values, np.hypot(x, z), rtol=1e-6)
    assert isinstance(e.magnitude(), Field) and e.magnitude().units == "V/m"
    with pytest.raises(DataError, match="'xz' and 'xy'"):
        _ = e + data.exy[-1, :, 8]


def test_vectors_convert_and_pickle_as_recipes(data: Emout):
    e = data.exz[-1]
    np.testing.assert_allclose(data.unit.E.reverse(e.val_emses), e.val_si, rtol=1e-6)
    again = pickle.loads(pickle.dumps(e))
    assert len(pickle.dumps(e)) < 2000
    np.testing.assert_array_equal(again.values, e.values)
    assert not any(component.is_lazy for component in e.compute().components)


def test_components_of_different_shapes_are_refused(data: Emout):
    with pytest.raises(DataError, match=r"differ in shape: ex \(17, 17, 17\)"):
        VectorField([data.ex[-1], data.ez[-1, 0]], "xz", "exz")


def test_streamlines_have_labels_units_and_the_range_of_all_vectors(data: Emout, ax):
    lines = data.rexz[-1, :, 8, :].plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [m]", "z [m]")
    assert ax.get_title() == "t = 200 ns, y = 32 mm"
    assert lines.colorbar.ax.get_ylabel() == "|rexz| [V/m]"
    length = data.rexz[-1, :, 8, :].magnitude()
    assert lines.get_clim() == pytest.approx((length.min(), length.max()))


def test_arrows_point_along_the_vectors(data: Emout, ax):
    arrows = data.rexz[-1, :, 8, :].plot(mode="vec", skip=2, use_si=False)
    assert ax.get_xlabel() == "x [grid]"
    x, z = (data.rexz[-1, ::2, 8, ::2].component(axis).val_emses for axis in "xz")
    np.testing.assert_allclose(np.ravel(arrows.U) * np.ravel(z), np.ravel(arrows.V) * np.ravel(x))
    np.testing.assert_allclose(arrows.get_array(), np.hypot(x, z).ravel(), rtol=1e-6)


def test_exchanged_axes_exchange_the_components(data: Emout, ax):
    data.rexz[-1, :, 8, :].plot(mode="vec", axes="zx", color="k")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("z [m]", "x [m]")
    (arrows,) = ax.collections
    z = data.rez[-1, :, 8, :].values.T
    np.testing.assert_array_equal(np.sign(np.reshape(arrows.U, z.shape)), np.sign(z))


def test_a_volume_is_drawn_with_arrows_in_space(data: Emout):
    arrows = data.rexyz[-1].plot(skip=4)
    assert arrows.axes.name == "3d" and arrows.axes.get_zlabel() == "z [m]"
    plt.close("all")


@pytest.mark.parametrize(
    ("key", "options", "words"),
    [
        ((slice(None), 3, 3), {}, "has \\('t', 'x'\\)"),
        ((-1, 3), {}, "no 'y'"),
        ((-1, slice(None), 3), {"mode": "lines"}, "'stream', 'vec'"),
        ((-1, slice(None), 3), {"axes": "xy"}, "axes='xy' does not fit"),
    ],
)
def test_what_cannot_be_drawn_says_why(data: Emout, ax, key, options, words):
    with pytest.raises(DataError, match=words):
        data.rexz[key].plot(**options)
