"""What every drawing shares: which axes, labels, title, saving.

A figure that drawings made, and no one else, is closed when one of them has saved it: the next
drawing starts a new one. Figures of the user stay open.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from emout_lab.emses.plot import axes_labels
from emout_lab.emses.plot.offset_text import use_powers
from emout_lab.errors import DataError
from emout_lab.files import make_folder_of, replacing

Drawing = TypeVar("Drawing", bound=Callable[..., Any])

#: What tells a figure that drawings made.
MARK = "_emout_lab_made"
#: Matplotlib's name of axes with three dimensions.
SPACE = "3d"


@dataclass(frozen=True)
class Decorations:
    """Options that every drawing takes.

    Parameters
    ----------
    ax : Axes, optional
        Axes that are drawn on; the current ones by default.
    figsize : tuple of float, optional
        Draw on a new figure of this size [inch].
    title, xlabel, ylabel : str, optional
        Texts in place of the usual ones; ``""`` for none.
    savefilename : path, optional
        Save the figure there, and close it if it is not the user's.
    show : bool
        Show the figure in a window.
    """

    ax: Axes | None = None
    figsize: tuple[float, float] | None = None
    title: str | None = None
    xlabel: str | None = None
    ylabel: str | None = None
    savefilename: str | os.PathLike[str] | None = None
    show: bool = False

    def axes(self) -> Axes:
        """Return the axes to draw on."""
        if self.ax is not None:
            return self.ax
        if self.figsize is not None or not plt.get_fignums():
            self._new_figure()
        return plt.gca()

    def axes_in_space(self) -> Any:
        """Return three-dimensional axes to draw on: the current ones, or new ones."""
        if self.ax is not None:
            if self.ax.name != SPACE:
                raise DataError(
                    "This is drawn in space; give axes made with projection='3d', such as "
                    "fig.add_subplot(projection='3d')."
                )
            return self.ax
        if self.figsize is None and plt.get_fignums() and plt.gcf().axes:
            current = plt.gca()
            if current.name == SPACE:
                return current
            self._new_figure()
        elif self.figsize is not None or not plt.get_fignums():
            self._new_figure()
        return plt.gcf().add_subplot(projection=SPACE)

    def write(self, ax: Axes, *, title: str, xlabel: str, ylabel: str) -> None:
        """Write the texts that nobody has set, then save and show where that was asked for."""
        usual = {"x": (xlabel, self.xlabel), "y": (ylabel, self.ylabel)}
        axes_labels.write_labels(
            ax, **{name: ours for name, (ours, own) in usual.items() if own is None}
        )
        for name, (_, own) in usual.items():
            if own is not None:
                axis = getattr(ax, f"{name}axis")
                use_powers(axis)
                axis.set_label_text(own)
        if self.title is not None:
            ax.set_title(self.title)
        else:
            axes_labels.write_title(ax, title)
        figure = whole_figure(ax)
        try:
            if self.savefilename is not None:
                save(figure, self.savefilename)
            if self.show:
                plt.show()
        finally:
            if self.savefilename is not None and getattr(figure, MARK, False):
                plt.close(figure)

    def _new_figure(self) -> None:
        # What is written to a file as it is has room for its texts; blocks cut pictures to measure.
        layout: Any = None if self.savefilename is None else "constrained"
        setattr(plt.figure(figsize=self.figsize, layout=layout), MARK, True)


def tidy(draw: Drawing) -> Drawing:
    """Let a drawing that fails leave no figure open that it has made."""

    @wraps(draw)
    def tidied(*args: Any, **kwargs: Any) -> Any:
        before = set(plt.get_fignums())
        try:
            return draw(*args, **kwargs)
        except BaseException:
            for number in set(plt.get_fignums()) - before:
                figure = plt.figure(number)
                if getattr(figure, MARK, False):
                    plt.close(figure)
            raise

    return cast("Drawing", tidied)


def save(figure: Figure, filename: str | os.PathLike[str]) -> None:
    """Write a figure to a file, whole or not at all; a folder that is missing is made.

    Raises
    ------
    OSError
        Of the class of the cause, naming the file.
    """
    path = os.path.expanduser(os.fspath(filename))
    suffix = os.path.splitext(path)[1]
    if len(suffix) < 2:
        # As `savefig` does.
        path = f"{path.rstrip('.')}.{plt.rcParams['savefig.format']}"
    make_folder_of(path)
    if suffix == ".pgf":
        # Its images lie beside it, named after it.
        figure.savefig(path)
        return
    with replacing(path) as part:
        figure.savefig(part)


def whole_figure(ax: Axes) -> Figure:
    """Return the figure of axes that may lie in a part of it."""
    figure: Any = ax.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    if not isinstance(figure, Figure):
        raise DataError("These axes belong to no figure any more; draw on others.")
    return figure


def split_options(options: dict[str, Any]) -> tuple[Decorations, dict[str, Any]]:
    """Part the options that every drawing takes from those of the artist."""
    names = Decorations.__dataclass_fields__
    own = {name: value for name, value in options.items() if name in names}
    rest = {name: value for name, value in options.items() if name not in names}
    return Decorations(**own), rest
