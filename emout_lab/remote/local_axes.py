"""Axes and figures of this process as arguments: an engine would draw on a copy of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from emout_lab.engine import operations
from emout_lab.errors import NotSendable
from emout_lab.remote.context import CONTEXT

#: How methods of refs, of local data and functions of pyplot are called on an engine.
CALLING: tuple[Callable[..., Any], ...] = (
    operations.call,
    operations.call_method,
    operations.call_pyplot,
)


def refuse(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse a call that would draw on a copy of axes, which nobody would see.

    Other functions may take a figure as they take anything that pickles, but not in a figure block.

    Raises
    ------
    NotSendable
        If there are local axes or a local figure among the arguments, or in lists among them.
    """
    if "matplotlib.figure" not in sys.modules:
        return
    if function not in CALLING and CONTEXT.recording is None:
        return
    from matplotlib.axes import Axes  # noqa: PLC0415 - is there, or nothing is to be refused
    from matplotlib.figure import FigureBase  # noqa: PLC0415 - as above

    for name, value in _flat([*((None, each) for each in args), *kwargs.items()]):
        if isinstance(value, Axes | FigureBase):
            is_figure = isinstance(value, FigureBase)
            raise NotSendable(
                f"{'' if name is None else f'{name}=: '}this {type(value).__name__} was made here, "
                "and the engine would draw on a copy that nobody sees. Make it in the figure block "
                f"that draws: `with remote_figure(): {'fig' if is_figure else 'fig, ax'} = "
                f"plt.{'figure' if is_figure else 'subplots'}()`, then the plot. To draw here "
                "instead, fetch() what is drawn, outside of a block."
            )


def _flat(arguments: Iterable[tuple[str | None, Any]]) -> Iterator[tuple[str | None, Any]]:
    for name, value in arguments:
        if isinstance(value, list | tuple):
            yield from ((name, each) for each in value)
        elif type(value) is np.ndarray and value.dtype == object:
            yield from ((name, each) for each in value.flat)
        else:
            yield name, value
