"""The same code gives the same picture here, in transfer mode, recorded and remotely."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pictures import are_alike
from PIL import Image

from emout_lab import Emout, remote_figure
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.unit_names import wpet_unit

PICTURES: dict[str, Callable[[Any], Any]] = {
    "line": lambda data: data.phisp[-1, 8, 8, :].plot(),
    "map": lambda data: data.phisp[-1, :, 8, :].plot(),
    "log": lambda data: data.nd1p[-1, :, 2, :].plot(norm="log", cmap="magma"),
    "both": lambda data: data.phisp[-1, :, 8, :].plot(mode="cm+cont"),
    "contour": lambda data: data.phisp[-1, :, 8, :].contour(),
    "emses": lambda data: data.phisp[-1, :, 8, :].plot(use_si=False),
    "masked": lambda data: data.phisp[-1, :, 8, :].masked(lambda phi: phi < phi.mean()).plot(),
    "streams": lambda data: data.rexz[-1, :, 8, :].plot(),
    "arrows": lambda data: (-data.rexz[-1, :, 8, :]).plot(mode="vec"),
    "space": lambda data: data.rexyz[-1].plot(),
    "bodies": lambda data: data.boundaries.plot(),
    "surfaces": lambda data: data.phisp[-1].plot_surfaces(
        ax=plt.figure(figsize=(5, 4)).add_subplot(111, projection="3d"),
        surfaces=data.boundaries.render(per={0: {"style": "field"}}),
        planes={"y": 0.032},
    ),
    "bounds": lambda data: data.phisp[-1].plot_surfaces(
        data.boundaries, planes={"y": 0.032}, bounds={"x": (0.01, 0.05)}, vmin=-1, vmax=0
    ),
    "lines on surfaces": lambda data: data.phisp[-1].plot_surfaces(
        (), planes={"y": 0.028, "z": 0.02}, mode="cm+cont", levels=5
    ),
    "plane": lambda data: data.phisp[-1, :, 8, :].plot(mode="surf", offsets=("center", 0, 0, 1)),
    "moved": lambda data: data.phisp[-1, :, 8, :].plot(offsets=("center", "left", 1.0)),
    "continued": lambda data: data.phisp[-1, :, 8, :].negate().mirror("x").tile(1, "z").plot(),
    "streams of a mirrored vector": lambda data: data.rexz[-1, :, 8, :].flip("z").mirror().plot(),
    "series": lambda data: data.phisp.time_series(8, 8, 4).scale(1e3).plot(),
    "histogram": lambda data: data.phisp[-1, :, 8, :].plot.hist(bins=20),
    "filled": lambda data: data.phisp[-1, :, 8, :].plot.contourf(levels=12),
}
FILMS: dict[str, Callable[[Any], Any]] = {
    "map": lambda data: data.phisp[:, :, 8, :].gifplot(figsize=(3, 2)),
    "line": lambda data: data.phisp[:, 8, 8, :].gifplot(figsize=(3, 2)),
    "contours": lambda data: data.phisp[1:, :, 8, :].gifplot(figsize=(3, 2), mode="cont"),
    "arrows": lambda data: data.rexz[:, :, 8, :].gifplot(figsize=(3, 2), mode="vec"),
    "streams": lambda data: data.rexz[1:, :, 8, :].gifplot(figsize=(3, 2)),
    "moved": lambda data: (
        data.phisp[:, :, 8, :]
        .mirror("t")
        .gifplot(figsize=(3, 2), offsets=("right", "center", "left", "left"))
    ),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=4)


def drawn_here(draw: Callable[[Any], Any], data: Any) -> bytes:
    target = io.BytesIO()
    draw(data)
    # As notebooks show it.
    plt.gcf().savefig(target, dpi=80, bbox_inches="tight")
    plt.close("all")
    return target.getvalue()


def recorded(draw: Callable[[Any], Any], data: Any, fmt: str) -> bytes:
    with remote_figure(display=False, dpi=80 if fmt == "png" else 100, fmt=fmt) as figure:
        draw(data)
    assert figure.result is not None
    return figure.result.data


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_in_all_ways(session, run, name):
    draw = PICTURES[name]
    expected = pixels(drawn_here(draw, Emout(run, local_data_policy="local")))
    assert np.ptp(expected) > 100
    assert are_alike(pixels(drawn_here(draw, Emout(run))), expected), "transfer mode"
    assert are_alike(pixels(recorded(draw, Emout(run), "png")), expected), "recorded"
    remote = Emout(run).remote(session=session)
    assert are_alike(pixels(recorded(draw, remote, "png")), expected), "remotely"


@pytest.mark.parametrize("name", FILMS)
def test_a_film_is_the_same_in_all_ways(session, run, name):
    make = FILMS[name]
    expected = make(Emout(run, local_data_policy="local")).to_bytes()
    assert make(Emout(run)).to_bytes() == expected, "transfer mode"
    assert recorded(make, Emout(run), "gif") == expected, "recorded"
    remote = Emout(run).remote(session=session)
    assert recorded(make, remote, "gif") == expected, "remotely, in a figure"
    assert make(remote).to_bytes().fetch() == expected, "remotely"


def test_units_that_were_set_by_name_are_those_of_the_engine(session, run):
    Emout.name2unit["t"] = wpet_unit
    try:
        expected = Emout(run, local_data_policy="local").phisp.axis("t")
        remote = Emout(run).remote(session=session).phisp
        np.testing.assert_array_equal(remote.axis("t").fetch(), expected)
        draw = PICTURES["series"]
        here = pixels(drawn_here(draw, Emout(run, local_data_policy="local")))
        assert are_alike(pixels(recorded(draw, Emout(run), "png")), here)
    finally:
        Emout.name2unit.clear()
    assert Emout(run).phisp.axis("t")[-1] < 1e-3 < expected[-1]


def test_panels_are_put_together_remotely(session, run):
    def film(data: Any) -> Any:
        colours = data.phisp[:, :, 8, :].gifplot(action="frames", mode="cmap")
        lines = data.phisp[:, :, 8, :].build_frame_updater(mode="cont")
        density = data.nd1p[:, :, 8, :].build_frame_updater(norm="log")
        layout = [[[colours, lines], [density]]]
        return colours.to_animator(layout=layout).plot(action="bytes")

    expected = film(Emout(run, local_data_policy="local"))
    assert film(Emout(run).remote(session=session)) == expected
