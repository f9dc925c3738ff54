from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.demo import BIAS_V, RADIUS_M, TEMPERATURE_EV, ChargedSphere, write_demo_data
from emout_lab.errors import DataError, SpecError


def relocated(component: np.ndarray, axis: int) -> np.ndarray:
    """Bring a staggered component to the inner grid points."""
    left = np.take(component, range(0, component.shape[axis] - 2), axis=axis)
    right = np.take(component, range(1, component.shape[axis] - 1), axis=axis)
    return (left + right) / 2


@pytest.mark.parametrize(("name", "axis"), [("ez", 0), ("ey", 1), ("ex", 2)])
def test_electric_field_is_minus_the_gradient_of_the_potential(data: Emout, name: str, axis: int):
    phi = data.phisp[-1].val_si.astype(float)
    gradient = -np.gradient(phi, data.unit.dx, axis=axis)
    inner = [slice(None)] * 3
    inner[axis] = slice(1, -1)
    expected = gradient[tuple(inner)]
    actual = relocated(data[name][-1].val_si.astype(float), axis)
    np.testing.assert_allclose(actual, expected, atol=2e-5 * np.abs(expected).max())


def test_potential_is_screened_and_constant_inside(tmp_path: Path):
    grid = 64
    data = Emout(write_demo_data(tmp_path, grid=grid, steps=2))
    line = data.phisp[-1, grid // 2, grid // 2, :].values.astype(float)
    r = np.abs(data.phisp.axis("x") - 0.032)
    surface = BIAS_V * (1 - np.exp(-4))
    np.testing.assert_allclose(line[r <= RADIUS_M], surface, rtol=1e-5)
    length = ChargedSphere(grid, 2).debye_length
    outside = r > RADIUS_M
    r = r[outside]
    expected = surface * RADIUS_M / r * np.exp(-(r - RADIUS_M) / length)
    np.testing.assert_allclose(line[outside], expected, rtol=1e-5)


def test_charge_density_of_the_screening_cloud_fulfils_poissons_equation(tmp_path: Path):
    # Linearised: e (n_i - n_e) = -eps0 phi / lambda^2, which the densities meet where |phi| << T.
    data = Emout(write_demo_data(tmp_path, grid=32, steps=2))
    phi = data.phisp[-1].values.astype(float)
    weak = (np.abs(phi) < 0.05 * TEMPERATURE_EV) & (np.abs(phi) > 1e-3 * TEMPERATURE_EV)
    from emout_lab.emses.units import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY

    difference = data.nd2p[-1].values.astype(float) - data.nd1p[-1].values.astype(float)
    length = ChargedSphere(32, 2).debye_length
    expected = -VACUUM_PERMITTIVITY * phi / length**2
    np.testing.assert_allclose((ELEMENTARY_CHARGE * difference)[weak], expected[weak], rtol=2e-3)


def test_densities_follow_boltzmann_and_vanish_inside(data: Emout):
    electrons, ions = data.nd1p[-1].values.astype(float), data.nd2p[-1].values.astype(float)
    phi = data.phisp[-1].values.astype(float)
    outside = electrons > 0
    np.testing.assert_allclose(
        electrons[outside], 1e13 * np.exp(phi[outside] / TEMPERATURE_EV), rtol=1e-5
    )
    np.testing.assert_allclose((electrons * ions)[outside], 1e26, rtol=1e-5)
    assert not electrons[8, 8, 8] and not ions[8, 8, 8]


def test_sphere_charges_up_over_the_run(data: Emout):
    centre = data.phisp[:, 8, 8, 8].values
    assert centre[0] == 0
    assert np.all(np.diff(centre) < 0)
    assert centre[-1] == pytest.approx(BIAS_V * (1 - np.exp(-4)), rel=1e-5)


def test_parameter_file_describes_the_run(data: Emout):
    inp, unit = data.inp, data.unit
    assert (inp.nx, inp.ny, inp.nz, inp.nspec) == (16, 16, 16, 2)
    assert inp.nstep == 3 * inp.ifdiag
    # The particle mover is stable, and light is not too slow for it.
    assert inp.wp[0] * inp.dt < 0.2
    assert unit.n.reverse(1) > 0
    assert inp.geotype[0] == 3
    assert unit.length.reverse(inp.bdyradius[0]) == pytest.approx(RADIUS_M)
    assert inp.bdycoord == [[8.0, 8.0, 8.0]]
    assert unit.phi.reverse(inp.pfixed[0]) == pytest.approx(BIAS_V)


def test_data_are_single_precision(data: Emout):
    assert all(data[name].dtype == np.float32 for name in data)


def test_writing_again_replaces_the_demo_but_never_another_run(tmp_path: Path):
    write_demo_data(tmp_path, grid=8, steps=2)
    write_demo_data(tmp_path, grid=8, steps=3)
    assert len(Emout(tmp_path).phisp) == 3
    (tmp_path / "plasma.inp").write_text("&tmgrid\n/\n")
    with pytest.raises(DataError, match="another run"):
        write_demo_data(tmp_path, grid=8, steps=2)


@pytest.mark.parametrize(("options", "field"), [({"grid": 4}, "grid"), ({"steps": 0}, "steps")])
def test_sizes_that_cannot_be_are_refused_before_anything_is_written(
    tmp_path: Path, options, field
):
    with pytest.raises(SpecError) as error:
        write_demo_data(tmp_path / "new", **options)
    assert error.value.field == field
    assert not (tmp_path / "new").exists()


def test_places_that_cannot_be_written_to_say_why(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written to .*: Not a directory"):
        write_demo_data(tmp_path / "file" / "run", grid=8, steps=1)
    with pytest.raises(DataError, match=r"The demo data take \S+ TB, and .* free space"):
        write_demo_data(tmp_path / "huge", grid=1024, steps=1_000_000)
    assert not (tmp_path / "huge").exists()


def test_the_field_has_the_charge_of_sphere_and_cloud(tmp_path: Path):
    """Gauss's law for a box around the sphere and for one around the plasma beside it."""
    from emout_lab.emses.units import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY

    grid = 64
    data = Emout(write_demo_data(tmp_path, grid=grid, steps=2))
    dx, length = data.unit.dx, ChargedSphere(grid, 2).debye_length
    ex, ey, ez = (data[name][-1].values.astype(float) for name in ("ex", "ey", "ez"))
    charges = ELEMENTARY_CHARGE * (data.nd2p[-1].values - data.nd1p[-1].values).astype(float)
    surface = BIAS_V * (1 - np.exp(-4))
    on_sphere = 4 * np.pi * VACUUM_PERMITTIVITY * RADIUS_M * (1 + RADIUS_M / length) * surface

    def flux(low: int, high: int, shift: int = 0) -> float:
        """Flux out of the cells that the points from low to high are the centres of."""
        inside, along = slice(low, high + 1), slice(low + shift, high + 1 + shift)
        total = (ex[inside, inside, high + shift] - ex[inside, inside, low + shift - 1]).sum()
        total += (ey[inside, high, along] - ey[inside, low - 1, along]).sum()
        total += (ez[high, inside, along] - ez[low - 1, inside, along]).sum()
        return VACUUM_PERMITTIVITY * total * dx**2

    around = slice(grid // 2 - 12, grid // 2 + 13)
    enclosed = on_sphere + charges[around, around, around].sum() * dx**3
    assert flux(grid // 2 - 12, grid // 2 + 12) == pytest.approx(
        enclosed, abs=0.06 * abs(on_sphere)
    )
    low, high = grid // 2 - 3, grid // 2 + 3
    inside, along = slice(low, high + 1), slice(low + 10, high + 11)
    cloud = charges[inside, inside, along].sum() * dx**3
    assert flux(low, high, shift=10) == pytest.approx(cloud, rel=0.05)
