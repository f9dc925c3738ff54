from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.plot.labels import labelled, quantity_text
from emout_lab.errors import DataError


def test_a_line_has_labels_with_units(data: Emout, ax):
    line = data.phisp[-1, 8, 8, :].plot(ax=ax, label="axis", color="k")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [m]", "phisp [V]")
    assert ax.get_title() == "t = 200 ns, z = 32 mm, y = 32 mm"
    np.testing.assert_allclose(line.get_xdata(), np.arange(17) * 0.004)
    np.testing.assert_array_equal(line.get_ydata(), data.phisp[-1, 8, 8, :].values)
    assert line.get_label() == "axis"
    assert ax.get_xlim() == pytest.approx((0, 0.064))


def test_a_map_is_drawn_on_the_current_axes_with_labels_and_colour_bar(data: Emout, ax):
    image = data.phisp[-1, :, 8, :].plot(cmap="plasma", vmin=-1, vmax=0)
    assert image.axes is ax
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [m]", "z [m]")
    assert image.get_cmap().name == "plasma" and image.get_clim() == (-1, 0)
    assert image.colorbar.ax.get_ylabel() == "phisp [V]"
    assert plt.gca() is ax, "the colour bar must not become the current axes"
    np.testing.assert_allclose(image.get_extent(), [-0.002, 0.066, -0.002, 0.066])
    assert ax.get_xlim() == pytest.approx((0, 0.064))
    assert ax.get_aspect() == 1


def test_emses_units_are_labelled_so(data: Emout, keyless_dir, ax):
    image = data.phisp[-1, :, 8, :].plot(ax=ax, use_si=False)
    assert ax.get_xlabel() == "x [grid]" and ax.get_xlim() == pytest.approx((0, 16))
    assert image.colorbar.ax.get_ylabel() == "phisp [EMSES unit]"
    assert ax.get_title() == "t = 15, y = 8"
    np.testing.assert_allclose(image.get_array(), data.phisp[-1, :, 8, :].val_emses)
    other = Emout(keyless_dir).nd1p[-1, 8, 8].plot(ax=plt.figure().gca())
    assert other.axes.get_ylabel() == "nd1p [EMSES unit]"
    plt.close("all")


@pytest.mark.parametrize("layout", [None, "tight", "constrained"])
@pytest.mark.parametrize("columns", [1, 3])
def test_the_colour_bar_is_as_high_as_the_map(data: Emout, layout, columns):
    figure, axes = plt.subplots(1, columns, figsize=(3 * columns, 5), layout=layout, squeeze=False)
    for place in axes.flat:
        image = data.phisp[-1, :, 8, 2:].plot(ax=place)
    figure.canvas.draw()
    box, bar = image.axes.get_window_extent(), image.colorbar.ax.get_window_extent()
    assert (bar.y0, bar.y1) == pytest.approx((box.y0, box.y1), abs=0.5)
    assert 0 < bar.x0 - box.x1 < 0.2 * figure.dpi
    plt.close(figure)


def test_texts_can_be_replaced_and_left_out(data: Emout, ax):
    data.phisp[-1, :, 8, :].plot(ax=ax, title="", xlabel="across", ylabel="", colorbar_label="U")
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("", "across", "")


def test_axes_can_be_exchanged(data: Emout, ax):
    image = data.phisp[-1, :, 8, 3:].plot(ax=ax, axes="zx")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("z [m]", "x [m]")
    assert image.get_array().shape == (14, 17)
    with pytest.raises(DataError, match="axes='xy' does not fit"):
        data.phisp[-1, :, 8, :].plot(ax=ax, axes="xy")


@pytest.mark.parametrize("mode", ["cont", "cm+cont"])
def test_contours_can_be_drawn(data: Emout, ax, mode):
    artist = data.phisp[-1, :, 8, :].plot(ax=ax, mode=mode)
    assert artist.axes is ax


def test_an_unknown_mode_names_the_known_ones(data: Emout, ax):
    with pytest.raises(DataError, match="'cm', 'cont', 'cm\\+cont'"):
        data.phisp[-1, :, 8, :].plot(mode="surface")


def test_a_logarithmic_scale_leaves_out_what_is_not_positive(data: Emout, ax):
    image = data.nd1p[-1, :, 8, :].plot(ax=ax, norm="log", vmin=1e12)
    assert image.norm.vmin == 1e12
    ax.figure.canvas.draw()


def test_time_against_place_is_not_forced_to_equal_scales(data: Emout, ax):
    data.phisp[:, 8, 8, :].plot(ax=ax)
    assert (ax.get_ylabel(), ax.get_aspect()) == ("t [s]", "auto")


def test_a_slice_of_one_point_width_can_be_drawn(data: Emout, ax):
    data.phisp[-1, :, 8, 3:4].plot(ax=ax)
    ax.figure.canvas.draw()


@pytest.mark.parametrize("key", [(), (-1,), (0, 0, 0, 0)])
def test_too_many_or_too_few_dimensions_say_how_to_slice(data: Emout, key):
    with pytest.raises(DataError, match="Take a slice first, such as phisp"):
        data.phisp[key].plot()


def test_an_empty_slice_says_so(data: Emout, ax):
    with pytest.raises(DataError, match=r"phisp is empty \({'z': 0, 'x': 17}\)"):
        data.phisp[-1, 5:5, 8].plot()


