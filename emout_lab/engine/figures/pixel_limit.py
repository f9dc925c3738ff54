"""Pictures of more pixels than a limit are refused before their memory is taken.

They come from a large ``figsize`` or ``dpi``, and from a text far outside of a figure that is cut
to what is drawn. Without a limit one takes gigabytes and minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.animation import AbstractMovieWriter
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.image import AxesImage, BboxImage, NonUniformImage, PcolorImage
from matplotlib.transforms import Bbox

from emout_lab.errors import TooLarge

#: Each finds its pixels in a way of its own.
IMAGES = (AxesImage, NonUniformImage, PcolorImage, BboxImage)


class PixelLimit:
    """Lets matplotlib begin no picture of more pixels than a limit, whoever asks for it.

    All pixels of matplotlib are drawn by `RendererAgg`: of ``savefig``, of frames of animations,
    and of what is brought to pixels within SVG and PDF. It gets the size when it is made.
    Only images within SVG and PDF find their pixels without it, and are asked themselves. Writers
    of animations are asked as well, when they are set up: later they hide the error behind another
    one.

    Parameters
    ----------
    most : int or None
        Pixels of one picture; None for no limit.
    """

    def __init__(self, most: int | None) -> None:
        self.most = most
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def start(self) -> None:
        """Refuse from now on."""
        self._replace(RendererAgg, "__init__", self._renderer)
        self._replace(AbstractMovieWriter, "setup", self._writer)
        for each in IMAGES:
            self._replace(each, "make_image", self._image)

    def close(self) -> None:
        """Refuse nothing any more; closing twice is safe."""
        self.most = None
        for owner, name, original, own in self._replaced:
            # Another engine of this process may have begun meanwhile, and calls ours.
            if getattr(owner, name) is own:
                setattr(owner, name, original)
        self._replaced.clear()

    def check(self, width: float, height: float) -> None:
        """Refuse a picture of so many pixels.

        Raises
        ------
        TooLarge
            With its size, the limit and what helps.
        """
        if self.most is not None and width * height > self.most:
            raise TooLarge(
                f"this picture would have {width:,.0f} x {height:,.0f} pixels, and at most "
                f"{self.most:,} are drawn. Make figsize or dpi smaller. If the figure itself is "
                "small, something lies far outside of its axes, a text for example: move it, or "
                "give it clip_on=True. For larger pictures set figure_pixels "
                "(EMOUT_LAB_FIGURE_PIXELS) where the session is started."
            )

    def _replace(
        self, owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        original = getattr(owner, name)
        own = make(original)
        self._replaced.append((owner, name, original, own))
        setattr(owner, name, own)

    def _renderer(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def init(renderer: Any, width: float, height: float, *args: Any, **options: Any) -> None:
            self.check(width, height)
            original(renderer, width, height, *args, **options)

        return init

    def _writer(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def setup(writer: Any, fig: Any, outfile: Any, dpi: float | None = None) -> Any:
            # Between frames the figure is drawn at its own resolution.
            width, height = fig.get_size_inches() * max(dpi or 0.0, fig.dpi)
            self.check(width, height)
            return original(writer, fig, outfile, dpi)

        return setup

    def _image(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def make_image(
            image: Any, renderer: Any, magnification: float = 1.0, unsampled: bool = False
        ) -> Any:
            if not unsampled:
                seen = _seen(image, renderer)
                self.check(seen.width * magnification, seen.height * magnification)
            return original(image, renderer, magnification, unsampled)

        return make_image


def _seen(image: Any, renderer: Any) -> Bbox:
    """Return where an image lies, as far as its axes show it."""
    extent = image.get_window_extent(renderer)
    if image.axes is None or not image.get_clip_on():
        clip = image.get_figure().bbox
    else:
        clip = image.get_clip_box() or image.axes.bbox
    return Bbox.intersection(extent, clip) or Bbox.from_bounds(0, 0, 0, 0)
