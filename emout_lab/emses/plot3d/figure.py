"""A scene as a figure of matplotlib: its picture, and colour bars and title beside it.

So it goes wherever figures go: into remote figures, files of any format, a notebook. Its picture is
rendered anew for each resolution.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from emout_lab.emses.plot3d import rendering
from emout_lab.emses.plot3d.camera import Camera

Array = np.ndarray[Any, Any]

#: Dots per inch at which a picture has the size that was asked for: that of remote figures.
DPI: Final = 150.0
#: Width of colour bars with their labels, and of a bar; height of a title [inch].
BAR_SPACE, BAR_WIDTH, TITLE_SPACE = 1.15, 0.13, 0.36
#: The part of a small figure that they take at most.
MOST_BESIDE: Final = 0.4
#: A picture of 800 pixels is no pixel smaller for rounding.
SURPLUS_PX: Final = 0.01


class SceneArtist(Artist):
    """The picture of a scene, in a part of a figure.

    Parameters
    ----------
    scene : Scene
        What is drawn.
    """

    def __init__(self, scene: Any) -> None:
        super().__init__()
        self.scene = scene
        #: Left, bottom, width, height as parts of the figure.
        self.place = (0.0, 0.0, 1.0, 1.0)
        self.is_blank = False
        self._key: tuple[Any, ...] = ()
        self._pixels: Array | None = None

    def get_window_extent(self, renderer: Any = None) -> Bbox:  # noqa: ARG002 - matplotlib's
        """Return all of the figure."""
        return Bbox(self._figure_box().get_points())

    def size(self, magnification: float = 1.0) -> tuple[int, int]:
        """Return width and height in pixels."""
        box = self._figure_box()
        _, _, width, height = self.place
        return (
            max(1, round(int(box.width * magnification) * width)),
            max(1, round(int(box.height * magnification) * height)),
        )

    def scale(self, magnification: float = 1.0) -> float:
        """Return the size of texts and lines."""
        return float(self._own_figure().dpi) * magnification / DPI

    def draw(self, renderer: Any) -> None:
        """Render, unless it was done just before."""
        if self.is_blank or not self.get_visible():
            return
        many = float(renderer.get_image_magnification())
        size, scale = self.size(many), self.scale(many)
        key = (size, scale, self.scene.version)
        if self._pixels is None or key != self._key:
            (pixels,) = rendering.frames(self.scene, [self.scene.view], size, scale)
            opaque = np.full((*pixels.shape[:2], 1), 255, dtype=np.uint8)
            self._pixels, self._key = np.concatenate([pixels, opaque], axis=-1), key
        box = self._figure_box()
        graphics = renderer.new_gc()
        x, y = round(box.width * self.place[0]), round(box.height * self.place[1])
        # matplotlib's renderers count rows from below.
        renderer.draw_image(graphics, x, y, np.ascontiguousarray(self._pixels[::-1]))
        graphics.restore()
        self.stale = False

    def _own_figure(self) -> Any:
        return self.figure

    def _figure_box(self) -> Any:
        return self._own_figure().bbox


class SceneFigure(Figure):
    """A figure with one scene in it; ``savefig`` never cuts it.

    Parameters
    ----------
    scene : Scene
        What is drawn.
    """

    def __init__(self, *args: Any, scene: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.scene = scene
        self.picture = SceneArtist(scene)
        self.add_artist(self.picture)
        self._bars: list[Any] = []
        self.arrange()

    def arrange(self) -> None:
        """Put title and colour bars where the scene's present ones have room."""
        for axes in self._bars:
            axes.remove()
        title, bars = self.scene.shown_title, self.scene.bars
        self.suptitle(title)
        across, along = self.get_size_inches()
        width = 1 - min(MOST_BESIDE, BAR_SPACE / across) if bars else 1.0
        height = 1 - min(MOST_BESIDE, TITLE_SPACE / along) if title else 1.0
        self.picture.place = (0.0, 0.0, width, height)
        self._bars = []
        share = 0.9 * height / max(len(bars), 1)
        for number, bar in enumerate(bars):
            bottom = 0.05 * height + (len(bars) - 1 - number) * share
            place = (width + 0.005, bottom + 0.03 * share, BAR_WIDTH / across, 0.88 * share)
            axes = self.add_axes(place)
            self.colorbar(ScalarMappable(bar.norm, bar.cmap), cax=axes, label=bar.label)
            self._bars.append(axes)
        self.stale = True

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the picture as it is: in exactly as many pixels as were asked for."""
        for name in ("bbox_inches", "backend", "pad_inches"):
            options.pop(name, None)
        with matplotlib.rc_context({"savefig.bbox": None}):
            super().savefig(fname, **options)


def formats() -> frozenset[str]:
    """Return the formats of pictures."""
    return frozenset(FigureCanvasAgg.get_supported_filetypes())


def size_in_inches(window_size: tuple[int, int] | None) -> tuple[float, float]:
    """Return the size of a figure that has so many pixels at `DPI`; matplotlib's without any."""
    if window_size is None:
        width, height = matplotlib.rcParams["figure.figsize"]
        return float(width), float(height)
    width, height = ((pixels + SURPLUS_PX) / DPI for pixels in window_size)
    return width, height


def file_of(scene: Any, format: str = "png", dpi: float = DPI) -> bytes:
    """Return the picture of a scene as the content of a file."""
    target = io.BytesIO()
    with own_figure(scene) as figure:
        figure.savefig(target, format=format, dpi=dpi)
    return target.getvalue()


@contextlib.contextmanager
def own_figure(scene: Any) -> Iterator[SceneFigure]:
    """Give a figure of a scene that pyplot does not know."""
    figure = SceneFigure(size_in_inches(scene.window_size), scene=scene, dpi=DPI)
    FigureCanvasAgg(figure)
    yield figure


def pictures(scene: Any, cameras: Sequence[Camera], dpi: float) -> list[Array]:
    """Draw the whole figure as each camera sees the scene.

    Returns
    -------
    list of ndarray, shape (height, width, 3), uint8
    """
    with own_figure(scene) as figure:
        figure.set_dpi(dpi)
        artist = figure.picture
        artist.is_blank = True
        canvas: Any = figure.canvas
        canvas.draw()
        around = np.array(canvas.buffer_rgba())[..., :3]
        width, height = artist.size()
        found = []
        for pixels in rendering.frames(scene, cameras, (width, height), artist.scale()):
            whole = around.copy()
            whole[len(whole) - height :, :width] = pixels
            found.append(whole)
        return found
