"""Plotting backend of pandas while a figure is recorded: a local table is drawn on the engine.

pandas looks into the axes that it draws on, which refs do not let it do; so its plotting methods
are recorded whole.
"""

from __future__ import annotations

import sys
from typing import Any

from emout_lab.engine import operations
from emout_lab.remote import expression as text
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.ref import RemoteRef

OPTION = "plotting.backend"
PANDAS_OWN = "matplotlib"


def install() -> None:
    """Let pandas draw by this module, unless the user has chosen another backend."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and pandas.get_option(OPTION) == PANDAS_OWN:
        pandas.set_option(OPTION, __name__)


def uninstall() -> None:
    """Let pandas draw as before."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and pandas.get_option(OPTION) == __name__:
        pandas.set_option(OPTION, PANDAS_OWN)


def plot(data: Any, kind: str, **kwargs: Any) -> Any:
    """Draw for ``Series.plot`` and ``DataFrame.plot``; the name is that of pandas' interface."""
    return _drawn(data, "plot", kwargs | {"kind": kind})


def hist_series(data: Any, **kwargs: Any) -> Any:
    """Draw for ``Series.hist``."""
    return _drawn(data, "hist", kwargs)


def hist_frame(data: Any, **kwargs: Any) -> Any:
    """Draw for ``DataFrame.hist``."""
    return _drawn(data, "hist", kwargs)


def boxplot_frame(data: Any, **kwargs: Any) -> Any:
    """Draw for ``DataFrame.boxplot``."""
    return _drawn(data, "boxplot", kwargs)


def boxplot_frame_groupby(grouped: Any, **kwargs: Any) -> Any:
    """Draw for ``DataFrameGroupBy.boxplot``."""
    return _drawn(grouped, "boxplot", kwargs)


def _drawn(data: Any, method: str, kwargs: dict[str, Any]) -> Any:
    recording = CONTEXT.recording
    if recording is None:  # another thread draws meanwhile
        return getattr(data, method)(**kwargs, backend=PANDAS_OWN)
    label = text.application(f"{type(data).__name__}.{method}", (), kwargs)
    drawn = recording.queue.effect(operations.call_method, (data, method), kwargs, expression=label)
    return RemoteRef(drawn)
