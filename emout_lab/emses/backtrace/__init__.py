"""Orbits traced backward in time, and the phase-space density that Liouville's theorem gives.

``data.backtrace`` and ``data.trace`` are the ways in, see `emout_lab.emses.backtrace.api.Backtrace`
and `emout_lab.emses.backtrace.workflow.Trace`. Importing this package loads neither numba nor
matplotlib.
"""

import lazy_loader

# What there is stands in the stub beside this file, once for people, type checkers and imports.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
