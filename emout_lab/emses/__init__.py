"""EMSES data: fields, parameters, units, plots.

Importing this package loads neither xarray nor h5py nor matplotlib: every public name and every
submodule is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emout_lab.emses import (
        backend,
        backtrace,
        boundaries,
        demo,
        diagnostics,
        emout,
        execution,
        field_sources,
        fields,
        lazy_array,
        parameters,
        plot,
        plotter,
        policy,
        reading,
        relocation,
        run_directory,
        units,
        vectors,
    )
    from emout_lab.emses.emout import Emout
    from emout_lab.emses.fields import Field
    from emout_lab.emses.plot.animation import FieldAnimation
    from emout_lab.emses.vectors import VectorField

__all__ = [
    "Emout",
    "Field",
    "FieldAnimation",
    "VectorField",
    "backend",
    "backtrace",
    "boundaries",
    "demo",
    "diagnostics",
    "run_directory",
    "emout",
    "execution",
    "fields",
    "lazy_array",
    "parameters",
    "plot",
    "plotter",
    "policy",
    "reading",
    "relocation",
    "field_sources",
    "units",
    "vectors",
]

_HOME_OF = {
    "Emout": "emout",
    "Field": "fields",
    "VectorField": "vectors",
    "FieldAnimation": "plot.animation",
}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
