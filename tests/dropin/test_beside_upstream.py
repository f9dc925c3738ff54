"""The same expression gives the same numbers in the real upstream emout and in ours."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import peer
import pytest

import emout_lab.emout as emout

SETUP = """
import importlib
data = emout.Emout({run!r})
both = emout.Emout({run!r}, ad="auto")
named = emout.Emout({run!r}, append_directories=[{run!r} + "_2"])
other = emout.Emout({run!r} + "_2")
beside = emout.Emout({run!r} + "_2", input_path={run!r} + "/plasma.inp")
apart = emout.Emout(input_path={run!r} + "/plasma.inp", output_directory={run!r} + "_2")
phi, plane, line = data.phisp[-1], data.phisp[-1, :, 6, :], data.phisp[-1, :, 6, 6]

surface_cut = importlib.import_module(emout.__name__ + ".plot.surface_cut")
wpet_unit = importlib.import_module(emout.__name__ + ".core.units").wpet_unit
body = surface_cut.SphereMeshSurface((0.03, 0.03, 0.03), 0.02)
box = surface_cut.Bounds3D(x=(0.01, 0.03), y=(0.0, 0.06), z=(0.02, 0.05))

def with_unit(name, finder, expression):
    usual = dict(emout.Emout.name2unit)
    emout.Emout.name2unit[name] = finder
    try:
        return expression(emout.Emout({run!r}))
    finally:
        emout.Emout.name2unit.clear()
        emout.Emout.name2unit.update(usual)
