"""Scalar fields in space: the faces of their box, cuts, isosurfaces, volumes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from matplotlib.colors import Normalize

from emout_lab.emses.plot3d import colours, grids, layers
from emout_lab.emses.plot3d.colours import VALUES, Bar, Colours
from emout_lab.emses.plot3d.grids import Grid
from emout_lab.emses.plot3d.layers import Layer
from emout_lab.errors import BadOption, DataError

Array = np.ndarray[Any, Any]

#: Ways to draw a volume, and other names of them.
MODES: Final = ("box", "slice", "contour", "volume")
ALIASES: Final = {"isosurface": "contour", "isosurfaces": "contour", "slices": "slice"}
#: What a volume's opacity is where nothing else is asked for.
OPACITY: Final = "sigmoid"
LEVELS: Final = 8


@dataclass(eq=False)
class FieldLayer(Layer):
    """A scalar field: the faces of its box, cuts through it, isosurfaces, or all of it.

    Parameters
    ----------
    source : Field
        A volume, or a plane in space.
    mode : {"box", "slice", "contour", "volume"}
        How it is drawn.
    use_si : bool
        Whether values and positions are in SI.
    offsets, planes, levels, max_points : optional
        As ``plot3d`` takes them.
    colours : Colours
        How it is coloured.
    opacity : optional
        A number, or for volumes a transfer function as PyVista has them.
    has_bar : bool
        Whether it has a colour bar.
    label : str, optional
        Of the colour bar.
    outline : optional
        Colour of the lines around the volume; None for no lines.
    """

    source: Any = None
    mode: str = "box"
    use_si: bool = True
    offsets: Any = None
    planes: Mapping[str, Any] | None = None
    levels: Any = LEVELS
    max_points: int = grids.MAX_POINTS
    colours: Colours = field(default_factory=Colours)
    opacity: Any = None
    has_bar: bool = True
    label: str | None = None
    outline: Any = None

    def check(self) -> None:
        """Refuse options that PyVista does not have."""
        layers.check_options(self.options, "add_volume" if self.mode == "volume" else "add_mesh")

    def made(self) -> tuple[list[Grid], Normalize]:
        """Read the grids that are drawn, and find the norm of their values."""
        offset = grids.shifts(self.source, self.offsets, self.use_si)
        if self.mode == "box":
            parts = grids.faces(self.source)
        elif self.mode == "slice":
            parts = grids.cuts(self.source, self.planes, self.use_si, offset)
        else:
            what = f"plot3d(mode={self.mode!r}) of {self.source.name or 'a field'}"
            parts = [grids.thinned(self.source, self.max_points, what)]
        found = [grids.read(part, use_si=self.use_si, offset=offset) for part in parts]
        values = np.concatenate([grid.values.ravel() for grid in found])
        if not np.isfinite(values).any():
            raise DataError(
                f"{self.source.name or 'The field'} has no finite value where it is drawn."
            )
        norm = self.colours.scale(values, self.source.name)
        if self.mode == "contour":
            self._mesh = self._surfaces(found[0])
        return found, norm

    @property
    def bar(self) -> Bar | None:
        """What its colour bar shows."""
        if not self.has_bar:
            return None
        found, norm = self.kept
        return Bar(self.label or found[0].label, norm, self.colours.map)

    @property
    def extent(self) -> tuple[str, str]:
        """Unit of length, and positions in the other dimensions as text."""
        found, _ = self.kept
        times = [text for text in _fixed(self.source, self.use_si) if text.startswith("t ")]
        return found[0].length, ", ".join(times)

    @property
    def box(self) -> layers.Box:
        """The box that the field fills."""
        return layers.box_of(self.source, self.use_si, self.offsets)

    @property
    def nbytes(self) -> int:
        """Bytes of the grids."""
        return 0 if self._kept is None else sum(grid.nbytes for grid in self._kept[0])

    def draw(self, plotter: Any) -> None:
        """Add it to a plotter of PyVista."""
        if self.outline is not None:
            layers.add_outline(plotter, self.box, self.outline)
        found, norm = self.kept
        given = {"show_scalar_bar": False, **colours.colouring(norm, self.colours.map)}
        if self.mode == "volume":
            opacity = OPACITY if self.opacity is None else self.opacity
            data = _shown(found[0], norm, is_volume=True)
            plotter.add_volume(data, **{**given, "opacity": opacity, **layers.own(self.options)})
            return
        if isinstance(self.opacity, (int, float, np.number)):
            given["opacity"] = float(self.opacity)
        if self.mode == "contour":
            surfaces = self._mesh.copy(deep=False)
            surfaces[VALUES] = colours.scaled(np.asarray(surfaces[VALUES]), norm)
            plotter.add_mesh(surfaces, **{**given, **layers.own(self.options)})
            return
        for grid in found:
            # Without a light, colours are those of the colour bar.
            plain = {**given, "lighting": False, "nan_opacity": 0.0}
            plotter.add_mesh(_shown(grid, norm), **{**plain, **layers.own(self.options)})

    def _surfaces(self, grid: Grid) -> Any:
        levels = _levels(self.levels, grid)
        data = grid.dataset(VALUES)
        if not grid.is_finite:
            cells = np.isfinite(data.point_data_to_cell_data()[VALUES])
            data = data.extract_cells(np.flatnonzero(cells))
        found = data.contour(isosurfaces=[float(each) for each in levels], scalars=VALUES)
        if not found.n_points:
            seen = grid.values[np.isfinite(grid.values)]
            raise DataError(
                f"{grid.name or 'The field'} has no surface at {_listed(levels)}: its values go "
                f"from {seen.min():g} to {seen.max():g} {grid.unit}."
            )
        return found


def _shown(grid: Grid, norm: Normalize, *, is_volume: bool = False) -> Any:
    data = grid.dataset(VALUES)
    values = colours.scaled(np.asarray(data[VALUES]), norm)
    if is_volume and not np.isfinite(values).all():
        warnings.warn(
            f"{grid.name or 'The field'}: missing values (NaN) are drawn as the lowest one, since "
            "a volume has no holes.",
            UserWarning,
            stacklevel=2,
        )
        values = np.where(np.isfinite(values), values, np.nanmin(values))
    data[VALUES] = values
    return data


def _levels(levels: Any, grid: Grid) -> Array:
    """Return the values of isosurfaces: those that were given, or so many between the ends."""
    if isinstance(levels, (int, np.integer)) and not isinstance(levels, bool) and levels > 0:
        low, high = float(np.nanmin(grid.values)), float(np.nanmax(grid.values))
        return np.linspace(low, high, int(levels) + 2)[1:-1]
    try:
        found = np.atleast_1d(np.asarray(levels, dtype=float)).ravel()
    except (TypeError, ValueError):
        found = np.empty(0)
    if isinstance(levels, (bool, str)) or not found.size or not np.isfinite(found).all():
        raise BadOption(
            f"contour_levels={levels!r}: write how many surfaces, or a list of their values.",
            "contour_levels",
        )
    return found


def _listed(levels: Array) -> str:
    shown = ", ".join(f"{level:g}" for level in levels[:6])
    return shown if len(levels) <= 6 else f"{shown}, …"


def _fixed(source: Any, use_si: bool) -> list[str]:
    """Return the positions that slices have fixed, as ``t = 3 µs``."""
    return [f"{dim} = {text}" for dim, text in source.fixed_positions(use_si=use_si)]
