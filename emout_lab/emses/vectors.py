"""`VectorField`: two or three components of one quantity, sliced and drawn together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses import boundaries, execution, plot3d
from emout_lab.emses import plot as drawing
from emout_lab.emses.plotting import PlotMixin
from emout_lab.emses.symmetries import VectorSymmetryMixin
from emout_lab.emses.units import Unit
from emout_lab.errors import BadOption, DataError, UnknownField

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

    from emout_lab.emses.fields import Field
    from emout_lab.emses.plot.animation import FieldAnimation

Array = np.ndarray[Any, Any]


class VectorField(np.lib.mixins.NDArrayOperatorsMixin, VectorSymmetryMixin, PlotMixin):
    """Components of a vector, such as ``data.exz`` or ``data.j1xyz``.

    Slicing, operators and ufuncs apply to each component; another operand is a number, an array or
    field of a component's shape, or a vector with the same axes. Nothing is read before it is
    needed. Components lie where EMSES keeps them; those of ``data.rexz`` all lie at the grid
    points.

    Parameters
    ----------
    components : sequence of Field
        Two or three, of one shape.
    axes : str
        Direction of each component, such as ``"xz"``.
    name : str
        Name of the vector.

    Raises
    ------
    DataError
        When the components have different shapes.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> e = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)).exz
    >>> e[-1, :, 4, :]
    <VectorField exz [V/m] of x, z (z: 9, x: 9)>
    >>> float((-e).component("x")[-1, 4, 4, 4]) == -float(e.component("x")[-1, 4, 4, 4])
    True
    """

    __array_priority__ = 200

    def __init__(self, components: Sequence[Field], axes: str, name: str = "") -> None:
        self._components = tuple(components)
        self._axes = axes
        self._name = name
        shapes = {component.shape for component in components}
        if len(shapes) > 1:
            sizes = ", ".join(f"{item.name} {item.shape}" for item in components)
            raise DataError(f"The components of {name or 'a vector'} differ in shape: {sizes}.")

    # What it is

    @property
    def components(self) -> tuple[Field, ...]:
        """The components, in the order of the name."""
        return self._components

    @property
    def axes(self) -> str:
        """Direction of each component, such as ``"xz"``."""
        return self._axes

    @property
    def name(self) -> str:
        """Name of the vector; empty after operations that change the quantity."""
        return self._name

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions of each component."""
        return self._components[0].dims

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of each component."""
        return self._components[0].shape

    @property
    def ndim(self) -> int:
        """Number of dimensions of each component."""
        return len(self.shape)

    @property
    def units(self) -> str:
        """Unit of the values as text; empty where it is not known."""
        return self._components[0].units

    @property
    def valunit(self) -> Unit | None:
        """Unit of the values with its conversion, or None."""
        return self._components[0].valunit

    def component(self, axis: str) -> Field:
        """Return the component along an axis.

        Raises
        ------
        BadOption
            When there is none.
        """
        if axis not in self._axes:
            raise BadOption(
                f"{self._name or 'This vector'} has the components {', '.join(self._axes)} and no "
                f"{axis!r}.",
                "axis",
            )
        return self._components[self._axes.index(axis)]

    @property
    def x_data(self) -> Field:
        """The first component, whatever its direction."""
        return self._components[0]

    @property
    def y_data(self) -> Field:
        """The second component."""
        return self._components[1]

    @property
    def z_data(self) -> Field:
        """The third component.

        Raises
        ------
        UnknownField
            When there are two; it is an `AttributeError` as well.
        """
        if len(self._components) < 3:
            raise UnknownField(
                f"{self._name or 'This vector'} has two components, {', '.join(self._axes)}: they "
                "are .x_data and .y_data."
            )
        return self._components[2]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{dim}: {size}" for dim, size in zip(self.dims, self.shape, strict=True))
        unit = f" [{self.units}]" if self.units else ""
        return (
            f"<VectorField {self._name or 'expression'}{unit} of {', '.join(self._axes)} ({sizes})>"
        )

    # Values

    @property
    def values(self) -> Array:
        """All values, components first; read now unless in memory."""
        return np.stack([component.values for component in self._components])

    @property
    def val_si(self) -> Array:
        """All values in SI, components first."""
        return np.stack([np.asarray(component.val_si) for component in self._components])

    @property
    def val_emses(self) -> Array:
        """All values in EMSES units, components first."""
        return np.stack([np.asarray(component.val_emses) for component in self._components])

    def compute(self) -> Self:
        """Return the same vector with its values in memory."""
        components = [component.compute() for component in self._components]
        return type(self)(components, self._axes, self._name)

    def magnitude(self) -> Field:
        """Return the length of the vectors."""
        hypotenuse: Callable[[Any, Any], Field] = np.hypot
        length: Field = reduce(hypotenuse, self._components)
        return length.renamed(f"|{self._name}|") if self._name else length

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self.values if dtype is None else self.values.astype(dtype)

    # Parts and operations

    def __len__(self) -> int:
        return len(self._components[0])

    def __iter__(self) -> Iterator[Self]:
        for position in range(len(self)):
            yield self[position]

    def __getitem__(self, key: Any) -> Self:
        parts = [component[key] for component in self._components]
        if not all(hasattr(part, "dims") for part in parts):
            raise DataError(
                f"A vector is sliced by integers, slices and lists, not by {key!r}. Index its "
                f"components, such as .component({self._axes[0]!r})[...]."
            )
        return type(self)(parts, self._axes, self._name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs.get("out") is not None or ufunc.nout > 1:
            return NotImplemented
        for item in inputs:
            if isinstance(item, VectorField) and item.axes != self._axes:
                raise DataError(
                    f"{ufunc.__name__} of vectors with the components {inputs[0].axes!r} and "
                    f"{inputs[1].axes!r}: they must be the same."
                )
        results = [
            ufunc(*(_component(item, position) for item in inputs), **kwargs)
            for position in range(len(self._components))
        ]
        is_same = all(getattr(result, "name", "") for result in results)
        return type(self)(results, self._axes, self._name if is_same else "")

    # Pictures

    @execution.recordable
    def plot(self, *, use_si: bool = True, **options: Any) -> Any:
        """Draw streamlines or arrows of a plane, or arrows in space.

        Parameters
        ----------
        use_si : bool
            False for EMSES units.
        **options
            For `emout_lab.emses.plot.arrows.plot_plane` (``mode="stream"`` or ``"vec"``, ``axes``,
            ``density``, ``skip``, ``color``, ``cmap``, ``vmin``, ``vmax``, …) or, with three
            dimensions, `emout_lab.emses.plot.arrows.plot_space`; ``offsets`` as
            `emout_lab.emses.plot.offsets` has them.

        Returns
        -------
        matplotlib.artist.Artist
            The lines or arrows, which a colour bar can be made of.

        Raises
        ------
        DataError
            When the slice is no plane or volume in space, or a component in it is missing.
        """
        if self.ndim not in (2, 3) or "t" in self.dims:
            name = self._name or "vector"
            raise DataError(
                f"plot() draws vectors in a plane or in space, {name} has {self.dims}. Take a "
                f"slice first, such as {name}[-1, :, 32, :]."
            )
        # The last dimension is the horizontal one.
        views = [self.component(dim).view(use_si=use_si) for dim in reversed(self.dims)]
        views = drawing.offsets.vectors(
            views, options.pop("offsets", None), options.get("axes", "auto")
        )
        if self.ndim == 3:
            return drawing.arrows.plot_space(views, name=self._name, **options)
        return drawing.arrows.plot_plane(views[0], views[1], name=self._name, **options)

    @execution.recordable
    def gifplot(
        self, *, axis: int = 0, use_si: bool = True, **options: Any
    ) -> FieldAnimation | Any:
        """Animate streamlines or arrows of a plane along a dimension, by default the first.

        Parameters
        ----------
        axis : int
            Dimension that becomes the time of the animation.
        use_si : bool
            False for EMSES units.
        **options
            As for `plot` of a plane, and for `emout_lab.emses.plot.panels.animate`: ``fps``,
            ``title``, …

        Returns
        -------
        FieldAnimation
            Call ``.save("film.gif")``, or let the notebook show it.

        Raises
        ------
        DataError
            When a frame is no plane in space, or a component in it is missing.
        """
        place = drawing.actions.checked_axis(axis, self.dims) % max(self.ndim, 1)
        plane = [dim for number, dim in enumerate(self.dims) if number != place]
        if self.ndim != 3 or "t" in plane:
            name = self._name or "vector"
            raise DataError(
                f"gifplot() animates vectors of a plane, {name} has {self.dims}. Take a slice "
                f"first, such as {name}[:, :, 32, :]."
            )
        origin = drawing.parallel_frames.Origin(self, axis, use_si, options)
        # The last dimension is the horizontal one.
        views = [self.component(dim).view(use_si=use_si, is_film=True) for dim in reversed(plane)]
        return drawing.panels.animate(views, axis=axis, origin=origin, name=self._name, **options)

    @execution.recordable
    def plot3d(self, mode: str = "stream", **options: Any) -> Any:
        """Draw streamlines or arrows of a volume with PyVista where the data are.

        Parameters
        ----------
        mode : {"stream", "quiver"}
            Lines along the vectors, or arrows; ``"vectors"`` is another name of these.
        **options
            As for `Field.plot3d`; of lines ``n_points``, ``seed_mode`` (``"sphere"``, ``"volume"``,
            ``"plane"``, ``"surface"``), ``seed_points``, ``tube_radius``, …, of arrows ``skip``,
            ``factor``, ``scale_by_magnitude``: see the page on plot3d. ``backend="mpl"`` is
            `plot`, drawn by matplotlib.

        Returns
        -------
        Scene
            See `Field.plot3d`, also for what is raised.
        """
        if options.pop("backend", "pyvista") == "mpl":
            return self.plot(**options)
        return plot3d.drawings.vector(self, mode, surfaces_of=boundaries.surfaces_of, **options)

    def to_vtk(self, filename: Any = None, use_si: bool = True, **options: Any) -> Any:
        """Return vectors and components of one output step for VTK, see `Field.to_vtk`."""
        if filename is not None:
            return self.save_vtk(filename, use_si=use_si, **options)
        return plot3d.vtk_files.dataset(self, use_si=use_si, **{"array_name": None, **options})

    def save_vtk(self, filename: Any, *, use_si: bool = True, **options: Any) -> Path:
        """Write vectors and components of one output step, see `Field.save_vtk`."""
        return plot3d.vtk_files.save(
            self, filename, use_si=use_si, **{"array_name": None, **options}
        )


def _component(item: Any, position: int) -> Any:
    return item.components[position] if isinstance(item, VectorField) else item
