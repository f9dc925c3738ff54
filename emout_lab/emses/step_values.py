"""The values of a slice at other output steps: what a live figure steps through.

A slice of a file's field knows its recipe, and what operators and ufuncs made of such slices knows
them as well. Both can be had at any other output step, as long as they show one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np

from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.field_sources import DIMS, FieldSource

Array = np.ndarray[Any, Any]

TIME = "t"
#: A longer expression is not remembered: a loop that adds to a field would grow without end.
MOST_OPERATIONS = 32


class Operation(NamedTuple):
    """A ufunc with what it was applied to: slices of files, other operations, numbers.

    Parameters
    ----------
    ufunc : numpy.ufunc
        What was applied.
    operands : tuple
        To which of them.
    length : int
        How many operations it takes.
    """

    ufunc: np.ufunc
    operands: tuple[Any, ...]
    length: int


class Slice(NamedTuple):
    """A slice of a file's field at one output step, as it is to be had at all of them.

    Parameters
    ----------
    kind : type
        Class of the field.
    source : FieldSource
        What to read.
    keys : tuple of tuple
        Its indices, with all steps in place of the one.
    at : int
        Which one it was.
    total : int
        How many there are.
    """

    kind: Any
    source: FieldSource
    keys: tuple[tuple[Any, ...], ...]
    at: int
    total: int

    def has_times_of(self, other: Slice) -> bool:
        """Tell whether another slice shows the same step of the same ones."""
        own, others = (
            [(each.steps, each.start, each.interval) for each in slice.source.segments]
            for slice in (self, other)
        )
        chosen = ([key[0] for key in slice.keys] for slice in (self, other))
        is_same = (self.at, self.total, own) == (other.at, other.total, others)
        return is_same and all(map(_is_alike, *chosen))


class StepValues:
    """A slice, or an expression of slices, at any output step; nothing is prepared before it is.

    Parameters
    ----------
    source : FieldBase or Operation
        At one step.
    slices : list of Slice
        What is in it.

    Attributes
    ----------
    at : int
        The step that was taken.
    count : int
        How many steps there are.
    """

    def __init__(self, source: Any, slices: list[Slice]) -> None:
        self.at, self.count = slices[0].at, slices[0].total
        self._source, self._slices = source, slices

    def __call__(self, step: int) -> Array:
        """Read the values of a step, and only these."""
        return np.asarray(_values(self._all_steps[0], step))

    def times(self, *, use_si: bool = True) -> Array:
        """Return the time of each step, as drawings have it."""
        return self._all_steps[1].axis(TIME, use_si=use_si)

    @cached_property
    def _all_steps(self) -> tuple[Any, FieldBase]:
        wholes = [each.kind.from_source(each.source, each.keys) for each in self._slices]
        return _replaced(self._source, iter(wholes)), wholes[0]

    def __getstate__(self) -> dict[str, Any]:
        # What was opened is opened again where it is needed.
        return {name: value for name, value in vars(self).items() if name != "_all_steps"}


def operation(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Operation | None:
    """Return what a ufunc was applied to, where it can be applied to other steps as well."""
    if len({item.shape for item in inputs if isinstance(item, FieldBase)}) != 1:
        return None  # a part of one would be no part of the other
    operands: list[Any] = []
    length = 1
    for item in inputs:
        if isinstance(item, FieldBase):
            source = source_of(item)
            if source is None:
                return None
            length += source.length if isinstance(source, Operation) else 0
            operands.append(source)
        elif np.ndim(item) == 0 and not hasattr(item, "dims"):
            operands.append(item)
        else:
            return None
    return Operation(ufunc, tuple(operands), length) if length <= MOST_OPERATIONS else None


def source_of(field: FieldBase) -> Any:
    """Return how a field is made: itself where it comes from a file, an `Operation`, or None."""
    return field if field._recipe is not None else field._made_by


def part(source: Any, index: tuple[Any, ...]) -> Any:
    """Return how a part of what was made is made."""
    if isinstance(source, Operation):
        operands = tuple(part(each, index) for each in source.operands)
        return source._replace(operands=operands)
    return cast("Any", source)[index] if isinstance(source, FieldBase) else source


def at_all_steps(field: FieldBase) -> StepValues | None:
    """Return the values of a field at all output steps; None where there is no other.

    Parameters
    ----------
    field : FieldBase
        A slice at one output step.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3))
    >>> found = at_all_steps(data.phisp[-1, :, 4, :])
    >>> found.at, found.count
    (2, 3)
    >>> bool((found(0) == data.phisp[0, :, 4, :].values).all())
    True
    """
    source = source_of(field)
    slices = [_slice(leaf) for leaf in _leaves(source)]
    found = [each for each in slices if each is not None]
    if not found or len(found) < len(slices) or found[0].total < 2:
        return None
    if not all(each.has_times_of(found[0]) for each in found[1:]):
        return None
    return StepValues(source, found)


def _leaves(source: Any) -> Iterator[FieldBase]:
    if isinstance(source, FieldBase):
        yield source
    elif isinstance(source, Operation):
        for operand in source.operands:
            yield from _leaves(operand)


def _replaced(source: Any, wholes: Iterator[FieldBase]) -> Any:
    if isinstance(source, Operation):
        return source._replace(operands=tuple(_replaced(each, wholes) for each in source.operands))
    return next(wholes) if isinstance(source, FieldBase) else source


def _slice(field: FieldBase) -> Slice | None:
    """Return a slice with all steps in place of the one that it is at; None where it is at none."""
    if field._recipe is None:
        return None
    source, keys = field._recipe
    size, found = source.shape[0], None
    dims = list(DIMS)
    every: list[tuple[Any, ...]] = []
    for key in keys:
        if not isinstance(key, tuple):
            return None
        if found is not None:
            key = (slice(None), *key)
        elif isinstance(step := key[0], int):
            found = step % size
            key = (slice(None), *key[1:])
        else:
            size = len(range(*step.indices(size))) if isinstance(step, slice) else len(step)
        if len(key) != len(dims):
            return None  # of a grid that was continued, for example
        dims = [dim for dim, each in zip(dims, key, strict=True) if not isinstance(each, int)]
        every.append(key)
    if found is None or dims[:1] != [TIME]:
        return None
    return Slice(type(field), source, tuple(every), found, size)


def _is_alike(one: Any, other: Any) -> bool:
    """Tell whether two parts of indices are the same, lists and arrays among them."""
    if isinstance(one, slice) or isinstance(other, slice):
        return bool(one == other) if type(one) is type(other) else False
    return bool(np.array_equal(one, other))


def _values(source: Any, step: int) -> Any:
    if isinstance(source, FieldBase):
        # Not kept with what a program has read: it may be another thread that asks.
        return source._array.variable[step].values
    if isinstance(source, Operation):
        return source.ufunc(*(_values(operand, step) for operand in source.operands))
    return source
