"""Vectors with upstream's names, of components in EMSES units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist

from emout_lab.emout.drawing import film_options, renamed
from emout_lab.emses import vectors
from emout_lab.emses.units import Unit

Array = np.ndarray[Any, Any]

_OF_FRAMES = ("axis", "title", "notitle", "offsets", "use_si")
_OF_FILMS = ("fig", "axis", "action", "filename", "interval", "repeat", "title", "notitle")


class VectorData(vectors.VectorField):
    """Two or three components, such as ``data.exz`` or ``data.j1xyz``.

    Parameters
    ----------
    objs : sequence of Field
        The components.
    component_axes : str or sequence of str, optional
        Their directions; by default those of their names.
    name : str, optional
        Name of the vector; by default that of the components with all directions.
    attrs : mapping, optional
        ``name`` may stand here as well.

    Examples
    --------
    >>> import tempfile
    >>> import emout_lab.emout as emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = emout.Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3))
    >>> emout.VectorData([data.ex[-1], data.ez[-1]]).component_axes
    ('x', 'z')
    """

    def __init__(
        self,
        objs: Sequence[Any],
        component_axes: Sequence[str] | None = None,
        name: str | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        axes = component_axes or [item.name[-1:] for item in objs]
        if sorted(set(axes) & set("xyz")) != sorted(axes):
            axes = "xyz"[: len(objs)]
        if name is None:
            name = (attrs or {}).get("name") or objs[0].name[:-1] + "".join(axes)
        super().__init__(objs, "".join(axes), name)

    @property
    def objs(self) -> list[Any]:
        """The components."""
        return list(self.components)

    @property
    def component_axes(self) -> tuple[str, ...]:
        """Direction of each component."""
        return tuple(self.axes)

    @property
    def x_data(self) -> Any:
        """The first component."""
        return self.components[0]

    @property
    def y_data(self) -> Any:
        """The second component."""
        return self.components[1]

    @property
    def z_data(self) -> Any:
        """The third component.

        Raises
        ------
        AttributeError
            When there are two.
        """
        if len(self.components) < 3:
            raise AttributeError(f"{self.name or 'This vector'} has two components: {self.axes}.")
        return self.components[2]

    @property
    def axisunits(self) -> list[Unit] | None:
        """Units of t, z, y and x; None without a conversion key."""
        units: list[Unit] | None = self.components[0].axisunits
        return units

    @property
    def use_axes(self) -> list[str]:
        """Names of the dimensions."""
        return list(self.dims)

    def materialize(self) -> VectorData:
        """Return the same vector with its values in memory."""
        return self.compute()

    def to_numpy(self, stack_axis: int = 0) -> Array:
        """Return the values, with the components along an axis of their own."""
        return np.stack([part.to_numpy() for part in self.components], axis=stack_axis)

    def plot(self, mode: str | None = None, *, axes: str = "auto", **options: Any) -> Any:
        """Draw streamlines or arrows; options as for `emout_lab.emses.vectors.VectorField.plot`."""
        given = (
            {"mode": mode, **renamed(options)} if mode not in (None, "auto") else renamed(options)
        )
        if axes == "auto" and self.ndim == 2:
            axes = "".join(sorted(self.dims))
        if self.ndim == 2:
            given["axes"] = axes
        drawn = super().plot(**given)
        is_away = given.get("show") or given.get("savefilename") is not None
        return None if is_away and isinstance(drawn, Artist) else drawn

    def gifplot(self, *args: Any, **options: Any) -> Any:
        """Animate: HTML for a notebook, unless another ``action`` is given."""
        return super().gifplot(
            **film_options({**dict(zip(_OF_FILMS, args, strict=False)), **options})
        )

    def build_frame_updater(self, *args: Any, **options: Any) -> Any:
        """Return one of several panels of an animation: ``gifplot(action="frames")``."""
        named = dict(zip(_OF_FRAMES, args, strict=False))
        return self.gifplot(**{**named, **options, "action": "frames"})
