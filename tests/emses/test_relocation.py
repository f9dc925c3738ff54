from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.relocation import relocated
from emout_lab.errors import UnknownField


def write_run(directory: Path, faces: str, **fields: np.ndarray) -> Emout:
    """Write one output step of some fields, with the given ``mtd_vbnd``."""
    (directory / "plasma.inp").write_text(
        f"&system\n mtd_vbnd = {faces}\n/\n&digcon\n ifdiag=10\n/\n&tmgrid\n dt=0.1\n/\n"
    )
    for name, values in fields.items():
        with h5py.File(directory / f"{name}00_0000.h5", "w") as file:
            file[f"{name}/0000"] = values
    return Emout(directory)


def staggered(axis: int, points: int = 33) -> np.ndarray:
    """sin(2 pi (i + 1/2)/(n - 1)) along one axis of a small grid."""
    shape = [3, 3, 3]
    shape[axis] = points
    wave = np.sin(2 * np.pi * (np.arange(points) + 0.5) / (points - 1))
    along = [1, 1, 1]
    along[axis] = points
    return np.broadcast_to(wave.reshape(along), shape).copy()


def test_relocated_components_are_the_gradient_at_the_grid_points(data: Emout):
    phi = data.phisp[-1].values.astype(float)
    for name, slope in zip("zyx", np.gradient(phi, data.unit.dx, edge_order=2), strict=True):
        component = data[f"re{name}"]
        assert component.is_lazy and component.units == "V/m" and component.shape == data.ex.shape
        np.testing.assert_allclose(component[-1], -slope, atol=1e-6 * abs(slope).max())


@pytest.mark.parametrize(
    "key",
    [
        (-1, 3, slice(None), 5),
        (-1, slice(None, None, 4), 0, slice(-1, None)),
        (slice(None), 16, 16, 16),
        (0, [0, 5, 16], 1, 1),
        (slice(2, 0, -1), slice(None, None, -3)),
        (0, 0, 0, slice(5, 2)),
    ],
)
def test_every_part_equals_that_part_of_the_whole(data: Emout, key):
    for name in ("rex", "rey", "rez"):
        np.testing.assert_allclose(data[name][key], data[name].values[key], rtol=1e-6)


def test_periodic_faces_take_the_neighbours_across_the_seam(tmp_path: Path):
    ex = staggered(2)
    rex = write_run(tmp_path, "0,0,0", ex=ex).rex[0].values
    wave = np.sin(2 * np.pi * np.arange(33) / 32) * np.cos(np.pi / 32)
    np.testing.assert_allclose(rex[1, 1], wave, atol=1e-12)
    np.testing.assert_allclose(
        Emout(tmp_path).rex[0, 1, 1, [0, 32]].values, wave[[0, 32]], atol=1e-12
    )


def test_the_normal_field_vanishes_on_neumann_faces(tmp_path: Path):
    rey = write_run(tmp_path, "0,2,0", ey=np.ones((3, 9, 3))).rey[0, 1, :, 1].values
    np.testing.assert_array_equal(rey, [0, *[1] * 7, 0])


@pytest.mark.parametrize("faces", ["0,0,0", "1,1,1", "2,2,2", "0,1,2"])
def test_a_uniform_magnetic_field_stays_uniform(tmp_path: Path, faces):
    fields = {f"b{axis}": np.full((5, 6, 7), 3.0) for axis in "xyz"}
    data = write_run(tmp_path, faces, **fields)
    for axis in "xyz":
        np.testing.assert_allclose(data[f"rb{axis}"].values, 3.0)
    assert data.rbxyz.shape == (1, 5, 6, 7)


def test_magnetic_components_are_means_of_four(tmp_path: Path):
    bx = np.random.default_rng(0).normal(size=(5, 6, 7))
    rbx = write_run(tmp_path, "1,1,1", bx=bx).rbx[0].values
    mean = (bx[:-1, :-1] + bx[1:, :-1] + bx[:-1, 1:] + bx[1:, 1:]) / 4
    np.testing.assert_allclose(rbx[1:-1, 1:-1], mean[:-1, :-1])


def test_only_the_neighbourhood_of_a_part_is_read():
    seen = []

    def read(key):
        seen.append(key)
        return np.zeros((1000, 4))[key]

    relocated(read, (500, slice(None)), (1000, 4), [(0, "open")])
    assert seen == [(slice(499, 501), slice(None))]
    seen.clear()
    relocated(read, (0, slice(None)), (1000, 4), [(0, "periodic")])
    assert seen == [(slice(0, 1), slice(None)), (slice(998, 999), slice(None))]


def test_a_file_of_that_name_goes_first(run_copy: Path):
    shutil.copy(run_copy / "ex00_0000.h5", run_copy / "rex00_0000.h5")
    data = Emout(run_copy)
    np.testing.assert_array_equal(data.rex.values, data.ex.values)


def test_without_the_component_there_is_nothing_to_relocate(data: Emout):
    with pytest.raises(UnknownField, match="No field 'rbx'"):
        _ = data.rbx


def test_a_component_that_grows_is_opened_again(run_copy: Path):
    data = Emout(run_copy)
    assert len(data.rex) == 4
    with h5py.File(run_copy / "ex00_0000.h5", "a", locking=False) as file:
        file["ex/0004"] = file["ex/0003"][...]
    assert len(data.rex) == 5
