"""Upstream's ``emout.core.boundaries``."""

from emout_lab.emses.boundaries import Boundary, BoundaryCollection

__all__ = ["Boundary", "BoundaryCollection"]
