"""EMSES output as xarray: ``xarray.open_dataset(directory, engine="emses")``.

Nothing but the header of a file is read when it is opened; a slice reads its hyperslab and nothing
else. Lazy arrays pickle as recipes (paths, steps, index).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import xarray as xr
from xarray.backends import BackendEntrypoint

from emout_lab.emses import lazy_array
from emout_lab.emses.field_sources import FieldSource, find_field
from emout_lab.emses.parameters import PARAMETER_FILES, read_parameters
from emout_lab.emses.run_directory import RunDirectory, find_run
from emout_lab.errors import BadFile
from emout_lab.policies import RAISE, checked_bad_steps, checked_policy


class EmsesBackend(BackendEntrypoint):
    """The xarray engine ``"emses"``.

    Examples
    --------
    >>> import tempfile, xarray
    >>> from emout_lab.emses.demo import write_demo_data
    >>> run = write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)
    >>> dataset = xarray.open_dataset(run, engine="emses")
    >>> dict(dataset.phisp.sizes)
    {'t': 2, 'z': 9, 'y': 9, 'x': 9}
    >>> dataset.phisp.units
    'V'
    """

    description = "Output directories of the plasma particle simulation code EMSES"
    open_dataset_parameters: ClassVar[Any] = (
        "filename_or_obj",
        "drop_variables",
        "input_path",
        "si",
        "local_data_policy",
        "append_directories",
        "bad_steps",
    )

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        input_path: str | os.PathLike[str] | None = None,
        si: bool = True,
        local_data_policy: str | None = None,
        append_directories: str | Sequence[str | os.PathLike[str]] | None = None,
        bad_steps: str = RAISE,
    ) -> xr.Dataset:
        """Open all grid fields of a run.

        Parameters
        ----------
        filename_or_obj : path
            Output directory, or the parameter file in it.
        drop_variables : str or iterable of str, optional
            Fields that are left out.
        input_path : path, optional
            Parameter file, where it lies elsewhere.
        si : bool
            False keeps EMSES units.
        local_data_policy : str, optional
            The run's own policy, see `emout_lab.local_data_policy`.
        append_directories : sequence of path or ``"auto"``, optional
            Where restarts went on, see `emout_lab.emses.Emout`.
        bad_steps : {"raise", "skip"}
            What becomes of output steps that cannot be read, see `emout_lab.emses.Emout`.
        """
        policy = checked_policy(local_data_policy)
        checked_bad_steps(bad_steps)
        target = Path(os.fspath(filename_or_obj))
        if target.is_file():
            input_path, target = input_path or target, target.parent
        run = find_run(target, input_path, target, append_directories)
        parameters = read_parameters(run.input_path)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        names = [name for name in run.fields if name not in dropped]
        sources = [find_field(run, name, parameters, policy, bad_steps) for name in names]
        return _dataset(sources if si else [source.to_emses_units() for source in sources], run)

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Say whether this is a directory with a parameter file of EMSES."""
        try:
            path = Path(os.fspath(filename_or_obj))
        except TypeError:
            return False
        return path.name in PARAMETER_FILES or any(
            (path / name).is_file() for name in PARAMETER_FILES
        )


def open_run(run: RunDirectory, **options: Any) -> xr.Dataset:
    """Open a run as a lazy dataset; `options` are those of `xarray.open_dataset`."""
    own: dict[str, Any] = {
        "input_path": run.input_path,
        "append_directories": [directory.output for directory in run.continued],
    }
    return xr.open_dataset(run.output, engine=EmsesBackend, **own, **options)


def _dataset(sources: list[FieldSource], run: RunDirectory) -> xr.Dataset:
    coordinates: Mapping[str, xr.Variable] = {}
    if sources:
        # A field that is a step behind (being written) decides what all of them have.
        shortest = min(source.shape[0] for source in sources)
        sources = [source.truncated(shortest) for source in sources]
        coordinates = sources[0].coordinates()
    for source in sources:
        if source.grid != sources[0].grid:
            raise BadFile(
                f"{source.path} has a grid of {source.grid}, "
                f"{sources[0].path} one of {sources[0].grid}. "
                f"Leave one of them out: drop_variables=[{source.name!r}]."
            )
    variables = {source.name: lazy_array.variable(source) for source in sources}
    return xr.Dataset(variables, coords=coordinates, attrs={"source": str(run.output)})
