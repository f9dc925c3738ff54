from . import (
    camera,
    colours,
    drawings,
    field_layer,
    figure,
    film,
    gl,
    grids,
    layers,
    memory,
    options,
    rendering,
    scene,
    vector_layers,
    vtk_files,
)
from .camera import Camera
from .scene import Scene

__all__ = [
    "Camera",
    "Scene",
    "camera",
    "colours",
    "drawings",
    "field_layer",
    "figure",
    "film",
    "gl",
    "grids",
    "layers",
    "memory",
    "options",
    "rendering",
    "scene",
    "vector_layers",
    "vtk_files",
]
