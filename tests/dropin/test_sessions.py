"""The drop-in package with a session: transfer mode, `.remote()`, recorded figures."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

import emout_lab
import emout_lab.emout as emout
from emout_lab.emout.core.units import wpet_unit
from emout_lab.remote.session import Session
from emout_lab.sessions import SessionStatus


@pytest.fixture(scope="module", autouse=True)
def session(local_session: SessionStatus) -> Iterator[Session]:
    with emout_lab.connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture
def here(run_dir) -> emout.Emout:
    return emout.Emout(run_dir, local_data_policy="local")


def test_parts_are_read_on_the_engine(run_dir, here, session):
    strict = emout.Emout(run_dir, local_data_policy="remote_required")
    np.testing.assert_array_equal(strict.phisp[-1, 4], here.phisp[-1, 4])
    np.testing.assert_allclose(strict.phisp[-3:].mean(), here.phisp[-3:].mean(), rtol=1e-6)
    np.testing.assert_allclose(strict.nd1p[-1].val_si, here.nd1p[-1].val_si)
    assert strict.phisp[-1, 4, 4, 4] == here.phisp[-1, 4, 4, 4]


def test_remote_data_have_the_same_units(run_dir, here):
    data = emout.Emout(run_dir).remote()
    np.testing.assert_array_equal(data.phisp[-1, 4].fetch(), here.phisp[-1, 4])
    np.testing.assert_allclose(data.phisp[-3:].mean().fetch(), here.phisp[-3:].mean(), rtol=1e-6)
    np.testing.assert_allclose((data.nd1p[-1] * 2).val_si.fetch(), here.nd1p[-1].val_si * 2)
    assert float(data.phisp[-1].max()) == here.phisp[-1].max()
    assert data.phisp[:, 6].gifplot(action="bytes", figsize=(2, 2))[:4] == b"GIF8"


@pytest.mark.parametrize("way", ["local", "remote"])
def test_recorded_figures_draw_what_is_drawn_here(run_dir, way):
    data = emout.Emout(run_dir)
    data = data.remote() if way == "remote" else data
    with emout_lab.remote_figure(display=False) as figure:
        image = data.nd1p[-1, 6].plot(norm="log", vmin=1e-3, vmax=20)
        image.set_clim(1e-2, 10)
        label = plt.gca().get_xlabel()
    assert figure.result.data[:4] == b"\x89PNG" and label == "x [m]"
    with emout_lab.remote_figure(display=False) as figure:
        (line,) = data.phisp[-1, 6, 6].plot()
        line.set_color("red")
        numbers = np.asarray(line.get_ydata())
    np.testing.assert_allclose(numbers, emout.Emout(run_dir).phisp[-1, 6, 6].val_si)
    with emout_lab.remote_figure(display=False) as figure:
        ax = plt.figure().add_subplot(111, projection="3d")
        _, norm = data.phisp[-1].plot_surfaces(ax=ax, surfaces=data.boundaries)
        low = norm.vmin
    assert low == pytest.approx(emout.Emout(run_dir).phisp[-1].val_si.min())


def test_a_changed_field_travels_with_its_values(here):
    phi = here.phisp[-1, :, 6]
    phi[:] = 2.0
    with emout_lab.remote_figure(display=False):
        image = phi.plot()
        values = np.asarray(image.get_array())
    assert values.max() == pytest.approx(here.unit.phi.reverse(2.0))


def test_units_by_name_go_along(run_dir, here):
    emout.Emout.name2unit["t"] = wpet_unit
    try:
        times = emout.Emout(run_dir).remote().phisp[:, 6, 6, 6].t_si
        expected = here.phisp[:, 6, 6, 6].t_si
        again = pickle.loads(pickle.dumps(here))
    finally:
        del emout.Emout.name2unit["t"]
    np.testing.assert_allclose(np.asarray(times), expected)
    np.testing.assert_allclose(again.phisp[:, 6, 6, 6].t_si, expected)
    assert here.phisp[:, 6, 6, 6].t_si[1] < 1e-6 < expected[1]
