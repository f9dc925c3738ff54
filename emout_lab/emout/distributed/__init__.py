"""Upstream's ``emout.distributed``: names over `emout_lab.remote` and `emout_lab.sessions`.

Every name is loaded when it is first used.
"""

import lazy_loader

# What there is stands in the stub beside this file.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
