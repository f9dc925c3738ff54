"""Refuses what cannot fit, before it is computed: sizes are known where shape and dtype are."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from dask.base import is_dask_collection

from emout_lab.engine import operations
from emout_lab.engine.metadata import describe
from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

ELEMENTWISE = frozenset(
    getattr(operator, name)
    for name in (
        "add sub mul truediv floordiv mod pow matmul neg pos invert and_ or_ xor lt le eq ne gt ge"
    ).split()
) | {abs, round}


def check_memory(
    function: Callable[..., Any], args: tuple[Any, ...], memory: Callable[[], tuple[int, int]]
) -> None:
    """Refuse a call whose lazy operands would not fit into the engine's memory.

    Parameters
    ----------
    function, args
        The call.
    memory : callable
        Returns free memory of the engine and its limit [B].

    Raises
    ------
    TooLarge
        With both numbers. Only calls that read their operands whole are judged: operators, ufuncs
        and fetching. Slices of lazy arrays, and arrays that Dask computes in chunks, are not.
    """
    reads = function in ELEMENTWISE or isinstance(function, np.ufunc)
    if not reads and function is not operations.in_memory:
        return
    available, total = memory()
    copies = 2 if reads else 1  # the operands and a result of the same size
    arrays = _arrays(args)
    if reads:  # what computes in blocks reads no operand whole
        arrays = [value for value in arrays if not getattr(value, "is_large", False)]
    if copies * sum(_whole_bytes(value) for value in arrays) <= available:
        return
    need = copies * sum(unread_bytes(value) for value in arrays)
    if need > available:
        raise TooLarge(
            f"this needs about {format_bytes(need)}, the engine has {format_bytes(available)} free "
            f"of {format_bytes(total)}. Take a slice first, or open the data with chunks={{}} so "
            "that it is computed piece by piece."
        )


def unread_bytes(value: Any) -> int:
    """Return the bytes that a lazy array will take once it is read; 0 for everything else."""
    if (
        not hasattr(type(value), "shape")
        or getattr(value, "chunks", None)
        and is_dask_collection(value)
    ):
        return 0
    whole = _whole_bytes(value)
    held = describe(value).bytes or 0
    return whole if held < whole // 2 else 0


def _whole_bytes(value: Any) -> int:
    whole = getattr(value, "nbytes", None)
    return int(whole) if isinstance(whole, (int, np.integer)) else 0


def _arrays(args: Iterable[Any]) -> list[Any]:
    return list({id(value): value for value in args}.values())
