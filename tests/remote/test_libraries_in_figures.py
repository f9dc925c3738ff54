"""Code of matplotlib, its toolkits and pandas that is given axes of a recorded figure."""

from __future__ import annotations

import io
import threading

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib import patches, transforms
from matplotlib.colorbar import Colorbar
from matplotlib.lines import Line2D
from mpl_toolkits.axes_grid1 import ImageGrid, make_axes_locatable
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar
from mpl_toolkits.axes_grid1.inset_locator import inset_axes, mark_inset
from PIL import Image

import emout_lab
from emout_lab import remote_figure

X = np.linspace(0.0, 6.0, 30)
PLANE = np.outer(np.sin(X), np.cos(X))
TABLE = pd.DataFrame({"x": X, "y": X**2})
DPI = 50


@pytest.fixture(autouse=True)
def _clean_pyplot():
    plt.close("all")
    with mpl.rc_context():
        yield
    assert plt.get_fignums() == []


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


def drawn_locally(draw) -> list[np.ndarray]:
    found = []
    with mpl.rc_context():
        draw()
        for number in plt.get_fignums():
            buffer = io.BytesIO()
            plt.figure(number).savefig(buffer, dpi=DPI, bbox_inches="tight")
            found.append(pixels(buffer.getvalue()))
    plt.close("all")
    return found


def assert_same_pictures(session, draw) -> None:
    expected = drawn_locally(draw)
    with mpl.rc_context(), remote_figure(dpi=DPI, session=session, display=False) as figure:
        draw()
    got = [pixels(result.data) for result in figure.results]
    assert len(got) == len(expected) > 0
    for mine, theirs in zip(got, expected, strict=True):
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() <= 2


def colour_bar_beside():
    fig, ax = plt.subplots()
    cax = make_axes_locatable(ax).append_axes("right", size="5%", pad=0.05)
    fig.colorbar(ax.imshow(PLANE), cax=cax)


def colour_bar_by_its_class():
    _, (ax, cax) = plt.subplots(1, 2)
    Colorbar(cax, ax.imshow(PLANE))


def inset_by_the_toolkit():
    ax = plt.subplots()[1]
    inset_axes(ax, width="40%", height="30%", loc=4).plot(X)


def scale_bar():
    ax = plt.subplots()[1]
    ax.imshow(PLANE)
    ax.add_artist(AnchoredSizeBar(ax.transData, 10, "10 m", "lower right"))


def grid_of_images():
    grid = ImageGrid(plt.figure(), 111, nrows_ncols=(1, 2), cbar_mode="single")
    for ax in grid:
        image = ax.imshow(PLANE)
    grid.cbar_axes[0].colorbar(image)


def connection_between_axes():
    fig, (a, b) = plt.subplots(1, 2)
    line = patches.ConnectionPatch((0.5, 0.5), (0.2, 0.2), "data", "data", axesA=a, axesB=b)
    fig.add_artist(line)


def artists_in_axes_coordinates():
    ax = plt.subplots()[1]
    ax.add_patch(patches.Circle((0.5, 0.5), 0.2, transform=ax.transAxes))
    ax.add_line(Line2D([0, 1], [0, 1], transform=ax.transAxes))


def composed_transforms():
    fig, ax = plt.subplots()
    blended = transforms.blended_transform_factory(ax.transData, ax.transAxes)
    ax.text(0.5, 0.9, "blended", transform=blended)
    ax.text(0.2, 0.2, "a", transform=transforms.offset_copy(ax.transData, fig=fig, x=0.1, y=0.1))
    shift = transforms.ScaledTranslation(0.2, 0.2, fig.dpi_scale_trans)
    ax.text(0.5, 0.5, "b", transform=ax.transData + shift)


def table_with_axes_of_its_own():
    TABLE.plot(x="x", y="y", title="table")


def tables_in_given_axes():
    axes = plt.subplots(1, 2)[1]
    TABLE.plot(ax=axes[0])
    TABLE.y.plot.hist(ax=axes[1], bins=5)


def histograms_of_a_table():
    TABLE.hist(bins=4)


def boxes_of_a_table():
    TABLE.boxplot()


def colour_map_inside_a_context():
    with mpl.rc_context():
        plt.set_cmap("magma")
        plt.imshow(PLANE)
    plt.figure()
    plt.imshow(PLANE)


