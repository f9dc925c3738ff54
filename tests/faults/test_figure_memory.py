"""Drawing alone fills no engine: memory is flat after the first figures, whatever is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import psutil
import pytest
from isolation import isolated_home
from waiting import wait_until

from emout_lab import ObjectGone, remote_figure, sessions
from emout_lab.client import aio as engines
from emout_lab.engine.protocol import FigureOptions
from emout_lab.remote.session import Session, connect

matplotlib.use("agg")

#: More than one figure of a test leaves, and much less than all of them.
GROWTH = 100_000_000
FIGURES = 10


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """A session whose only engine has so little memory that ten figures fill it."""
    with isolated_home():
        sessions.start(backend="local", memory="600M", cores=1, jobs=1)
        sessions.wait_for_workers(timeout=60)
        with connect() as connection:
            yield connection


@pytest.fixture
def engine(session: Session) -> psutil.Process:
    """The engine's process; who asks for it must find the same one at the end."""
    return psutil.Process(session.open("os:getpid").fetch())


@pytest.fixture
def values(session: Session):
    return session.open("numpy.random:rand", 1000, 1000)


def a_mesh(values, number):
    """Draw what leaves 80 MB."""
    plt.pcolormesh(values + number)
    plt.colorbar()


def pixels_in_a_vector_format(values, number):
    """Draw what takes another renderer."""
    plt.pcolormesh(values + number, rasterized=True)


def several_maps(values, number):
    """Draw axes that share a figure, one of which is closed by hand."""
    plt.close(plt.figure())
    _, axes = plt.subplots(1, 2)
    for beside in range(2):
        axes[beside].imshow(values + number)


def half_a_figure(values, number):
    """Fail in the middle."""
    a_mesh(values, number)
    plt.plot([1, 2], [1, 2, 3])


FORMATS = {pixels_in_a_vector_format: "svg"}


def growth(process, draw, values, count=FIGURES):
    """Return by how many bytes the process grows after the first three figures."""
    used = []
    for number in range(count):
        try:
            with remote_figure(display=False, dpi=50, fmt=FORMATS.get(draw, "png")):
                draw(values, number)
        except ValueError:
            assert draw is half_a_figure
        used.append(process.memory_info().rss)
    return max(used[3:]) - max(used[:3])


@pytest.mark.parametrize("draw", [a_mesh, pixels_in_a_vector_format, several_maps, half_a_figure])
def test_memory_is_flat_after_the_first_figures(engine, values, draw):
    assert growth(engine, draw, values) < GROWTH
    assert engine.is_running()


def test_memory_is_flat_during_one_call_that_draws_in_a_loop(session, engine):
    def many_in_one_call(count):
        """Draw with a plain loop, as a script does."""
        import io

        import matplotlib.pyplot
        import numpy

        used = []
        for _ in range(count):
            figure, axes = matplotlib.pyplot.subplots()
            axes.pcolormesh(numpy.random.rand(1000, 1000))
            figure.savefig(io.BytesIO(), dpi=50)
            matplotlib.pyplot.close(figure)
            used.append(psutil.Process().memory_info().rss)
        return max(used[3:]) - max(used[:3])

    assert session.open(many_in_one_call, FIGURES).fetch() < GROWTH
    assert engine.is_running()


def test_figures_count_while_the_user_keeps_them_and_their_memory_returns(session, engine):
    def counted():
        return session.memory()[0]["figures"]

    wait_until(lambda: session.open("math:sqrt", 4.0).fetch() and counted() < 60_000_000)
    values = session.open("numpy.random:rand", 500, 500)
    kept = []
    for number in range(6):
        with remote_figure(display=False, dpi=50):
            figure, axes = plt.subplots()
            kept.append((figure, axes.pcolormesh(values + number)))
    assert counted() > 80_000_000
    used = engine.memory_info().rss
    del figure, axes
    kept.clear()
    wait_until(lambda: session.open("math:sqrt", 4.0).fetch() and counted() < 60_000_000)
    wait_until(lambda: engine.memory_info().rss < used - 30_000_000)


def is_drawn_again(session, name):
    [address] = session.client.sync(engines.addresses, session.client).values()
    try:
        session.client.sync(
            engines.invoke, session.client, address, "draw_again", name, FigureOptions("png", 60.0)
        )
    except ObjectGone as error:
        assert "figure_share" in str(error)
        return False
    return True


def test_pictures_keep_to_their_share_and_the_oldest_give_way(session):
    values = session.open("numpy.random:rand", 400, 400)
    drawn = []
    for number in range(8):
        with remote_figure(display=False, dpi=50) as figure:
            plt.pcolormesh(values + number)
        drawn.append(figure.result.figure.id)
    memory = session.memory()[0]
    wait_until(lambda: session.memory()[0]["figures"] < 0.1 * memory["limit"])
    again = [is_drawn_again(session, name) for name in drawn]
    assert again == sorted(again)
    assert not again[0]
    assert again[-1]
