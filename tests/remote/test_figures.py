"""remote_figure: pyplot code is drawn on an engine and comes back as a picture."""

from __future__ import annotations

import base64
import gc
import io
import threading
import types

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import FuncAnimation
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.pyplot import plot as imported_plot
from PIL import Image

from emout_lab import (
    EmoutLabError,
    ObjectGone,
    RemoteFigure,
    RemoteRef,
    SpecError,
    remote_figure,
)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


def drawn_locally(draw, dpi=100) -> np.ndarray:
    with plt.rc_context():
        draw()
        buffer = io.BytesIO()
        plt.gcf().savefig(buffer, dpi=dpi, bbox_inches="tight")
        plt.close("all")
    return pixels(buffer.getvalue())


@pytest.fixture(autouse=True)
def _clean_pyplot():
    yield
    assert type(plt) is types.ModuleType
    plt.close("all")


def several_axes():
    fig, ((a, b), (c, d)) = plt.subplots(2, 2, figsize=(6, 4))
    (line,) = a.plot([1, 3, 2], label="x")
    line.set_color("crimson")
    a.legend()
    image = b.imshow(np.arange(12.0).reshape(3, 4), cmap="magma")
    fig.colorbar(image, ax=b)
    twin = c.twinx()
    twin.plot([3, 1, 2], "k--")
    c.spines["top"].set_visible(False)
    d.set_title("$10^{-3}$")
    lo, hi = a.get_xlim()
    d.set_xlim(lo, hi * 2)
    plt.suptitle("all")


def pyplot_state():
    plt.figure(figsize=(4, 3))
    plt.contourf(np.add.outer(np.arange(5), np.arange(6)))
    plt.colorbar()
    plt.scatter([1, 2], [2, 1], c="w")
    plt.xlabel("x")


def mosaic_and_3d():
    fig = plt.figure(figsize=(5, 3))
    axes = fig.subplot_mosaic("AB")
    axes["A"].hist([1, 2, 2, 3])
    ax = fig.add_axes((0.7, 0.6, 0.2, 0.2), projection="3d")
    ax.plot([0, 1], [0, 1], [0, 1])


def styled():
    with plt.style.context("ggplot"), plt.rc_context({"lines.linewidth": 5}):
        plt.plot([1, 2, 4])
        plt.title("styled")


@pytest.mark.parametrize("draw", [several_axes, pyplot_state, mosaic_and_3d, styled])
def test_picture_is_the_same_as_the_local_one(session, draw):
    expected = drawn_locally(draw)
    with remote_figure(dpi=100, display=False) as figure:
        draw()
    got = pixels(figure.result.data)
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= 2


def test_figure_is_one_round_trip(session, programs):
    data = session.open(np.random.default_rng(1).random, (20, 20))
    programs.clear()
    with remote_figure(display=False) as figure:
        fig, (a, b) = plt.subplots(1, 2)
        a.pcolormesh(data)
        (line,) = b.plot(data[3])
        line.set_linewidth(3)
        plt.suptitle("one")
    assert len(programs) == 1
    assert figure.result.width > 0


def test_needed_value_inside_a_block_is_fetched_and_the_block_goes_on(session):
    data = session.open(np.arange, 10.0)
    with remote_figure(display=False) as figure:
        plt.plot(data)
        if float(data.max()) > 5:
            plt.title("large")
        low, high = plt.xlim()
        assert float(high) > float(low)
    assert figure.result.height > 100


def test_every_figure_of_a_block_comes_back_in_order(session):
    with remote_figure(dpi=50, display=False) as figure:
        for width in (2, 4, 3):
            plt.figure(figsize=(width, 2))
            plt.plot([1, 2])
    widths = [r.width for r in figure.results]
    assert widths[0] < widths[2] < widths[1]


def test_users_settings_travel(session):
    def draw():
        plt.plot([1, 2, 4])

    with plt.rc_context({"axes.facecolor": "black", "font.size": 20}):
        expected = drawn_locally(draw)
        with remote_figure(dpi=100, display=False) as figure:
            draw()
    assert np.abs(pixels(figure.result.data) - expected).max() <= 2


def test_settings_changed_in_the_block_apply_to_methods_too(session):
    def draw():
        fig, ax = plt.subplots()
        with plt.rc_context({"lines.linewidth": 9}):
            ax.plot([1, 2, 4])
        ax.plot([4, 2, 1])

    with remote_figure(dpi=100, display=False) as figure:
        draw()
    assert np.abs(pixels(figure.result.data) - drawn_locally(draw)).max() <= 2


