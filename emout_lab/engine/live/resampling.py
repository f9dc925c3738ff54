"""Cells that are smaller than pixels, brought to pixels: quickly, with their mean."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from PIL import Image

Array = np.ndarray[Any, Any]
#: Left, top, right and lower end, in cells.
Part = tuple[float, float, float, float]

#: Of cells that are much smaller than pixels, about so many for a pixel are looked at each way.
PER_PIXEL: Final = 8


def resampled(values: Array, size: tuple[int, int], part: Part) -> Array:
    """Return the mean of the cells in each pixel, masked where most of them have no value.

    Parameters
    ----------
    values : ndarray or MaskedArray, shape (rows, columns)
        Cells.
    size : tuple of int
        Columns and rows of pixels.
    part : tuple of float
        What of the cells is wanted.

    Returns
    -------
    MaskedArray of float32, shape (rows, columns)
        Of pixels.
    """
    values, (left, top, right, bottom) = _thinned(values, size, part)
    blocks = [max(1, int(n / m)) for n, m in zip((right - left, bottom - top), size, strict=True)]
    data = np.ma.getdata(values)
    mask = np.ma.getmask(values)
    if data.dtype.kind != "f":
        data = data.astype(np.float32)
    if mask is not np.ma.nomask and mask.any():
        data = np.where(mask, data.dtype.type(np.nan), data)
    height, width = data.shape[0] // blocks[1], data.shape[1] // blocks[0]
    ends = min(right / blocks[0], width), min(bottom / blocks[1], height)
    box = (min(left / blocks[0], ends[0] - 0.5), min(top / blocks[1], ends[1] - 0.5), *ends)
    found = _smaller(data, blocks, size, box)
    if not np.isfinite(found).all():
        is_good = np.isfinite(data)
        weight = _smaller(is_good.astype(np.float32), blocks, size, box)
        found = _smaller(np.where(is_good, data, data.dtype.type(0)), blocks, size, box)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(weight >= 0.5, found / weight, np.float32(np.nan))
    return np.ma.masked_invalid(found, copy=False)


def _thinned(values: Array, size: tuple[int, int], part: Part) -> tuple[Array, Part]:
    """Return some of the cells, where there are very many, and the part in these."""
    left, top, right, bottom = part
    lengths = right - left, bottom - top
    across, down = (max(1, int(n / (PER_PIXEL * m))) for n, m in zip(lengths, size, strict=True))
    return values[::down, ::across], (left / across, top / down, right / across, bottom / down)


def _smaller(data: Array, blocks: list[int], size: tuple[int, int], box: Part) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        means = _means(_means(data, blocks[1]).T, blocks[0]).T
        image = Image.fromarray(np.ascontiguousarray(means, np.float32))
    return np.asarray(image.resize(size, Image.Resampling.HAMMING, box=box))


def _means(data: Array, count: int) -> Array:
    """Return the means of so many rows at a time; rows that are left over count for nothing."""
    if count == 1:
        return data
    whole = len(data) // count * count
    sums: Array = data[0:whole:count] + data[1:whole:count]
    for k in range(2, count):
        sums += data[k:whole:count]
    sums *= data.dtype.type(1 / count)
    return sums
