"""Options of drawings against the values: drawn where that can be, else an error that says why."""

from __future__ import annotations

import io
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm, PowerNorm, SymLogNorm
from PIL import Image

from emout_lab.emses import Emout
from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.maps import plot_map
from emout_lab.emses.plot.panels import animate
from emout_lab.errors import BadOption, DataError

AXIS = np.arange(6.0)


def view_of(values) -> View:
    values = np.asarray(values, dtype=float)
    dims = ("t", "z", "x")[-values.ndim :]
    axes = tuple(AXIS[:size] for size in values.shape)
    return View("f", "V", values, dims, axes, ("m",) * len(dims))


def draw(artist) -> None:
    """Let matplotlib find what it cannot draw; a warning is a fault as well."""
    FigureCanvasAgg(artist.axes.figure).draw()


def frames(film) -> int:
    with Image.open(io.BytesIO(film.to_bytes(dpi=30))) as image:
        return image.n_frames


RAMP = np.linspace(2, 5, 36).reshape(6, 6)
WITH_ZEROS = np.where(RAMP < 3, 0, RAMP)
WITH_INFINITE = np.where(RAMP < 3, -np.inf, np.where(RAMP > 4, np.inf, RAMP))


@pytest.mark.parametrize("mode", ["cm", "cont", "cm+cont"])
def test_values_without_a_range_are_drawn(mode):
    for values in (RAMP * 0, RAMP * 0 + 5, RAMP * np.nan, WITH_INFINITE):
        figure, ax = plt.subplots(figsize=(2, 2))
        artist = plot_map(view_of(values), ax=ax, mode=mode)
        draw(artist)
        low, high = artist.get_clim()
        seen = values[np.isfinite(values)]
        assert low < high and (not seen.size or low <= seen.min() <= seen.max() <= high)
        plt.close(figure)


@pytest.mark.parametrize("options", [{}, {"colors": "k"}, {"colorbar": False}, {"norm": "log"}])
def test_one_contour_level_is_drawn_and_stands_in_the_colour_bar(ax, options):
    lines = plot_map(view_of(RAMP), ax=ax, mode="cont", levels=[3.2], **options)
    draw(lines)
    np.testing.assert_allclose(
        np.interp(lines.get_paths()[0].vertices[:, 1], AXIS, RAMP[:, 0]), 3.2, atol=0.5
    )
    if options.get("colorbar", True):
        bar = lines.colorbar
        assert list(bar.get_ticks()) == [3.2] and bar.vmin <= 2 and bar.vmax >= 5
        assert bar.ax.get_ylabel() == "f [V]"


def test_options_of_contours_reach_the_contours_over_a_map(ax):
    image = plot_map(view_of(RAMP), ax=ax, mode="cm+cont", levels=12, colors="k", cmap="plasma")
    draw(image)
    (lines,) = [item for item in ax.collections if hasattr(item, "levels")]
    assert len(lines.levels) > 8 and image.get_cmap().name == "plasma"
    np.testing.assert_array_equal(np.unique(lines.get_edgecolor()[:, :3]), [0])


def test_a_logarithmic_scale_takes_its_range_from_what_it_can_show(ax):
    image = plot_map(view_of(WITH_ZEROS), ax=ax, norm="log")
    draw(image)
    assert image.get_clim() == pytest.approx((RAMP[RAMP >= 3].min(), 5))
    assert plot_map(view_of(RAMP * np.nan), ax=ax, norm="log").get_clim() == (1, 10)


@pytest.mark.parametrize("mode", ["cont", "cm+cont"])
@pytest.mark.parametrize(("values", "count"), [(RAMP, 4), (10**RAMP, 3), (WITH_ZEROS, 3)])
def test_contours_of_a_logarithmic_scale_lie_within_a_decade_too(ax, mode, values, count):
    draw(plot_map(view_of(values), ax=ax, mode=mode, norm="log"))
    (lines,) = [item for item in ax.collections if hasattr(item, "levels")]
    inside = [level for level in lines.levels if values[values > 0].min() < level < values.max()]
    assert len(inside) >= count


def test_symlog_shows_both_signs(ax):
    image = plot_map(view_of((RAMP - 3) * 1e-9), ax=ax, norm="symlog", mode="cm+cont")
    draw(image)
    assert isinstance(image.norm, SymLogNorm) and image.norm.linthresh == pytest.approx(2e-12)
    assert image.get_clim() == pytest.approx((-1e-9, 2e-9))