def test_figsize_and_dpi_set_the_size(session):
    with remote_figure(dpi=40, figsize=(10, 2), display=False) as figure:
        plt.plot([1, 2])
    assert 300 < figure.result.width <= 400 and figure.result.height < 100


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("jpg", b"\xff\xd8")],
)
def test_format_follows_the_files_suffix(session, tmp_path, suffix, start):
    file = tmp_path / f"figure.{suffix}"
    with remote_figure(savefilepath=file, display=False):
        plt.plot([1, 2])
    assert file.read_bytes().startswith(start)


def test_relative_path_in_savefig_means_the_users_directory(session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with remote_figure(display=False):
        plt.plot([1, 2])
        plt.savefig("mine.png")
    assert (tmp_path / "mine.png").stat().st_size > 1000


def test_show_at_the_end_gives_the_one_picture(session):
    with remote_figure(display=False) as figure:
        plt.plot([1, 2])
        plt.show()
        plt.draw_if_interactive()
    assert len(figure.results) == 1


def test_bad_colour_map_names_the_users_line_and_leaves_nothing(session, programs):
    with pytest.raises(ValueError, match="nope") as caught, remote_figure(display=False):
        plt.imshow([[1, 2], [3, 4]], cmap="nope")  # here
        plt.title("never")
    assert caught.value.source.endswith("# here")
    with remote_figure(dpi=100, display=False) as figure:
        pyplot_state()
    assert np.abs(pixels(figure.result.data) - drawn_locally(pyplot_state)).max() <= 2


def test_block_that_raises_draws_nothing(session, programs):
    with pytest.raises(ZeroDivisionError), remote_figure(display=False) as figure:
        plt.plot([1, 2])
        raise ZeroDivisionError
    assert programs == []
    assert figure.result is None


def test_block_that_raises_after_a_needed_value_releases_what_was_drawn(session):
    with pytest.raises(ZeroDivisionError), remote_figure(display=False):
        low, high = plt.xlim()
        float(low)
        raise ZeroDivisionError
    with remote_figure(display=False) as figure:
        plt.plot([1, 2])
    assert len(figure.results) == 1


def test_nested_blocks_keep_their_own_drawing(session):
    with remote_figure(dpi=100, display=False) as outer:
        plt.figure(figsize=(6, 2))
        with remote_figure(dpi=100, display=False) as inner:
            plt.figure(figsize=(2, 2))
            plt.plot([1, 2])
        plt.plot([3, 4])
    assert len(outer.results) == len(inner.results) == 1
    assert outer.result.width > inner.result.width


def test_axes_of_an_earlier_figure_do_not_touch_the_next(session):
    with remote_figure(dpi=100, display=False):
        fig, old = plt.subplots()
    with remote_figure(dpi=100, display=False) as figure:
        plt.plot([1, 2])
        old.set_title("nowhere")

    def draw():
        plt.plot([1, 2])

    assert np.abs(pixels(figure.result.data) - drawn_locally(draw)).max() <= 2


def test_other_threads_draw_locally_meanwhile(session):
    seen = []
    with remote_figure(display=False):
        plt.plot([1, 2])
        thread = threading.Thread(target=lambda: seen.append(plt.figure))
        thread.start()
        thread.join()
    assert seen == [plt.figure]


def test_figure_across_statements(session):
    figure = RemoteFigure(display=False).open()
    assert figure.is_open
    plt.plot([1, 2])
    with pytest.raises(EmoutLabError, match="open already"):
        figure.open()
    result = figure.close()
    assert figure.close() is result
    assert not figure.is_open


def test_figure_never_closed_warns_and_restores_pyplot(session):
    figure = RemoteFigure(display=False).open()
    with pytest.warns(ResourceWarning, match="never closed"):
        figure.__del__()
    assert type(plt) is types.ModuleType
    del figure
    gc.collect()


def test_local_drawing_by_imported_name_is_warned_of(session):
    with (
        pytest.warns(UserWarning, match="drawn here, not on the engine"),
        remote_figure(display=False),
    ):
        imported_plot([1, 2])


@pytest.mark.parametrize("is_keyword", [False, True])
def test_animation_comes_back_as_gif(session, is_keyword):
    with remote_figure(display=False, dpi=40) as figure:
        fig, ax = plt.subplots()
        (line,) = ax.plot([1, 2, 3])

        def update(step):
            line.set_ydata([step, 2, 3])

        figure_argument = {"fig": fig} if is_keyword else {}
        FuncAnimation(*([] if is_keyword else [fig]), func=update, frames=3, **figure_argument)
    image = Image.open(io.BytesIO(figure.result.data))
    assert figure.result.figure.mimetype == "image/gif"
    assert image.n_frames == 3


def test_animation_outside_a_block_stays_here():
    fig, ax = plt.subplots()
    animation = FuncAnimation(fig, lambda step: [], frames=2)
    assert isinstance(animation, FuncAnimation)
    animation.pause()
    fig.canvas.draw()


def test_block_yields_a_ref_to_its_figure(session):
    def draw():
        plt.plot([1, 2])
        plt.gcf().suptitle("by ref")
        plt.gcf().set_size_inches(3, 3)

    with remote_figure(dpi=100, display=False) as fig:
        plt.plot([1, 2])
        fig.suptitle("by ref")
        fig.set_size_inches(3, 3)
        assert isinstance(fig, RemoteRef)
    assert np.abs(pixels(fig.result.data) - drawn_locally(draw)).max() <= 2
    assert len(fig.results) == 1


def test_figure_can_be_an_argument(session):
    with remote_figure(dpi=50, display=False) as fig:
        image = plt.imshow([[1, 2]])
        plt.colorbar(image, cax=fig.add_axes((0.92, 0.1, 0.02, 0.8)))
        plt.figure(num=fig.number)
    assert len(fig.results) == 1


def test_figure_that_is_not_open_is_nothing_to_draw_on(session):
    fig = remote_figure(display=False)
    with pytest.raises(EmoutLabError, match="not open"):
        fig.suptitle("x")
    assert repr(fig) == "<RemoteFigure: nothing drawn>"


def test_another_engine_draws_when_asked(two_engines):
    for name in two_engines.engines:
        with remote_figure(session=two_engines, engine=name, display=False) as fig:
            plt.plot([1, 2])
        assert fig.result.engine == name


def test_result_tells_what_was_read(session, tmp_path):
    np.save(tmp_path / "data.npy", np.zeros(500_000))
    with remote_figure(display=False) as fig:
        plt.plot(session.open(np.load, tmp_path / "data.npy")[::1000])
    assert 4_000_000 <= fig.result.bytes_read < 5_000_000
    assert fig.result.milliseconds > 0


def test_pdf_has_a_preview_for_the_notebook(session):
    with remote_figure(fmt="pdf", display=False) as fig:
        plt.plot([1, 2])
    bundle = fig.result._repr_mimebundle_()
    assert base64.b64decode(bundle["application/pdf"]).startswith(b"%PDF")
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


def test_japanese_title_has_glyphs_where_a_font_is_installed(session):
    families = {f.name for f in matplotlib.font_manager.fontManager.ttflist}
    if not families & {"IPAGothic", "Noto Sans CJK JP", "IPAexGothic"}:
        pytest.skip("no font with Japanese glyphs is installed")

    def picture(text):
        with remote_figure(dpi=50, display=False) as figure:
            plt.title(text)
        return pixels(figure.result.data)

    # Missing glyphs all look alike: the same empty box.
    assert np.abs(picture("電位") - picture("密度")).max() > 50


def test_in_a_script_a_sentence_says_what_was_drawn_and_where_it_is(session, capsys, tmp_path):
    with remote_figure():
        plt.plot([1, 2])
    with remote_figure(savefilepath=tmp_path / "a.png"):
        plt.plot([1, 2])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("PNG figure, ") and "not saved" in first
    assert second.endswith(f"saved as {tmp_path / 'a.png'}")


@pytest.mark.parametrize("fmt", sorted({*FigureCanvasAgg.get_supported_filetypes()} - {"pgf"}))
def test_every_format_that_matplotlib_writes_comes_back(session, fmt):
    with remote_figure(fmt=fmt, dpi=30, display=False) as figure:
        plt.plot([1, 2])
    assert figure.result.figure.format == fmt
    assert len(figure.result.data) > 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dpi": 0}, "dpi 0"),
        ({"fmt": "bmpx"}, "format 'bmpx'"),
        ({"figsize": (1, 2, 3)}, "figsize"),
        ({"savefilepath": "a.xyz"}, "format 'xyz'"),
    ],
)
def test_bad_options_are_refused_before_anything_happens(options, message):
    with pytest.raises(SpecError, match=message):
        remote_figure(**options)


def test_ref_of_a_dropped_figure_says_so(session):
    with pytest.raises(ZeroDivisionError), remote_figure(display=False):
        fig, ax = plt.subplots()
        raise ZeroDivisionError
    with pytest.raises(ObjectGone, match="not finished"):
        ax.set_title("late")
