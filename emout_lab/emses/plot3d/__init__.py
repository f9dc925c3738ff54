"""Pictures in space by PyVista, without a screen: of fields, vectors, bodies and orbits.

PyVista comes with the extra ``pyvista`` and is loaded when something is drawn.
"""

from __future__ import annotations

from emout_lab.emses.plot3d.camera import Camera
from emout_lab.emses.plot3d.scene import Scene

__all__ = ["Camera", "Scene"]
