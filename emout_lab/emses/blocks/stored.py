"""The leaves of expressions: values on disk, or in memory."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import xarray as xr

from emout_lab.emses import observation
from emout_lab.emses.blocks.nodes import Array, Evaluation, Key, Node, key_token
from emout_lab.emses.reading import Read
from emout_lab.xarrays import is_in_memory


class Stored(Node):
    """Values of an xarray variable: on disk, or in memory.

    Parameters
    ----------
    variable : xarray.Variable
        Lazy ones read the part that is taken.
    recipe : hashable, optional
        What is the same for every variable of the same stored values; those are read once.
    terms : Read, optional
        On which terms a process may read them; None where it always may.
    paths : sequence of str
        Files that are read.
    """

    def __init__(
        self,
        variable: xr.Variable,
        recipe: Hashable = None,
        terms: Read | None = None,
        paths: Sequence[str] = (),
    ) -> None:
        self.variable = variable
        self.recipe = recipe
        self.terms = terms
        self.paths = tuple(paths)
        self.shape = variable.shape
        self.dtype = variable.dtype

    @property
    def name(self) -> Hashable:
        """The recipe, where there is one."""
        return id(self) if self.recipe is None else self.recipe

    @property
    def makes_new_values(self) -> bool:
        """Whether they are read from files; what an article holds may be kept there."""
        return bool(self.paths) and not (observation.is_observed() or is_in_memory(self.variable))

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:  # noqa: ARG002 - a leaf
        recipe = None if self.recipe is None else (self.recipe, key_token(key))
        return Stored(self.variable[key], recipe, self.terms, self.paths)

    def _computed(self, made: Evaluation) -> Array:  # noqa: ARG002 - as above
        return np.asarray(self.variable.values)


def terms_of(node: Node) -> list[Read]:
    """Return the terms on which the stored values below a node may be read."""
    stored = (each for each in node.walk() if isinstance(each, Stored))
    return [each.terms for each in stored if each.terms is not None]
