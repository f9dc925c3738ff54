"""A viewer that looks for long takes no more memory than one that looks for a moment."""

from __future__ import annotations

import gc

import matplotlib.pyplot as plt
import numpy as np
import psutil

from emout_lab.engine.live.steps import Steps, give_steps
from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown

FRAMES = 2000
PICTURE_EVERY = 100
MOST_MB = 8.0


def resident_mb() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


def test_memory_does_not_grow_with_frames():
    figure, axes = plt.subplots(figsize=(3, 2), dpi=50)
    image = axes.imshow(np.zeros((129, 129)), aspect="auto")
    steps = [str(t) for t in range(50)]
    give_steps(image, Steps(50, steps, "s", lambda t: np.full((129, 129), float(t))))
    shown = Shown(figure)
    random = np.random.default_rng(0)

    def look(k: int) -> None:
        x, y = np.sort(random.uniform(0, 129, (2, 2)))
        near = AxesWish(0, x=tuple(x), y=tuple(y), clim=(0.0, 1.0 + k % 7))
        show = shown.picture if k % PICTURE_EVERY == 0 else shown.numbers
        show(near, t=k % 50)

    for k in range(FRAMES // 10):
        look(k)
    before, callbacks = resident_mb(), len(axes.callbacks.callbacks)
    for k in range(FRAMES):
        look(k)
    assert resident_mb() - before < MOST_MB
    assert len(axes.callbacks.callbacks) == callbacks
