"""How values become colours: in VTK's pictures, and in the colour bars beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.colors import Colormap, LogNorm, Normalize, is_color_like, to_hex

from emout_lab.emses.plot import scales
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]

#: Names of values in VTK's data that are drawn in colours.
VALUES: Final = "values"


@dataclass(frozen=True)
class Colours:
    """How values become colours.

    Parameters
    ----------
    cmap, norm : optional
        Colour map and norm, by name or as matplotlib's objects.
    vmin, vmax : float, optional
        Range; that of what is drawn by default.
    """

    cmap: Any = "viridis"
    norm: Any = None
    vmin: float | None = None
    vmax: float | None = None

    @classmethod
    def of(cls, cmap: Any, norm: Any, vmin: float | None, vmax: float | None, clim: Any) -> Colours:
        """Make them of options, among them PyVista's ``clim=(vmin, vmax)``."""
        if clim is None:
            return cls(cmap, norm, vmin, vmax)
        if vmin is not None or vmax is not None:
            raise BadOption("clim and vmin or vmax exclude each other: leave out one.", "clim")
        if np.ndim(clim) == 0 and isinstance(clim, (int, float)):
            return cls(cmap, norm, -abs(clim), abs(clim))
        if isinstance(clim, str) or np.shape(clim) != (2,):
            raise BadOption(f"clim={clim!r}: write (vmin, vmax).", "clim")
        return cls(cmap, norm, *clim)

    def scale(self, values: Array, name: str) -> Normalize:
        """Return the norm for values."""
        return scales.norm_for(values, self.norm, self.vmin, self.vmax, name=name)

    @property
    def map(self) -> Colormap:
        """The colour map."""
        return scales.cmap_for(self.cmap)


@dataclass(frozen=True)
class Bar:
    """What a colour bar shows."""

    label: str
    norm: Normalize
    cmap: Colormap


def colouring(norm: Normalize, cmap: Colormap) -> dict[str, Any]:
    """Return PyVista's options for values that `scaled` gave."""
    if type(norm) in (Normalize, LogNorm):
        is_log = type(norm) is LogNorm
        limits = [norm.vmin, norm.vmax]
        return {"scalars": VALUES, "cmap": cmap, "clim": limits, "log_scale": is_log}
    return {"scalars": VALUES, "cmap": cmap, "clim": [0.0, 1.0]}


def scaled(values: Array, norm: Normalize) -> Array:
    """Return values as they are, or where VTK does not know the norm, what the norm makes of them.

    Examples
    --------
    >>> from matplotlib.colors import PowerNorm
    >>> scaled(np.array([0.0, 2.0]), Normalize(0, 4)).tolist()
    [0.0, 2.0]
    >>> scaled(np.array([0.0, 1.0, 4.0]), PowerNorm(0.5, 0, 4)).tolist()
    [0.0, 0.5, 1.0]
    """
    if type(norm) in (Normalize, LogNorm):
        return values
    shown: Any = np.ma.filled(np.ma.asarray(norm(values), dtype=float), np.nan)
    return np.asarray(shown)


def one_colour(value: Any) -> Any:
    """Return a colour of matplotlib, such as ``"0.7"`` or ``"C1"``, as PyVista knows it.

    Examples
    --------
    >>> one_colour("0.8"), one_colour("tab:blue")
    ('#cccccc', '#1f77b4')
    """
    return to_hex(value) if is_color_like(value) else value
