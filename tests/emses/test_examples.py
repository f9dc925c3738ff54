"""The examples in the documentation strings are run as they stand."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = [
    "arithmetic",
    "articles.modes",
    "articles.opening",
    "articles.regions",
    "articles.values",
    "backend",
    "backtrace.periodic_curves",
    "backtrace.probability",
    "backtrace.sharing",
    "boundaries.collection",
    "demo",
    "demo_particles",
    "emout",
    "execution",
    "fields",
    "indexing",
    "mesh",
    "parameters",
    "particles.rows",
    "particles.series",
    "particles.snapshot",
    "plot.actions",
    "plot.animation",
    "plot.bounds",
    "plot.labels",
    "plot.map_steps",
    "plot.offsets",
    "plot.options",
    "plot.surface_lines",
    "policy",
    "poisson_solver",
    "reading",
    "relocation",
    "run",
    "step_values",
    "symmetries",
    "time_series",
    "unit_names",
    "units",
    "vectors",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_documentation_run(name: str):
    module = import_module(f"emout_lab.emses.{name}")
    failed, tried = doctest.testmod(module)
    assert tried and not failed
