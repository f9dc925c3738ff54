"""What is computed of an expression, by a name that is the same in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from emout_lab.emses import observation
from emout_lab.emses.blocks.nodes import Node
from emout_lab.emses.blocks.stored import Stored
from emout_lab.emses.field_sources import DIMS, FieldSource


@dataclass(frozen=True)
class NamedExpression:
    """Stands for an expression where a result of it is asked for.

    Parameters
    ----------
    source : FieldSource
        A field that is in it.
    """

    source: FieldSource
    dims: tuple[str, ...] = DIMS

    @property
    def _recipe(self) -> tuple[FieldSource, tuple[Any, ...]]:
        return self.source, ()


def computed(node: Node, how: str, options: Mapping[str, Any], compute: Callable[[], Any]) -> Any:
    """Return what ``compute()`` gives of a node: an article holds it by its name.

    Parameters
    ----------
    node : Node
    how : str
        Name of what is computed.
    options : mapping
        Its options, which JSON can hold; others are not kept.
    compute : callable
        Returns an array or a number.
    """
    if not observation.is_observed():
        return compute()
    stored = [each for each in node.walk() if isinstance(each, Stored) and each.terms is not None]
    if not stored or not isinstance(source := _innermost(stored[0].recipe), FieldSource):
        return compute()
    named = NamedExpression(source)
    known = {**options, "of": fingerprint(node)}
    terms = stored[0].terms
    assert terms is not None
    read = replace(terms, args=(named, how, (), known), shape=(), itemsize=node.dtype.itemsize)
    return observation.computed(read, compute)


def fingerprint(node: Node) -> str:
    """Return a text that expressions of the same values have in common.

    Examples
    --------
    >>> import xarray as xr
    >>> one, other = (Stored(xr.Variable("x", [1.0, 2.0])) for _ in range(2))
    >>> fingerprint(one) == fingerprint(other)
    True
    """
    known: dict[int, str] = {}
    return _fingerprint(node, known)


def _fingerprint(node: Node, known: dict[int, str]) -> str:
    if id(node) not in known:
        if isinstance(node, Stored):
            source = _innermost(node.recipe)
            if isinstance(source, FieldSource):
                text = repr((source.name, source.path, _keys(node.recipe)))
            else:
                values = np.ascontiguousarray(node.variable.values)
                text = repr((values.shape, values.dtype.str)) + _digest(values.tobytes())
        else:
            own = {
                name: _shown(value, known)
                for name, value in sorted(vars(node).items())
                if name not in ("shape", "dtype", "operand")
            }
            parts = [_fingerprint(each, known) for each in node.operands]
            text = repr((type(node).__name__, own, parts))
        known[id(node)] = _digest(text.encode())
    return known[id(node)]


def _shown(value: Any, known: dict[int, str]) -> str:
    if isinstance(value, Node):
        return _fingerprint(value, known)
    if isinstance(value, partial):
        return repr((_shown(value.func, known), _shown(value.args, known)))
    if isinstance(value, (tuple, list)):
        return repr([_shown(each, known) for each in value])
    if isinstance(value, np.ndarray):
        return _digest(np.ascontiguousarray(value).tobytes())
    if callable(value):
        return str(getattr(value, "__qualname__", getattr(value, "__name__", type(value))))
    return repr(value)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]


def _innermost(recipe: Any) -> Any:
    """Return the source that a recipe begins with: each part taken of it is one more pair."""
    while isinstance(recipe, tuple) and recipe:
        recipe = recipe[0]
    return recipe


def _keys(recipe: Any) -> list[Any]:
    """Return what was taken of a source in turn."""
    found: list[Any] = []
    while isinstance(recipe, tuple) and recipe:
        found[:0] = recipe[1:]
        recipe = recipe[0]
    return found
