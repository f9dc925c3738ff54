"""What every drawing shares: which axes, labels, title, saving."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from emout_lab.errors import DataError
from emout_lab.files import replacing

#: Matplotlib's name of axes with three dimensions.
SPACE = "3d"


@dataclass(frozen=True)
class Dressing:
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
        Save the figure there.
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
        if self.figsize is not None:
            plt.figure(figsize=self.figsize)
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
            plt.figure()
        figure = plt.figure(figsize=self.figsize) if self.figsize is not None else plt.gcf()
        return figure.add_subplot(projection=SPACE)

    def write(self, ax: Axes, *, title: str, xlabel: str, ylabel: str) -> None:
        """Write the texts, then save and show where that was asked for."""
        ax.set_xlabel(xlabel if self.xlabel is None else self.xlabel)
        ax.set_ylabel(ylabel if self.ylabel is None else self.ylabel)
        if self.title is not None:
            ax.set_title(self.title)
        elif title:
            # Positions are secondary to what the user will title; smaller, and out of the way.
            ax.set_title(title, fontsize="medium")
        if self.savefilename is not None:
            save(whole_figure(ax), self.savefilename)
        if self.show:
            plt.show()


def save(figure: Figure, filename: str | os.PathLike[str]) -> None:
    """Write a figure to a file, whole or not at all.

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


def split_options(options: dict[str, Any]) -> tuple[Dressing, dict[str, Any]]:
    """Part the options that every drawing takes from those of the artist."""
    names = Dressing.__dataclass_fields__
    own = {name: value for name, value in options.items() if name in names}
    rest = {name: value for name, value in options.items() if name not in names}
    return Dressing(**own), rest