def test_refusing_to_draw_reads_nothing(data: Emout, run_copy):
    field = Emout(run_copy).phisp
    (run_copy / "phisp00_0000.h5").unlink()
    with pytest.raises(DataError, match="Take a slice"):
        field.plot()
    with pytest.raises(DataError, match="Take a slice"):
        field.gifplot()


def test_a_bad_option_reaches_the_user_as_matplotlib_says_it(data: Emout, ax):
    with pytest.raises(ValueError, match="virids"):
        data.phisp[-1, :, 8, :].plot(ax=ax, cmap="virids")


def test_figures_can_be_made_and_saved_on_the_way(data: Emout, tmp_path):
    image = data.phisp[-1, :, 8, :].plot(figsize=(4, 3), savefilename=tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"
    np.testing.assert_allclose(image.figure.get_size_inches(), (4, 3))
    plt.close(image.figure)


def test_parts_of_a_figure_can_be_drawn_on(data: Emout, tmp_path):
    whole = plt.figure(figsize=(6, 3))
    left, _ = whole.subfigures(1, 2)
    image = data.phisp[-1, :, 8, :].plot(ax=left.subplots(), savefilename=tmp_path / "a.png")
    box, bar = image.axes.get_window_extent(), image.colorbar.ax.get_window_extent()
    assert (bar.y0, bar.y1) == pytest.approx((box.y0, box.y1), abs=0.5)
    plt.close(whole)


def test_expressions_are_drawn_without_a_unit_they_do_not_have(data: Emout, ax):
    image = (data.phisp[-1, :, 8, :] ** 2).plot(ax=ax)
    assert image.colorbar.ax.get_ylabel() == ""


def test_pyplot_functions_take_fields(data: Emout, ax):
    part = data.phisp[-1, :, 8, :]
    assert ax.contourf(part.x_si, part.z_si, part) is not None
    ax.imshow(part)
    ax.plot(part[8])


def test_texts_of_quantities():
    assert labelled("j", "A/m^2") == "j [A/m$^{2}$]"
    assert [quantity_text(value, "m") for value in (0.0, 0.032, 1.0, 0.9999, 1234.0)] == [
        "0 m",
        "32 mm",
        "1 m",
        "1 m",
        "1.23 km",
    ]
    assert quantity_text(1e13, "m^-3") == "10$^{13}$ m$^{-3}$"


def test_what_xarray_draws_is_drawn_with_its_arguments(data: Emout, ax):
    part = data.phisp[-1, :, 8, :]
    filled = part.plot.contourf(levels=[-2, -1, 0], add_colorbar=False)
    assert list(filled.levels) == [-2, -1, 0] and filled.axes is ax
    assert ax.get_xlabel() == "x [m]"
    counts, _, _ = data.phisp[-1].plot.hist(ax=ax, bins=7)
    assert counts.sum() == 17**3
    assert {"contourf", "hist", "imshow", "surface"} <= set(dir(part.plot))
    assert repr(part.plot).startswith("<phisp.plot: call it")
    with pytest.raises(AttributeError):
        part.plot.nothing_like_it()


def test_xarrays_drawings_take_emses_units_too(data: Emout, ax):
    mesh = data.phisp[-1, :, 8, :].plot.pcolormesh(use_si=False)
    assert ax.get_xlabel() == "x [grid]" and ax.get_xlim() == pytest.approx((-0.5, 16.5))
    expected = data.phisp[-1, :, 8, :].val_emses
    np.testing.assert_allclose(mesh.get_array().reshape(expected.shape), expected, rtol=1e-6)


def test_panels_along_time_are_drawn_by_xarray(data: Emout):
    grid = data.phisp[:, :, 8, :].plot.imshow(col="t", col_wrap=2)
    assert grid.axs.shape == (2, 2)
    plt.close("all")


def test_an_array_comes_out_in_emses_units(data: Emout):
    array = data.phisp[-1].to_xarray(use_si=False)
    assert (array.attrs["units"], array.x.attrs["units"]) == ("EMSES unit", "grid")
    np.testing.assert_allclose(array.values, data.phisp[-1].val_emses, rtol=1e-6)
    assert float(array.t) == pytest.approx(15)


def test_short_names_draw_the_same(data: Emout, ax):
    part = data.phisp[-1, :, 8, :]
    assert part.cmap(ax=ax).get_array().shape == (17, 17)
    assert part.plot(ax=ax, mode="cmap", colorbar=False).get_array().shape == (17, 17)
    assert len(part.contour(ax=ax, levels=[-1.0, -0.5], colorbar=False).levels) == 2


def test_masked_values_are_not_drawn(data: Emout, ax):
    part = data.phisp[-1, :, 8, :]
    shown = part.masked(lambda phi: phi < phi.mean())
    assert shown.units == "V" and shown.name == "phisp"
    is_hidden = part.values < part.values.mean()
    assert np.array_equal(np.isnan(shown.values), is_hidden) and is_hidden.any()
    assert np.array_equal(shown.to_numpy()[~is_hidden], part.to_numpy()[~is_hidden])
    drawn = shown.plot(ax=ax).get_array()
    assert np.array_equal(np.ma.getmaskarray(drawn), is_hidden)
    assert np.array_equal(np.isnan(part.masked(is_hidden).values), is_hidden)
