"""What fields larger than memory have besides: to be kept on all workers, or saved to a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emout_lab.emses.blocks import saving, tasks
from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.large_arrays import blocks_of

if TYPE_CHECKING:
    from typing_extensions import Self


class LargeFieldMixin(FieldBase):
    """What can be done with the values of a field without bringing them here."""

    def persist(self) -> Self:
        """Compute the values and keep them, spread over the memory of all workers.

        What is computed with the result reads nothing again. It takes memory as long as it lives:
        ``ref.drop()``, the end of its scope, or ``del``. Without a session the values are kept
        here. What a lost worker kept is computed again.

        Raises
        ------
        TooLarge
            When the workers have not so much memory.

        Examples
        --------
        ::

            field = data.remote().phisp
            fluctuation = (field - field.mean(axis=0)).persist()
            fluctuation.std(axis=(1, 2, 3)).plot()
        """
        if not self.is_lazy:
            return self
        if not self.is_large:
            return self.compute()
        blocks = blocks_of(self._array, self._recipe)
        kept, places = tasks.keep(blocks.node, f"persisting {self.name or 'expression'}")
        made = blocks.made(kept)
        made.places = places
        return self._with_values(made, self._array.name, True)

    @property
    def bytes_by_worker(self) -> Mapping[str, int]:
        """Bytes that `persist` put into each worker, by its name; empty for all other fields."""
        return blocks_of(self._array).places if self.is_lazy and self._recipe is None else {}

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the values to a file, block by block; the memory stays as it is.

        All workers write at once. The file is there under its name when it is whole.

        Parameters
        ----------
        path : path
            Ends in ``.h5`` (also ``.hdf5``, ``.nc``): one dataset with coordinates and units, which
            `xarray.open_dataset` and h5py read; or in ``.zarr``, which needs the extra
            ``emout_lab[zarr]``.
        overwrite : bool
            Whether to replace what is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        FileExistsError
            When there is a file of this name, and it is not to be replaced.
        BadOption
            When the name ends otherwise.

        Examples
        --------
        >>> import tempfile, xarray
        >>> from emout_lab.emses import Emout
        >>> from emout_lab.emses.demo import write_demo_data
        >>> folder = write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)
        >>> file = Emout(folder).phisp.save(folder / "potential.h5")
        >>> xarray.open_dataset(file).phisp.shape
        (2, 9, 9, 9)
        """
        blocks = blocks_of(self._array, self._recipe)
        return saving.save(self._array, blocks.node, path, overwrite)