"""
# Before the others: upstream writes the fields that it brings to the grid points into the run.
FIELDS = """
phi
phi.val_si
data.phisp[3, 2]
data.phisp[1:4, 3, :, 2]
data.phisp[-1, ::-1, 2:9:3, 5]
data.phisp[-1, ..., 4]
data.phisp[[0, 2], 4, 4, 4]
data.phisp[-1, 4, 4, 4]
data.phisp[-1, 4][plane > -1e-3]
data.nd1p[-1]
data.nd1p[-1].val_si
data.nd2p[-1, 4].val_si
data.bz[0].val_si
data.ex[-1].val_si
data.j1x[-1].val_si
data.j2y[-1, 4, 4].val_si
list(data.phisp)[2]
len(data.phisp)
data.phisp.shape
data.phisp[:].shape
data.phisp[:][1:, 2, 3, 4]
data.phisp.lazy[:].select_space(1, 2, 3)
data.phisp.grid_shape
data.phisp.trange
phi.to_numpy()
data.phisp[:].materialize()
plane.masked(lambda values: values < values.mean())
plane.masked(np.asarray(plane) < -1e-3)
""".split("\n")[1:-1]
REDUCED = """
data.phisp[-3:].mean()
data.phisp[-3:].mean()[:, 4, :]
data.phisp[-3:, :, 4, :].mean()
data.phisp[:].mean(axis=("t", "z"))
data.phisp[-3:].mean(axis=0)
data.phisp[:].max()
data.phisp[1:].min()
data.phisp[:].std()
np.mean(data.phisp[:])
phi.mean()
phi.mean(axis=0)
phi.sum(axis=(1, 2))
phi.max()
phi.argmin()
phi.std()
phi.var()
plane.cumsum(axis=0)
plane.T
plane.ravel()
plane.reshape(-1)[:5]
plane.astype(float)
plane.round(3)
plane.clip(-1e-3, 0)
np.gradient(plane)
np.sqrt(data.ex[-1] ** 2 + data.ey[-1] ** 2)
2 * plane - plane / 3 + 1
plane @ plane.T
np.where(plane < -1e-3, 1, plane)
np.concatenate([plane, plane])
(plane * 2).val_si
(-plane).val_si
(plane > -1e-3).sum()
line.tolist()
""".split("\n")[1:-1]
PLACES = """
plane.x
plane.y
plane.z
plane.t
plane.x_si
plane.t_si
data.phisp[1:4, 2, 2, ::2].t_si
data.phisp[1:4, 2, 2, ::2].x_si
data.phisp[1:4, 2, 2, 8:2:-2].x
plane.axis(0)
plane.axis(1)
plane.use_axes
plane.slice_axes
sum([list(range(s.start, s.stop, s.step)) for s in data.phisp[1:4, 2, ::3, 2:].slices], [])
plane.name
plane.valunit.unit
data.nd1p[-1].valunit.unit
[unit.unit for unit in plane.axisunits]
[unit.reverse(1.0) for unit in plane.axisunits]
plane.inp.nx
plane.unit.v.reverse(1.0)
plane.filename.name
""".split("\n")[1:-1]
RUNS = """
data.available_fields()[:5]
data.is_valid()
data.inp.nx
data.inp["tmgrid"]["dt"]
data.inp.wp
data.inp.mtd_vbnd
data.toml is None
data.unit.v.trans(1e5)
data.icur
data.icur.val_si["1_body1"]
list(data.icur.columns)
data.ocur.val_si["2_body1"]
data.pbody
data.pbody.val_si["body1"]
len(data.append_directories)
len(both.phisp)
both.phisp[:, 4, 4, 4]
named.phisp[4:7, 4, 4, 4]
both.phisp[6].val_si
both.phisp[:, 4, 4, 4].t_si
len(data.phisp + other.phisp)
data.phisp.chain(other.phisp)[:, 4, 4, 4]
apart.phisp[-1, 4]
beside.phisp[-1, 4]
""".split("\n")[1:-1]
VECTORS = """
data.exz[-1].to_numpy()
data.j1xyz[-1, :, 4, :].to_numpy()
data.j1xy[-1, 4].to_numpy(stack_axis=-1)
data.exz.shape
data.exz[-1].component_axes
(data.exz[-1] * 2).to_numpy()
(-data.exz[-1]).x_data
data.j1xyz[-1].z_data.val_si
emout.VectorData2d([data.ex[-1, :, 4, :], data.ez[-1, :, 4, :]]).to_numpy()
data.rex[-1][:, :, 1:-1]
data.rey[-1, :, 1:-1, 4]
data.rbz[-1, :, 1:-1, 1:-1]
""".split("\n")[1:-1]
CONTINUED = """
plane.negate()
plane.scale(2.5).val_si
plane.flip("z")
plane.mirror("z")
plane.mirror("z").z
plane.mirror("x").x_si
plane.tile(2, "x").tile(1, "z", include_edge=True)
plane.tile(1, "x").x
data.phisp[1:4, 3, 3, 8:2:-2].mirror("t").t
data.phisp[1:4, 3, 3, 8:2:-2].mirror("x").x
data.exz[-1, :, 6, :].mirror("x").negate().to_numpy()
plane.mirror("z").name
data.phisp.time_series(4, 5, slice(2, 6))
both.phisp.time_series(4, 5, 6)
both.phisp.time_series(4, 5, 6, skip_overlap=True)
(data.phisp + other.phisp).time_series(4, 5, 6)
emout.utils.poisson(np.asarray(phi), 0.5, btypes="ppp")
emout.utils.poisson(np.asarray(phi), 0.5, btypes="pdn", boundary_values=[(1, 2), (3, 4), (5, 6)])
emout.utils.poisson(phi, 0.5, btypes="nnn", epsilon_0=2.0)
wpet_unit(data).reverse(3)
wpet_unit(data).name
with_unit("t", wpet_unit, lambda data: data.phisp[:, 4, 4, 4].t_si)
with_unit("phisp", lambda out: out.unit.E, lambda data: data.phisp[-1].val_si)
(data.unit.t * emout.utils.UnitTranslator(data.inp.ifdiag * data.inp.dt, 1)).reverse(3)
[data.inp.dx, data.inp.to_c, data.inp.convkey.dx]
plane.plot(axes="xz", offsets=("left", "center", 0.5)).get_array()
line.plot(offsets=("center", "right"))[0].get_xdata()
line.plot(offsets=("center", "right"))[0].get_ydata()
type(plane.plot(mode="surf")).__name__
len(phi.plot_surfaces(body, vmin=0, vmax=2, contour_levels=4))
phi.plot_surfaces(body, vmin=0, vmax=2, bounds=box, mode="cmap", cmap_name="jet")[1].vmax
[phi.plot_surfaces(body, bounds=box), plt.gca().get_xlim()][1]
[phi.plot_surfaces(body, bounds=box, contour_color="r", contour_lw=1), plt.gca().get_zlim()][1]
""".split("\n")[1:-1]
QUANTITIES = (
    *("phi", "E", "B", "H", "J", "n", "rho", "v", "t", "f", "length", "q", "m", "W", "w", "P"),
    *("F", "a", "i", "N", "c", "eps", "mu", "C", "L", "G", "q_m", "qe", "qe_me", "kB", "e0", "m0"),
)
DRAWN = """
plane.plot().get_array()
plane.plot(use_si=False).get_array()
data.phisp[:, 4, 4, :].plot().get_array()
data.phisp[:, :, 4, 4].plot().get_array()
data.phisp[-1, 4].plot(axes="yx").get_array()
data.nd1p[-1, 4].plot(norm="log", vmin=1e-3, vmax=20).get_clim()
data.nd1p[-1, 4].plot(norm="log", vmin=1e-3, vmax=20).get_array()
[plane.plot(), plt.gca().get_xlabel(), plt.gca().get_ylabel()][1:]
[data.phisp[:, 4, 4, :].plot(), plt.gca().get_xlabel(), plt.gca().get_ylabel()][1:]
[plane.plot(use_si=False), plt.gca().get_title() != ""][1:]
[plane.plot(title="a", xlabel="b", ylabel="c"), plt.gca().get_title(), plt.gca().get_xlabel()][1:]
line.plot()[0].get_xdata()
line.plot()[0].get_ydata()
line.plot(use_si=False)[0].get_xdata()
line.plot(use_si=False)[0].get_ydata()
[line.plot(label="phi"), plt.gca().get_xlabel(), plt.gca().get_ylabel()][1:]
data.phisp[:, 4, 4, 4].plot()[0].get_xdata()
data.phisp[:, 4, 4, 4].plot(use_si=False)[0].get_xdata()
type(plane.plot(mode="cont")).__name__
[type(part).__name__ for part in plane.plot(mode="cm+cont")]
plane.plot(show=True) is None
type(plane.plot()).__name__
type(plane.cmap()).__name__
type(plane.contour()).__name__
len(data.exz[-1, :, 6, :].plot(mode="vec").U)
""".split("\n")[1:-1]
EXPRESSIONS = [
    *FIELDS,
    *REDUCED,
    *PLACES,
    *RUNS,
    *VECTORS,
    *CONTINUED,
    *(f"data.unit.{name}.reverse(2.0)" for name in QUANTITIES),
    *DRAWN,
]


def names(run: Path) -> dict[str, Any]:
    """What the expressions find, in ours."""
    found: dict[str, Any] = {"emout": emout, "np": np, "plt": plt}
    exec(SETUP.format(run=str(run)), found)
    return found


@pytest.fixture(scope="module")
def theirs(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What upstream gives, of a copy: it writes into the run."""
    folder = tmp_path_factory.mktemp("peer")
    for name in ("run", "run_2"):
        shutil.copytree(run_dir.with_name(name), folder / name)
    return peer.values_of(SETUP.format(run=str(folder / "run")), EXPRESSIONS, folder)


@pytest.fixture(scope="module")
def ours(run_dir: Path) -> dict[str, Any]:
    return names(run_dir)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_gives_what_upstream_gives(
    expression: str, ours: dict[str, Any], theirs: dict[str, Any]
):
    expected = theirs[expression]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = np.asarray(eval(expression, ours))
    assert value.shape == expected.shape
    if expected.dtype.kind in "US":
        assert value.tolist() == expected.tolist()
    else:
        value, expected = value.astype(float), expected.astype(float)
        scale = np.nanmax(np.abs(expected), initial=0.0)
        np.testing.assert_allclose(value, expected, rtol=3e-5, atol=1e-6 * scale)
