"""What upstream emout's guide uses besides fields and plots: the same numbers as the real one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import peer
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.poisson_solver import poisson
from emout_lab.emses.unit_names import (
    UnitTranslator,
    none_unit,
    t_unit,
    wpet_unit,
    wpit_unit,
)

TOML = """
title = "run"
[meta.unit_conversion]
dx = 0.001
to_c = 1000.0
[tmgrid]
nx = 8
dt = 0.05
[[species]]
wp = 1.0
group_id = "a"
[[species]]
wp = 0.05
[species_groups.a]
path = 4.0
"""
SETUP = """
from emout.core.units import none_unit, t_unit, wpet_unit, wpit_unit
from emout.utils import UnitTranslator, poisson

run = {run!r}
data = emout.Emout(run)
both = emout.Emout(run, append_directories=[run + "_1"])
toml = emout.Emout({toml!r})
bases = dict(
    plane=data.phisp[-1, :, 6, :], volume=data.phisp[-1], falling=data.phisp[-1, 2:, 6, 9:2:-2],
    times=data.phisp[1:, 4, 4, ::3], line=data.ex[-1, 3, 4, :],
)
vector = data.exz[-1, :, 6, :]
values = lambda field: field.val_si
places = lambda field, n: field.axisunits[field.slice_axes[n]].reverse(field.axis(n))
parts = lambda vector: [part.val_si for part in vector.objs]
series = lambda field: field
arrows = lambda vector, **options: vector.plot(mode="vec", skip=1, **options)
line_of = lambda drawn: drawn[0]
exact = dict()
"""
BOTH = """
rng = np.random.default_rng(1)
rho = rng.normal(size=(9, 7, 11))
ends = [(1.0, 2.0), (3.0, -1.0), (0.5, 0.25)]

def named(name, finder, expression):
    usual = dict(emout.Emout.name2unit)
    emout.Emout.name2unit[name] = finder
    try:
        return expression(emout.Emout(run))
    finally:
        emout.Emout.name2unit.clear()
        emout.Emout.name2unit.update(usual)
