"""Poisson's equation: the potential meets it on the grid, and its boundaries."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.poisson_solver import poisson
from emout_lab.emses.units import VACUUM_PERMITTIVITY
from emout_lab.errors import SpecError

DX = 0.5
ENDS = [(1.0, 2.0), (3.0, -1.0), (0.5, 0.25)]
KINDS = ["".join(letters) for letters in itertools.product("pdn", repeat=3)]


def second_differences(phi: np.ndarray, kinds: str) -> np.ndarray:
    """Sum over the axes, at the inner points and at the ends that the equation holds for."""
    total = np.zeros_like(phi)
    for axis, (kind, (low, high)) in enumerate(zip(kinds[::-1], ENDS[::-1], strict=True)):
        moved = np.moveaxis(phi, axis, 0)
        if kind == "p":
            before, after = moved[-2:-1], moved[1:2]
        else:
            # Beyond an end lies what gives the derivative there.
            before, after = moved[1:2] - 2 * DX * low, moved[-2:-1] + 2 * DX * high
        longer = np.concatenate([before, moved, after])
        total += np.moveaxis(longer[2:] - 2 * moved + longer[:-2], 0, axis)
    return total / DX**2


@pytest.mark.parametrize("kinds", KINDS)
def test_the_potential_meets_equation_and_boundaries(kinds: str):
    rho = np.random.default_rng(1).normal(size=(9, 7, 11))
    for axis, kind in enumerate(kinds[::-1]):
        if kind == "p":
            np.moveaxis(rho, axis, 0)[-1] = np.moveaxis(rho, axis, 0)[0]
    phi = poisson(rho, DX, btypes=kinds, boundary_values=ENDS, epsilon_0=2.0)
    left = second_differences(phi, kinds) + rho / 2.0
    inside = tuple(slice(1, -1) if kind == "d" else slice(None) for kind in kinds[::-1])
    rest = left[inside]
    # Without an end that fixes the level, charge that belongs to no field is left over.
    assert np.ptp(rest) < 1e-11
    if "d" in kinds:
        assert np.abs(rest).max() < 1e-11
    for axis, (kind, (low, high)) in enumerate(zip(kinds[::-1], ENDS[::-1], strict=True)):
        ends = np.moveaxis(phi, axis, 0)[[0, -1]]
        if kind == "p":
            np.testing.assert_allclose(ends[0], ends[1], atol=1e-12)
        if kind == "d":
            # At the edges of a face another axis may have its ends.
            assert np.all(ends[0][1:-1, 1:-1] == low) and np.all(ends[1][1:-1, 1:-1] == high)


def test_a_field_gives_a_field_in_volts(data: Emout):
    rho = data.phisp[-1].renamed("rho") * 1e-9
    rho = type(rho)(rho._array.assign_attrs(units="C/m^3"), data.unit.rho, data.unit)
    phi = poisson(rho, btypes="ddd")
    expected = poisson(rho.values, data.inp.dx, btypes="ddd", epsilon_0=VACUUM_PERMITTIVITY)
    np.testing.assert_allclose(phi.values, expected)
    assert (phi.name, phi.units, phi.dims) == ("phi", "V", ("z", "y", "x"))
    np.testing.assert_array_equal(phi.axis("x"), rho.axis("x"))
    assert phi[:, 8, :].plot().axes.get_xlabel() == "x [m]"
    with pytest.raises(SpecError, match=r"phisp is in V.*charge density"):
        poisson(data.phisp[-1])
    with pytest.raises(SpecError, match="uneven"):
        poisson(rho[:, ::2], btypes="ppp")


def test_without_a_conversion_key_everything_is_in_emses_units(keyless_dir: Path):
    rho = Emout(keyless_dir).phisp[-1]
    phi = poisson(rho, btypes="nnn")
    np.testing.assert_allclose(phi.values, poisson(rho.values, 1.0, btypes="nnn", epsilon_0=1.0))
    assert phi.units == "EMSES unit"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"btypes": "pp"}, "btypes='pp': give three of periodic"),
        ({"btypes": "pdx"}, "btypes='pdx'"),
        ({"boundary_types": ["periodic", "open", "periodic"]}, "boundary_types=.*'open'"),
        ({"boundary_values": [(0, 0)]}, "lower and upper end"),
        ({"boundary_values": [(0, 0), (0, np.nan), (0, 0)]}, "boundary_values"),
        ({"dx": 0.0}, "dx=0.0 must be a positive number"),
        ({"dx": None}, "needs dx="),
        ({"epsilon_0": -1.0}, "epsilon_0=-1.0"),
        ({"rho": np.zeros((4, 4))}, r"shape \(4, 4\).*one output step"),
        ({"rho": np.zeros((2, 9, 9))}, "two cells or more"),
        ({"rho": np.full((5, 5, 5), np.nan)}, "no finite numbers"),
    ],
)
def test_what_cannot_be_solved_is_refused(changes: dict[str, Any], message: str):
    with pytest.raises(SpecError, match=message):
        poisson(**{"rho": np.zeros((5, 5, 5)), "dx": 1.0, **changes})
