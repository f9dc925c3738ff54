"""Plain drawing functions of arrays; matplotlib is loaded when one of them is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emout_lab.emses.plot import (
        actions,
        animation,
        arrows,
        colorbars,
        finish,
        labels,
        levels,
        lines,
        maps,
        panels,
        sharing,
        spacing,
        surfaces,
    )

__all__ = [
    "actions",
    "animation",
    "arrows",
    "colorbars",
    "finish",
    "labels",
    "levels",
    "lines",
    "maps",
    "panels",
    "sharing",
    "spacing",
    "surfaces",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
