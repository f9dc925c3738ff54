"""Facts about pictures that somebody would see at once: what overlaps, vanishes, or is not said."""

from __future__ import annotations

import re
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from views import boxes, curve, hill, plane, view

from emout_lab.emses import Emout
from emout_lab.emses.backtrace.curves import MultiXYData, Quantity, XYData
from emout_lab.emses.backtrace.periodic_curves import interrupted
from emout_lab.emses.plot import arrows, axes3d, contrast, lines, maps, panels
from emout_lab.errors import DataError

# Colour bars


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_two_colour_bars_stand_side_by_side(layout):
    figure, ax = plt.subplots(layout=layout)
    maps.plot_map(hill(), ax=ax)
    arrows.plot_plane(*plane(), name="exz", ax=ax)
    first, second = boxes(figure)
    assert second.x0 > first.x1 and second.x1 <= figure.bbox.x1
    plt.close(figure)


def test_a_third_colour_bar_and_one_of_the_users_have_their_place_too():
    figure, ax = plt.subplots(figsize=(9, 4))
    maps.plot_map(hill(), ax=ax)
    contours = maps.plot_map(hill(top=2e13), ax=ax, mode="cont", colorbar=False)
    figure.colorbar(contours, label="the user's")
    arrows.plot_plane(*plane(), ax=ax, mode="vec")
    found = boxes(figure)
    assert len(found) == 3
    assert not any(one.overlaps(other) for one, other in combinations(found, 2))
    plt.close(figure)


def test_the_place_of_a_colour_bar_that_was_removed_is_free(ax):
    image = maps.plot_map(hill(), ax=ax)
    (alone,) = boxes(ax.figure)
    streams = arrows.plot_plane(*plane(), ax=ax)
    image.colorbar.remove()
    (left,) = boxes(ax.figure)
    map_box = ax.get_window_extent()
    assert streams.colorbar.ax.get_window_extent().x0 - map_box.x1 < 0.2 * ax.figure.dpi
    assert alone.width > 0 and left.width > 0


@pytest.mark.parametrize("columns", [2, 3])
def test_a_colour_bar_keeps_out_of_the_next_panel(columns):
    figure, axes = plt.subplots(1, columns, figsize=(4.5 * columns, 4))
    for ax in axes:
        maps.plot_map(hill(), ax=ax)
    bars = boxes(figure)
    renderer = figure.canvas.get_renderer()
    for bar, ax in zip(bars, axes[1:], strict=False):
        assert not bar.overlaps(ax.get_tightbbox(renderer))
    plt.close(figure)


# What the user has set


def test_what_the_user_has_set_stays(ax):
    ax.set_title("mine")
    ax.set_xlabel("across")
    maps.plot_map(hill(fixed=(("t", "3 ns"),)), ax=ax)
    lines.plot_line(curve(), ax=ax)
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()[:1]) == ("mine", "across", "z")
    ax.set_ylabel("up")
    arrows.plot_plane(*plane(), ax=ax)
    assert ax.get_ylabel() == "up"
    maps.plot_map(hill(), ax=ax, title="asked for", xlabel="")
    assert (ax.get_title(), ax.get_xlabel()) == ("asked for", "")


def test_a_film_says_its_time_after_the_users_title(ax):
    ax.set_title("mine")
    series = view(np.ones((3, 5, 6)) * np.arange(6), (2e-6, 1, 1), dims="tzx")
    film = panels.animate([series], ax=ax)
    film.bring(1)
    assert ax.get_title() == "mine, t = 1 µs"


def test_curves_and_spaces_keep_the_users_labels(data: Emout, ax):
    ax.set_ylabel("up")
    XYData(np.arange(3.0), np.arange(3.0), Quantity("x", None), Quantity("vx", None)).plot(ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "up")
    figure = plt.figure()
    three = figure.add_subplot(projection="3d")
    three.set_zlabel("height")
    data.boundaries.plot(ax=three)
    assert (three.get_zlabel(), three.get_xlabel()) == ("height", "x [m]")
    plt.close(figure)


