"""`Emout` as upstream has it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.emses import emout, execution
from emout_lab.emses.unit_names import UnitNames

if TYPE_CHECKING:
    from emout_lab.emout.fields import Field
    from emout_lab.emout.vectors import VectorData
    from emout_lab.emses.particles import ParticlesSeries

PathLike = str | os.PathLike[str]


class Emout(emout.Emout):
    """A directory of EMSES output; its fields have EMSES units.

    Parameters
    ----------
    directory : path
        Holds parameter file and output.
    append_directories : sequence of path or ``"auto"``, optional
        Where restarts of the run went on; none by default.
    ad : optional
        Short for `append_directories`, which goes before it.
    inpfilename : str, optional
        Name of the parameter file in `directory`, where it is another one.
    input_path : path, optional
        Parameter file, where it lies elsewhere.
    output_directory : path, optional
        Directory of the HDF5 files, where it is another one.
    local_data_policy : {"allow", "remote_required"}, optional
        As for `emout_lab.emses.emout.Emout`.
    electric_relocation : {"legacy", "periodic"}
        Both give what ``"periodic"`` gives upstream.
    **options
        As for `emout_lab.emses.emout.Emout`.

    Raises
    ------
    NotAnEmsesDirectory
        When a directory or the parameter file is missing.

    Examples
    --------
    >>> import tempfile
    >>> import emout_lab.emout as emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = emout.Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2))
    >>> data.phisp[-1].shape, round(float(data.phisp[-1].val_si[4, 4, 4]), 3)
    ((9, 9, 9), -1.473)
    """

    def __init__(
        self,
        directory: PathLike = "./",
        append_directories: str | Sequence[PathLike] | None = None,
        ad: str | Sequence[PathLike] | None = None,
        inpfilename: PathLike | None = None,
        input_path: PathLike | None = None,
        output_directory: PathLike | None = None,
        local_data_policy: str | None = None,
        electric_relocation: str = "legacy",
        **options: Any,
    ) -> None:
        if electric_relocation not in ("legacy", "periodic"):
            raise ValueError(
                f"electric_relocation={electric_relocation!r} is neither 'legacy' nor 'periodic'."
            )
        self._options = options
        # By name what was made of the native field; of a file that has grown there is a new one.
        self._made: dict[str, tuple[Any, Field]] = {}
        super().__init__(
            directory,
            input_path=input_path,
            output_directory=output_directory,
            local_data_policy=local_data_policy,
            append_directories=append_directories or ad or [],
            inpfilename=_other_name(inpfilename),
            **options,
        )

    def __getattr__(self, name: str) -> Field | VectorData | Any:
        return self._as_upstream(super().__getattr__(name))

    def __getitem__(self, name: str) -> Field | VectorData | Any:
        return self._as_upstream(super().__getitem__(name))

    def _as_upstream(self, found: Any) -> Any:
        """Give fields, vectors and particles EMSES units; leave anything else as it is."""
        from emout_lab.emout.vectors import VectorData  # noqa: PLC0415 - loads xarray
        from emout_lab.emses import fields, particles, vectors  # noqa: PLC0415 - loads xarray

        if isinstance(found, fields.Field):
            return self._field(found)
        if isinstance(found, vectors.VectorField):
            parts = [self._field(part) for part in found.components]
            return VectorData(parts, found.axes, found.name)
        return found.val_emses if isinstance(found, particles.ParticlesSeries) else found

    def _field(self, native: Any) -> Field:
        """Return a field in EMSES units, of its own: its values can be set."""
        from emout_lab.emout.fields import Field  # noqa: PLC0415 - loads xarray

        known = self._made.get(native.name)
        if known is None or known[0] is not native:
            known = self._made[native.name] = (native, Field.of(native, self._opened))
        return known[1].again()

    def particle(self, species: int) -> ParticlesSeries:
        """Return the particles of a species, from 1, in EMSES units."""
        return super().particle(species).val_emses

    def remote(self, session: Any = None) -> Any:
        """Open the same run on an engine of a session; the data stay there.

        Parameters
        ----------
        session : object, optional
            A session or its name; the active one by default.

        Raises
        ------
        NoSession
            When no session runs.
        """
        # The policy is one for this process; the engine reads in any case.
        *places, _, later = self._opened.recipe()
        recipe = (*places, None, later)
        from emout_lab.emout.distributed.remote_render import RemoteRef  # noqa: PLC0415 - loads more

        opening = (reopened, recipe, self._options, dict(self._opened.name2unit))
        return RemoteRef.of(
            execution.current().call(*opening, expression=repr(self), session=session)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return reopened, (self._opened.recipe(), self._options, dict(self._opened.name2unit))


def reopened(
    recipe: tuple[Any, ...], options: dict[str, Any], units: dict[str, Any] | None = None
) -> Emout:
    """Open a run again.

    Parameters
    ----------
    recipe : tuple
        See `emout_lab.emses.run.Run.recipe`.
    options : dict
        What else it was opened with.
    units : dict, optional
        Units that were set by name in another process.
    """
    directory, input_path, output_directory, policy, later = recipe
    run = Emout(
        directory,
        append_directories=later,
        input_path=input_path,
        output_directory=output_directory,
        local_data_policy=policy,
        **options,
    )
    if units:
        run._opened.name2unit = UnitNames(units)
    return run


def _other_name(inpfilename: PathLike | None) -> str | None:
    """Return the name of a parameter file, where it is another than usual."""
    # Upstream has this one as its default, and takes a plasma.toml before it.
    return None if inpfilename is None or str(inpfilename) == "plasma.inp" else str(inpfilename)