def test_norms_of_ones_own_get_the_range_that_they_lack(ax):
    assert plot_map(view_of(RAMP), ax=ax, norm=PowerNorm(0.5)).get_clim() == pytest.approx((2, 5))
    assert plot_map(view_of(RAMP), ax=ax, norm=LogNorm(1, 10)).get_clim() == (1, 10)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"norm": "log", "vmin": -1}, "vmin=-1 does not fit norm='log'.* least value .* is 3"),
        ({"norm": "log", "vmax": -1}, "vmax=-1 does not fit norm='log'"),
        ({"norm": LogNorm(), "vmin": 1}, "vmin=1 beside norm=LogNorm"),
        ({"norm": PowerNorm(0.5, 3, 1)}, "vmin=3 lies above vmax=1"),
        ({"norm": "logg"}, "norm='logg' is no norm: give 'linear', 'log'"),
        ({"vmin": 3, "vmax": 1}, "vmin=3 lies above vmax=1: exchange them"),
        ({"vmin": 100}, "vmin=100 lies above all values: f goes from 0 to 5"),
        ({"vmax": -1}, "vmax=-1 lies below all values"),
        ({"vmin": np.nan}, "vmin=nan is no limit"),
        ({"vmax": "high"}, "vmax='high' is no limit: give a finite number"),
        ({"cmap": "virids"}, "cmap='virids'.* Did you mean 'viridis'"),
        ({"cmap": 3}, "cmap=3: there is no colour map"),
        ({"mode": "surface"}, "No mode 'surface' for a map; there are 'cm'"),
        ({"mode": ["cm"]}, "No mode .*'cm'.* for a map"),
        ({"levels": 5}, "levels=5 is an option of contour lines: add mode='cm\\+cont'"),
        ({"mode": "cont", "levels": 0}, "levels=0: give a number of levels"),
        ({"mode": "cont", "levels": []}, r"levels=\[\]: give"),
        ({"mode": "cm+cont", "levels": [2, 1]}, r"levels=\[2, 1\].* rising numbers"),
        ({"mode": "cont", "linewidht": 3}, "linewidht=3: no such option of contour lines. Did you"),
        ({"foo": 3}, "foo=3: no such option of a colour map. There are cmap, norm"),
    ],
)
def test_what_does_not_fit_is_named_before_anything_is_drawn(ax, options, says):
    with pytest.raises(BadOption, match=says):
        plot_map(view_of(WITH_ZEROS), ax=ax, **options)
    assert not ax.has_data() and ax.figure.axes == [ax]
    assert issubclass(BadOption, DataError) and issubclass(BadOption, ValueError)


def test_values_that_a_logarithm_does_not_have_are_named(ax):
    for values, says in ((-RAMP, "goes from -5 to -2"), (RAMP - 5, "goes from -3 to 0")):
        with pytest.raises(BadOption, match=f"norm='log' needs values over zero: f {says}"):
            plot_map(view_of(values), ax=ax, norm="log")


@pytest.mark.parametrize("mode", ["cm", "cont", "cm+cont"])
@pytest.mark.parametrize("norm", ["log", "own"])
def test_what_is_zero_everywhere_is_blank_on_a_logarithmic_scale(ax, norm, mode):
    norm = LogNorm() if norm == "own" else norm
    with pytest.warns(UserWarning, match="values over zero only, and f is 0 every") as told:
        artist = plot_map(view_of(RAMP * 0), ax=ax, norm=norm, mode=mode)
    assert {each.filename for each in told} == {__file__}
    draw(artist)


@pytest.mark.parametrize("options", [{"norm": "log", "vmin": 0}, {"norm": LogNorm(vmin=0, vmax=5)}])
def test_a_logarithmic_scale_from_zero_begins_at_the_least_value(ax, options):
    with pytest.warns(UserWarning, match="vmin=0 .* it begins at 3.* the least value") as told:
        image = plot_map(view_of(WITH_ZEROS), ax=ax, **options)
    assert {each.filename for each in told} == {__file__}
    draw(image)
    assert image.get_clim() == pytest.approx((3, 5), rel=0.02)


def test_a_single_row_is_drawn_as_wide_as_its_neighbours_and_has_no_contours(ax):
    image = plot_map(view_of(RAMP[:, :1]), ax=ax)
    draw(image)
    assert image.get_extent() == pytest.approx([-0.5, 0.5, -0.5, 5.5])
    for mode in ("cont", "cm+cont"):
        with pytest.raises(BadOption, match=rf"mode='{mode[:2]}.* needs two points .* 1 along x"):
            plot_map(view_of(RAMP[:, :1]), mode=mode)


def test_levels_beside_all_values_are_told_of(data: Emout, ax):
    with pytest.warns(UserWarning, match=r"at levels=\[1000.0\]: phisp goes from -1") as told:
        data.phisp[-1, :, 8, :].plot(ax=ax, mode="cont", levels=[1000.0])
    assert told[0].filename == __file__