def test_axes_that_were_cleared_are_labelled_anew(ax):
    lines.plot_line(curve(fixed=(("t", "1 s"),)), ax=ax)
    ax.clear()
    lines.plot_line(curve(name="ex", unit="V/m", fixed=(("t", "2 s"),)), ax=ax)
    assert (ax.get_title(), ax.get_ylabel()) == ("t = 2 s", "ex [V/m]")
    assert ax.get_legend() is None


# Several lines


def test_lines_of_several_steps_share_a_title_and_differ_in_the_legend(data: Emout, ax):
    for step in (1, 2, 3):
        data.phisp[step, 8, 8, :].plot(ax=ax)
    assert ax.get_title() == "z = 32 mm, y = 32 mm"
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == [line.get_label() for line in ax.lines]
    assert named[2] == "t = 200 ns" and len(set(named)) == 3


def test_lines_of_several_quantities_and_places_are_told_apart(data: Emout, ax):
    data.ex[-1, 8, 8, :].plot(ax=ax)
    data.ez[-1, 8, 4, :].plot(ax=ax)
    assert ax.get_title() == "t = 200 ns, z = 32 mm"
    assert [line.get_label() for line in ax.lines] == ["ex, y = 32 mm", "ez, y = 16 mm"]
    assert ax.get_ylabel() == "ex, ez [V/m]"
    data.phisp[-1, 8, 8, :].plot(ax=ax)
    assert ax.get_ylabel() == "ex [V/m], ez [V/m], phisp [V]"


def test_names_of_the_user_and_a_legend_of_the_user_stay(data: Emout, ax):
    data.phisp[1, 8, 8, :].plot(ax=ax, label="early")
    data.phisp[3, 8, 8, :].plot(ax=ax)
    assert [line.get_label() for line in ax.lines] == ["early", "t = 200 ns"]
    assert ax.get_legend() is None
    own = ax.legend(["a", "b"])
    data.phisp[2, 8, 8, :].plot(ax=ax)
    assert ax.get_legend() is own


def test_one_line_has_no_legend_and_many_would_hide_what_they_name(ax):
    for step in range(14):
        lines.plot_line(curve(fixed=(("t", f"{step} s"),)), ax=ax)
        assert (ax.get_legend() is None) == (not 1 <= step < 12)
    assert ax.lines[13].get_label() == "t = 13 s"


# Figures that stay open


def test_a_figure_that_a_drawing_made_and_saved_is_closed(data: Emout, tmp_path):
    plt.close("all")
    part = data.phisp[-1, :, 8, :]
    part.plot(savefilename=tmp_path / "1.png")
    assert plt.get_fignums() == []
    data.nd1p[-1, :, 8, :].plot(savefilename=tmp_path / "2.png")
    part.plot()
    data.exz[-1, :, 8, :].plot(savefilename=tmp_path / "both.png")
    data.rexyz[-1].plot(savefilename=tmp_path / "3.png")
    data.boundaries.plot(savefilename=tmp_path / "4.png", figsize=(3, 3))
    data.phisp[-1, 8, 8, :].plot(savefilename=tmp_path / "5.png")
    assert plt.get_fignums() == []
    data.nd1p[-1, :, 8, :].plot(savefilename=tmp_path / "2b.png")
    assert (tmp_path / "2.png").read_bytes() == (tmp_path / "2b.png").read_bytes()
    assert (tmp_path / "both.png").stat().st_size > 0


def test_figures_of_the_user_stay_open(data: Emout, tmp_path, ax):
    data.phisp[-1, :, 8, :].plot(ax=ax, savefilename=tmp_path / "1.png")
    data.phisp[-1, :, 8, :].plot(savefilename=tmp_path / "2.png")
    assert ax.figure.number in plt.get_fignums()


