from __future__ import annotations

import pickle

import numpy as np
import pytest

from emout_lab.emses.units import (
    BOLTZMANN,
    ELECTRON_MASS,
    ELEMENTARY_CHARGE,
    SPEED_OF_LIGHT,
    VACUUM_PERMITTIVITY,
    Units,
    describe_field,
    field_unit,
)

UNITS = Units(dx=0.001, to_c=1000.0)


def test_the_four_normalised_quantities():
    assert UNITS.length.trans(0.001) == pytest.approx(1)
    assert UNITS.c.trans(SPEED_OF_LIGHT) == pytest.approx(1000)
    assert UNITS.e0.trans(VACUUM_PERMITTIVITY) == pytest.approx(1)
    assert UNITS.qe_me.trans(-ELEMENTARY_CHARGE / ELECTRON_MASS) == pytest.approx(-1)


def test_maxwells_relation_of_light_speed_permittivity_and_permeability():
    mu0 = UNITS.m0.trans(1 / (VACUUM_PERMITTIVITY * SPEED_OF_LIGHT**2))
    assert mu0 == pytest.approx(1 / 1000.0**2)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("phi", lambda u: u.E.factor * u.length.factor),
        ("W", lambda u: u.q.factor * u.phi.factor),
        ("W", lambda u: u.m.factor * u.v.factor**2),
        ("F", lambda u: u.q.factor * u.v.factor * u.B.factor),
        ("F", lambda u: u.q.factor * u.E.factor),
        ("rho", lambda u: u.eps.factor * u.E.factor / u.length.factor),
        ("J", lambda u: u.rho.factor * u.v.factor),
        ("B", lambda u: u.mu.factor * u.H.factor),
        ("P", lambda u: u.phi.factor * u.i.factor),
        ("C", lambda u: u.q.factor / u.phi.factor),
        ("R", lambda u: u.phi.factor / u.i.factor),
        ("t", lambda u: u.R.factor * u.C.factor),
        ("t", lambda u: u.L.factor / u.R.factor),
        ("N", lambda u: u.n.factor * u.v.factor),
    ],
)
def test_physical_laws_hold_between_the_factors(left: str, right):
    assert getattr(UNITS, left).factor == pytest.approx(right(UNITS), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("pi", ""), ("e", ""), ("c", "m/s"), ("e0", "F/m"), ("m0", "N/A^2"), ("qe", "C"),
        ("me", "kg"), ("mi", "kg"), ("qe_me", "C/kg"), ("kB", "J/K"), ("length", "m"), ("m", "kg"),
        ("t", "s"), ("f", "Hz"), ("v", "m/s"), ("n", "m^-3"), ("N", "m^-2 s^-1"), ("F", "N"),
        ("P", "W"), ("W", "J"), ("w", "J/m^3"), ("eps", "F/m"), ("q", "C"), ("rho", "C/m^3"),
        ("q_m", "C/kg"), ("i", "A"), ("J", "A/m^2"), ("phi", "V"), ("E", "V/m"), ("H", "A/m"),
        ("C", "F"), ("R", "ohm"), ("G", "S"), ("mu", "H/m"), ("B", "T"), ("L", "H"), ("T", "K"),
        ("a", "m/s^2"), ("EC", "S/m"),
    ],
)  # fmt: skip
def test_every_quantity_converts_both_ways(name: str, unit: str):
    quantity = getattr(UNITS, name)
    assert quantity.unit == unit
    assert quantity.trans(quantity.reverse(2.5)) == pytest.approx(2.5)


def test_a_temperature_is_the_energy_of_its_thermal_motion():
    # Electrons of 1 eV: kB T = m v^2.
    kelvin = ELEMENTARY_CHARGE / BOLTZMANN
    speed = np.sqrt(ELEMENTARY_CHARGE / ELECTRON_MASS)
    energy = UNITS.me.trans(ELECTRON_MASS) * UNITS.v.trans(speed) ** 2
    assert UNITS.kB.trans(BOLTZMANN) * UNITS.T.trans(kelvin) == pytest.approx(energy)
    assert UNITS.W.reverse(energy) == pytest.approx(ELEMENTARY_CHARGE)


def test_reverse_undoes_trans_for_arrays():
    values = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(UNITS.phi.reverse(UNITS.phi.trans(values)), values)


def test_plasma_frequency_of_a_known_density_gives_that_density():
    # 1e7 electrons per cm^3 have wp = 1.784e8 rad/s.
    wp = UNITS.f.trans(np.sqrt(1e13 * ELEMENTARY_CHARGE**2 / (VACUUM_PERMITTIVITY * ELECTRON_MASS)))
    assert wp == pytest.approx(0.595, rel=1e-3)
    unit = field_unit("nd2p", UNITS, plasma_frequency=wp)
    assert unit.unit == "m^-3"
    assert unit.reverse(1.0) == pytest.approx(1e13)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("phisp", "V"),
        ("ex", "V/m"),
        ("rey", "V/m"),
        ("bz", "T"),
        ("rbx", "T"),
        ("j1x", "A/m^2"),
        ("jz", "A/m^2"),
        ("rho", "C/m^3"),
    ],
)
def test_field_names_have_units(name: str, unit: str):
    assert field_unit(name, UNITS).unit == unit


def test_what_is_not_known_has_no_unit():
    assert field_unit("mystery", UNITS) is None
    assert field_unit("phisp", None) is None
    assert field_unit("nd1p", UNITS) is None
    assert describe_field("mystery") == (None, "mystery")


def test_unknown_unit_suggests_near_ones():
    with pytest.raises(AttributeError, match="phi"):
        _ = UNITS.phis


def test_units_pickle_and_compare():
    again = pickle.loads(pickle.dumps(UNITS))
    assert again == UNITS
    assert again.v.factor == UNITS.v.factor
