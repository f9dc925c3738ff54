"""remote_figure and RemoteFigure: draw on an engine, get the picture back."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import matplotlib.pyplot  # noqa: F401  # what is recorded must be there
from matplotlib.backend_bases import FigureCanvasBase

from emout_lab.client import live_recipes
from emout_lab.engine.figures.formats import ANIMATED_FORMATS
from emout_lab.engine.protocol import Figure, FigureOptions
from emout_lab.errors import NotOpen, SpecError, StateError
from emout_lab.remote.call_site import warn_at_users_line
from emout_lab.remote.figure_recipe import recipe
from emout_lab.remote.figure_result import FigureResult, make_folder_for
from emout_lab.remote.graph import Node
from emout_lab.remote.pictures import DRAWING
from emout_lab.remote.pyplot_recorder import PyplotRecording
from emout_lab.remote.ref import RemoteRef
from emout_lab.remote.session import Session, resolve

NOT_OPEN = (
    "this figure is not open, so there is nothing to draw on. Use it inside "
    "`with remote_figure() as fig:`, or between open() and close()."
)
#: What stands in a notebook for a figure that is live.
LIVE_FORMAT = "png"


class RemoteFigure(RemoteRef):
    """A figure whose pyplot code runs on an engine; only the picture comes back.

    As a context manager the block is the figure; ``open()`` and ``close()`` do the same across
    notebook cells. The whole block is one message. An exception in the block discards the figure.

    It is also a ref to the figure that is current when it is first used as one: after
    ``with remote_figure() as fig:`` you may write ``fig.suptitle("…")``. Once closed it keeps the
    picture: ``fig.result``.

    Parameters
    ----------
    dpi : float
        Resolution in dots per inch.
    fmt : str, optional
        Any format that matplotlib writes; the suffix of ``savefilepath``, or "png", otherwise.
    figsize : (float, float), optional
        Default size of new figures, in inches.
    savefilepath : path, optional
        Where to write the image as well; a second figure of the block gets ``-2`` in its name. A
        folder that is not there is made.
    session : Session or str, optional
        Where to draw; the connected (or the active) session otherwise.
    engine : str, optional
        Name of the engine that draws; the notebook's home engine otherwise.
    display : bool
        Whether to show the picture in the notebook.
    live : bool
        Whether the panel shows the figure live at once, to be panned, zoomed and played; each of
        them where the block draws several. An animation is not encoded then: its first frame is
        the picture, and the others are drawn as they are asked for. The picture is a PNG; a file
        that ``savefilepath`` names has its own format.

    Raises
    ------
    SpecError
        When an option cannot be drawn, or ``live`` and ``fmt`` exclude each other.

    Examples
    --------
    >>> import emout_lab
    >>> import matplotlib.pyplot as plt
    >>> with emout_lab.remote_figure(dpi=50, figsize=(6, 4), display=False) as fig:
    ...     lines = plt.plot([1, 4, 9])
    ...     title = fig.suptitle("squares")
    >>> fig.result.width > 200, fig.result.data[1:4]
    (True, b'PNG')

    ``fig.result.save("squares.png")`` writes it to a file, ``savefilepath`` does so by itself.
    """

    _local_names = frozenset({"results"})

    def __init__(
        self,
        *,
        dpi: float = 150.0,
        fmt: str | None = None,
        figsize: tuple[float, float] | None = None,
        savefilepath: str | Path | None = None,
        session: Session | str | None = None,
        engine: str | None = None,
        display: bool = True,
        live: bool = False,
    ) -> None:
        self._current: RemoteRef | None = None
        self.results: tuple[FigureResult, ...] = ()
        self._path = None if savefilepath is None else Path(savefilepath).expanduser()
        suffix = self._path.suffix.lstrip(".") if self._path else ""
        self._is_live = bool(live)
        wanted = _live_format(fmt, suffix) if live else fmt or suffix or None
        self._options = FigureOptions(_checked_format(wanted), _checked_dpi(dpi))
        self._figsize = None if figsize is None else _checked_figsize(figsize)
        self._session = session
        self._engine = engine
        self._display = display
        self._recording: PyplotRecording | None = None
        self._drawn_in: Session | None = None

    def __getattr__(self, name: str) -> RemoteRef:
        if self._is_unused():
            # hasattr() and whoever looks at objects in general must be told no.
            raise NotOpen(f"{name!r}: {NOT_OPEN}")
        return super().__getattr__(name)

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self)) if self._is_unused() else super().__dir__()

    def _is_unused(self) -> bool:
        found = vars(self)  # not there yet while it is being made
        return found.get("_current") is None and found.get("_recording") is None

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in self._local_names:
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    @property
    def _node(self) -> Node:  # type: ignore[override]  # a variable in RemoteRef
        """The node of the figure itself, which comes to be when it is first used as a ref."""
        if self._current is None:
            if self._recording is None:
                raise StateError(NOT_OPEN)
            self._current = self._recording.current_figure()
        return self._current._node

    @property
    def is_open(self) -> bool:
        """Whether pyplot calls go to this figure."""
        return self._recording is not None

    @property
    def result(self) -> FigureResult | None:
        """The picture, once the figure is closed; the last one if the block drew several."""
        return self.results[-1] if self.results else None

    def open(self) -> RemoteFigure:
        """Record what this thread draws from now on, across cells, until :meth:`close`.

        What a notebook does between two cells is not recorded, nor are callbacks that run then.

        Raises
        ------
        NoSession, SessionDead
            If there is nowhere to draw.
        StateError
            If the figure is open already.
        OSError
            If the folder of the file to be written cannot be made.
        """
        return self._open(is_of_thread=True)

    def _open(self, *, is_of_thread: bool) -> RemoteFigure:
        if self._recording is not None:
            raise StateError("this figure is open already: close() it first")
        self._drawn_in = resolve(self._session)
        if self._path is not None:
            make_folder_for(self._path)
        queue = self._drawn_in.engine(self._engine).queue
        recording = PyplotRecording(queue, self._options, self._take, keeps_nodes=self._is_live)
        recording.open(is_of_thread=is_of_thread)
        self.results = ()
        self._recording = recording
        if self._figsize is not None:
            recording.set_figsize(self._figsize)
        return self

    def close(self) -> FigureResult | None:
        """Draw what was recorded, show it, and return it; closing twice does nothing.

        Raises
        ------
        RemoteError
            If a call failed on the engine; the error names the line that recorded it. Pyplot is
            as before, and nothing is shown.
        """
        recording, self._recording = self._recording, None
        if recording is None or self._drawn_in is None:
            return self.result
        start = time.perf_counter()
        try:
            figures = recording.finish()
        except BaseException:
            recording.queue.discard(recording.id)
            raise
        finally:
            _warn_of_local_figures(recording)
        milliseconds = (time.perf_counter() - start) * 1e3
        for number, figure in enumerate(figures):
            if self._is_live:
                self._keep_recipe(recording, number, figure)
            self._deliver(figure, milliseconds)
        return self.result

    def _keep_recipe(self, recording: PyplotRecording, number: int, figure: Figure) -> None:
        """Leave how it is drawn again where the engine is lost."""
        assert self._drawn_in is not None
        found = recipe(recording, number)
        if found is not None:
            live_recipes.keep(self._drawn_in.name, figure.id, found)

    def _take(self, figure: Figure) -> None:
        """Deliver a picture that the block's code has shown before its end."""
        self._deliver(figure, figure.milliseconds)

    def discard(self) -> None:
        """Stop recording and draw nothing."""
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.close()
            recording.queue.discard(recording.id)

    def __repr__(self) -> str:
        if self.result is not None and not self.is_open:
            return repr(self.result)
        return f"<RemoteFigure: {'open' if self.is_open else 'nothing drawn'}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002  # IPython's protocol
        if self.result is not None and not self.is_open:
            return self.result._repr_mimebundle_()
        return {"text/plain": repr(self)}

    def _repr_html_(self) -> None:  # type: ignore[override]  # IPython asks for it all the same
        return None

    def __enter__(self) -> RemoteFigure:
        return self._open(is_of_thread=False)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        recording = getattr(self, "_recording", None)
        if recording is not None:
            self._recording = None
            recording.close()
            recording.queue.abandon(recording.id)
            warnings.warn(
                "a RemoteFigure was never closed: nothing was drawn. Call close(), or use "
                "`with remote_figure():`.",
                ResourceWarning,
                stacklevel=2,
            )

    def _deliver(self, figure: Figure, milliseconds: float) -> None:
        assert self._drawn_in is not None
        notebook = self._drawn_in.queue.link.notebook
        name = self._drawn_in.name
        result = FigureResult(figure, name, notebook, milliseconds, is_live=self._is_live)
        self.results += (result,)
        file = None
        if self._path is not None:
            number = len(self.results)
            stem = self._path.stem if number == 1 else f"{self._path.stem}-{number}"
            file = result.save(self._path.with_name(stem + self._path.suffix))
        if self._display:
            result.show(file)


