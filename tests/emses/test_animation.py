from __future__ import annotations

import base64
import io
import json
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import Animation, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from pictures import frames_of
from PIL import Image

from emout_lab.emses import Emout
from emout_lab.emses.plot import encoders
from emout_lab.emses.plot.animation import FieldAnimation
from emout_lab.emses.plot.frames import Stage
from emout_lab.emses.plot.rasterizer import quick_map
from emout_lab.errors import DataError


def test_a_film_is_a_matplotlib_animation_and_saves_all_frames(data: Emout, tmp_path):
    film = data.phisp[:, :, 8, :].gifplot()
    assert isinstance(film, FieldAnimation) and isinstance(film, Animation)
    film.save(tmp_path / "film.gif", fps=10)
    with Image.open(tmp_path / "film.gif") as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (4, 100, 0)
        assert image.size == (640, 480)


def test_frames_look_as_matplotlib_draws_them(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot()
    quick = frames_of(film.to_bytes())
    for number in (0, 2, 3):
        film.bring(number)
        canvas = FigureCanvasAgg(film.figure)
        canvas.draw()
        slow = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
        difference = np.abs(quick[number] - slow)
        assert difference.mean() < 2 and np.percentile(difference, 99) <= 24
        assert tuple(quick[number][0, 0]) == (255, 255, 255)


def test_the_film_shows_the_data_and_its_time(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot(vmin=-2, vmax=0, cmap="gray")
    first, last = (frame for frame in film.rgb(frames=[0, 3]))
    height, width = first.shape[:2]
    middle = (slice(height // 2 - 3, height // 2 + 3), slice(int(width * 0.4), int(width * 0.45)))
    assert first[middle].mean() > last[middle].mean()
    assert np.any(first[:60] != last[:60]), "the title with the time has to change"
    (image,) = film.figure.axes[0].images
    assert image.get_clim() == (-2, 0)


def test_a_film_of_one_frame_is_a_picture(data: Emout):
    assert len(frames_of(data.phisp[:1, :, 8, :].gifplot().to_bytes())) == 1


def test_constrained_layout_is_kept(data: Emout):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), layout="constrained")
    assert len(frames_of(data.phisp[:, :, 8, :].gifplot(fig=figure).to_bytes())) == 4


def test_all_frames_share_one_scale(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot()
    (image,) = film.figure.axes[0].images
    values = data.phisp[:, :, 8, :].values
    assert image.get_clim() == pytest.approx((values.min(), values.max()))
    log = data.nd1p[:, :, 8, :].gifplot(norm="log")
    assert log.figure.axes[0].images[0].norm.vmin > 0
    assert len(frames_of(log.to_bytes())) == 4


def test_a_line_moves_too(data: Emout):
    film = data.phisp[:, 8, 8, :].gifplot(title="potential")
    assert len(frames_of(film.to_bytes())) == 4
    assert film.figure.axes[0].get_title() == "potential, t = 200 ns, z = 32 mm, y = 32 mm"


def test_any_dimension_may_be_the_time_of_the_film(data: Emout):
    film = data.phisp[-1].gifplot(axis=1)
    assert film.frames == 17
    assert (film.figure.axes[0].get_xlabel(), film.figure.axes[0].get_ylabel()) == (
        "x [m]",
        "z [m]",
    )


def test_numbers_of_numpy_are_numbers(data: Emout):
    part = data.phisp[:, :, 8, :]
    film = part.gifplot(axis=np.int64(2), fps=np.int32(10), interval=np.float32(50))
    assert film.interval == 100
    assert part.gifplot(axis=np.uint8(0), interval=np.int64(40)).interval == 40


def test_titles(data: Emout):
    part = data.phisp[:, :, 8, :]
    assert part.gifplot(title="at {}").figure.axes[0].get_title() == "at 0 s"
    assert part.gifplot(notitle=True).figure.axes[0].get_title() == ""
    assert part.gifplot().figure.axes[0].get_title() == "t = 0 s, y = 32 mm"


def test_actions(data: Emout, tmp_path):
    part = data.phisp[:2, :, 8, :]
    assert part.gifplot(action="bytes")[:6] == b"GIF89a"
    assert part.gifplot(action="to_html").count("<script>") == 1
    part.gifplot(filename=tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as image:
        assert image.n_frames == 2
    with pytest.raises(DataError, match="needs a file"):
        part.gifplot(action="save")
    with pytest.raises(DataError, match="No action 'play'"):
        part.gifplot(action="play")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"action": "bytes", "filename": "a.gif"}, "action='bytes' writes no file.*'a.gif'"),
        ({"action": "to_html", "savefilename": "a.gif"}, "action='to_html' writes no file"),
        ({"action": "return", "filename": "a.gif"}, "action='return' writes no file"),
        ({"action": "frames", "filename": "a.gif"}, "action='frames' writes no file"),
        ({"action": "bytes", "show": True}, "show=True and action='bytes' exclude each other"),
        ({"filename": "a.gif", "savefilename": "b.gif"}, "'a.gif' and savefilename='b.gif'"),
        ({"filename": True}, "filename=True is no path"),
        ({"filename": ""}, "filename='' is no path"),
        ({"fps": 0}, "fps=0 gives no time"),
        ({"fps": "10"}, "fps='10' gives no time"),
        ({"interval": -5}, "interval=-5 gives no time"),
        ({"interval": float("nan")}, "interval=nan gives no time"),
        ({"axis": 3}, r"axis=3 is no dimension.*0 \(t\), 1 \(z\), 2 \(x\)"),
        ({"axis": "t"}, "axis='t' is no dimension"),
    ],
)
def test_options_that_exclude_each_other_are_refused(data: Emout, options, words):
    with pytest.raises(ValueError, match=words) as caught:
        data.phisp[:2, :, 8, :].gifplot(**options)
    assert isinstance(caught.value, DataError)
    with pytest.raises(ValueError):
        data.rexz[:2, :, 8, :].gifplot(**options)


