"""Upstream's ``emout.core.facade``."""

from emout_lab.emout.facade import Emout

__all__ = ["Emout"]
