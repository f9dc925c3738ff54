"""Units that are set by name: times in plasma periods, fields in units of one's own."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.unit_names import UnitNames, none_unit, wpet_unit, wpit_unit
from emout_lab.emses.units import Unit, UnitTranslator
from emout_lab.errors import DataError, SpecError, UnknownField


@pytest.fixture
def name2unit() -> Iterator[UnitNames]:
    yield Emout.name2unit
    Emout.name2unit.clear()


def test_times_in_plasma_periods_are_drawn_and_labelled(data: Emout, name2unit: UnitNames):
    seconds = data.phisp.axis("t")
    name2unit["t"] = wpet_unit
    field = data.phisp
    interval = data.inp.ifdiag * data.inp.dt
    expected = data.inp.wp[0] * interval * np.arange(4)
    np.testing.assert_allclose(field.axis("t"), expected)
    np.testing.assert_allclose(field.axis("t", use_si=False), interval * np.arange(4))
    np.testing.assert_allclose(pickle.loads(pickle.dumps(field[1:])).axis("t"), expected[1:])
    plt.close("all")
    line = field[:, 8, 8, 8].plot()
    assert line.axes.get_xlabel() == "t [wpe$^{-1}$]"
    np.testing.assert_allclose(line.get_xdata(), expected)
    plt.close("all")
    line = field[:, 8, 8, 8].plot(use_si=False)
    assert line.axes.get_xlabel() == "t [EMSES unit]"
    plt.close("all")
    assert "wpe" in field[2, :, 8, :].plot().axes.get_title()
    plt.close("all")
    assert field.sel(t=expected[2]).dims == ("z", "y", "x")
    assert field.mirror("t").axis("t")[-1] == pytest.approx(2 * expected[-1])
    del name2unit["t"]
    np.testing.assert_array_equal(data.phisp.axis("t"), seconds)


def test_fields_and_vectors_take_units_of_ones_own(data: Emout, name2unit: UnitNames):
    volts, field = data.phisp[-1].values, data.ex[-1].values
    name2unit["phisp"] = lambda data: data.unit.phi.set_name("potential", "V")
    name2unit["e[xyz]"] = lambda data: UnitTranslator(data.unit.E.factor * 1e-3, 1, "E", "kV/m")
    assert data.phisp[-1].valunit == Unit("potential", "V", data.unit.phi.factor)
    np.testing.assert_array_equal(data.phisp[-1].values, volts)
    np.testing.assert_allclose(data.ex[-1].values, field * 1e-3, rtol=1e-6)
    assert data.exz.units == "kV/m" and data.rex.units == "V/m"
    name2unit["phisp"] = none_unit
    np.testing.assert_allclose(data.phisp[-1].values, volts / data.unit.phi.factor, rtol=1e-6)


def test_a_run_takes_the_units_along_that_were_set(data: Emout, name2unit: UnitNames):
    name2unit["t"] = wpet_unit
    pickled = pickle.dumps(data)
    expected = data.phisp.axis("t")
    name2unit.clear()
    again = pickle.loads(pickled)
    np.testing.assert_array_equal(again.phisp.axis("t"), expected)
    assert data.phisp.axis("t")[-1] < expected[-1]


def test_a_field_without_a_usual_unit_takes_one(run_copy: Path, name2unit: UnitNames):
    (run_copy / "phisp00_0000.h5").rename(run_copy / "mine00_0000.h5")
    data = Emout(run_copy)
    stored = data.mine[-1].values
    assert data.mine.units == "EMSES unit"
    name2unit["mine"] = lambda data: UnitTranslator(3.0, 2.0, "mine", "bar")
    assert data.mine.units == "bar"
    np.testing.assert_allclose(data.mine[-1].values, stored * 1.5)


def test_a_run_without_a_conversion_key_stays_in_emses_units(
    keyless_dir: Path, name2unit: UnitNames
):
    data = Emout(keyless_dir)
    times = data.phisp.axis("t")
    name2unit.update({"t": wpet_unit, "phisp": none_unit})
    np.testing.assert_array_equal(data.phisp.axis("t"), times)
    assert data.phisp.units == "EMSES unit"
    with pytest.raises(DataError, match="no conversion key.*!!key"):
        name2unit.pop("t") and Emout.name2unit["t"](data)


def test_names_that_were_set_come_back_one_by_one(name2unit: UnitNames):
    assert not name2unit and "phisp" in name2unit and "t" in name2unit
    name2unit["j.*"] = name2unit["phisp"]
    assert list(name2unit) == ["j.*"] and name2unit["j1x"] is name2unit["j.*"]
    assert "j.*" in repr(name2unit)
    del name2unit["j.*"]
    assert name2unit["j1x"] is not name2unit["phisp"]
    with pytest.raises(UnknownField, match="No usual unit for 'nothing'"):
        name2unit["nothing"]


@pytest.mark.parametrize(
    ("name", "finder", "message"),
    [
        ("axis", wpet_unit, "positions stay in metres"),
        ("t", 3.0, "3.0 cannot be called"),
        ("e[", wpet_unit, "regular expressions"),
    ],
)
def test_what_cannot_be_set_is_refused(name2unit: UnitNames, name: str, finder: Any, message: str):
    with pytest.raises(SpecError, match=message):
        name2unit[name] = finder
    assert not name2unit


@pytest.mark.parametrize(
    ("finder", "message"),
    [
        (
            lambda data: data.unit.speed,
            "has for 't' fails for Emout.*No unit 'speed'.*take it back",
        ),
        (lambda data: 3.0, "gives 3.0, which is no unit"),  # noqa: ARG005
    ],
)
def test_what_fails_for_a_run_says_what_to_do(
    data: Emout, name2unit: UnitNames, finder: Any, message: str
):
    name2unit["t"] = finder
    with pytest.raises(DataError, match=message):
        data.phisp  # noqa: B018


def test_a_plasma_frequency_that_is_missing_is_named(run_copy: Path):
    inp = run_copy / "plasma.inp"
    inp.write_text(inp.read_text().replace("wp", "xp"))
    with pytest.raises(DataError, match=r"no wp\(2\) other than zero"):
        wpit_unit(Emout(run_copy))


@pytest.mark.parametrize("pair", [(1.0, 0.0), (0.0, 1.0), ("a", 1.0), (np.inf, 1.0)])
def test_a_translator_needs_two_numbers(pair: tuple[Any, Any]):
    with pytest.raises(SpecError, match="two numbers other than zero"):
        UnitTranslator(*pair)


def test_a_translator_travels():
    unit = UnitTranslator(3.0, 2.0, "speed", "m/s")
    again = pickle.loads(pickle.dumps(unit))
    assert again == unit and (again.from_unit, again.to_unit, again.unit) == (3.0, 2.0, "m/s")


def test_the_conversion_key_is_named_where_it_is_missing(keyless_dir: Path):
    with pytest.raises(AttributeError, match="No 'to_c'.*no conversion key.*!!key"):
        Emout(keyless_dir).inp.to_c  # noqa: B018
