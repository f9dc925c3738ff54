"""The canvas that figures are rendered on: Agg, whose pictures are tight and drawn once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.image
import numpy as np
from matplotlib import _tight_bbox
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import open_file_cm
from PIL import Image

from emout_lab.engine.figures.fast.display_list import DisplayList, images_at_replay
from emout_lab.engine.figures.fast.png import png
from emout_lab.engine.figures.fast.renderer import Renderer
from emout_lab.engine.figures.fast.ticks import steady_ticks

Array = np.ndarray[Any, Any]

#: The least pixel of four bytes, opacity last, that nothing shows through.
OPAQUE = 0xFF000000
# matplotlib's classes and functions have no types.
_CANVAS: Any = FigureCanvasAgg
_adjust: Any = _tight_bbox.adjust_bbox


class FigureCanvas(_CANVAS):  # type: ignore[misc]  # matplotlib's class has no types
    """Writes with ``savefig(bbox_inches=False)`` what Agg writes with ``bbox_inches="tight"``."""

    def tight_picture(self) -> memoryview:
        """Return the picture: bytes, shape (height, width, 4).

        Raises
        ------
        NeedsPixels
            When an artist has to see what was drawn before it.
        """
        figure, dpi = self.figure, self.figure.dpi
        display_list = DisplayList(self.get_width_height(physical=True), dpi)
        with steady_ticks(figure), images_at_replay(figure):
            with _without(figure.patch):
                figure.draw(display_list)
            tight = figure.get_tightbbox(display_list)
        tight = tight.padded(matplotlib.rcParams["savefig.pad_inches"])
        restore = _adjust(figure, tight, display_list)
        try:
            renderer = Renderer(self.get_width_height(physical=True), dpi)
            figure.patch.draw(renderer)
            display_list.replay(renderer, *(-dpi * tight.p0))
        finally:
            restore()
        return renderer.picture()

    def _print_pil(
        self, filename_or_obj: Any, fmt: str, pil_kwargs: Any, metadata: Any = None
    ) -> None:
        # All of Agg's raster formats come here, each with settings of its own.
        picture, dpi = self.tight_picture(), self.figure.dpi
        if fmt == "png":
            with open_file_cm(filename_or_obj, "wb") as file:
                file.write(png(_without_opacity(picture), dpi))
            return
        matplotlib.image.imsave(
            filename_or_obj,
            picture,
            format=fmt,
            origin="upper",
            dpi=dpi,
            metadata=metadata,
            pil_kwargs=pil_kwargs,
        )


def _without_opacity(picture: memoryview) -> Array:
    """Return the pixels; where all are opaque, without the byte that says so."""
    pixels = np.asarray(picture)
    if pixels.view(np.dtype("<u4")).min() < OPAQUE:
        return pixels
    height, width, _ = pixels.shape
    return np.asarray(
        Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1).convert("RGB")
    )


@contextmanager
def _without(artist: Any) -> Iterator[None]:
    was_visible = artist.get_visible()
    artist.set_visible(False)
    try:
        yield
    finally:
        artist.set_visible(was_visible)