@pytest.mark.parametrize("options", [{"cmap": "no such"}, {"savefilename": "a file/1.png"}])
def test_a_drawing_that_fails_leaves_no_figure_open(data: Emout, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").touch()
    plt.close("all")
    with pytest.raises((ValueError, OSError, DataError)):
        data.phisp[-1, :, 8, :].plot(**options)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("size", [(6.4, 4.8), (3, 2)])
def test_all_texts_of_a_saved_figure_are_inside_of_it(data: Emout, tmp_path, size):
    line = lines.plot_line(
        curve(values=np.linspace(-3e5, 3e5, 9) + 1), figsize=size, savefilename=tmp_path / "a.png"
    )
    figure = line.figure
    assert plt.get_fignums() == []  # closed, and still there for who looks
    box = line.axes.get_tightbbox()
    assert box.x0 >= -0.5 and box.y0 >= -0.5
    assert box.x1 <= figure.bbox.x1 + 0.5 and box.y1 <= figure.bbox.y1 + 0.5


# Proportions


@pytest.mark.parametrize("extents", [(0.512, 0.064), (0.064, 0.512)])
def test_boxes_that_are_long_fill_their_axes(extents):
    shape = (129, 17) if extents[0] > extents[1] else (17, 129)
    drawings = [
        lambda ax: maps.plot_map(hill(shape, extents), ax=ax),
        lambda ax: maps.plot_map(hill(shape, extents), ax=ax, mode="cont"),
        lambda ax: arrows.plot_plane(*plane(extents, shape), ax=ax),
        lambda ax: arrows.plot_plane(*plane(extents, shape), ax=ax, mode="vec"),
    ]
    for draw in drawings:
        figure, ax = plt.subplots()
        draw(ax)
        figure.canvas.draw()
        box = ax.get_window_extent()
        assert 0.5 < box.width / box.height < 2
        plt.close(figure)


def test_boxes_that_are_not_so_long_are_to_scale_and_so_is_what_the_user_wants(ax):
    maps.plot_map(hill((33, 129), (0.016, 0.064)), ax=ax)
    ax.figure.canvas.draw()
    box = ax.get_window_extent()
    assert box.width / box.height == pytest.approx(4, rel=0.01)
    other = plt.figure().gca()
    maps.plot_map(hill((17, 129), (0.064, 0.512)), ax=other, aspect="equal")
    assert other.get_aspect() == 1
    plt.close(other.figure)


def test_arrows_of_long_boxes_are_as_many_across_and_follow_the_axes(ax):
    drawn = arrows.plot_plane(*plane((0.512, 0.064), (513, 65)), ax=ax, mode="vec")
    assert drawn.N == 25 * 22 and drawn.angles == "xy"


def test_long_boxes_in_space_have_no_side_too_short():
    figure = plt.figure()
    ax = figure.add_subplot(projection="3d")
    axes3d.frame(ax, [(0, 0.064), (0, 0.064), (0, 0.512)], ["x [m]", "y [m]", "z [m]"])
    x, y, z = ax.get_box_aspect() if hasattr(ax, "get_box_aspect") else (1, 1, 4)
    assert z / x == pytest.approx(4) and x == y
    plt.close(figure)


@pytest.mark.parametrize("limits", [(1, 1, 1), (1, 1, 0.125), (0.125, 0.125, 1)])
def test_labels_in_space_stand_clear_of_their_numbers(limits):
    figure = plt.figure()
    ax = figure.add_subplot(projection="3d")
    axes3d.frame(ax, [(0, 0.256 * side) for side in limits], ["x [m]", "y [m]", "z [m]"])
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    for name in "xyz":
        axis = getattr(ax, f"{name}axis")
        label = axis.label.get_window_extent(renderer)
        numbers = [tick.label1 for tick in axis.get_major_ticks() if tick.label1.get_text()]
        assert numbers
        # Slanted labels have boxes with empty corners; their middles tell where they are.
        middle = (label.x0 + label.x1) / 2, (label.y0 + label.y1) / 2
        assert not any(text.get_window_extent(renderer).contains(*middle) for text in numbers)
    plt.close(figure)


# Contrast


@pytest.mark.parametrize("cmap", ["viridis", "Greys", "coolwarm", "magma"])
def test_contours_are_seen_on_their_map(cmap, ax):
    image = maps.plot_map(hill(), ax=ax, mode="cm+cont", cmap=cmap)
    (contours,) = [c for c in ax.collections if hasattr(c, "levels")]
    for level in contours.levels:
        line, below = contours.cmap(contours.norm(level)), image.cmap(image.norm(level))
        assert contrast.contrast(line, below) > 3


@pytest.mark.parametrize("paper", ["white", "black"])
def test_lines_and_arrows_are_seen_on_their_paper(paper):
    figure, axes = plt.subplots(1, 3)
    drawings = [
        arrows.plot_plane(*plane(), ax=prepared(axes[0], paper)),
        arrows.plot_plane(*plane(), ax=prepared(axes[1], paper), mode="vec"),
        maps.plot_map(hill(), ax=prepared(axes[2], paper), mode="cont"),
    ]
    for artist in drawings:
        colours = artist.get_cmap()(np.linspace(0, 1, 50))
        assert contrast.contrast(colours, plt.matplotlib.colors.to_rgb(paper)).min() > 1.9
    plt.close(figure)


def prepared(ax, paper):
    ax.set_facecolor(paper)
    return ax


@pytest.mark.parametrize("mode", ["stream", "vec"])
def test_vectors_over_a_map_have_other_colours_and_an_outline(mode, ax):
    image = maps.plot_map(hill(), ax=ax)
    drawn = arrows.plot_plane(*plane(), ax=ax, mode=mode)
    assert drawn.get_path_effects() and drawn.get_cmap().name != image.get_cmap().name
    plain = arrows.plot_plane(*plane(), ax=ax, mode=mode, cmap="viridis", colorbar=False)
    assert not plain.get_path_effects() and plain.get_cmap().name == "viridis"


# Orbits through periodic faces


def test_orbits_are_interrupted_at_periodic_faces(ax):
    x, z = np.array([8.0, 9.5, 1.0, 2.5]), np.arange(4.0)
    curve = MultiXYData(
        x[None], z[None], np.array([4]), Quantity("x", None, 10.0), Quantity("z", None)
    )
    curve.plot(ax=ax)
    drawn, up = ax.lines[0].get_data()
    np.testing.assert_allclose(drawn, [8, 9.5, 10, np.nan, 0, 1, 2.5])
    np.testing.assert_allclose(up[[2, 4]], [4 / 3, 4 / 3])
    kept, _ = curve
    assert kept.shape == (1, 4)


def test_faces_are_met_at_both_ends_along_either_axis_and_when_drawn_in_another_unit():
    down = np.array([0.5, 9.5, 8.5])
    t = np.array([0.0, 1.0, 2.0])
    shown_t, shown = interrupted((t, down), (t, 3 * down + 1), (0.0, 10.0))
    np.testing.assert_allclose(shown, [2.5, 1.0, np.nan, 31.0, 29.5, 26.5])
    np.testing.assert_allclose(shown_t, [0, 0.5, np.nan, 0.5, 1, 2])
    same = interrupted((t, down), (t, down), (0.0, 0.0))
    assert same[1] is down


def test_orbits_of_a_run_know_its_periodic_faces(run_copy, ax):
    inp = run_copy / "plasma.inp"
    text = re.sub(r"npbnd .*", "npbnd = 0,2,2, 0,2,2,", inp.read_text())
    inp.write_text(text)
    orbit = Emout(run_copy).backtrace.get_backtrace(
        [8, 2, 2], [20.0, 0.0, 0.0], max_step=60, use_electric_field=False, remote=False
    )
    assert orbit.periods == (16.0, 0.0, 0.0)
    orbit.tx.plot(ax=ax, use_si=False)
    _, x = ax.lines[0].get_data()
    assert np.isnan(x).sum() >= 2 and np.nanmax(np.abs(np.diff(x))) < 2
    orbit.tvx.plot(ax=ax)
    assert not np.isnan(ax.lines[1].get_ydata()).any()
