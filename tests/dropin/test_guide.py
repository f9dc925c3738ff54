"""What upstream's guides do with data and plots runs here: one test for each of their sections.

Those of its guide to remote execution are in `test_sessions`, `test_distributed` and
`test_remote_notebook`.
"""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import LogNorm, Normalize

import emout_lab.emout as emout
from emout_lab.emout.plot.surface_cut import (
    BoxMeshSurface,
    CircleMeshSurface,
    CompositeMeshSurface,
    CylinderMeshSurface,
    DiskMeshSurface,
    Field3D,
    PlaneWithCircleMeshSurface,
    RectangleMeshSurface,
    RenderItem,
    SphereMeshSurface,
    UniformCellCenteredGrid,
    plot_surfaces,
)


def scan(data: emout.Emout) -> dict:
    """A small grid of phase space: positions are in grid spacings."""
    v = data.unit.v.trans
    return {"x": 2.0, "y": 6.0, "z": 10.0, "vx": (v(-2e6), v(2e6), 4), "vy": 0.0, "vz": v(-2e6)}


# Quick start


def test_loading_data(data, run_dir):
    names = ("phisp", "nd1p", "j1x", "ex", "bz", "rex")
    assert all(getattr(data, name)[0].shape == (13, 13, 13) for name in names)
    assert len(data.phisp) == 5 and data.phisp[-1].shape == data.phisp[0].shape
    assert data.j1xy.component_axes == ("x", "y") and len(data.j1xyz.objs) == 3
    assert data.icur["1_step"].iloc[-1] == data.inp.nstep and "body1" in data.pbody