def test_panels_and_films_refuse_the_same(data: Emout, tmp_path):
    animator = data.phisp[:2, :, 8, :].gifplot(action="frames").to_animator()
    with pytest.raises(ValueError, match="No action 'frames' for plot"):
        animator.plot(action="frames")
    with pytest.raises(ValueError, match="action='bytes' writes no file"):
        animator.plot(action="bytes", filename=tmp_path / "a.gif")
    with pytest.raises(ValueError, match="needs a file: plot"):
        animator.plot(action="save")
    assert animator.plot(savefilename=tmp_path / "a.gif") is None
    assert (tmp_path / "a.gif").exists()
    film = animator.film()
    with pytest.raises(ValueError, match="fps=0"):
        film.to_bytes(fps=0)
    with pytest.raises(ValueError, match="fps=-1"):
        film.save(tmp_path / "b.gif", fps=-1)
    with pytest.raises(ValueError, match="No animation format 'png'"):
        film.to_bytes("png")


@pytest.mark.parametrize("writer", ["pillow", PillowWriter(fps=5)])
def test_writers_of_matplotlib_can_be_used(data: Emout, tmp_path, writer):
    data.phisp[:2, :, 8, :].gifplot(figsize=(2, 2)).save(tmp_path / "slow.gif", writer=writer)
    with Image.open(tmp_path / "slow.gif") as image:
        assert (image.n_frames, image.info["duration"]) == (2, 200)


