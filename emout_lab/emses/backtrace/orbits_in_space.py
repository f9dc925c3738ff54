"""Orbits drawn in space, by PyVista."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emout_lab.emses import plot3d
from emout_lab.errors import BadOption

if TYPE_CHECKING:
    from emout_lab.emses.units import Units

Array = np.ndarray[Any, Any]

SCALES: Final = ("linear", "normalize", "log")
#: Opacities are rounded to so many steps: each is a mesh of its own.
STEPS: Final = 32


@dataclass(frozen=True)
class Paths:
    """Where orbits go.

    Parameters
    ----------
    positions : sequence of ndarray, shape (n, 3)
        Of each orbit, in EMSES units.
    probabilities : ndarray
        Phase-space density of each; NaN where it is not known.
    unit : Units, optional
        For SI.
    periods : tuple of float
        Distances of periodic faces along x, y, z; 0 where orbits go through none.
    """

    positions: Sequence[Array]
    probabilities: Array
    unit: Units | None
    periods: tuple[float, float, float]


def draw(
    paths: Sequence[Paths],
    *,
    use_si: bool = True,
    alpha: Any = None,
    alpha_scale: str = "normalize",
    min_alpha: float = 0.0,
    clip_bounds: Any = None,
    **options: Any,
) -> Any:
    """Draw orbits.

    Parameters
    ----------
    paths : sequence of Paths
        What is drawn.
    use_si : bool
        False for grid units.
    alpha : float, sequence of float or ``"auto"``, optional
        Opacity of all orbits or of each; by their densities.
    alpha_scale : {"linear", "normalize", "log"}
        How densities become opacities: as they are, as parts of the largest, or by logarithms.
    min_alpha : float
        Least opacity.
    clip_bounds : sequence of float, optional
        ``(xmin, xmax, ymin, ymax, zmin, zmax)``: what is outside is left out.
    **options
        ``color``, ``line_width``, ``tube_radius``, ``offsets``, and those of every picture.
    """
    lines: list[Array] = []
    opacities: list[float] = []
    shares = _opacities(paths, alpha, alpha_scale, min_alpha)
    number = 0
    for each in paths:
        factor = each.unit.length.factor if use_si and each.unit is not None else 1.0
        for positions in each.positions:
            for piece in _unbroken(np.asarray(positions, dtype=float), each.periods):
                for part in _inside(piece * factor, clip_bounds):
                    lines.append(part)
                    opacities.append(shares[number])
            number += 1
    is_si = use_si and all(each.unit is not None for each in paths)
    return plot3d.drawings.orbits(lines, opacities, unit="m" if is_si else "grid", **options)


def _opacities(paths: Sequence[Paths], alpha: Any, scale: str, least: float) -> list[float]:
    """Return the opacity of each orbit."""
    densities = np.concatenate([np.asarray(each.probabilities, dtype=float) for each in paths])
    if scale not in SCALES:
        raise BadOption(f"alpha_scale={scale!r}: there are {', '.join(SCALES)}.", "alpha_scale")
    is_auto = isinstance(alpha, str) and alpha == "auto"
    if alpha is None or (is_auto and not (np.nan_to_num(densities) > 0).any()):
        return [1.0] * len(densities)
    if is_auto:
        found = _scaled(np.nan_to_num(densities), scale)
    else:
        try:
            found = np.broadcast_to(np.asarray(alpha, dtype=float), densities.shape)
        except (TypeError, ValueError):
            raise BadOption(
                f"alpha={alpha!r}: write a number from 0 to 1, 'auto', or one for each of the "
                f"{len(densities)} orbits.",
                "alpha",
            ) from None
    found = np.clip(np.maximum(found, least), 0.0, 1.0)
    return [float(each) for each in np.round(found * STEPS) / STEPS]


def _scaled(densities: Array, scale: str) -> Array:
    if scale == "linear":
        return densities
    if scale == "normalize":
        return np.asarray(densities / densities.max())
    positive = densities > 0
    logs = np.log(np.where(positive, densities, 1.0))
    low, high = logs[positive].min(), logs[positive].max()
    share = (logs - low) / (high - low) if high > low else np.ones_like(logs)
    return np.where(positive, share, 0.0)


def _unbroken(positions: Array, periods: Sequence[float]) -> list[Array]:
    """Part an orbit where it leaves the box through a periodic face and comes back in."""
    if len(positions) < 2:
        return []
    steps = np.abs(np.diff(positions, axis=0))
    jumps = np.zeros(len(steps), dtype=bool)
    for axis, period in enumerate(periods):
        if period > 0:
            jumps |= steps[:, axis] > period / 2
    pieces = np.split(positions, np.flatnonzero(jumps) + 1)
    return [piece for piece in pieces if len(piece) > 1]


def _inside(line: Array, bounds: Any) -> list[Array]:
    """Return the parts of a line in a box, cut at its faces."""
    if bounds is None:
        return [line]
    box = np.asarray(bounds, dtype=float)
    if box.shape != (6,) or np.isnan(box).any() or (box[::2] > box[1::2]).any():
        raise BadOption(
            f"clip_bounds={bounds!r}: write (xmin, xmax, ymin, ymax, zmin, zmax).", "clip_bounds"
        )
    low, high = box[::2], box[1::2]
    parts: list[list[Array]] = []
    for start, stop in zip(line[:-1], line[1:], strict=True):
        step = stop - start
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack([(low - start) / step, (high - start) / step])
        is_flat = step == 0
        if (is_flat & ((start < low) | (start > high))).any():
            continue
        ends = np.where(is_flat, np.array([[-np.inf], [np.inf]]), np.sort(ends, axis=0))
        enter, leave = max(0.0, ends[0].max()), min(1.0, ends[1].min())
        if enter >= leave:
            continue
        if not (parts and enter == 0.0 and np.array_equal(parts[-1][-1], start)):
            parts.append([start + enter * step])
        parts[-1].append(stop if leave == 1.0 else start + leave * step)
    return [np.array(part) for part in parts]