def test_the_first_plot(data):
    image = data.phisp[-1, :, data.inp.ny // 2, :].plot()
    assert image.axes.get_xlabel() == "x [m]" and image.axes.get_ylabel() == "z [m]"


def test_appended_outputs(run_dir):
    assert len(emout.Emout(run_dir).phisp) == 5
    assert len(emout.Emout(run_dir, ad="auto").phisp) == 9
    assert len(emout.Emout(run_dir, append_directories=[f"{run_dir}_2"]).phisp) == 9


def test_arrays(data):
    value = data.phisp[-1, 4, 5, 6]
    assert json.loads(json.dumps(value)) == value == data.phisp[-1][4, 5, 6]
    phi = data.phisp[-1, 1:5, :, 2:5]
    array = np.asarray(phi)
    np.testing.assert_array_equal(phi.transpose(2, 0, 1), array.transpose(2, 0, 1))
    np.testing.assert_array_equal(phi.transpose((1, 0, 2)), array.transpose(1, 0, 2))
    np.testing.assert_array_equal(phi.transpose("x", "y", "z"), array.T)
    np.testing.assert_array_equal(phi.transpose(), phi.T)
    assert phi[:1].squeeze(0).dims == phi[:1].squeeze().dims == ("y", "x")


# Parameter file


def test_parameters(data, run_dir):
    assert data.inp["tmgrid"]["nx"] == data.inp["nx"] == data.inp.tmgrid.nx == data.inp.nx == 12
    assert data.inp.nspec == len(data.inp.wp) == 2 and data.inp.mtd_vbnd == [1, 1, 1]
    assert data.inp.dt and data.inp.nstep and data.inp.ifdiag and data.toml is None
    assert isinstance(data.inp, emout.InpFile)
    assert emout.InpFile(run_dir / "plasma.inp").ny == data.inp.ny


def test_tables_of_toml(run_dir, tmp_path):
    file = tmp_path / "plasma.toml"
    file.write_text(
        "[meta.unit_conversion]\ndx = 0.5\nto_c = 10000.0\n[tmgrid]\nnx = 8\n"
        "[[species]]\nwp = 1.0\n[[species]]\nwp = 0.05\n"
    )
    data = emout.Emout(input_path=file, output_directory=run_dir)
    assert data.toml.tmgrid.nx == data.toml["tmgrid"]["nx"] == data.inp.nx == 8
    assert data.toml.species[0].wp == 1.0 and data.toml.wp == [1.0, 0.05]
    assert data.unit.length.reverse(2) == 1.0 and len(data.phisp) == 5


# Units


def test_translators(data):
    assert data.unit.v.reverse(data.unit.v.trans(1e5)) == pytest.approx(1e5)
    assert emout.utils.UnitTranslator(2.0, 4.0, "length", "m").trans(1.0) == 2.0
    assert emout.Units(0.5, 10000.0).length.reverse(1.0) == 0.5


def test_values_in_si(data):
    phi = data.phisp[-1]
    assert isinstance(phi.val_si, np.ndarray)
    np.testing.assert_allclose(phi.val_si, data.unit.phi.reverse(np.asarray(phi)), rtol=1e-6)
    np.testing.assert_allclose(data.phisp[-1, :, 3, :].val_si, phi.val_si[:, 3])
    # Per cubic centimetre, as upstream's code has it.
    assert data.nd1p[-1].val_si.max() == pytest.approx(1e7)
    assert data.icur.val_si["1_body1"].iloc[-1] == data.unit.i.reverse(0.015)
    assert data.pbody.val_si["body1"].iloc[-1] == data.unit.phi.reverse(-1.0)


def test_without_a_conversion_key(run_dir, tmp_path):
    (tmp_path / "plasma.inp").write_text((run_dir / "plasma.inp").read_text().split("\n", 1)[1])
    data = emout.Emout(tmp_path, output_directory=run_dir)
    assert data.unit is None and data.phisp[-1].valunit is None
    with pytest.raises(AttributeError, match="no conversion key"):
        _ = data.phisp[-1].val_si
    with pytest.raises(AttributeError, match="no conversion key"):
        _ = data.phisp[-1].x_si
    assert np.asarray(data.phisp[-1]).shape == (13, 13, 13)
    assert data.phisp[-1, 4].plot().axes.get_xlabel() == "x [grid]"


# Plots


def test_colour_maps_and_lines(data):
    plane = data.phisp[-1, 6, :, :]
    np.testing.assert_allclose(plane.plot().get_array(), plane.val_si)
    np.testing.assert_allclose(plane.plot(use_si=False).get_array(), np.asarray(plane))
    (line,) = data.phisp[-1, :, 6, 6].plot()
    np.testing.assert_allclose(line.get_xdata(), data.phisp.axis("z") * data.unit.dx)


def test_common_options(data, tmp_path):
    plane = data.phisp[-1, 6, :, :]
    file = tmp_path / "phisp.png"
    assert plane.plot(savefilename=str(file)) is None and file.stat().st_size
    image = plane.plot(vmin=-1, vmax=0, cmap="jet", title="a", xlabel="b", ylabel="c")
    assert image.get_clim() == (-1, 0) and image.get_cmap().name == "jet"
    assert [image.axes.get_title(), image.axes.get_xlabel(), image.axes.get_ylabel()] == [*"abc"]
    plt.figure()
    assert plane.plot("yx", False, False).axes.get_xlabel() == "y [grid]"
    plt.figure()
    assert plane.plot(add_colorbar=False, dpi=10) is not None and len(plt.gcf().axes) == 1
    with pytest.raises(ValueError, match="does not fit"):
        plane.plot(axes="xz")


def test_logarithmic_scale(data):
    image = data.nd1p[-1, 6, :, :].plot(norm="log", vmin=1e-3, vmax=20)
    assert isinstance(image.norm, LogNorm) and image.get_clim() == (1e-3, 20)
    assert np.nanmax(image.get_array()) == pytest.approx(1e7)


def test_contours(data):
    plane = data.phisp[-1, 6, :, :]
    assert plane.plot(mode="cont").levels.size
    image, lines = plane.plot(mode="cm+cont")
    assert image.axes is lines.axes and lines.levels.size


def test_streamlines(data, tmp_path):
    assert data.j1xy[-1, 6, :, :].plot() is not None
    assert data.j1xz[-1, :, 6, :].plot(mode="vec").U.size
    assert data.j1xy[-1, 6].plot(mode="vec", skip=(2, 3)).U.size == 7 * 5
    file = tmp_path / "j1xy.png"
    assert data.j1xy[-1, 6].plot(savefilename=str(file)) is None and file.stat().st_size
    with pytest.raises(ValueError, match="no 'z'"):
        data.j1xy[-1, :, 6, :].plot()


def test_masks(data):
    hidden = data.phisp[1, 6].masked(lambda phi: phi < phi.mean())
    phi = np.asarray(data.phisp[1, 6])
    np.testing.assert_array_equal(np.isnan(hidden), phi < phi.mean())
    assert hidden.plot().get_array().mask.any()


def test_meshes_made_by_hand(data):
    ax = plt.figure().add_subplot(111, projection="3d")
    grid = UniformCellCenteredGrid(nx=13, ny=13, nz=13, dx=1.0, dy=1.0, dz=1.0)
    box = BoxMeshSurface(1, 10, 1, 6, 1, 4, faces=("zmax", "xmax"))
    side = CylinderMeshSurface((5, 3, 2), "z", 1.5, length=4.0, parts=("side", "top"))
    solid = RenderItem(side, style="solid", solid_color="0.7", alpha=0.5)
    cmap, norm = plot_surfaces(ax, field=Field3D(grid, data.phisp[-1]), surfaces=[box, solid])
    assert isinstance(norm, Normalize) and cmap(0.5)
    area = CylinderMeshSurface((0, 0, 0), "x", 1.0, tmin=0.0, tmax=2.0, ntheta=128).area
    assert area == pytest.approx(2 * np.pi * (2 + 1), rel=2e-3)
    ball = SphereMeshSurface((5, 5, 5), 2.0)
    np.testing.assert_allclose(ball.vertices.mean(axis=0), (5, 5, 5), atol=1e-6)
    flat = [
        RectangleMeshSurface((0, 0, 1), "z", (2, 4)),
        RectangleMeshSurface(pmin=(-1, -2, 1), pmax=(1, 2, 1)),
        PlaneWithCircleMeshSurface((0, 0, 1), "z", 4, 1.0, ntheta=256),
        CircleMeshSurface((0, 0, 1), "z", 1.0, ntheta=256),
    ]
    areas = [each.area for each in flat]
    assert areas == pytest.approx([8, 8, 16 - np.pi, np.pi], rel=1e-3)
    both = CompositeMeshSurface([ball, DiskMeshSurface((5, 5, 5), "z", 4, 3, length=1)])
    assert both.area > ball.area + 2 * np.pi * 7
    assert Field3D(grid, data.phisp[-1]).sample(3.5, 4.5, 5.5) == pytest.approx(
        data.phisp[-1, 5, 4, 3]
    )


# Animations


def test_animations(data, tmp_path):
    series = data.phisp[:, 6, :, :]
    page = series.gifplot(figsize=(2, 2))
    assert "<" in page._repr_html_()
    file = tmp_path / "phisp.gif"
    assert series.gifplot(action="save", filename=file, figsize=(2, 2)) is None
    assert file.read_bytes()[:4] == b"GIF8"
    assert series.gifplot(action="bytes", figsize=(2, 2), interval=50, repeat=False)[:4] == b"GIF8"
    figure, film = drawn = series.gifplot(action="return")
    assert film.frames == 5 and figure.axes and drawn[1] is film and drawn[0] is figure
    assert data.phisp[:, 6, 6, :].gifplot(action="return", axis=0).frames == 5
    assert data.exz[:, :, 6, :].gifplot(action="return").frames == 5


def test_panels(data):
    part = (slice(None), 6)
    colours = data.phisp[part].gifplot(action="frames", mode="cmap")
    lines = data.phisp[part].build_frame_updater(mode="cont")
    options = {"mode": "cmap", "vmin": 1e-3, "vmax": 20, "norm": "log"}
    density = data.nd1p[part].build_frame_updater(**options)
    streams = data.j2xy[1:, 6].build_frame_updater(mode="stream")
    animator = colours.to_animator(layout=[[[colours, lines], [density], [density, streams]]])
    assert "<" in animator.plot(action="to_html")


# Boundaries


def test_boundaries(data):
    bodies = data.boundaries
    assert len(bodies) == len(list(bodies)) == len(bodies.types) == 1 and not bodies.skipped
    body = bodies[0]
    in_si, counted = body.mesh(), body.mesh(use_si=False)
    np.testing.assert_allclose(in_si.vertices, counted.vertices * data.unit.dx)
    vertices, faces = bodies.mesh(per={0: {"ntheta": 64}}).mesh()
    assert len(vertices) > 64 and faces.shape[1] == 3
    assert len(body + body) == 2 and body.btype


def test_boundaries_of_many_kinds(data, run_dir, tmp_path):
    kinds = ("sphere", "cuboid", "cylinderz", "diskz", "nothing-known")
    text = "".join(f" boundary_types({n})='{kind}'\n" for n, kind in enumerate(kinds, 1))
    text += " sphere_origin(1:3,1)=5,5,5\n sphere_radius(1)=2\n cuboid_shape(1:6,2)=1,3,2,5,4,8\n"
    text += " cylinder_origin(1:3,3)=6,4,3\n cylinder_radius(3)=2\n cylinder_height(3)=5\n"
    text += " disk_origin(1:3,4)=6,4,3\n disk_radius(4)=2\n disk_inner_radius(4)=1\n"
    text += " disk_height(4)=1\n"
    start, end = (run_dir / "plasma.inp").read_text().split("&ptcond", 1)
    end = end.split("/", 1)[1]
    (tmp_path / "plasma.inp").write_text(f"{start}&ptcond\n boundary_type='complex'\n{text}/{end}")
    many = emout.Emout(tmp_path, output_directory=run_dir).boundaries
    assert [body.btype for body in many] == list(kinds[:4])
    assert [entry[:2] for entry in many.skipped] == [(4, "nothing-known")]
    corners = [body.mesh(use_si=False).mesh()[0].max(axis=0).tolist() for body in many]
    assert corners == [
        pytest.approx(at, abs=0.02) for at in ([7, 7, 7], [3, 5, 8], [8, 6, 8], [8, 6, 4])
    ]
    assert len(many + many[0]) == 5 and many.mesh(per={0: {"ntheta": 64}}).mesh()[1].shape[1] == 3
    ax = plt.figure().add_subplot(111, projection="3d")
    styles = {0: {"style": "solid", "solid_color": "0.7"}, 1: {"alpha": 0.5}}
    data.phisp[-1].plot_surfaces(ax=ax, surfaces=many.render(per=styles))
    assert many.plot() is not None


def test_fields_on_boundaries(data):
    ax = plt.figure().add_subplot(111, projection="3d")
    cmap, norm = data.phisp[-1].plot_surfaces(ax=ax, surfaces=data.boundaries)
    assert isinstance(norm, Normalize) and cmap(0.5)
    assert norm.vmin == pytest.approx(data.phisp[-1].val_si.min())
    rendered = data.boundaries.render(per={0: {"style": "solid", "solid_color": "0.7"}})
    data.phisp[-1].plot_surfaces(rendered, ax=ax)


# Potentials


def test_potentials(data):
    names = ["pdn"[kind] for kind in data.inp.mtd_vbnd]
    charge = data.nd1p[-1].val_si - data.nd2p[-1].val_si
    phi = emout.utils.poisson(charge, dx=data.unit.dx, btypes=names, epsilon_0=8.854e-12)
    assert phi.shape == charge.shape and np.isfinite(phi).all()


# Orbits


def test_densities_and_orbits(data):
    trace = data.trace.forward(**scan(data), get_trace=True, max_step=200)
    assert trace.probabilities is not None and trace.backward_traces is None
    trace.plot("vx", "vz", cmap="viridis")
    trace.plot_traces("x", "z")
    trace.probabilities.xvx.plot()
    trace.probabilities.pair("y", "z").plot(cmap="plasma")
    both = data.trace.both(**scan(data), get_trace=True, max_step=50, get_probabilities=False)
    both.plot_traces("x", "z", direction="backward", alpha=0.3)
    both.forward_traces.xz.plot(alpha=0.3)
    assert both.probabilities is None and both.alpha is None
    density, edges = trace.probabilities.energy_spectrum(energy_bins=8)
    assert len(edges) == len(density) + 1
    trace.probabilities.plot_energy_spectrum(scale="log", energy_bins=8)
    assert trace.fetch() is trace and len(trace.alpha) == 4


def test_single_particles(data):
    start = (2.0, 6.0, 10.0), (0.0, 0.0, data.unit.v.trans(-2e6))
    orbit = data.backtrace.get_backtrace(*start, ispec=0, max_step=100)
    assert orbit.tx.plot() is not None and orbit.xvz.plot() is not None
    many = data.backtrace.get_backtraces(np.array([start[0]] * 2), np.array([start[1]] * 2))
    many.xz.plot(alpha=0.5)
    many.sample(1, random_state=0).tvx.plot()
    found = data.backtrace.get_probabilities(**scan(data), max_step=50)
    again = data.backtrace.get_backtraces_from_particles(found.particles, ispec=0, max_step=50)
    again.xz.plot(alpha=np.clip(found.probabilities, 0, 1))


# Names of modules and types


def test_modules_and_types(data, run_dir: Path):
    from emout_lab.emout.core import backtrace, boundaries
    from emout_lab.emout.core.data import Data1d, Data2d, Data4d, VectorData2d
    from emout_lab.emout.emout import Emout

    assert Emout is emout.Emout and isinstance(Emout(run_dir), emout.core.Emout)
    assert isinstance(data.phisp[-1, 4], Data2d) and not isinstance(data.phisp[-1, 4], Data1d)
    assert isinstance(data.phisp[-1, 4, 4], emout.Data1d)
    assert isinstance(data.phisp[-1], emout.Data3d) and isinstance(data.phisp[1:], Data4d)
    assert isinstance(data.phisp, emout.GridDataSeries)
    assert isinstance(data.phisp[1:], emout.GridDataSelection)
    assert not isinstance(data.phisp[1:], emout.GridDataSeries)
    assert isinstance(data.exz, VectorData2d) and isinstance(data.exz, emout.VectorData)
    assert isinstance(data.exyz, emout.VectorData3d) and not isinstance(data.exyz, VectorData2d)
    assert isinstance(data.boundaries, boundaries.BoundaryCollection)
    assert isinstance(data.trace, backtrace.TraceWrapper)
    emout.set_log_level("warning")
