"""Upstream's ``emout.distributed.remote_figure``: figures that are drawn on an engine.

``%load_ext emout_lab.emout.distributed.remote_figure`` registers ``%%remote_figure``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from emout_lab.errors import StateError
from emout_lab.remote import figure
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.figure_result import FigureResult
from emout_lab.remote.ipython import shell as running_shell
from emout_lab.remote.ref import RemoteRef

# One class stands for whatever is on an engine.
FigureProxy = RemoteRef
AxesProxy = RemoteRef
AxisProxy = RemoteRef
SpineProxy = RemoteRef
SpinesProxy = RemoteRef
ColorbarProxy = RemoteRef


def remote_figure(
    session: Any = None,
    emout_dir: str | None = None,
    emout_kwargs: Mapping[str, Any] | None = None,
    fmt: str | None = None,
    dpi: float = 150,
    figsize: tuple[float, float] | None = None,
    savefilepath: str | Path | None = None,
) -> figure.RemoteFigure:
    """Draw the block of a ``with`` statement on an engine, and show the picture.

    Parameters
    ----------
    session : RemoteSession or str, optional
        Where to draw; the session in use otherwise.
    emout_dir, emout_kwargs
        Not needed: a session has runs of any directory.
    fmt, dpi, figsize, savefilepath
        As for `emout_lab.RemoteFigure`.

    Examples
    --------
    ::

        with remote_figure(figsize=(6, 4)) as fig:
            data.phisp[-1, :, 100, :].plot()
            fig.suptitle("potential")
    """
    del emout_dir, emout_kwargs
    return figure.RemoteFigure(
        session=session, fmt=fmt, dpi=dpi, figsize=figsize, savefilepath=savefilepath
    )


class RemoteFigure:
    """A figure that is drawn on an engine, with ``open()`` and ``close()``, or in ``with``.

    Parameters
    ----------
    session, emout_dir, emout_kwargs, fmt, dpi, figsize, savefilepath
        As for `remote_figure`.

    Attributes
    ----------
    fmt, dpi, figsize, savefilepath
        What was given.

    Examples
    --------
    ::

        rf = RemoteFigure()
        rf.open()
        data.phisp[-1, :, 100, :].plot()
        rf.close()
    """

    def __init__(
        self,
        session: Any = None,
        emout_dir: str | None = None,
        emout_kwargs: Mapping[str, Any] | None = None,
        fmt: str | None = None,
        dpi: float = 150,
        figsize: tuple[float, float] | None = None,
        savefilepath: str | Path | None = None,
    ) -> None:
        self._figure = remote_figure(
            session, emout_dir, emout_kwargs, fmt, dpi, figsize, savefilepath
        )
        self.savefilepath = None if savefilepath is None else Path(savefilepath).expanduser()
        suffix = "" if self.savefilepath is None else self.savefilepath.suffix[1:]
        self.fmt = fmt or suffix or "png"
        self.dpi = dpi
        self.figsize = figsize

    @property
    def is_open(self) -> bool:
        """Whether pyplot calls go to this figure."""
        return self._figure.is_open

    @property
    def fig(self) -> figure.RemoteFigure | None:
        """A ref to the figure that is current; None unless this is open."""
        return self._figure if self.is_open else None

    @property
    def result(self) -> FigureResult | None:
        """The picture, once the figure is closed."""
        return self._figure.result

    def open(self) -> RemoteFigure:
        """Record what this thread draws from now on, across cells, until :meth:`close`.

        Raises
        ------
        StateError
            If the figure is open already; it is a `RuntimeError`.
        NoSession
            If there is nowhere to draw.
        """
        self._figure.open()
        return self

    def close(self) -> None:
        """Draw what was recorded and show it; closing twice does nothing."""
        self._figure.close()

    def __enter__(self) -> RemoteFigure:
        self._figure.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._figure.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return repr(self._figure)


def is_recording() -> bool:
    """Return whether a figure is open here: pyplot's calls are recorded then."""
    return CONTEXT.recording is not None


def register_magics(ipython: Any = None) -> None:
    """Register ``%%remote_figure``.

    Parameters
    ----------
    ipython : InteractiveShell, optional
        Where; the running one otherwise.

    Raises
    ------
    StateError
        There is no IPython here; it is a `RuntimeError`.
    """
    shell = ipython or _running_shell()
    from emout_lab.emout.distributed.cell_magic import UpstreamMagics  # noqa: PLC0415 - IPython

    shell.register_magics(UpstreamMagics(shell))


def load_ipython_extension(ipython: Any) -> None:
    """Register ``%%remote_figure``: ``%load_ext emout_lab.emout.distributed.remote_figure``."""
    register_magics(ipython)


def _running_shell() -> Any:
    shell = running_shell()
    if shell is None:
        raise StateError(
            "%%remote_figure is a magic of IPython, which does not run here. In a script write "
            "`with remote_figure():`"
        )
    return shell


class _CallableModule(ModuleType):
    """Class of this very module, so that it does what the function of its name does.

    After ``%load_ext`` the package's attribute of this name is the module.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> figure.RemoteFigure:
        return remote_figure(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
