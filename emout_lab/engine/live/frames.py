"""The frames of an animation as steps that are drawn on demand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

from matplotlib.animation import Animation, ArtistAnimation, FuncAnimation

from emout_lab.engine.interrupts import let_in

#: The most frames that are shown of one, and of one that never ends.
MOST: Final = 10_000
MOST_OF_ENDLESS: Final = 100


class AnimationFrames:
    """Brings the figure of an animation to any of its frames.

    The figure stays there, as it does after the animation's own ``save``.

    Parameters
    ----------
    animation : FuncAnimation or ArtistAnimation
        What moves it.
    draw : callable
        Draws one frame, see `drawer_of`.
    """

    def __init__(self, animation: Any, draw: Callable[[Any], Any]) -> None:
        self._draw = draw
        frames = animation.new_frame_seq()
        most = MOST_OF_ENDLESS if isinstance(frames, itertools.count) else MOST
        self._frames = list(itertools.islice(frames, most))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._frames)

    @property
    def labels(self) -> list[str]:
        """What each is called: its number, from 1."""
        return [str(k + 1) for k in range(self.count)]

    def show(self, t: int) -> None:
        """Bring the figure to a frame; in the engine's thread only."""
        with let_in():
            self._draw(self._frames[t])


def frames_of(animation: Animation | None) -> AnimationFrames | None:
    """Return the frames of an animation; None where they cannot be drawn one by one."""
    draw = drawer_of(animation)
    if draw is None:
        return None
    frames = AnimationFrames(animation, draw)
    return frames if frames.count > 0 else None


def drawer_of(animation: Animation | None) -> Callable[[Any], Any] | None:
    """Return what draws one frame of an animation, which has no public name in matplotlib.

    Without it a live figure of an animation stands still.
    """
    if isinstance(animation, ArtistAnimation):
        return _shower_of(animation)
    if not isinstance(animation, FuncAnimation):
        return None
    found = getattr(animation, "_draw_frame", None)
    return found if callable(found) else None


def _shower_of(animation: ArtistAnimation) -> Callable[[Any], Any]:
    """Return what shows the artists of one frame, and none of the others."""
    frames: Any = itertools.islice(animation.new_frame_seq(), MOST)
    artists = list({id(each): each for frame in frames for each in frame}.values())

    def show(frame: Any) -> None:
        shown = {id(each) for each in frame}
        for each in artists:
            each.set_visible(id(each) in shown)

    return show
