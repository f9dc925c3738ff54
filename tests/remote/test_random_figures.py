"""A random sequence of pyplot calls gives the same pictures on an engine and here.

A move is a piece of plotting code with a number that chooses its variant. The same moves are
played twice, once inside a remote figure, and every picture is compared with its local one.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from matplotlib._pylab_helpers import Gcf
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import FuncFormatter, MultipleLocator
from pictures import are_alike
from PIL import Image

from emout_lab import remote_figure

DPI = 40
X = np.linspace(0.0, 3.0, 13)
PLANE = np.add.outer(np.sin(X), X**2)
COLOURS = ["crimson", "C2", "0.3", (0.2, 0.4, 0.9)]


class Board:
    """What the moves of one play have made so far; they choose from it by number."""

    def __init__(self) -> None:
        self.axes: list[Any] = []
        self.artists: list[Any] = []
        self.images: list[Any] = []

    def ax(self, n: int) -> Any:
        return self.axes[n % len(self.axes)] if self.axes else plt.gca()

    def colour(self, n: int) -> Any:
        return COLOURS[n % len(COLOURS)]


def figure(board: Board, n: int) -> None:
    plt.figure(figsize=(3 + n % 3, 2.5), facecolor=[None, "0.9"][n % 2])


def numbered_figure(board: Board, n: int) -> None:
    plt.figure(n % 3 + 1)


def named_figure(board: Board, n: int) -> None:
    plt.figure(["left", "right"][n % 2], clear=n % 5 == 0)


def subplots(board: Board, n: int) -> None:
    form = n % 5
    if form == 0:
        fig, ax = plt.subplots(figsize=(4, 3))
        board.axes.append(ax)
        fig.suptitle("one")
    elif form == 1:
        fig, (a, b) = plt.subplots(1, 2, sharey=True)
        board.axes += [a, b]
    elif form == 2:
        fig, ((a, b), (c, d)) = plt.subplots(2, 2, layout="constrained")
        board.axes += [d, b, c, a]
    elif form == 3:
        fig, axes = plt.subplots(2, 2, squeeze=False)
        board.axes += list(axes.flat)
        axes[0, 1].set_title("flat")
    else:
        axes = plt.subplots(3, 1, gridspec_kw={"height_ratios": [1, 2, 1]})[1]
        for ax in axes:
            board.axes.append(ax)


def subplot(board: Board, n: int) -> None:
    board.axes.append(plt.subplot(2, 2, n % 4 + 1) if n % 3 else plt.subplot(122))


def mosaic(board: Board, n: int) -> None:
    axes = plt.gcf().subplot_mosaic("AB;CC") if n % 2 else plt.subplot_mosaic("AB")[1]
    board.axes.append(axes["B"])
    axes["A"].set_xlabel("a")


def grid_places(board: Board, n: int) -> None:
    if n % 2:
        board.axes.append(plt.subplot2grid((3, 3), (0, n % 3), rowspan=2))
    else:
        board.axes.append(plt.gcf().add_subplot(GridSpec(2, 3)[n % 2, 1:]))


def add_axes(board: Board, n: int) -> None:
    place = [0.2 + 0.1 * (n % 4), 0.5, 0.3, 0.3]
    board.axes.append(plt.gcf().add_axes(place) if n % 2 else plt.axes(place))


def projections(board: Board, n: int) -> None:
    if n % 2:
        plt.gcf().add_subplot(projection="polar").plot(X, X)
    else:
        ax = plt.figure(figsize=(3, 3)).add_subplot(projection="3d")
        ax.plot_surface(*np.meshgrid(X, X), PLANE, cmap="viridis")
        ax.view_init(30, n)


def subfigures(board: Board, n: int) -> None:
    left, right = plt.figure(figsize=(4, 2)).subfigures(1, 2)
    board.axes += [left.subplots(), right.add_subplot(2, 1, n % 2 + 1)]
    right.suptitle("right")


def twins(board: Board, n: int) -> None:
    ax = board.ax(n)
    twin = ax.twinx() if n % 2 else ax.twiny()
    twin.plot(X, -X, "k--")
    board.axes.append(twin)


def inset(board: Board, n: int) -> None:
    board.axes.append(board.ax(n).inset_axes([0.6, 0.6, 0.3, 0.3]))


def lines(board: Board, n: int) -> None:
    (line,) = plt.plot(X, np.cos(X * (n % 3)), label=f"line {n}")
    board.artists.append(line)


def many_lines(board: Board, n: int) -> None:
    board.artists += board.ax(n).plot(X, X, "o-", X, X**2, "s:", ms=3)


def points(board: Board, n: int) -> None:
    board.images.append(board.ax(n).scatter(X, X[::-1], c=X, s=9 * X, label="points"))


def images(board: Board, n: int) -> None:
    ax = board.ax(n)
    kinds = [ax.imshow, ax.pcolormesh, ax.contourf, lambda z: plt.imshow(z, origin="lower")]
    board.images.append(kinds[n % 4](PLANE + n))


def bars(board: Board, n: int) -> None:
    patches = board.ax(n).bar(["a", "b", "c"], [1, 3, 2], color=board.colour(n))
    for patch in patches:
        patch.set_hatch("//")
    patches[n % 3].set_height(4)


def histogram(board: Board, n: int) -> None:
    counts, edges, patches = plt.hist(PLANE.ravel(), bins=5 + n % 4)
    plt.axvline(edges[int(np.argmax(counts))], color=board.colour(n))


def other_plots(board: Board, n: int) -> None:
    ax = board.ax(n)
    [
        lambda: ax.fill_between(X, X, X**2, alpha=0.3),
        lambda: ax.errorbar(X, X, yerr=0.2, capsize=2),
        lambda: ax.quiver(X, X, X, -X),
        lambda: ax.boxplot([X, X**2]),
        lambda: plt.stem(X, X),
        lambda: plt.step(X, X, where="mid"),
        lambda: plt.pie([1, 2, 3], labels=["x", "y", "z"]),
        lambda: ax.stackplot(X, X, X),
        lambda: ax.add_patch(plt.Circle((1, 1), 0.5, color=board.colour(n))),
    ][n % 9]()


def colorbar(board: Board, n: int) -> None:
    if not board.images:
        return
    image = board.images[n % len(board.images)]
    fig = image.axes.figure
    form = n % 3
    if form == 0:
        bar = fig.colorbar(image, ax=image.axes, shrink=0.8)
        bar.set_label("$10^{-3}$ V")
    elif form == 1:
        fig.colorbar(image, cax=fig.add_axes([0.9, 0.1, 0.03, 0.8]), orientation="vertical")
    else:
        plt.sca(image.axes)
        plt.colorbar(image, label="bar")


def decorate(board: Board, n: int) -> None:
    ax = board.ax(n)
    [
        lambda: ax.set(title="set", xlabel="$x$", ylim=(-1, 5)),
        lambda: ax.spines["top"].set_visible(False),
        lambda: ax.spines[["left", "right"]].set_color(board.colour(n)),
        lambda: ax.grid(True, ls=":"),
        lambda: ax.tick_params(axis="x", rotation=30, labelsize=6),
        lambda: ax.xaxis.set_major_locator(MultipleLocator(1.5)),
        lambda: ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"<{v:g}>")),
        lambda: ax.set_yscale("symlog"),
        lambda: ax.invert_yaxis(),
        lambda: ax.margins(0.2),
        lambda: ax.set_axis_off(),
        lambda: ax.set_position([0.2, 0.2, 0.5, 0.6]),
        lambda: ax.annotate("here", (1, 1), (2, 2), arrowprops={"arrowstyle": "->"}),
        lambda: ax.text(0.5, 0.5, "text", transform=ax.transAxes, color=board.colour(n)),
    ][n % 14]()


def pyplot_state(board: Board, n: int) -> None:
    [
        lambda: plt.title(f"title {n}", loc=["left", "center"][n % 2]),
        lambda: plt.xlabel("x [m]"),
        lambda: plt.xlim(0.5, right=2.5),
        lambda: plt.xticks([0, 1, 2], ["zero", "one", "two"]),
        lambda: plt.suptitle("above"),
        lambda: plt.axis("equal"),
        lambda: plt.sca(board.ax(n)),
        lambda: plt.cla(),
        lambda: plt.clf() if n % 3 == 0 else None,
        lambda: plt.twinx().set_ylabel("twin"),
        lambda: plt.figtext(0.5, 0.02, "below"),
        lambda: plt.gca().set_facecolor("0.8"),
        lambda: plt.legend(loc="upper left"),
        lambda: plt.tight_layout(),
        lambda: plt.subplots_adjust(wspace=0.5),
        lambda: plt.delaxes(),
    ][n % 16]()


def figure_level(board: Board, n: int) -> None:
    fig = plt.gcf()
    [
        lambda: fig.set_size_inches(4, 2 + n % 2),
        lambda: fig.set_facecolor("lightyellow"),
        lambda: fig.supxlabel("all x"),
        lambda: fig.text(0.1, 0.9, "corner", fontsize=7),
        lambda: fig.autofmt_xdate(),
        lambda: fig.legend(["first"]),
        lambda: fig.align_ylabels(),
        lambda: [ax.set_title(f"axes {i}") for i, ax in enumerate(fig.axes)],
        lambda: fig.savefig(io.BytesIO()) if n % 3 == 0 else None,
        lambda: fig.patch.set_edgecolor("red"),
    ][n % 10]()


def setters(board: Board, n: int) -> None:
    if not board.artists:
        return
    artist = board.artists[n % len(board.artists)]
    [
        lambda: artist.set_color(board.colour(n)),
        lambda: artist.set(linewidth=4, alpha=0.5),
        lambda: plt.setp(artist, marker="x"),
        lambda: artist.set_data(X, X / 2),
        lambda: artist.set_zorder(5),
        lambda: artist.set_visible(n % 2 == 0),
        lambda: artist.axes.set_title(artist.get_label()),
    ][n % 7]()


def needed_values(board: Board, n: int) -> None:
    ax = board.ax(n)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + 1)
    if len(ax.lines) > n % 2:
        ax.axhline(float(np.max(ax.lines[0].get_ydata())), color="g")
    for label in ax.get_xticklabels():
        label.set_rotation(15)
    plt.title(f"{len(plt.gcf().axes)} axes, {float(ax.get_position().x0) < 0.3}")


def closing(board: Board, n: int) -> None:
    if n % 4 == 0:
        plt.close()
    elif n % 4 == 1:
        plt.close(n % 3 + 1)
    elif n % 40 == 2:
        plt.close("all")
    else:
        plt.close(plt.gcf())


MAKERS = [figure, numbered_figure, named_figure, subplots, subplots, subplot, mosaic]
MAKERS += [grid_places, add_axes, projections, subfigures, twins, inset]
DRAWERS = [lines, many_lines, points, images, images, bars, histogram, other_plots, colorbar]
CHANGERS = [decorate, decorate, pyplot_state, pyplot_state, figure_level, setters, needed_values]
CONTEXTS: list[Callable[[], Any]] = [
    contextlib.nullcontext,
    lambda: plt.rc_context({"lines.linewidth": 3, "axes.facecolor": "0.95"}),
    lambda: plt.style.context("ggplot"),
    lambda: plt.rc_context({"figure.figsize": (2, 2), "font.size": 6}),
    lambda: plt.style.context(["dark_background", "fast"]),
]


def moves(kinds: list[Callable[[Board, int], None]], size: int) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 59)), max_size=size)


@st.composite
def plays(draw: Any) -> list[tuple[Callable[[], Any], list[Any]]]:
    """Draw passages: a context and the moves inside it. Figures are made and drawn on first."""
    passages = []
    for _ in range(draw(st.integers(1, 3))):
        passage = draw(moves(MAKERS, 2)) + draw(moves(DRAWERS, 3))
        passage += draw(moves(MAKERS + DRAWERS + CHANGERS * 2 + [closing], 7))
        passages.append((draw(st.sampled_from(CONTEXTS)), passage))
    return passages


class Figures:
    """The local figures in the order they were made, as the engine has to give them back."""

    def __init__(self) -> None:
        self.order: list[Any] = []

    def note(self) -> None:
        """Call after every move: none makes more than one figure."""
        self.order += [figure for figure in self._open() if figure not in self.order]

    def saved(self) -> Iterator[np.ndarray]:
        is_open = self._open()
        for figure in self.order:
            if figure in is_open:
                buffer = io.BytesIO()
                figure.savefig(buffer, dpi=DPI, bbox_inches="tight")
                yield pixels(buffer.getvalue())

    def _open(self) -> list[Any]:
        return [manager.canvas.figure for manager in Gcf.get_all_fig_managers()]


@contextlib.contextmanager
def only_our_warnings() -> Iterator[None]:
    """Leave out what matplotlib says of layouts and legends; keep what emout_lab says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="a figure was drawn here|engine ")
        yield


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def play(passages: Any, after: Callable[[], None] = lambda: None) -> None:
    board = Board()
    for context, passage in passages:
        with context():
            for move, n in passage:
                move(board, n)
                after()


