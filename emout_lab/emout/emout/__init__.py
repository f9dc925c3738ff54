"""Upstream's older name of ``emout.core``: ``emout.emout``."""

from emout_lab.emout.facade import Emout

__all__ = ["Emout"]
