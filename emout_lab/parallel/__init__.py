"""IPython.parallel's views of a session's engines: same names, same semantics, no second cluster.

::

    from emout_lab import parallel as ipp

    client = ipp.Client()
    client[:].apply_sync(lambda x: x + 1, 2)
"""

import lazy_loader

# What there is stands in the stub beside this file, once for people, type checkers and imports.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