def test_curves_have_a_scale_and_no_colours(data: Emout, ax):
    part = data.nd1p[-1, 8, 8, :]
    part.plot(ax=ax, norm="log")
    assert ax.get_yscale() == "log"
    assert part[3:4].plot(ax=ax).get_marker() == "o"
    for options, says in (
        ({"mode": "cm"}, "mode='cm' is an option of maps"),
        ({"cmap": "plasma"}, "cmap='plasma' is an option of maps"),
        ({"norm": "power"}, "norm='power' does not fit a curve"),
        ({"vmin": 3, "vmax": 1}, "vmin=3 lies above vmax=1"),
        ({"norm": "log", "vmin": 0}, "vmin=0 does not fit norm='log'"),
        ({"colour": "k"}, "colour='k': no such option of a curve. Did you mean color"),
    ):
        with pytest.raises(BadOption, match=says):
            part.plot(ax=ax, **options)


def test_vectors_are_checked_too(data: Emout, ax):
    part = data.exz[-1, :, 8, :]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for factor in (0, np.nan):
            draw((part * factor).plot(ax=ax))
            draw((part * factor).plot(ax=ax, mode="vec", colorbar=False))
    for options, says in (
        ({"norm": "log", "vmin": -1}, "vmin=-1 does not fit"),
        ({"vmin": 3, "vmax": 1}, "vmin=3 lies above"),
        ({"mode": "vec", "cmap": "virids"}, "Did you mean 'viridis'"),
        ({"mode": "vec", "skip": 0}, "skip=0: give how many"),
        ({"densty": 2}, "densty=2: no such option of streamlines. Did you mean density"),
    ):
        with pytest.raises(BadOption, match=says):
            part.plot(ax=ax, **options)
    with pytest.warns(UserWarning, match=r"\|exz\| is 0 everywhere"):
        (part * 0).plot(ax=ax, norm="log")
    with pytest.raises(BadOption, match="mode='stream' needs two points"):
        data.exz[-1, :, 8, 3:4].plot(ax=ax)


def test_volumes_are_checked_too(data: Emout):
    for options, says in (
        ({"norm": "log"}, "norm='log' needs values over zero: phisp goes from"),
        ({"cmap": "virids"}, "Did you mean 'viridis'"),
        ({"vmin": 3, "vmax": 1}, "vmin=3 lies above"),
    ):
        with pytest.raises(BadOption, match=says):
            data.phisp[-1].plot_surfaces(planes={"y": 0.03}, **options)
    with pytest.raises(BadOption, match="Did you mean 'viridis'"):
        data.exyz[-1].plot(cmap="virids")
    draw(data.exyz[-1, 3:4, 3:4, 3:4].plot(colorbar=False))
    plt.close("all")


#: Nothing, then something: a film's range is that of all frames.
GROWING = np.stack([RAMP * 0, RAMP, 100 * RAMP])


@pytest.mark.parametrize("mode", ["cm", "cont", "cm+cont"])
@pytest.mark.parametrize("norm", [None, "log", "symlog"])
def test_films_have_the_range_of_all_frames(mode, norm):
    film = animate([view_of(GROWING)], mode=mode, norm=norm)
    (low, high) = film.moving()[0].get_clim()
    assert (low, high) == pytest.approx((2 if norm == "log" else 0, 500))
    assert frames(film) == 3


def test_films_of_values_without_a_range_are_drawn():
    for values in (GROWING * 0, GROWING * np.nan, GROWING * 0 + 5):
        assert frames(animate([view_of(values)], mode="cm+cont")) >= 1
    assert frames(animate([view_of(GROWING * 0)], mode="cont")) >= 1
    assert frames(animate([view_of(GROWING[:, 0] * np.nan)])) >= 1


def test_films_take_what_maps_take():
    film = animate([view_of(GROWING)], mode="cm+cont", levels=12, colors="k")
    assert len(film.moving()[1].levels) > 8
    film.bring(2)
    np.testing.assert_array_equal(np.unique(film.moving()[1].get_edgecolor()[:, :3]), [0])
    assert frames(animate([view_of(GROWING)], mode="cont", levels=[3.0])) == 3
    own = animate([view_of(GROWING)], norm=LogNorm())
    assert own.moving()[0].get_clim() == pytest.approx((2, 500))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"norm": "log", "vmax": 0}, "vmax=0 does not fit norm='log'"),
        ({"vmin": 900}, "vmin=900 lies above all values: f goes from 0 to 500"),
        ({"cmap": "virids"}, "Did you mean 'viridis'"),
        ({"mode": "bad"}, "No mode 'bad' for a map"),
        ({"mode": "cm+cont", "levels": [2, 1]}, "rising numbers"),
        ({"norm": LogNorm(), "vmax": 1}, "vmax=1 beside norm=LogNorm"),
    ],
)
def test_films_refuse_what_does_not_fit_when_they_are_made(options, says):
    with pytest.raises(BadOption, match=says):
        animate([view_of(GROWING)], **options)
