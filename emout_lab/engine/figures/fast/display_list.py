"""What a figure draws, kept until it is known where the tight picture lies.

``savefig(bbox_inches="tight")`` goes through the whole figure three times: to settle every place,
to ask how far everything reaches, and to draw. The first time is enough to draw as well:
what it draws is kept as a display list, and brought to pixels when the second has given the shift.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial, partialmethod
from typing import Any

import numpy as np
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedPath

from emout_lab.engine.figures.fast.renderer import Renderer
from emout_lab.engine.figures.fast.ticks import all_axes

Array = np.ndarray[Any, Any]

#: The argument, after the graphics context, that takes what a method draws to pixels.
TRANSFORM_OF = {
    "draw_path": 1,
    "draw_markers": 3,
    "draw_path_collection": 0,
    "draw_quad_mesh": 0,
    "draw_gouraud_triangles": 2,
}


class NeedsPixels(Exception):
    """An artist wants to see pixels while it draws, or draws in a way of its own."""


class DisplayList(Renderer):
    """A renderer that measures text as Agg does, and keeps what it is to draw.

    Parameters
    ----------
    size : (int, int)
        Width and height of the figure [pixel].
    dpi : float
        Dots per inch.
    """

    def __init__(self, size: tuple[int, int], dpi: float) -> None:
        super().__init__((1, 1), dpi)  # no pixel is set here
        self.width, self.height = size
        self.bbox = Bbox.from_bounds(0, 0, *size)
        self._kept: list[tuple[str, Any, list[Any], dict[str, Any]]] = []

    def replay(self, renderer: Any, right: float, up: float) -> None:
        """Draw everything, moved by so many pixels, on a renderer of another size."""
        # Text counts from the upper edge, all else from the lower one.
        down = renderer.height - self.height - up
        shift = np.array([right, up])
        for method, gc, args, kwargs in self._kept:
            if gc is not None:
                _move_clip(gc, shift)
                if method in TRANSFORM_OF:
                    matrix = args[TRANSFORM_OF[method]] = np.array(args[TRANSFORM_OF[method]])
                    matrix[:2, 2] += shift
                elif method != "draw_image":
                    args[:2] = args[0] + right, args[1] + down
                elif isinstance(args[2], DeferredImage):
                    args[2].draw(renderer, gc)
                    continue
                else:
                    args[:2] = args[0] + right, args[1] + up
                args.insert(0, gc)
            getattr(renderer, method)(*args, **kwargs)
        self._kept.clear()

    def _update_methods(self) -> None:
        """Bind no method to Agg's own pixels."""

    def _keep(self, method: str, gc: Any, *args: Any, **kwargs: Any) -> None:
        if len(args) <= TRANSFORM_OF.get(method, 1):
            raise NeedsPixels(f"{method} was called with its place by name")
        # Transformations and boxes follow their axes; one context serves many calls.
        kept = [a.get_matrix().copy() if isinstance(a, Transform) else a for a in args]
        own = copy.copy(gc)
        own._cliprect = None if gc._cliprect is None else gc._cliprect.get_points().copy()
        path, place = gc.get_clip_path()
        own._clippath = None if path is None else (path, place.get_matrix().copy())
        self._kept.append((method, own, kept, kwargs))

    def _note(self, method: str, *args: Any) -> None:
        self._kept.append((method, None, list(args), {}))

    def _refuse(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002  # whatever is asked
        raise NeedsPixels("nothing was brought to pixels yet")

    draw_path = partialmethod(_keep, "draw_path")
    draw_markers = partialmethod(_keep, "draw_markers")
    draw_path_collection = partialmethod(_keep, "draw_path_collection")
    draw_quad_mesh = partialmethod(_keep, "draw_quad_mesh")
    draw_gouraud_triangles = partialmethod(_keep, "draw_gouraud_triangles")
    draw_image = partialmethod(_keep, "draw_image")
    draw_text = partialmethod(_keep, "draw_text")
    draw_tex = partialmethod(_keep, "draw_tex")
    start_filter = partialmethod(_note, "start_filter")
    stop_filter = partialmethod(_note, "stop_filter")
    buffer_rgba = tostring_argb = copy_from_bbox = restore_region = clear = _refuse


class DeferredImage:
    """Stands for the pixels of an image, which depend on where its edges fall between pixels."""

    def __init__(self, artist: Any) -> None:
        self._artist = artist

    def draw(self, renderer: Any, gc: Any) -> None:
        """Find the pixels, where the image is now, and draw them."""
        pixels, x, y, _ = self._artist.make_image(renderer, renderer.get_image_magnification())
        if pixels is not None:
            renderer.draw_image(gc, x, y, pixels)


@contextmanager
def images_at_replay(figure: Any) -> Iterator[None]:
    """Let the images of a figure find their pixels when the list is replayed."""
    images = [*figure.images, *(image for axes in all_axes(figure) for image in axes.images)]
    for image in images:
        image.make_image = partial(_defer, image)
    try:
        yield
    finally:
        for image in images:
            del image.make_image


def _defer(image: Any, *args: Any, **kwargs: Any) -> tuple[DeferredImage, int, int, None]:  # noqa: ARG001  # matplotlib's form
    return DeferredImage(image), 0, 0, None


def _move_clip(gc: Any, shift: Array) -> None:
    if gc._cliprect is not None:
        gc._cliprect = Bbox(gc._cliprect + shift)
    if gc._clippath is not None:
        path, place = gc._clippath
        place[:2, 2] += shift
        gc._clippath = TransformedPath(path, Affine2D(place))
