from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest

from emout_lab.emses import Emout, Field
from emout_lab.errors import DataError


def test_slices_are_lazy_and_agree_with_numpy(data: Emout):
    phi = data.phisp
    values = phi.values
    assert phi.is_lazy and phi[-1].is_lazy and phi[1:3, ..., 4].is_lazy
    for key in [-1, (0, 3), (..., 2), (slice(None), slice(2, -2, 3), -1), (slice(None, None, -1),)]:
        np.testing.assert_array_equal(phi[key].values, values[key])
    np.testing.assert_array_equal(phi[-1][:, 8][3:5].values, values[-1][:, 8][3:5])
    np.testing.assert_array_equal(phi[[0, 2]].values, values[[0, 2]])
    np.testing.assert_array_equal(phi[np.int64(1), np.array([1, 2])].values, values[1, [1, 2]])


def test_indices_that_only_numpy_knows_give_arrays(data: Emout):
    phi = data.phisp[-1]
    np.testing.assert_array_equal(phi[phi < -1], phi.values[phi.values < -1])
    np.testing.assert_array_equal(phi[phi.values < -1], phi.values[phi.values < -1])
    assert phi[None, 0].shape == (1, 17, 17)
    assert phi[[1, 2], [3, 4]].shape == (2, 17)


@pytest.mark.parametrize(
    ("key", "words"), [(4, "t of phisp has 4 positions, 0 to 3"), ((0, 17), "z of phisp")]
)
def test_an_index_out_of_range_names_dimension_and_size(data: Emout, key, words):
    with pytest.raises(IndexError, match=words):
        data.phisp[key]


def test_too_many_indices_are_refused(data: Emout):
    with pytest.raises(IndexError, match=r"5 indices.*\('t', 'z', 'y', 'x'\)"):
        data.phisp[0, 0, 0, 0, 0]
    with pytest.raises(IndexError, match="Two '...' are too many"):
        data.phisp[..., 0, ...]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ((-1, 16 / 2), r"Index 8.0 \(float\) of z is no integer.*write n // 2"),
        ((-1, np.float64(8)), "of z is no integer.*//"),
        ((-1, slice(0, 16 / 2)), r"Index 8.0 \(float\) of z.*//"),
        ((0, [1, 2.5]), r"Index 2.5 \(float\) of z"),
        ("x", r"Index str 'x'.*of t is no integer.*phisp.sel\(t=...\)"),
        ((0, True), r"Index True \(bool\) of z"),
        ((0, {1}), "integers, slices, lists of integers and masks"),
        ((0, slice(None, None, 0)), "slice of z of phisp has step 0"),
        ((0, [3, 17]), "Index 17 is out of range: z of phisp has 17 positions, 0 to 16"),
        ((0, np.array(-18)), "Index -18 is out of range: z of phisp has 17 positions"),
    ],
)
def test_what_is_no_index_is_named_with_what_to_write(data: Emout, key, words):
    with pytest.raises(IndexError, match=words):
        data.phisp[key]
    with pytest.raises(IndexError):
        data.exz[key]


def test_whole_numbers_of_other_kinds_are_indices_that_read_nothing(data: Emout):
    part = data.phisp[np.array(1), np.int8(2)]
    assert part.is_lazy and part.shape == (17, 17) and data.phisp[[]].shape == (0, 17, 17, 17)


def test_iteration_gives_steps(data: Emout):
    assert [step.shape for step in data.phisp] == [(17, 17, 17)] * 4
    with pytest.raises(TypeError):
        len(data.phisp[0, 0, 0, 0])


def test_properties_read_nothing_and_say_what_it_is(data: Emout):
    part = data.phisp[-1, :, 8, :]
    assert (part.name, part.dims, part.shape, part.ndim, part.size) == (
        "phisp",
        ("z", "x"),
        (17, 17),
        2,
        289,
    )
    assert part.dtype == np.float32 and part.nbytes == 289 * 4
    assert part.units == "V" and part.valunit.name == "electric potential"
    assert repr(part) == (
        "<Field phisp [V] (z: 17, x: 17) float32, lazy, 0.0 MiB>\n  at t = 200 ns, y = 32 mm"
    )


def test_size_in_memory_counts_only_what_is_there(data: Emout):
    lazy = data.phisp
    loaded = lazy.compute()
    assert sys.getsizeof(lazy) < 1000
    assert sys.getsizeof(loaded) > loaded.nbytes == 4 * 17**3 * 4
    assert lazy.is_lazy and not loaded.is_lazy
    assert loaded.compute() is loaded
    assert "in memory" in repr(loaded)
    np.testing.assert_array_equal(loaded, lazy)


def test_values_convert_between_si_and_emses_units(data: Emout):
    part = data.phisp[-1, 8]
    np.testing.assert_array_equal(part.val_si, part.values)
    np.testing.assert_allclose(part.val_emses, data.unit.phi.trans(part.val_si))
    np.testing.assert_allclose(part.axis("x", use_si=False), np.arange(17))
    np.testing.assert_allclose(data.phisp.axis("t", use_si=False), np.arange(4) * 5.0)
    np.testing.assert_allclose(part.x_si, np.arange(17) * 0.004)
    assert float(part.z_si) == pytest.approx(0.032)


