"""Upstream's ``emout.core.data``: names of types."""

from emout_lab.emout.data import (
    Data,
    Data1d,
    Data2d,
    Data3d,
    Data4d,
    GridDataSelection,
    GridDataSeries,
    VectorData2d,
    VectorData3d,
)
from emout_lab.emout.vectors import VectorData

__all__ = [
    "Data",
    "Data1d",
    "Data2d",
    "Data3d",
    "Data4d",
    "GridDataSelection",
    "GridDataSeries",
    "VectorData",
    "VectorData2d",
    "VectorData3d",
]
