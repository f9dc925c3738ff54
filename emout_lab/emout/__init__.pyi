from .data import (
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
from .facade import Emout
from .logs import set_log_level
from .utils import InpFile, UnitConversionKey, Units
from .vectors import VectorData

__all__ = [
    "Data",
    "Data1d",
    "Data2d",
    "Data3d",
    "Data4d",
    "Emout",
    "GridDataSelection",
    "GridDataSeries",
    "InpFile",
    "UnitConversionKey",
    "Units",
    "VectorData",
    "VectorData2d",
    "VectorData3d",
    "set_log_level",
]
POLICY_NAMES: tuple[str, ...]
