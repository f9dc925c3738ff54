"""Sessions: clusters that outlive the notebook, started, found, joined and stopped by name.

Loading this package loads neither Dask nor a queue system's library; its names load on first use.
`emout_lab.sessions.aio` has the same functions for an event loop.
"""

import lazy_loader

# What there is stands in the stub beside this file, once for people, type checkers and imports.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