def test_frames_that_do_not_differ_are_all_kept_in_time(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot(notitle=True, vmin=-1e9, vmax=1e9)
    image = Image.open(io.BytesIO(film.to_bytes(fps=10)))
    total = 0
    for number in range(image.n_frames):
        image.seek(number)
        total += image.info["duration"]
    assert total == 400


def test_resolution_is_that_asked_for_and_the_figure_keeps_its_own(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot(figsize=(3, 2))
    assert frames_of(film.to_bytes(dpi=50))[0].shape == (100, 150, 3)
    assert film.figure.get_dpi() == 100


def test_nothing_is_left_behind(data: Emout):
    before = plt.get_fignums()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.phisp[:, :, 8, :].gifplot().to_bytes()
        del data
    assert plt.get_fignums() == before


def test_the_wrong_number_of_dimensions_says_how_to_slice(data: Emout):
    with pytest.raises(DataError, match=r"such as phisp\[:, :, 32, :\]"):
        data.phisp.gifplot()
    with pytest.raises(DataError, match=r"plane.*such as exz\[:, :, 32, :\]"):
        data.exz.gifplot()


def test_a_notebook_shows_the_film(data: Emout):
    html = data.phisp[:2, :, 8, :].gifplot(fps=4, repeat=False)._repr_html_()
    frames = json.loads(html.split("const frames = ")[1].split(";\n")[0])
    assert len(frames) == 2
    sizes = {Image.open(io.BytesIO(base64.b64decode(frame))).size for frame in frames}
    assert sizes == {(640, 480)}
    assert "setInterval(step, 250)" in html and "else if (false) show(0)" in html
    assert 'type="range"' in html and html.count("aria-label") >= 3
    assert "http" not in html, "the player needs nothing from elsewhere"


def test_what_to_html_gives_is_shown_as_what_it_is(data: Emout):
    html = data.phisp[:2, :, 8, :].gifplot(action="to_html")
    assert isinstance(html, str) and html._repr_html_() == html


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"norm": "log"},
        {"interpolation": "nearest", "cmap": "gray"},
        {"axes": "zx"},
        {"vmin": 0.8, "vmax": 0.9},
        {"aspect": "auto", "figsize": (8, 3)},
    ],
)
def test_maps_are_drawn_without_matplotlib_and_look_the_same(data: Emout, options):
    film = data.nd1p[:, 2:, 5, :].gifplot(**options)
    with Stage(film.figure, film.moving, None) as stage:
        quick = quick_map(stage, film._layers)
    assert quick is not None and quick.is_live.mean() > 0.95
    for number in (1, 3):
        (shown,) = film.rgb(frames=[number])
        film.bring(number)
        canvas = FigureCanvasAgg(film.figure)
        canvas.draw()
        drawn = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
        difference = np.abs(shown.astype(int) - drawn)
        assert difference.mean() < 1 and np.percentile(difference, 99) <= 16


@pytest.mark.parametrize(
    "options", [{"alpha": 0.5}, {"interpolation": "bicubic"}, {"cmap": "tab20", "origin": "upper"}]
)
def test_what_is_drawn_in_another_way_is_left_to_matplotlib(data: Emout, options):
    options.pop("origin", None)
    film = data.nd1p[:, :, 5, :].gifplot(**options)
    if "cmap" in options:
        film.figure.axes[0].images[0].origin = "upper"
    with Stage(film.figure, film.moving, None) as stage:
        assert quick_map(stage, film._layers) is None


def test_missing_values_stay_blank(data: Emout):
    part = data.phisp[:, :, 8, :].to_xarray().load()
    part[:, :5] = np.nan
    frame = next(type(data.phisp)(part).gifplot(cmap="gray").rgb(frames=[2]))
    assert tuple(frame[400, 200]) == (255, 255, 255)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "vec"},
        {"mode": "quiver", "lengths": True},
        {"axes": "zx", "color": "k"},
        {"norm": "log"},
    ],
)
def test_vectors_move_as_matplotlib_draws_them(data: Emout, options):
    vectors = data.rexz[1:, :, 8, :]
    film = vectors.gifplot(figsize=(4, 3), **options)
    shown = list(film.rgb())
    film.bring(2)
    canvas = FigureCanvasAgg(film.figure)
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    assert np.abs(shown[2].astype(int) - drawn).mean() < 0.5
    assert np.abs(shown[0].astype(int) - shown[2]).max() > 100
    assert film.figure.axes[0].get_title() == "t = 200 ns, y = 32 mm"
    assert len(frames_of(film.to_bytes())) == 3


@pytest.mark.parametrize("mode", ["stream", "vec"])
def test_all_vectors_share_one_scale(data: Emout, mode):
    vectors = data.rexz[:, :, 8, :]
    film = vectors.gifplot(mode=mode)
    lengths = vectors.magnitude().values
    film.bring(3)
    coloured = film.moving()[0]
    assert coloured.get_clim() == pytest.approx((lengths.min(), lengths.max()))
    assert film.figure.axes[1].get_ylabel() == "|rexz| [V/m]"


