"""One code, three ways to run it: here, with slices read on the engine, and on the engine."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest
from pictures import are_alike
from PIL import Image

from emout_lab import Emout, remote_figure
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import DataError, RemoteError, UnknownField


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run with a restart, and a current."""
    directory = write_demo_data(tmp_path_factory.mktemp("runs") / "run", grid=16, steps=3)
    later = write_demo_data(directory.with_name("run_1"), grid=16, steps=3)
    inp = later / "plasma.inp"
    inp.write_text(inp.read_text().replace("jobnum = 0,1", "jobnum = 1,1"))
    for folder in (directory, later):
        for axis in "xy":
            with (
                h5py.File(folder / f"e{axis}00_0000.h5") as source,
                h5py.File(folder / f"j1{axis}00_0000.h5", "w") as target,
            ):
                source.copy(f"e{axis}", target, name=f"j1{axis}")
    return directory


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def drawn(draw: Callable[[Any], None], data: Any) -> np.ndarray:
    """Return the pixels of what is drawn in this process."""
    plt.figure(figsize=(5, 4), dpi=80)
    draw(data)
    buffer = io.BytesIO()
    plt.savefig(buffer, bbox_inches="tight")
    return pixels(buffer.getvalue())


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def recorded(draw: Callable[[Any], None], data: Any) -> np.ndarray:
    """Return the pixels of what is drawn on the engine, in a figure block."""
    with remote_figure(dpi=80, display=False) as figure:
        plt.figure(figsize=(5, 4), dpi=80)
        draw(data)
    return pixels(figure.result.data)


def in_space(data: Any) -> None:
    ax = plt.gcf().add_subplot(projection="3d")
    data.phisp[-1].plot_surfaces(ax=ax, surfaces=data.boundaries, planes={"y": 0.032})


def on_two_axes(data: Any) -> None:
    left, right = plt.gcf().subplots(1, 2)
    data.rexz[-1, :, 8, :].plot(ax=left, density=0.5)
    data.phisp[:, 8, 8, 8].plot(ax=right)


PICTURES: dict[str, Callable[[Any], Any]] = {
    "line": lambda data: data.phisp[-1, 8, 8, :].plot(),
    "line over a restart": lambda data: data.phisp[:, 8, 8, 8].plot(),
    "map": lambda data: data.phisp[-1, :, 8, :].plot(),
    "map in EMSES units": lambda data: data.phisp[-1, :, 8, :].plot(use_si=False),
    "contour": lambda data: data.phisp[-1, :, 8, :].plot(mode="cm+cont"),
    "relocated": lambda data: data.rex[-1, :, 8, :].plot(),
    "expression": lambda data: (data.phisp[-1, 8] - data.phisp[0, 8]).plot(),
    "streamlines": lambda data: data.rexz[-1, :, 8, :].plot(),
    "arrows": lambda data: (-data.j1xy[-1, 8, :, :]).plot(mode="vec", use_si=False),
    "arrows in space": lambda data: data.exyz[-1].plot(skip=4),
    "filled contour of xarray": lambda data: data.phisp[-1, :, 8, :].plot.contourf(levels=9),
    "histogram of xarray": lambda data: data.phisp[-1].plot.hist(bins=20, use_si=False),
    "bodies": lambda data: data.boundaries.plot(),
    "surfaces": in_space,
    "several axes": on_two_axes,
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_the_same_in_every_way(session, programs, run, name: str):
    draw = PICTURES[name]
    local = drawn(draw, Emout(run, local_data_policy="local"))
    assert local.std() > 0 and programs == []
    ways = {
        "transfer": drawn(draw, Emout(run)),
        "recorded": recorded(draw, Emout(run)),
        "remote": recorded(draw, Emout(run).remote(session=session)),
    }
    assert programs != []
    for way, picture in ways.items():
        assert are_alike(picture, local), way


VALUES: dict[str, Callable[[Any], Any]] = {
    "relocated part": lambda data: data.rey[-1, 3, :, 0].values,
    "vector": lambda data: (data.exz[-1, :, 8] * 2).values,
    "magnitude": lambda data: data.rexyz[-1, 8].magnitude().values,
    "restart": lambda data: data.phisp[:, 8, 8, 8].values,
    "times": lambda data: data.phisp.axis("t"),
    "mesh": lambda data: data.boundaries.mesh().vertices,
    "skipped": lambda data: len(data.boundaries.skipped),
    "chunks": lambda data: data.to_xarray(chunks={}).phisp.mean("t").values,
    "unit": lambda data: data.unit.T.reverse(1.0),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_the_same_in_every_way(session, run, name: str):
    read = VALUES[name]
    local = read(Emout(run, local_data_policy="local"))
    np.testing.assert_array_equal(read(Emout(run)), local)
    remote = read(Emout(run).remote(session=session))
    np.testing.assert_array_equal(remote.fetch() if hasattr(remote, "fetch") else remote, local)


def test_remote_opens_the_same_run_on_an_engine_and_calls_it_alike(session, run):
    data = Emout(run)
    remote = data.remote(session=session)
    assert remote.fields.fetch() == data.fields
    assert repr(data) in repr(remote)


def test_a_relocated_slice_is_one_round_trip(session, programs, run):
    data = Emout(run)
    part = data.rex[-1, :, 8, :]
    programs.clear()
    assert part.values.shape == (17, 17)
    assert len(programs) == 1


def test_a_vector_is_one_round_trip_for_each_component(session, programs, run):
    part = Emout(run).exz[-1, :, 8, :]
    programs.clear()
    assert part.values.shape == (2, 17, 17)
    assert len(programs) == 2


def test_errors_of_a_drawing_say_the_same_from_the_engine(session, run):
    with pytest.raises(DataError, match="Take one step"), remote_figure(display=False):
        Emout(run).phisp.plot_surfaces(())
    with pytest.raises(RemoteError, match="Did you mean"):
        Emout(run).remote(session=session).phips.shape.fetch()
    with pytest.raises(UnknownField, match="Did you mean"):
        _ = Emout(run).phips
