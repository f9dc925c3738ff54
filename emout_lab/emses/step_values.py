"""The values of a slice at other output steps: what a live figure steps through.

A slice of a file's field knows its recipe, and what operators and ufuncs made of such slices knows
them as well. Both can be had at any other output step, as long as they show one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np

from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.field_sources import DIMS

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


@dataclass(frozen=True)
class StepValues:
    """A slice, or an expression of slices, at any output step.

    Parameters
    ----------
    source : FieldBase or Operation
        With the time as first dimension of each slice.
    at : int
        The step that was taken.
    times : ndarray
        Time of each step, as drawings have it.
    """

    source: Any
    at: int
    times: Array

    def __call__(self, step: int) -> Array:
        """Read the values of a step, and only these."""
        return np.asarray(_values(self.source, step))


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


def at_all_steps(field: FieldBase, *, use_si: bool = True) -> StepValues | None:
    """Return the values of a field at all output steps; None where there is no other.

    Parameters
    ----------
    field : FieldBase
        A slice at one output step.
    use_si : bool
        Whether times are in SI; the values are in any case.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3))
    >>> found = at_all_steps(data.phisp[-1, :, 4, :])
    >>> found.at, len(found.times)
    (2, 3)
    >>> bool((found(0) == data.phisp[0, :, 4, :].values).all())
    True
    """
    source = source_of(field)
    leaves = list(_leaves(source))
    found = [_at_one_step(leaf) for leaf in leaves]
    if not found or any(each is None for each in found):
        return None
    series = {id(leaf): each for leaf, each in zip(leaves, found, strict=True) if each is not None}
    wholes = [whole for whole, _ in series.values()]
    steps = {at for _, at in series.values()}
    times = [whole.axis(TIME, use_si=use_si) for whole in wholes]
    is_one = len(steps) == 1 and all(np.array_equal(times[0], each) for each in times[1:])
    if not is_one or len(times[0]) < 2:
        return None
    return StepValues(_replaced(source, series), steps.pop(), times[0])


def _leaves(source: Any) -> Any:
    if isinstance(source, FieldBase):
        yield source
    elif isinstance(source, Operation):
        for operand in source.operands:
            yield from _leaves(operand)


def _replaced(source: Any, series: dict[int, tuple[FieldBase, int]]) -> Any:
    if isinstance(source, Operation):
        return source._replace(operands=tuple(_replaced(each, series) for each in source.operands))
    return series[id(source)][0] if isinstance(source, FieldBase) else source


def _at_one_step(field: FieldBase) -> tuple[FieldBase, int] | None:
    """Return the same slice at all steps, time first, and which of them it is; None without one."""
    if field._recipe is None:
        return None
    source, keys = field._recipe
    dims, size, before, found = list(DIMS), source.shape[0], [], None
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
        dims = [dim for dim, each in zip(dims, key, strict=True) if not isinstance(each, int)]
        before.append(key)
    if found is None or dims[:1] != [TIME]:
        return None
    return type(field).from_source(source, tuple(before)), found  # type: ignore[attr-defined, unused-ignore]


def _values(source: Any, step: int) -> Any:
    if isinstance(source, FieldBase):
        # Not kept with what a program has read: it may be another thread that asks.
        return source._array.variable[step].values
    if isinstance(source, Operation):
        return source.ufunc(*(_values(operand, step) for operand in source.operands))
    return source
