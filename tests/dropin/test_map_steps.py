"""Maps of upstream's fields tell their output steps in the units that they are drawn in."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses.plot.map_steps import STEPS
from emout_lab.engine import operations

DRAWINGS = {
    "plot": lambda field: field.plot(),
    "plot in EMSES units": lambda field: field.plot(use_si=False),
    "plot with axes": lambda field: field.plot(axes="zx"),
    "xarray's": lambda field: field.plot.pcolormesh(),
    "plt.imshow": lambda field: operations.call_pyplot("imshow", field),
    "an expression": lambda field: abs(field * 2).plot(),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_map_reads_another_step_as_it_would_have_been_drawn(data, name: str):
    plt.figure()
    found = DRAWINGS[name](data.phisp[-1, :, 6, :])
    steps = getattr(found, STEPS)
    for step in (steps.at, 0):
        plt.figure()
        expected = DRAWINGS[name](data.phisp[step, :, 6, :]).get_array()
        np.testing.assert_allclose(steps.read(step), expected, rtol=1e-6)
    plt.close("all")


def test_a_field_that_was_changed_has_no_other_steps(data):
    field = data.phisp[-1, :, 6, :] * 2
    field[3, 3] = 1.0
    plt.figure()
    assert not hasattr(field.plot(), STEPS)
    plt.close("all")