"""
OPERATIONS = {
    "plane": [
        *("negate()", "scale(2.5)", "flip('z')", "flip(1)", "flip()", "mirror('z')", "mirror('x')"),
        *("mirror()", "tile(1, 'z')", "tile(2, 'x')", "tile()", "tile(0, 'x')"),
        *("tile(1, 'x', include_edge=True)", "tile(2, 0, include_edge=True)"),
        *("negate().mirror('z').tile(1, 'z')", "flip('x').mirror('x')", "mirror('z')[:5, ::-1]"),
        *("mirror('z')[14:20, 3:]", "tile(1, 'x')[2, 10:]", "mirror('x').mirror('z').scale(-1)"),
    ],
    "volume": ["mirror('y')", "tile(1, 'x').negate()", "mirror('z')[20, 3:]"],
    "falling": ["mirror('x')", "tile(1, 'x')", "tile(1, 'x', include_edge=True)", "flip('x')"],
    "times": ["mirror('t')", "tile(1, 't')", "tile(1, 't', include_edge=True)", "flip('t')"],
    "line": ["mirror('x')", "negate().tile(3)"],
}
FIELDS = [
    expression
    for base, operations in OPERATIONS.items()
    for operation in operations
    for expression in (
        f"values(bases['{base}'].{operation})",
        f"places(bases['{base}'].{operation}, 0)",
        f"places(bases['{base}'].{operation}, -1)",
        f"bases['{base}'].{operation}.shape",
    )
]
VECTORS = [
    f"parts(vector.{operation})"
    for operation in (
        *("negate()", "scale(-2.0)", "flip('x')", "mirror('z')", "tile(2, 'x')"),
        *("negate().mirror('x').tile(1, 'z', include_edge=True)",),
    )
]
OTHERS = """
values(vector.x_data)
values(vector.y_data)
values(data.exyz[-1, 3].z_data)
series(data.phisp.time_series(4, 5, 6))
series(data.phisp.time_series(slice(2, 9, 3), 5, slice(None)))
series(both.phisp.time_series(4, 5, 6, skip_overlap=True))
wpet_unit(data).reverse(3)
wpet_unit(data).trans(3)
wpit_unit(data).reverse(3)
[wpet_unit(data).name, wpet_unit(data).unit, wpit_unit(data).name]
t_unit(data).reverse(2)
t_unit(data).unit
none_unit(data).reverse(5.0)
emout.Emout.name2unit["phisp"](data).reverse(2.0)
emout.Emout.name2unit["ex"](data).reverse(2.0)
emout.Emout.name2unit["axis"](data).reverse(2.0)
emout.Emout.name2unit["t"](data).reverse(2.0)
["j1x" in emout.Emout.name2unit, "nothing" in emout.Emout.name2unit]
named("t", wpet_unit, lambda data: data.phisp[:, 4, 4, 4].t_si)
named("t", wpit_unit, lambda data: data.phisp[1:, 4, 4, 4].t_si)
named("e[xyz]", lambda out: out.unit.phi, lambda data: data.ex[-1, 4].val_si)
named("phisp", lambda out: UnitTranslator(2.0, 1.0, "x", "y"), lambda data: data.phisp[0].val_si)
named("t", wpet_unit, lambda data: data.phisp[:, 4, 4, 4].plot() and plt.gca().lines[0].get_xdata())
UnitTranslator(3.0, 2.0).trans(6.0)
UnitTranslator(3.0, 2.0).trans(6.0, reverse=True)
UnitTranslator(3.0, 2.0).ratio
(data.unit.t * UnitTranslator(data.inp.ifdiag * data.inp.dt, 1)).reverse(7)
(data.unit.v / data.unit.t).reverse(7)
(2 * data.unit.v).reverse(7)
(1 / data.unit.t).reverse(7)
(data.unit.length ** 3).reverse(7)
[(1 * data.unit.v).set_name("speed", unit="m/s").name, data.unit.v.set_name("speed", "m/s").unit]
[data.inp.dx, data.inp.to_c, data.inp.convkey.dx, data.inp.convkey.to_c]
[toml.inp.dx, toml.inp.to_c]
str(toml.toml.to_dict())
str(toml.toml.tmgrid.to_dict())
str(toml.toml.species[0].to_dict())
data.toml is None
poisson(rho, 0.5, epsilon_0=1.0)
poisson(rho, dx=0.5, btypes="nnn")
poisson(rho.astype("f4"), 0.5, ["neumann"] * 3, epsilon_0=2.0)
poisson(rho, 0.5, ["periodic", "neumann", "periodic"], epsilon_0=2.0, **exact)
poisson(rho, 0.5, btypes="nnp", epsilon_0=2.0, **exact)
poisson(rho, 0.5, btypes="npd", boundary_values=ends, epsilon_0=2.0, **exact)
poisson(rho, 0.5, btypes="ddd", epsilon_0=1.0, **exact)
poisson(rho, 0.5, btypes="pdn", epsilon_0=1.0, **exact)
poisson(rho, 0.5, btypes="pdn", boundary_values=ends, epsilon_0=1.0, **exact)
poisson(rho, 0.5, ["dirichlet"] * 3, ends, epsilon_0=1.0, **exact)
poisson(rho, 0.5, btypes="dnn", boundary_values=ends, epsilon_0=1.0, **exact)
line_of(bases["line"].plot(offsets=("left", 0))).get_xdata()
line_of(bases["line"].plot(offsets=("center", "right"))).get_xdata()
line_of(bases["line"].plot(offsets=("center", "right"))).get_ydata()
line_of(bases["line"].plot(offsets=("right", 2.5))).get_xdata()
line_of(bases["line"].plot(offsets=(0.25, 2.5))).get_ydata()
line_of(bases["line"].plot(offsets=(0, "center"))).get_ydata()
bases["plane"].plot(axes="xz", offsets=("left", "center", 2.0)).get_array()
bases["plane"].plot(axes="xz", offsets=(0, 0, "center")).get_array()
bases["plane"].plot(axes="zx", offsets=(0, 0, "center")).get_array()
bases["plane"].plot(axes="zx", offsets=(0, 0, "right")).get_array()
arrows(vector, axes="xz").get_offsets()
arrows(vector, axes="xz", offsets=("center", 0.5)).get_offsets()
arrows(vector, axes="zx", offsets=("right", "left")).get_offsets()
""".split("\n")[1:-1]
EXPRESSIONS = [*FIELDS, *VECTORS, *OTHERS]


def ours(run: str, toml: str) -> dict[str, Any]:
    """What the expressions find, in ours."""

    class Native:
        """Upstream's module, as far as it is asked for here."""

    native: Any = Native()
    native.Emout = Emout
    data = Emout(run)
    found: dict[str, Any] = {
        **{"emout": native, "np": np, "plt": plt, "run": run, "data": data},
        **{
            "both": Emout(run, append_directories=[f"{run}_1"]),
            "toml": Emout(toml),
            "UnitTranslator": UnitTranslator,
        },
        **{"wpet_unit": wpet_unit, "wpit_unit": wpit_unit, "t_unit": t_unit},
        **{"none_unit": none_unit, "poisson": poisson, "exact": {"like_emout": True}},
        "bases": {
            "plane": data.phisp[-1, :, 6, :],
            "volume": data.phisp[-1],
            "falling": data.phisp[-1, 2:, 6, 9:2:-2],
            "times": data.phisp[1:, 4, 4, ::3],
            "line": data.ex[-1, 3, 4, :],
        },
        "vector": data.exz[-1, :, 6, :],
        "values": lambda field: field.val_si,
        "places": lambda field, number: field.axis(field.dims[number]),
        "parts": lambda vector: vector.val_si,
        "series": lambda field: field.val_emses,
        "arrows": lambda vector, **options: vector.plot(mode="vec", skip=1, **options),
        "line_of": lambda drawn: drawn,
    }
    exec(BOTH, found)
    return found


@pytest.fixture(scope="module")
def places(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A run with a restart, of which upstream may change the files, and one with a TOML file."""
    folder = tmp_path_factory.mktemp("beside")
    run, toml = folder / "run", folder / "toml"
    for name in ("run", "run_1"):
        shutil.copytree(demo_dir, folder / name)
    toml.mkdir()
    (toml / "plasma.toml").write_text(TOML)
    return str(run), str(toml)


@pytest.fixture(scope="module")
def theirs(places: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run, toml = places
    setup = SETUP.format(run=run, toml=toml) + BOTH
    return peer.values_of(setup, EXPRESSIONS, tmp_path_factory.mktemp("peer"))


@pytest.fixture(scope="module")
def found(places: tuple[str, str], theirs: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - first
    return ours(*places)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_gives_what_upstream_gives(
    expression: str, found: dict[str, Any], theirs: dict[str, Any]
):
    expected = theirs[expression]
    value = np.asarray(eval(expression, found))
    plt.close("all")
    assert value.shape == expected.shape, expected
    if expected.dtype.kind in "US":
        assert value.tolist() == expected.tolist()
    else:
        value, expected = value.astype(float), expected.astype(float)
        scale = np.nanmax(np.abs(expected), initial=0.0)
        np.testing.assert_allclose(value, expected, rtol=3e-5, atol=1e-6 * scale)
