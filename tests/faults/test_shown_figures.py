"""Pictures come where they are asked for, and are drawn on the engine that was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

import emout_lab
from emout_lab import remote_figure, remote_scope, sessions
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import EngineError, NotSendable, SpecError
from emout_lab.remote.session import Session, connect
from emout_lab.sessions import SessionStatus


@pytest.fixture(scope="module")
def pair(local_session: SessionStatus) -> Iterator[Session]:
    """The session with a second engine."""
    sessions.scale(2, local_session.name)
    sessions.wait_for_workers(local_session.name, n=2, timeout=60)
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture
def other(pair: Session) -> str:
    """The engine that is not the home engine."""
    home = pair.engine().name
    return next(name for name in pair.engines if name != home)


def order(text: str) -> list[str]:
    return re.findall("PNG|one|two", text)


def sent(pair: Session) -> int:
    return pair.queue.link.programs_sent


def test_show_separates_figures_and_costs_one_round_trip_each(pair: Session, capsys, tmp_path):
    before = sent(pair)
    with remote_figure(dpi=30, figsize=(2, 2), savefilepath=tmp_path / "a.png") as figure:
        plt.show()
        plt.rcParams["figure.facecolor"] = "red"
        plt.plot([1, 2])
        plt.show()
        plt.show()
        first = sent(pair) - before
        plt.plot([1, 2])
        plt.show()
    assert (first, sent(pair) - before) == (2, 3)  # the size was sent with the first show
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["a-2.png", "a.png"]
    assert figure.results[0].data == figure.results[1].data
    assert order(capsys.readouterr().out) == ["PNG", "PNG"]
    plt.rcdefaults()
    before = sent(pair)
    with remote_figure(dpi=30, display=False) as figure:
        plt.plot([1, 2])
        plt.show()
    assert sent(pair) - before == len(figure.results) == 1


def test_function_that_is_sent_shows_its_figures_and_a_figure_itself(pair: Session, capsys):
    def draw() -> None:
        import matplotlib.pyplot as pyplot

        print("one")
        pyplot.plot([1])
        pyplot.show()
        print("two")
        pyplot.plot([2])

    with remote_figure(dpi=30) as figure:
        emout_lab.remote.call(draw)
    assert order(capsys.readouterr().out) == ["one", "PNG", "two", "PNG"]
    with remote_figure(dpi=30) as figure:
        fig, ax = plt.subplots()
        fig.show()
        print("one")
    assert order(capsys.readouterr().out) == ["PNG", "one"]
    with remote_figure(dpi=30) as figure:
        fig, ax = plt.subplots()
        figure.show()
        ax.plot([1, 2])
    assert len(figure.results) == 2 and figure.results[0].data != figure.results[1].data
    with pytest.raises(ZeroDivisionError), remote_figure(dpi=30, display=False) as figure:
        plt.plot([1])
        plt.show()
        raise ZeroDivisionError
    assert len(figure.results) == 1


def test_block_draws_all_on_its_engine(pair: Session, other: str, tmp_path):
    write_demo_data(tmp_path / "run", grid=8, steps=2)
    data = emout_lab.Emout(tmp_path / "run").remote()
    values = pair.open(np.arange, 6.0)
    table = pair.open("pandas:Series", values)
    assert data._node.queue is pair.queue
    with remote_figure(dpi=30, engine=other, display=False) as figure:
        data.phisp[-1, :, 4, :].plot()
        plt.figure()
        table.plot()
        (before,) = plt.plot(values)
        values[0] = 7.0
        (after,) = plt.plot(values)
        assert (float(before.get_ydata()[0]), float(after.get_ydata()[0])) == (0.0, 7.0)
        plt.figure()
        emout_lab.Emout(tmp_path / "run").remote().phisp[-1, 4].plot()
    assert [result.engine for result in figure.results] == [other] * 3
    assert float(values[0]) == 7.0


def test_figure_of_another_engine_is_not_drawn_on_in_a_copy(pair: Session, other: str):
    with remote_figure(dpi=30, engine=other, display=False) as outer:
        ax = plt.gca()
        with (
            pytest.raises(EngineError, match="belongs to a figure that is being drawn on another"),
            remote_figure(dpi=30, display=False),
        ):
            ax.plot([1, 2])
        with remote_figure(dpi=30, display=False) as inner:
            plt.plot([1, 2])
        ax.plot([1, 2])
    assert outer.result.engine == other
    assert inner.result.engine == pair.engine().name


def test_axes_made_here_are_refused_where_an_engine_would_draw_on_a_copy(pair: Session, tmp_path):
    write_demo_data(tmp_path, grid=8, steps=1)
    local = emout_lab.Emout(tmp_path)
    data = local.remote()
    fig, axes = plt.subplots(1, 2)
    drawings = {
        "ax=: this Axes": lambda: data.phisp[-1, 4, 4].plot(ax=axes[0]),
        "fig=: this Figure": lambda: data.phisp[:, 4, 4].gifplot(fig=fig),
        "this Axes": lambda: plt.sca(axes[0]),
        "cax=: this Axes": lambda: plt.colorbar(plt.imshow(np.eye(2)), cax=axes[1]),
        "ax=: this Axes was": lambda: plt.colorbar(plt.imshow(np.eye(2)), ax=axes),
        "ax=: this Axes was made here": lambda: local.phisp[-1, 4, 4].plot(ax=axes[0]),
    }
    for words, draw in drawings.items():
        with pytest.raises(NotSendable, match=words), remote_figure():
            draw()
    with pytest.raises(NotSendable, match="nobody sees"):
        data.phisp[-1, 4, 4].plot(ax=axes[0])
    assert not axes[0].lines
    data.phisp[-1, 4, 4].fetch().plot(ax=axes[0])
    assert len(axes[0].lines) == 1
    # A figure is sent like anything else to a function that is called for its result.
    assert emout_lab.remote.call(len, fig.axes).fetch() == 2
    plt.close(fig)


def test_what_a_block_made_is_no_part_of_it_when_it_is_computed_again_later(pair: Session):
    numbers = pair.open("numpy:arange", 4.0)
    with remote_scope("block"), remote_figure(dpi=30, figsize=(2, 2)):
        twice = numbers * 2
        plt.plot(twice)
    with pytest.warns(UserWarning, match="freed with 'block' and is computed again"):
        assert float(twice.max()) == 6
    pair.restart_engine(pair.engine().name)
    with pytest.warns(UserWarning, match="empty hands"):
        assert float(numbers.max()) == 3


@pytest.mark.parametrize("wrong", [{"dpi": "x"}, {"figsize": 5}, {"figsize": "64"}])
def test_sizes_that_are_none_are_named(wrong: dict):
    with pytest.raises(SpecError, match="cannot be drawn: write"):
        remote_figure(**wrong)
