"""Pictures in space by PyVista, without a screen: of fields, vectors, bodies and orbits.

PyVista comes with the extra ``pyvista``; it and matplotlib are loaded when something is drawn.
"""

import lazy_loader

# What there is stands in the stub beside this file, once for people, type checkers and imports.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
