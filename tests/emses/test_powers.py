"""Powers of ten beside axes: in labels, in one way of writing, and over no title."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from views import curve, hill, texts, view

from emout_lab.emses.backtrace.curves import Quantity, XYData
from emout_lab.emses.plot import lines, maps


def corners(ax):
    ax.figure.canvas.draw()
    return [axis.get_offset_text().get_text() for axis in (ax.xaxis, ax.yaxis)]


def test_powers_of_ten_are_in_the_labels(ax):
    image = maps.plot_map(
        hill(top=2e13, unit="m^-3", name="nd1p", extents=(2e-7, 1), dims="tx"), ax=ax
    )
    assert corners(ax) == ["", ""] and corners(image.colorbar.ax) == ["", ""]
    assert ax.get_ylabel() == "t [10$^{-7}$ s]" and ax.get_xlabel() == "x [m]"
    assert image.colorbar.ax.get_ylabel() == "nd1p [10$^{13}$ m$^{-3}$]"
    ax.set_ylim(0, 2e-9)
    assert corners(ax)[1] == "" and ax.get_ylabel() == "t [10$^{-9}$ s]"


def test_values_of_hundreds_of_thousands_leave_room_for_their_label(ax):
    lines.plot_line(curve(values=np.linspace(-3e5, 3e5, 9), name="vx", unit="m/s"), ax=ax)
    found = dict(texts(ax.figure))
    label = found["vx [10$^{5}$ m/s]"]
    assert label.x0 > 0
    assert not any(label.overlaps(box) for text, box in found.items() if "vx" not in text)


def test_curves_maps_and_spectra_of_orbits_write_powers_alike(ax):
    quantities = Quantity("t", None), Quantity("vx", None)
    XYData(np.linspace(0, 1e-8, 5), np.linspace(-3e5, 3e5, 5), *quantities).plot(ax=ax)
    assert corners(ax) == ["", ""]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("t [10$^{-8}$]", "vx [10$^{5}$]")


def test_a_power_is_told_in_the_corner_where_the_label_is_the_users(ax):
    lines.plot_line(curve(values=np.linspace(0, 3e5, 9)), ax=ax, ylabel="own")
    assert "10^{5}" in corners(ax)[1] and ax.get_ylabel() == "own"
    lines.plot_line(curve(values=np.linspace(0, 3e5, 9)), ax=ax)
    ax.set_ylabel("")
    lines.plot_line(curve(values=np.linspace(0, 3e5, 9)), ax=ax)
    assert corners(ax)[1] == "" and "10$^{5}$" in ax.get_ylabel()


def test_a_label_follows_what_becomes_of_its_numbers(ax):
    lines.plot_line(curve(values=np.linspace(1, 3e5, 9)), ax=ax)
    ax.figure.canvas.draw()
    ax.ticklabel_format(style="plain", axis="y")
    ax.figure.canvas.draw()
    assert ax.get_ylabel() == "phisp [V]"
    ax.set_yscale("log")
    ax.figure.canvas.draw()
    assert ax.get_ylabel() == "phisp [V]"


def test_summands_of_numbers_stay_in_the_corner(ax):
    lines.plot_line(curve(values=1e6 + np.linspace(0, 1e-3, 9)), ax=ax)
    assert "10^{6}" in corners(ax)[1] and ax.get_ylabel() == "phisp [V]"


def test_shared_axes_tell_the_power_where_their_label_is_seen():
    figure, (top, below) = plt.subplots(2, 1, sharex=True)
    for ax in (top, below):
        times = view(np.linspace(0, 1, 9), (3e-7,), dims="t")
        lines.plot_line(times, ax=ax)
        ax.label_outer()
    assert corners(below)[0] == "" and below.get_xlabel() == "t [10$^{-7}$ s]"
    below.set_xlabel("own")
    assert "10^{" in corners(below)[0]
    plt.close(figure)


def test_a_title_is_not_printed_over():
    for extents in ((0.512, 0.13), (0.064, 0.064)):
        figure, ax = plt.subplots()
        fixed = (("t", "667 ns"), ("y", "128 mm"))
        maps.plot_map(hill(extents=extents, top=3e-8, fixed=fixed), ax=ax)
        title = next(box for text, box in texts(figure) if "667" in text)
        rest = [box for text, box in texts(figure) if "667" not in text]
        assert not any(title.overlaps(box) for box in rest)
        plt.close(figure)
