"""Boundaries, each by itself and those of a run together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np

from emout_lab.emses import execution, plot3d
from emout_lab.emses import plot as drawing
from emout_lab.emses.boundaries.holes import Rotated
from emout_lab.emses.boundaries.shapes import Shape
from emout_lab.emses.mesh import STYLE_OPTIONS, Mesh, Surface
from emout_lab.emses.units import Unit
from emout_lab.errors import DataError


@dataclass(frozen=True)
class Boundary:
    """One body or surface of the parameter file.

    Parameters
    ----------
    index : int
        Its place among the boundaries of the file, from 0.
    btype : str
        Type as the parameter file names it, such as ``"sphere"``.
    shape : Shape
        Its geometry in grid units.
    length : Unit or None
        Conversion of lengths; None leaves everything in grid units.
    """

    index: int
    btype: str
    shape: Shape
    length: Unit | None = None

    def mesh(self, *, use_si: bool = True, **overrides: Any) -> Mesh:
        """Return the triangle mesh.

        Parameters
        ----------
        use_si : bool
            In metres, where the run has a conversion key; False for grid units.
        **overrides
            Other values of the shape: numbers of triangles (``ntheta``, ``nradial``, …) or
            geometry (``radius``, …), the latter in the unit of the mesh.

        Raises
        ------
        DataError
            When the shape has no such value.
        """
        factor = self.length.factor if use_si and self.length is not None else 1.0
        unknown = [name for name in overrides if name not in self.shape.options]
        if unknown:
            raise DataError(
                f"A {self.btype} has no {unknown[0]!r}; it has {', '.join(self.shape.options)}."
            )
        given = {
            name: value if name in self.shape.counts else _divided(value, factor)
            for name, value in overrides.items()
        }
        return self.shape.altered(**given).mesh().scaled(factor)

    def rotated(
        self, degrees: Sequence[float], *, pivot: Sequence[float], use_si: bool = True
    ) -> Boundary:
        """Return the boundary turned about a point.

        Parameters
        ----------
        degrees : sequence of float
            Angles about x, y and z, applied in this order, counter-clockwise seen against the axis.
        pivot : sequence of float
            The point, in metres where the run has a conversion key.
        use_si : bool
            False where the point is given in grid units.
        """
        factor = self.length.factor if use_si and self.length is not None else 1.0
        about_x, about_y, about_z = (float(angle) for angle in degrees)
        x, y, z = _divided(tuple(pivot), factor)
        return replace(self, shape=Rotated(self.shape, (about_x, about_y, about_z), (x, y, z)))

    def render(self, *, use_si: bool = True, **options: Any) -> Surface:
        """Return the mesh with a style; options as for `mesh` and `Surface`."""
        style = {name: value for name, value in options.items() if name in STYLE_OPTIONS}
        rest = {name: value for name, value in options.items() if name not in STYLE_OPTIONS}
        return Surface(self.mesh(use_si=use_si, **rest), **style)

    def plot3d(self, **options: Any) -> Any:
        """Draw it with PyVista, see `BoundaryCollection.plot3d`."""
        return BoundaryCollection([self]).plot3d(**options)

    def __add__(self, other: Any) -> BoundaryCollection:
        return BoundaryCollection([self]).__add__(other)

    def __radd__(self, other: Any) -> BoundaryCollection:
        return BoundaryCollection([self]).__radd__(other)


class BoundaryCollection(Sequence[Boundary]):
    """Boundaries in the order of the parameter file.

    Parameters
    ----------
    boundaries : iterable of Boundary
        What is in it.
    skipped : sequence of (int, str, str)
        Place, type and reason for each boundary of the file that cannot be given.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> bodies = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=1)).boundaries
    >>> bodies
    <BoundaryCollection [geotype 3]>
    >>> vertices, faces = bodies.mesh()
    >>> float(vertices[:, 0].min())
    0.028
    """

    #: How it is shown where a drawing is recorded.
    name = "boundaries"

    def __init__(
        self, boundaries: Iterable[Boundary] = (), skipped: Sequence[tuple[int, str, str]] = ()
    ) -> None:
        self._boundaries = tuple(boundaries)
        self._skipped = list(skipped)

    @property
    def types(self) -> tuple[str, ...]:
        """Type of each boundary."""
        return tuple(boundary.btype for boundary in self._boundaries)

    @property
    def skipped(self) -> list[tuple[int, str, str]]:
        """Place, type and reason for each boundary of the file that is not in here."""
        return list(self._skipped)

    def rotated(
        self, degrees: Sequence[float], *, pivot: Sequence[float], use_si: bool = True
    ) -> BoundaryCollection:
        """Return the boundaries turned about a point, see `Boundary.rotated`."""
        turned = [item.rotated(degrees, pivot=pivot, use_si=use_si) for item in self]
        return BoundaryCollection(turned, self._skipped)

    def __len__(self) -> int:
        return len(self._boundaries)

    def __iter__(self) -> Iterator[Boundary]:
        return iter(self._boundaries)

    @overload
    def __getitem__(self, index: int) -> Boundary: ...
    @overload
    def __getitem__(self, index: slice) -> BoundaryCollection: ...
    def __getitem__(self, index: int | slice) -> Boundary | BoundaryCollection:
        if isinstance(index, slice):
            return BoundaryCollection(self._boundaries[index])
        try:
            return self._boundaries[index]
        except IndexError:
            raise IndexError(
                f"No boundary {index}: there are {len(self)} ({', '.join(self.types) or 'none'})."
            ) from None

    def __add__(self, other: Any) -> BoundaryCollection:
        if isinstance(other, Boundary):
            return BoundaryCollection([*self, other], self._skipped)
        if isinstance(other, BoundaryCollection):
            return BoundaryCollection([*self, *other], [*self._skipped, *other._skipped])
        return NotImplemented

    def __radd__(self, other: Any) -> BoundaryCollection:
        # sum([...]) starts with 0.
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __repr__(self) -> str:
        note = f", {len(self._skipped)} skipped" if self._skipped else ""
        return f"<BoundaryCollection [{', '.join(self.types)}]{note}>"

    def mesh(
        self,
        *,
        use_si: bool = True,
        per: Mapping[int, Mapping[str, Any]] | None = None,
        **overrides: Any,
    ) -> Mesh:
        """Return all meshes as one.

        Parameters
        ----------
        use_si : bool
            In metres, where the run has a conversion key; False for grid units.
        per : mapping of int to mapping, optional
            Options for single boundaries by their place in this collection.
        **overrides
            Options for all boundaries that have them, such as ``ntheta``.
        """
        mesh = Mesh(np.empty((0, 3)), np.empty((0, 3)))
        for surface in self.render(use_si=use_si, per=per, **overrides):
            mesh = mesh + surface.mesh
        return mesh

    def render(
        self,
        *,
        use_si: bool = True,
        per: Mapping[int, Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> list[Surface]:
        """Return each mesh with a style, for ``plot_surfaces``.

        Parameters
        ----------
        use_si : bool
            As for `mesh`.
        per : mapping of int to mapping, optional
            Options for single boundaries by their place in this collection.
        **options
            ``style``, ``solid_color``, ``alpha``, and what meshes take.
        """
        surfaces = []
        for place, boundary in enumerate(self._boundaries):
            known = {
                name: value
                for name, value in options.items()
                if name in STYLE_OPTIONS or name in boundary.shape.options
            }
            own = dict((per or {}).get(place, {}))
            surfaces.append(boundary.render(use_si=use_si, **{**known, **own}))
        return surfaces

    @execution.recordable
    def plot(
        self,
        *,
        ax: Any = None,
        use_si: bool = True,
        style: str = "solid",
        solid_color: Any = "0.7",
        alpha: float = 0.9,
        per: Mapping[int, Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> Any:
        """Draw the boundaries on axes in space.

        Parameters
        ----------
        ax : Axes3D, optional
            Axes made with ``projection="3d"``; the current ones, or new ones, by default.
        use_si : bool
            False for grid units.
        style, solid_color, alpha : optional
            As for `Surface`.
        per : mapping of int to mapping, optional
            Options for single boundaries by their place in this collection.
        **options
            ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``, and what
            meshes take, such as ``ntheta``.

        Returns
        -------
        mpl_toolkits.mplot3d.art3d.Poly3DCollection

        Raises
        ------
        DataError
            When there is nothing to draw.
        """
        if not self._boundaries:
            raise DataError(f"There are no boundaries to draw. Skipped: {self._skipped or 'none'}.")
        given = {"style": style, "solid_color": solid_color, "alpha": alpha}
        decorations, rest = drawing.decorations.split_options({"ax": ax, **options})
        surfaces = self.render(use_si=use_si, per=per, **given, **rest)
        is_si = use_si and self._boundaries[0].length is not None
        unit = "m" if is_si else "grid"
        return drawing.surfaces.plot_bodies(surfaces, unit=unit, decorations=decorations)

    @execution.recordable
    def plot3d(
        self,
        *,
        use_si: bool = True,
        per: Mapping[int, Mapping[str, Any]] | None = None,
        mesh_kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """Draw the boundaries in space with PyVista.

        Parameters
        ----------
        use_si : bool
            False for grid units.
        per, mesh_kwargs : mapping, optional
            Options of the meshes: for single boundaries by their place, and for all.
        **options
            ``color``, ``opacity``, ``show_edges``, ``plotter``, ``window_size``, ``camera``, … as
            for `emout_lab.emses.fields.Field.plot3d`.

        Returns
        -------
        Scene
            See there, also for what is raised.
        """
        if not self._boundaries:
            raise DataError(f"There are no boundaries to draw. Skipped: {self._skipped or 'none'}.")
        surfaces = self.render(use_si=use_si, per=per, **(mesh_kwargs or {}))
        is_si = use_si and self._boundaries[0].length is not None
        given = {"surface_color": "0.7", "surface_opacity": 0.6, **options}
        return plot3d.drawings.bodies(surfaces, unit="m" if is_si else "grid", **given)


def surfaces_of(what: Any, *, use_si: bool) -> list[Surface]:
    """Return what may be given as surfaces, alone or in sequences, as surfaces.

    Parameters
    ----------
    what : Surface, Mesh, Boundary, BoundaryCollection or sequence of them
        Meshes and surfaces are in the unit of the drawing already.
    use_si : bool
        For boundaries.

    Raises
    ------
    DataError
        When it is something else.
    """
    if isinstance(what, Surface):
        return [what]
    if isinstance(what, Mesh):
        return [what.render()]
    if isinstance(what, Boundary):
        return [what.render(use_si=use_si)]
    if isinstance(what, BoundaryCollection):
        return what.render(use_si=use_si)
    if isinstance(what, (list, tuple)):
        return [surface for item in what for surface in surfaces_of(item, use_si=use_si)]
    raise DataError(
        f"surfaces={what!r} cannot be drawn: give data.boundaries, parts of it, meshes, or lists "
        "of them."
    )


def _divided(value: Any, factor: float) -> Any:
    if isinstance(value, (tuple, list, np.ndarray)):
        return tuple(float(item) / factor for item in value)
    return value / factor if isinstance(value, (int, float)) else value