def _drawn(ref: RemoteRef) -> FigureResult | None:
    """Draw what a ref stands for, on its engine."""
    link = ref._node.queue.link
    figure = RemoteFigure(session=link.session_name, engine=link.engine, display=False)
    with figure:
        ref.draw()
    return figure.result


DRAWING.draw = _drawn

#: As it is written: ``with remote_figure():``.
remote_figure = RemoteFigure


def _warn_of_local_figures(recording: PyplotRecording) -> None:
    if recording.has_drawn_here():
        warn_at_users_line(
            "a figure was drawn here, not on the engine: inside a remote figure call pyplot "
            "through its module (`plt.plot(...)`), not through names that were imported from "
            "it (`from matplotlib.pyplot import plot`)."
        )


def _checked_dpi(dpi: float) -> float:
    if isinstance(dpi, str) or not 1 <= float(dpi) <= 2400:
        raise SpecError(f"dpi {dpi!r} cannot be drawn: write a number from 1 to 2400", "dpi")
    return float(dpi)


def _checked_format(format: str | None) -> str | None:
    if format is None:
        return None
    known = {*FigureCanvasBase.get_supported_filetypes(), *ANIMATED_FORMATS}
    if format.lower() not in known:
        raise SpecError(
            f"format {format!r} is not one that matplotlib writes: {', '.join(sorted(known))}",
            "fmt",
        )
    return format.lower()


def _live_format(format: str | None, suffix: str) -> str:
    """Return the format of the picture that stands for a live figure."""
    if format is not None and format.lower() != LIVE_FORMAT:
        raise SpecError(
            f"live=True and fmt={format!r} exclude each other: a live figure is drawn anew as you "
            f"move it, and a {format.upper()} is not. Leave out fmt; for a file as well write "
            f"savefilepath='figure.{format.lower()}'.",
            "fmt",
        )
    return format or suffix or LIVE_FORMAT


def _checked_figsize(size: Sequence[float]) -> tuple[float, float]:
    fits = hasattr(size, "__len__") and not isinstance(size, str) and len(size) == 2
    if not fits or not all(0 < float(side) <= 200 for side in size):
        raise SpecError(
            f"figsize {size!r} cannot be drawn: write width and height in inches, such as (6, 4)",
            "figsize",
        )
    return float(size[0]), float(size[1])
