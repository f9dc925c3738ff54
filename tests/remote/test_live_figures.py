"""remote_figure(live=True): the picture says that it is live, and its original knows its steps."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import FuncAnimation
from PIL import Image

from emout_lab import Emout, SpecError, remote_figure
from emout_lab.emses.demo import write_demo_data
from emout_lab.remote.mimebundle import FIGURE_MIMETYPE


@pytest.fixture(scope="module")
def data(session, tmp_path_factory):
    directory = write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=4)
    return Emout(directory).remote()


def live(draw, **options):
    with remote_figure(dpi=60, display=False, live=True, **options) as figure:
        draw()
    return figure


def test_a_live_figure_says_so_and_has_its_picture_beside_it(session):
    figure = live(lambda: plt.imshow([[1, 2], [3, 4]]))
    bundle = figure._repr_mimebundle_()
    assert bundle[FIGURE_MIMETYPE]["live"] is True
    assert set(bundle) == {FIGURE_MIMETYPE, "image/png", "text/plain"}


def test_other_figures_do_not_say_it(session):
    with remote_figure(display=False) as figure:
        plt.plot([1, 2])
    assert "live" not in figure._repr_mimebundle_()[FIGURE_MIMETYPE]


def test_every_figure_of_a_block_is_live(session):
    def two():
        plt.figure()
        plt.plot([1, 2])
        plt.show()
        plt.figure()
        plt.plot([2, 1])

    results = live(two).results
    assert [result.particulars()["live"] for result in results] == [True, True]
    assert len({result.figure.id for result in results}) == 2


@pytest.mark.parametrize("fmt", ["svg", "pdf", "gif", "mp4", "PDF"])
def test_formats_that_cannot_move_are_refused(fmt: str):
    with pytest.raises(SpecError, match=r"live=True and fmt=.* Leave out fmt"):
        remote_figure(live=True, fmt=fmt)


def test_png_may_be_written_out(session):
    assert live(lambda: plt.plot([1, 2]), fmt="PNG").result.figure.format == "png"


@pytest.mark.parametrize(
    ("suffix", "start"), [("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")]
)
def test_a_file_keeps_the_format_of_its_name(session, tmp_path, suffix: str, start: bytes):
    file = tmp_path / f"a.{suffix}"
    figure = live(lambda: plt.plot([1, 2]), savefilepath=file)
    assert file.read_bytes().startswith(start)
    assert figure._repr_mimebundle_()[FIGURE_MIMETYPE]["live"] is True


def test_a_live_animation_is_not_encoded(session):
    def animate():
        fig, ax = plt.subplots()
        (line,) = ax.plot([0, 1])
        return FuncAnimation(fig, line.set_ydata, frames=[[0, 1], [1, 0]])

    keep = []
    figure = live(lambda: keep.append(animate()))
    assert figure.result.figure.mimetype == "image/png"


def test_a_live_film_is_its_first_frame(data):
    figure = live(lambda: data.phisp[:, :, 8, :].gifplot(vmin=-1, vmax=1))
    with remote_figure(dpi=60, display=False, fmt="png") as first:
        data.phisp[:, :, 8, :].gifplot(vmin=-1, vmax=1)
    image = [np.asarray(Image.open(io.BytesIO(f.result.data))) for f in (figure, first)]
    assert figure.result.figure.format == "png"
    np.testing.assert_array_equal(*image)


@pytest.mark.parametrize(
    "draw",
    [
        lambda plane: plane.plot(),
        lambda plane: plane.plot.pcolormesh(),
        lambda plane: plt.imshow(plane),
        lambda plane: plt.gca().imshow(plane),
        lambda plane: plt.pcolormesh(plane),
        lambda plane: plt.imshow(plane * 2),
    ],
)
def test_maps_on_an_engine_have_their_steps(data, draw):
    with remote_figure(display=False):
        steps = draw(data.phisp[-1, :, 8, :]).emout_lab_steps
        found = steps.count.fetch(), steps.at.fetch(), steps.unit.fetch()
        shown = steps.read(1).fetch()
        expected = draw(data.phisp[1, :, 8, :]).get_array().fetch()
    assert found == (4, 3, "ns")
    np.testing.assert_array_equal(shown, expected)


def test_local_fields_in_a_block_have_them_too(session, data, tmp_path):
    here = Emout(write_demo_data(tmp_path / "run", grid=8, steps=3))
    with remote_figure(display=False):
        steps = here.phisp[-1, :, 4, :].plot().emout_lab_steps
        assert steps.count.fetch() == 3
        np.testing.assert_array_equal(steps.read(0).fetch(), here.phisp[0, :, 4, :].values)


def test_the_magic_has_the_flag(notebook):
    (outputs,) = notebook("%%remote_figure --live --dpi 50\nplt.plot([1, 2])")
    shown = [output["data"] for output in outputs if "data" in output]
    assert shown[0][FIGURE_MIMETYPE]["live"] is True
    assert "image/png" in shown[0]
