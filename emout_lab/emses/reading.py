"""Where a part of a field is read: here, or on an engine that brings it here."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.config import Settings, load
from emout_lab.emses import door, policy
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
    nbytes : int
        Bytes of the part.
    settings : Settings
        The read limit and the runtime root.
    is_local_allowed : bool
        Whether the policy lets this process read it.
    """

    function: Callable[..., Array | None]
    args: tuple[Any, ...]
    path: str
    name: str
    shape: tuple[int, ...]
    nbytes: int
    settings: Settings
    is_local_allowed: bool

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


def read_elsewhere(
    function: Callable[..., Array | None],
    args: tuple[Any, ...],
    *,
    path: str,
    name: str,
    shape: tuple[int, ...],
    itemsize: int,
    own_policy: str | None,
    is_granted: bool = False,
) -> Array | None:
    """Ask the door for a part of a field; None means that it is to be read here.

    Raises
    ------
    LocalReadForbidden
        When the policy forbids to read it here and no engine reads it.
    ReadTooLarge
        When a session is active and the part is larger than the read limit.
    """
    if door.is_before_the_data():
        return None
    settings = load()
    rule = policy.effective(own_policy, settings)
    if is_granted and own_policy is None and rule == REMOTE_REQUIRED:
        rule = ALLOW
    if rule == LOCAL:
        return None
    nbytes = math.prod(shape) * itemsize
    read = Read(
        function,
        args,
        path,
        name,
        shape,
        nbytes,
        settings,
        is_local_allowed=rule != REMOTE_REQUIRED,
    )
    read_remotely = door.find("read_remotely")
    if read_remotely is None:
        read.check_local("emout_lab is not installed completely, so there are no sessions")
        return None
    values: Array | None = read_remotely(read)
    return values


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
