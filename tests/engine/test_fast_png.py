"""Our PNG files are read by others, pixel for pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from emout_lab.engine.figures.fast.png import png


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 5, 3), (64, 33, 4), (2, 900, 4)])
def test_a_file_has_the_pixels_and_the_resolution(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    with Image.open(io.BytesIO(png(pixels, 150))) as image:
        assert image.mode == {3: "RGB", 4: "RGBA"}[shape[2]]
        assert np.array_equal(np.asarray(image), pixels)
        assert image.info["dpi"] == pytest.approx((150, 150), rel=1e-3)