def played_here(passages: Any) -> tuple[list[np.ndarray], Exception | None]:
    """Return the pictures, or the error of the move that failed."""
    figures = Figures()
    try:
        with plt.rc_context():
            play(passages, figures.note)
            return list(figures.saved()), None
    except Exception as error:  # noqa: BLE001  # whatever pyplot raises is compared
        return [], error
    finally:
        plt.close("all")


def played_there(session: Any, passages: Any) -> tuple[list[np.ndarray], Exception | None]:
    try:
        with remote_figure(dpi=DPI, session=session, display=False) as figure:
            play(passages)
        return [pixels(result.data) for result in figure.results], None
    except Exception as error:  # noqa: BLE001  # whatever pyplot raises is compared
        return [], error


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    # Looking for the smallest failure would draw for minutes.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(passages=plays())
def test_random_moves_give_the_same_pictures_as_here(session, passages):
    with only_our_warnings():
        expected, failure = played_here(passages)
        got, error = played_there(session, passages)
    if failure is not None:
        assert isinstance(error, type(failure)), f"{error!r} in place of {failure!r}"
        return
    assert error is None, error
    assert [picture.shape for picture in got] == [picture.shape for picture in expected]
    for number, (a, b) in enumerate(zip(got, expected, strict=True), start=1):
        assert are_alike(a, b), f"picture {number} differs"
