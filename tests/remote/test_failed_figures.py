"""A figure that fails, at whatever stage, is over: nothing of it is drawn later or elsewhere."""

from __future__ import annotations

import gc
import types
import warnings

import matplotlib.pyplot as plt
import pytest

from emout_lab import RemoteFigure, remote_figure


def figures_in_engine(session) -> int:
    """Return how many drawings the engine has not released."""

    def count(dask_worker):
        engine = dask_worker.plugins["emout-lab-engine"]
        return len(engine._warm.result().figures._open)

    return sum(session.client.run(count).values())


def fail_in_a_call():
    plt.plot([1, 2])
    plt.gcf().add_sublot(111)  # the typo
    plt.title("never")


def fail_while_rendering():
    plt.plot([1, 2])
    plt.gca().xaxis.set_major_formatter(lambda value, position: 1 / 0)


def fail_after_a_needed_value():
    low, _ = plt.ylim()
    float(low)
    plt.imshow([[1, 2]], cmap="nope")


@pytest.mark.parametrize("draw", [fail_in_a_call, fail_while_rendering, fail_after_a_needed_value])
def test_figure_is_closed_and_nothing_stays_behind(session, programs, draw):
    figure = RemoteFigure(display=False, session=session).open()
    draw()
    with pytest.raises(Exception, match="add_sublot|division|nope"):
        figure.close()
    assert not figure.is_open
    assert figure.result is None
    assert type(plt) is types.ModuleType
    sent = len(programs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figure.close() is None
        del figure
        gc.collect()
    assert len(programs) == sent
    session.queue.flush()
    assert figures_in_engine(session) == 0
    with remote_figure(dpi=30, display=False, session=session) as following:
        plt.plot([1, 2])
    assert len(following.results) == 1


def test_typo_is_reported_at_its_own_line(session):
    with (
        pytest.raises(AttributeError, match="add_sublot") as caught,
        remote_figure(display=False, session=session),
    ):
        fail_in_a_call()
    assert caught.value.source == "plt.gcf().add_sublot(111)  # the typo"