def colour_map_by_its_own_function():
    plt.hot()
    plt.imshow(PLANE)


def font_that_is_not_installed():
    mpl.rcParams["font.family"] = ["No Such Font Of Ours"]
    plt.plot(X)
    plt.title("Latin")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "draw",
    [
        colour_bar_beside,
        colour_bar_by_its_class,
        inset_by_the_toolkit,
        scale_bar,
        grid_of_images,
        connection_between_axes,
        artists_in_axes_coordinates,
        composed_transforms,
        table_with_axes_of_its_own,
        tables_in_given_axes,
        histograms_of_a_table,
        boxes_of_a_table,
        colour_map_inside_a_context,
        colour_map_by_its_own_function,
        font_that_is_not_installed,
    ],
)
def test_picture_is_the_same_as_the_local_one(session, draw):
    assert_same_pictures(session, draw)


def test_default_colour_map_stays_as_after_the_local_call(session):
    with remote_figure(session=session, display=False):
        plt.set_cmap("magma")
        plt.imshow(PLANE)
    assert mpl.rcParams["image.cmap"] == "magma"


def test_unknown_colour_map_is_an_error_at_its_own_line(session):
    with pytest.raises(ValueError, match="nope"), remote_figure(session=session, display=False):
        plt.set_cmap("nope")


def test_pandas_draws_here_as_before_and_in_other_threads_meanwhile(session):
    drawn = []

    def draw_here():
        ax = plt.figure().add_subplot()
        drawn.append(TABLE.plot(ax=ax))
        drawn.append(TABLE.hist(ax=ax.figure.subplots(1, 2)))
        plt.close(ax.figure)

    with remote_figure(dpi=DPI, session=session, display=False) as figure:
        thread = threading.Thread(target=draw_here)
        thread.start()
        thread.join()
        TABLE.plot()
    assert isinstance(drawn[0], plt.Axes)
    assert isinstance(drawn[1], np.ndarray)
    assert figure.result is not None
    assert pd.get_option("plotting.backend") == "matplotlib"


def test_picture_can_be_saved_into_a_buffer_of_this_process(session):
    buffer = io.BytesIO()
    with remote_figure(dpi=DPI, session=session, display=False):
        fig, ax = plt.subplots()
        ax.plot(X)
        fig.savefig(buffer, format="png", dpi=DPI)
        plt.savefig(buffer, format="png", dpi=DPI)
    buffer.seek(0)
    assert pixels(buffer.getvalue()).shape == (240, 320, 3)


def test_ref_can_be_drawn_here_too(session):
    values = session.open(np.arange, 12.0)
    (line,) = plt.plot(values, values * 2)
    np.testing.assert_array_equal(line.get_ydata(), np.arange(12.0) * 2)
    image = plt.imshow(values.reshape(3, 4))
    assert image.get_array().shape == (3, 4)
    plt.close("all")


def test_error_inside_a_librarys_function_says_how_to_call_it_there(session):
    values = session.open(np.arange, 12.0)
    with pytest.raises(AttributeError, match=r"remote\.call\(masked_where, …\)") as caught:
        np.ma.masked_where(values > 3, values)
    assert caught.value.via == "numpy.ma.core.masked_where"
    masked = emout_lab.remote.call(np.ma.masked_where, values > 3, values, session=session)
    assert float(masked.sum()) == 6.0
    with pytest.raises(IndexError) as direct:
        values[99].fetch()
    assert direct.value.via == ""


def test_toolkit_that_needs_private_names_can_be_called_on_the_engine(session):
    with (
        pytest.raises(AttributeError, match=r"emout_lab\.remote\.call"),
        remote_figure(session=session, display=False),
    ):
        ax = plt.subplots()[1]
        mark_inset(ax, inset_axes(ax, 1, 1), loc1=1, loc2=3)
    with remote_figure(session=session, display=False) as figure:
        ax = plt.subplots()[1]
        inset = inset_axes(ax, 1, 1)
        emout_lab.remote.call(mark_inset, ax, inset, loc1=1, loc2=3, session=session)
    assert figure.result.width > 100


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_drawn(session, tmp_path):
    (tmp_path / "file").touch()
    figure = remote_figure(session=session, savefilepath=tmp_path / "file" / "a.png")
    with pytest.raises(OSError, match=r"its folder cannot be made .*file.*: .*a\.png"):
        figure.open()
    assert not figure.is_open
