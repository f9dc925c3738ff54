"""Upstream's ``emout.core.backtrace``: inputs are in EMSES units there and here."""

from emout_lab.emses.backtrace.api import Backtrace as BacktraceWrapper
from emout_lab.emses.backtrace.curves import HeatmapData, MultiXYData, XYData
from emout_lab.emses.backtrace.particles import Particle
from emout_lab.emses.backtrace.probability import ProbabilityResult
from emout_lab.emses.backtrace.results import BacktraceResult, MultiBacktraceResult
from emout_lab.emses.backtrace.workflow import Trace as TraceWrapper
from emout_lab.emses.backtrace.workflow import TraceResult

__all__ = [
    "BacktraceResult",
    "BacktraceWrapper",
    "HeatmapData",
    "MultiBacktraceResult",
    "MultiXYData",
    "Particle",
    "ProbabilityResult",
    "TraceResult",
    "TraceWrapper",
    "XYData",
]
