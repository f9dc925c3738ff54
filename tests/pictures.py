"""How much two pictures differ, where a rounding does not count."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.testing.compare import calculate_rms
from PIL import Image
from PIL.ImageFilter import MaxFilter, MinFilter

#: Root mean square of the difference that nobody sees, of 255.
TOLERANCE = 0.5


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Return by how much each picture differs from the other, give or take one pixel.

    An edge that falls between two pixels may go to either: the engine lays a figure out before it
    is cut, matplotlib once more afterwards.
    """
    return max(calculate_rms(one, nearest(one, other)) for one, other in ((a, b), (b, a)))


def nearest(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    around = Image.fromarray(other)
    low, high = (np.asarray(around.filter(f(3))) for f in (MinFilter, MaxFilter))
    return np.clip(one, low, high)


def are_alike(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and difference(a, b) <= TOLERANCE


def frames_of(content: bytes) -> list[np.ndarray]:
    """Return the frames of an animated image."""
    image = Image.open(io.BytesIO(content))
    frames = []
    for number in range(image.n_frames):
        image.seek(number)
        frames.append(np.asarray(image.convert("RGB")).astype(int))
    return frames