def test_without_a_key_si_is_refused_with_the_way_out(keyless_dir):
    phi = Emout(keyless_dir).phisp[-1, 8]
    np.testing.assert_array_equal(phi.val_emses, phi.values)
    for name in ("val_si", "x_si"):
        with pytest.raises(DataError, match="!!key dx="):
            getattr(phi, name)


def test_arithmetic_is_by_position_and_keeps_the_unit_where_it_can(data: Emout):
    phi, ex = data.phisp[-1], data.ex[-1]
    for same in (
        -phi,
        abs(phi),
        phi * 2,
        2 * phi,
        phi / 3,
        phi + phi,
        phi - 1.5,
        np.abs(phi),
        np.minimum(phi, 0),
    ):
        assert isinstance(same, Field)
        assert (same.units, same.name, same.valunit) == ("V", "phisp", phi.valunit)
    for other in (
        phi**2,
        phi * phi,
        1 / phi[0, :3, :3],
        phi < 0,
        phi + ex,
        np.exp(phi),
        phi // phi[0].max(),
    ):
        assert isinstance(other, Field)
        assert other.valunit is None or other.units == "V"
    assert (phi**2).units == (phi + ex).units == ""
    assert (ex - data.ey[-1]).units == "V/m" and (ex - data.ey[-1]).name == ""
    np.testing.assert_array_equal((phi[1:] - phi[:-1]).values, np.diff(phi.values, axis=0))
    np.testing.assert_array_equal((phi.values - phi).values, np.zeros(phi.shape))
    np.testing.assert_array_equal((data.phisp - phi)[0].values, data.phisp[0].values - phi.values)


def test_difference_of_two_steps_lies_at_neither_time(data: Emout):
    change = data.phisp[-1, :, 8, :] - data.phisp[0, :, 8, :]
    assert "t" not in change.coords and "y" in change.coords
    assert change.view().title == "y = 32 mm"


def test_numpy_functions_take_fields(data: Emout):
    phi = data.phisp[-1, 8]
    values = phi.values
    assert np.mean(phi) == values.mean() and np.max(phi) == phi.max() == values.max()
    assert isinstance(np.mean(phi, axis=0), Field)
    np.testing.assert_array_equal(np.gradient(phi, axis=0), np.gradient(values, axis=0))
    np.testing.assert_array_equal(np.concatenate([phi, phi]), np.concatenate([values, values]))
    np.testing.assert_array_equal(np.where(phi < 0, phi, 0), np.where(values < 0, values, 0))
    np.testing.assert_array_equal(np.asarray(phi, dtype=float), values.astype(float))
    target = np.empty(phi.shape, np.float32)
    np.multiply(phi, 2, out=target)
    np.testing.assert_array_equal(target, values * 2)


def test_reductions_take_positions_and_names(data: Emout):
    phi = data.phisp
    values = phi.values
    assert phi.min() == values.min() and phi.sum() == pytest.approx(values.sum(), rel=1e-5)
    assert phi.std() == pytest.approx(values.std(), rel=1e-5)
    assert phi.mean() == pytest.approx(values.mean(), rel=1e-5) and phi.dtype == phi.mean().dtype
    mean = phi.mean(axis=("z", -1))
    assert mean.dims == ("t", "y") and mean.units == "V"
    np.testing.assert_allclose(mean.values, values.mean(axis=(1, 3)), rtol=1e-6)
    assert phi.reduce("var", axis=0).units == ""
    with pytest.raises(ValueError, match="No dimension 'w'"):
        phi.mean(axis="w")


def test_one_value_is_a_number_where_one_is_needed(data: Emout):
    point = data.phisp[-1, 8, 8, 8]
    assert point.ndim == 0
    assert float(point) == pytest.approx(-1.4725, rel=1e-3)
    assert int(point) == -1 and bool(point) and f"{point:.2f}" == "-1.47"
    assert point < 0 and isinstance(point + 1, np.floating)


def test_methods_of_xarray_are_there(data: Emout):
    phi = data.phisp[-1]
    near = phi.sel(y=0.031, method="nearest")
    assert isinstance(near, Field) and near.is_lazy and near.units == "V"
    np.testing.assert_array_equal(near.values, phi[:, 8].values)
    assert phi.isel(x=3).shape == (17, 17)
    assert phi.T.dims == ("x", "y", "z")
    assert phi.x.dims == ("x",)
    assert "sel" in dir(phi)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = phi.nope


def test_fields_pickle_with_their_data_only_when_they_hold_it(data: Emout):
    for field in (
        data.phisp[-1, :, 8],
        data.phisp[-1, 8].compute(),
        data.phisp[1, 8] * 2,
        data.phisp.sel(y=0.0),
    ):
        again = pickle.loads(pickle.dumps(field))
        assert again.is_lazy == field.is_lazy and again.units == field.units
        np.testing.assert_array_equal(again.values, field.values)
    assert len(pickle.dumps(data.phisp)) < 2000
    assert len(pickle.dumps(data.phisp[1:][:, 8][..., ::2])) < 2000


def test_an_xarray_comes_out_with_coordinates(data: Emout):
    array = data.phisp[-1].to_xarray()
    assert array.attrs["units"] == "V" and array.x.attrs["units"] == "m"
