"""Plain drawing functions of arrays; matplotlib is loaded when one of them is first used."""

import lazy_loader

# What there is stands in the stub beside this file, once for people, type checkers and imports.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
