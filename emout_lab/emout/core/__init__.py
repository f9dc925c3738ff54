"""Upstream's ``emout.core``."""

from emout_lab.emout.facade import Emout

__all__ = ["Emout"]