def test_arrows_have_the_values_of_their_frame(data: Emout):
    vectors = data.rexz[:, :, 8, :]
    film = vectors.gifplot(mode="vec", lengths=True, skip=2, use_si=False)
    film.bring(2)
    (arrows,) = film.moving()[:1]
    assert arrows.U == pytest.approx(vectors.component("x").val_emses[2, ::2, ::2].ravel())
    assert arrows.V == pytest.approx(vectors.component("z").val_emses[2, ::2, ::2].ravel())


def test_contours_move_at_levels_that_stay(data: Emout):
    part = data.phisp[1:, :, 8, :]
    film = part.gifplot(mode="cont")
    levels = film.moving()[0].levels
    film.bring(2)
    assert np.array_equal(film.moving()[0].levels, levels) and len(levels) > 4
    both = part.gifplot(mode="cmap+cont")
    shown = list(both.rgb(frames=[0, 2]))
    both.bring(2)
    canvas = FigureCanvasAgg(both.figure)
    canvas.draw()
    assert np.abs(shown[1].astype(int) - np.asarray(canvas.buffer_rgba())[..., :3]).mean() < 0.5
    with pytest.raises(DataError, match="No mode 'dots'"):
        part.gifplot(mode="dots")


def test_several_panels_with_layers(data: Emout):
    part = data.phisp[1:, :, 8, :]
    colours = part.gifplot(action="frames", mode="cmap")
    lines = part.build_frame_updater(mode="cont")
    density = data.nd1p[:, :, 8, :].build_frame_updater(norm="log", title="electrons")
    vectors = data.rexz[1:, :, 8, :].build_frame_updater(mode="stream", color="k")
    profile = data.phisp[1:, 8, 8, :].build_frame_updater()
    layout = [[[colours, lines], [density, vectors]], [[profile], []]]
    animator = colours.to_animator(layout=layout)
    assert (animator.shape, animator.frames) == ((2, 2), 3)
    film = animator.plot(action="return")
    panels = [ax for ax in film.figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == [
        "t = 66.7 ns, y = 32 mm",
        "electrons, t = 0 s, y = 32 mm",
        "t = 66.7 ns, z = 32 mm, y = 32 mm",
    ]
    assert len(film.figure.axes) == 5, "a colour bar for each of the two maps, none for overlays"
    frames = frames_of(film.to_bytes())
    assert len(frames) == 3 and frames[0].shape == (720, 960, 3)
    assert animator.plot(action="to_html").count("<script>") == 1
    with pytest.raises(DataError, match="layout of the animation is empty"):
        colours.to_animator([[[]]])
    with pytest.raises(DataError, match=r"made of what gifplot\(action='frames'\) gives"):
        colours.to_animator([[[part]]])


def test_a_film_may_be_drawn_on_axes_of_ones_own(data: Emout):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3))
    left, right = figure.subplots(1, 2)
    right.plot([1, 2])
    film = data.phisp[:, :, 8, :].gifplot(ax=left)
    assert film.figure is figure and left.get_title() == "t = 0 s, y = 32 mm"
    assert not right.images and len(frames_of(film.to_bytes())) == 4


def test_a_film_unpacks_to_its_figure_and_itself(data: Emout):
    figure, film = data.phisp[:2, :, 8, :].gifplot(action="return")
    assert film.figure is figure and isinstance(film, FieldAnimation)


def test_parts_of_a_gif_join_to_the_same_film(data: Emout):
    film = data.phisp[:, :, 8, :].gifplot()
    images = list(film.indexed())
    whole = encoders.gif(iter(images), 200, True)
    joined = encoders.join_gifs(
        [encoders.gif(iter(images[:1]), 200, True), encoders.gif(iter(images[1:]), 200, True)],
        is_repeated=True,
    )
    for a, b in zip(frames_of(whole), frames_of(joined), strict=True):
        assert np.array_equal(a, b)
    with Image.open(io.BytesIO(joined)) as image:
        assert (image.n_frames, image.info["loop"], image.info["duration"]) == (4, 0, 200)
