"""Films of a way around a scene."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from PIL import Image

from emout_lab.emses import execution
from emout_lab.emses.plot import encoders
from emout_lab.emses.plot.actions import DEFAULT_INTERVAL_MS
from emout_lab.emses.plot.animation import FieldAnimation
from emout_lab.emses.plot.frames import Palette
from emout_lab.emses.plot3d import figure as figures
from emout_lab.emses.plot3d.camera import Camera

Array = np.ndarray[Any, Any]

LABEL: Final = "drawing frames"
#: Frames of one task, which a scene is read and built for once; and frames that the palette is of.
PART, SAMPLES = 8, 4


class SceneFilm(FieldAnimation):
    """A film of one scene, seen by one camera after another; ``save("film.gif")`` writes it.

    Frames are drawn by all workers of the session in use.

    Parameters
    ----------
    scene : Scene
        What is seen.
    cameras : sequence of Camera
        One for each frame.
    drawn : SceneFigure
        The scene's figure.
    interval : float
        Time from frame to frame [ms].
    repeat : bool
        Start again after the last frame.
    """

    def __init__(
        self,
        scene: Any,
        cameras: Sequence[Camera],
        drawn: Any,
        *,
        interval: float = DEFAULT_INTERVAL_MS,
        repeat: bool = True,
    ) -> None:
        self.scene, self.cameras = scene, list(cameras)
        super().__init__(drawn, [], [], len(self.cameras), interval=interval, repeat=repeat)

    def bring(self, frame: int) -> list[Any]:
        """Look through a frame's camera."""
        self.scene.look(self.cameras[frame])
        return []

    def rgb(self, dpi: float | None = None, frames: Sequence[int] | None = None) -> Iterator[Array]:
        """Draw frame after frame, see `FieldAnimation.rgb`."""
        numbers = range(self.frames) if frames is None else frames
        yield from map(_pixels, self._files(dpi, numbers))

    def indexed(
        self, dpi: float | None = None, palette: Palette | None = None
    ) -> Iterator[Image.Image]:
        """Draw frame after frame in the colours of one palette."""
        files = self._files(dpi, range(self.frames))
        if palette is None:
            palette = Palette([_pixels(files[i]) for i in self._samples()])
        for file in files:
            yield palette.image(palette.indices(_pixels(file)))

    def palette(self, dpi: float | None = None) -> Palette:
        """Find the palette of all frames on a few of them."""
        return Palette(list(self.rgb(dpi, self._samples())))

    def _samples(self) -> list[int]:
        places = np.linspace(0, self.frames - 1, SAMPLES).astype(int)
        return [int(place) for place in np.unique(places)]

    def _files(self, dpi: float | None, numbers: Sequence[int]) -> list[bytes]:
        """Let all workers draw frames; they come as PNG files."""
        size = figures.DPI if dpi is None else dpi
        parts = [numbers[i : i + PART] for i in range(0, len(numbers), PART)]
        tasks = [(self.scene, [self.cameras[i] for i in part], size) for part in parts]
        drawn = execution.current().map(draw_part, tasks, label=LABEL)
        return [file for part in drawn for file in part]

    def _shared(self, kind: str, dpi: float | None, milliseconds: float) -> list[Any]:  # noqa: ARG002 - frames are shared out one by one
        return []

    def told(
        self, images: Any, progress_callback: Callable[[int, int], Any] | None = None
    ) -> Iterator[Any]:
        """Tell the asker of each frame; whoever watches is told while they are drawn."""
        for number, image in enumerate(images):
            yield image
            if progress_callback is not None:
                progress_callback(number, self.frames)

    def __repr__(self) -> str:
        return f"<SceneFilm of {self.frames} frames>"


def draw_part(scene: Any, cameras: Sequence[Camera], dpi: float) -> list[bytes]:
    """Task: draw some frames, as PNG files."""
    drawn = figures.pictures(scene, cameras, dpi)
    execution.current().progress(len(drawn), len(cameras), LABEL)
    return [encoders.png(Image.fromarray(image)) for image in drawn]


def _pixels(file: bytes) -> Array:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("RGB"))
