"""A part of a field that is to be read, and whether this process may read it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from emout_lab.config import Settings, load
from emout_lab.emses import policy
from emout_lab.errors import LocalReadForbidden
from emout_lab.policies import ALLOW, LOCAL, REMOTE_REQUIRED

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Read:
    """A part of a field that somebody needs, and on which terms.

    Parameters
    ----------
    function : callable
        ``function(*args)`` reads it in any process that sees the file, and gives None in others.
    args : tuple
        Its arguments; they pickle as a recipe.
    path, name : str
        File and name of the field.
    shape : tuple of int
        Shape of the part.
    itemsize : int
        Bytes of a value.
    own_policy : str or None
        The local-data policy of the run.
    is_granted : bool
        Whether the part was taken where this process was allowed to read.
    leaves_out_steps : bool
        Whether damaged steps are NaN, and reductions leave them out.
    """

    function: Callable[..., Array | None]
    args: tuple[Any, ...]
    path: str
    name: str
    shape: tuple[int, ...]
    itemsize: int
    own_policy: str | None = None
    is_granted: bool = False
    leaves_out_steps: bool = False

    def of(
        self,
        function: Callable[..., Array | None],
        args: tuple[Any, ...],
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
    ) -> Read:
        """Return another read on the same terms."""
        return replace(self, function=function, args=args, shape=shape, itemsize=dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes of the part."""
        return math.prod(self.shape) * self.itemsize

    @cached_property
    def settings(self) -> Settings:
        """The read limit and the runtime root; loaded only where somebody asks."""
        return load()

    @cached_property
    def policy(self) -> str:
        """The local-data policy that holds for the part."""
        rule = policy.effective(self.own_policy, self.settings)
        is_lifted = self.is_granted and self.own_policy is None and rule == REMOTE_REQUIRED
        return ALLOW if is_lifted else rule

    @property
    def is_local(self) -> bool:
        """Whether the policy lets this process read the part and ask nobody."""
        return self.policy == LOCAL

    @property
    def is_local_allowed(self) -> bool:
        """Whether the policy lets this process read it."""
        return self.policy != REMOTE_REQUIRED

    @property
    def label(self) -> str:
        """The part in a few words."""
        sizes = " x ".join(str(size) for size in self.shape) or "one value"
        return f"{self.name} ({sizes})"

    @property
    def remote_way(self) -> str:
        """The code that leaves the field on the engine."""
        return f"Emout({os.path.dirname(self.path)!r}).remote().{self.name}"

    def check_local(self, reason: str) -> None:
        """Refuse to read here where the policy forbids it.

        Raises
        ------
        LocalReadForbidden
            With the reason why the engine does not read it.
        """
        if not self.is_local_allowed:
            raise LocalReadForbidden(
                f"Reading {self.label} from {self.path} here is forbidden by the local-data "
                f"policy {REMOTE_REQUIRED!r}, and {reason}. Start a session (sidebar, or "
                f"`emout-lab server start`); then this line reads through it, and "
                f"{self.remote_way} computes there."
            )


def slab_shape(key: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that an outer index gives: integers drop their dimension.

    Examples
    --------
    >>> slab_shape((0, slice(None), slice(1, 9, 2), np.array([2, 5])), (3, 4, 10, 8))
    (4, 4, 2)
    """
    sizes = []
    for part, size in zip(key, shape, strict=True):
        if isinstance(part, slice):
            sizes.append(len(range(*part.indices(size))))
        elif not isinstance(part, (int, np.integer)):
            sizes.append(len(part))
    return tuple(sizes)
