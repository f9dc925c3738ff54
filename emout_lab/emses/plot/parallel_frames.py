"""Frames of long animations drawn on all engines of a session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import matplotlib

from emout_lab.emses import execution
from emout_lab.emses.plot import encoders
from emout_lab.emses.plot.frames import Palette

#: How this is called where its progress is shown.
LABEL = "drawing frames"
#: Frames of one part; fewer would be drawn before their axes are.
FRAMES = 100
#: The same where each frame is drawn anew.
SLOW_FRAMES = 10
#: Parts that a long animation is divided into at most, by growing them.
PARTS = 32
#: Options of an animation that do not change its frames.
NOT_OF_FRAMES = (
    "action",
    "filename",
    "savefilename",
    "show",
    "interval",
    "fps",
    "repeat",
    "origin",
    "name",
)

# matplotlib's settings belong to the whole process.
_DRAWING = threading.Lock()


@dataclass(frozen=True)
class Origin:
    """What an animation was made of: enough to make a part of it elsewhere.

    Parameters
    ----------
    field : Field
        Lazy where possible: it pickles as a recipe, so that each part reads its own frames only.
    axis : int
        Dimension that became time.
    use_si : bool
        Whether it is drawn in SI.
    options : dict
        Of `Field.gifplot`, with limits that all parts share.
    """

    field: Any
    axis: int
    use_si: bool
    options: dict[str, Any]

    def limited(self, scale: dict[str, Any]) -> Origin | None:
        """Return the origin with one scale for all parts; None where parts could differ.

        Parameters
        ----------
        scale : dict
            Options with those of the scale filled in.
        """
        options = {k: v for k, v in {**self.options, **scale}.items() if k not in NOT_OF_FRAMES}
        is_private = options.get("fig") is not None or options.get("ax") is not None
        if is_private or not isinstance(options.get("norm"), (str, type(None))):
            return None
        return Origin(self.field, self.axis, self.use_si, options)

    def with_options(self, **options: Any) -> Origin:
        """Return the origin with other options."""
        return replace(self, options={**self.options, **options})

    def part(self, start: int, stop: int) -> Any:
        """Make the animation of some of the frames."""
        key: list[Any] = [slice(None)] * self.field.ndim
        key[self.axis] = slice(start, stop)
        return self.field[tuple(key)].gifplot(axis=self.axis, use_si=self.use_si, **self.options)


def shared(
    origin: Origin | None,
    frames: int,
    size: int,
    kind: str,
    palette: Callable[[], Palette],
    dpi: float | None,
    milliseconds: float,
) -> list[Any]:
    """Let all engines draw an animation's frames.

    Parameters
    ----------
    origin : Origin or None
        What it was made of; None cannot be shared out.
    frames : int
        Number of frames.
    size : int
        Frames of one part, at least.
    kind : {"gif", "png"}
        A GIF for each part, or a list of PNGs.
    palette : callable
        Makes the palette of all parts.
    dpi, milliseconds : float
        Resolution, and time from frame to frame.

    Returns
    -------
    list
        What each part gave; empty where this process has to draw.
    """
    if origin is None or frames < 2 * size:
        return []
    size = max(size, -(-frames // PARTS))
    colours = palette()
    style = dict(matplotlib.rcParams)
    tasks = [
        (origin, start, min(start + size, frames), kind, colours, dpi, milliseconds, style)
        for start in range(0, frames, size)
    ]
    return execution.current().map(draw_part, tasks, label=LABEL, alone=[])


def draw_part(
    origin: Origin,
    start: int,
    stop: int,
    kind: str,
    palette: Palette,
    dpi: float | None,
    milliseconds: float,
    style: dict[str, Any],
) -> Any:
    """Task: draw some of the frames."""
    with _DRAWING, matplotlib.rc_context():
        settings: Any = matplotlib.rcParams
        settings.update({k: v for k, v in style.items() if k != "backend"})
        film = origin.part(start, stop)
        # Telling how far it is lets whoever asked for the film stop this part as well.
        images = film.told(film.indexed(dpi, palette))
        if kind == "gif":
            return encoders.gif(images, milliseconds, is_repeated=False)
        return [encoders.png(image) for image in images]
