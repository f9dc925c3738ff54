"""Objects of two engines in one expression, and calls that wait while one of them fails."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab import ObjectGone, remote_figure, remote_scope
from emout_lab.remote.graph import NodeSet


@pytest.fixture
def pair(two_engines):
    """The numbers 0 to 3, on one engine and on the other."""
    return [two_engines.engine(name).open("numpy:arange", 4.0) for name in two_engines.engines]


def test_engines_that_need_each_other_in_turn_compute_once(pair):
    here, there = pair
    before = here._node.queue.link.programs_sent
    first = here + 1
    second = there + first
    third = first + second
    fourth = second * third
    assert float(fourth.sum()) == np.sum((1 + 2 * np.arange(4)) * (2 + 3 * np.arange(4)))
    assert here._node.queue.link.programs_sent - before <= 2


def test_a_long_chain_between_two_engines_needs_no_deep_stack(pair):
    here, there = pair
    expected_here = expected_there = np.arange(4.0)
    for _ in range(60):
        here = here * 0.5 + there
        there = there + here * 0.25
        expected_here = expected_here * 0.5 + expected_there
        expected_there = expected_there + expected_here * 0.25
    np.testing.assert_allclose(there.fetch(), expected_there)


def test_calls_of_a_figure_run_once_where_engines_need_each_other(pair, two_engines):
    here, there = pair
    with remote_figure(session=two_engines, engine=two_engines.engines[0], display=False):
        first = here + 1
        second = there + first
        plt.plot(first)
        plt.plot(second + here)
        assert len(plt.gca().lines) == 2


def test_failed_call_of_another_engine_stops_only_what_needs_it(pair):
    here, there = pair
    mixed = there + here[99]
    with pytest.raises(IndexError):
        float(mixed.sum())
    assert float(there.sum()) == 6.0
    with pytest.raises(IndexError):
        mixed.fetch()


def test_calls_that_wait_outlast_a_value_that_is_not_to_be_had(session):
    with remote_scope():
        gone = session.open("builtins:list", [1])
        gone.append(2)
    with remote_figure(session=session, display=False):
        plt.plot([1, 2])
        with pytest.raises(ObjectGone, match="changed after it was made"):
            gone.fetch()
        assert len(plt.gca().lines) == 1


def test_nodes_may_come_and_go_while_others_are_gone_through(session):
    nodes = NodeSet()
    refs = [session.open("numpy:arange", 3.0) + number for number in range(4)]
    for ref in refs[:3]:
        nodes.add(ref._node)
    seen = []
    for node in nodes:  # as another thread would at this moment
        seen.append(node)
        nodes.add(refs[3]._node)
        nodes.discard(refs[0]._node)
    assert len(seen) == 3
    assert set(nodes) == {ref._node for ref in refs[1:]}
    del ref, refs, seen, node
    session.queue.flush()
    assert len(nodes) == 0


def test_an_engine_that_is_back_has_its_name_again(two_engines):
    lost, other = two_engines.engines
    here = two_engines.engine(lost)
    values = here.open("numpy:arange", 3.0)
    assert float(values[1]) == 1.0
    location = here.queue.link.handle.location
    # As where the place of a lost engine is taken before it is back.
    location.note_gone(here.queue.link.locate())
    location.engine = other
    with pytest.warns(UserWarning, match=f"engine '{other}' has taken its place"):
        assert float(values[2]) == 2.0
    assert here.name == other
    again = two_engines.engine(lost)
    assert again.name == lost
    assert again is two_engines.engine(lost)
    assert two_engines.connection.engine(lost).name == lost
    with remote_figure(session=two_engines, engine=lost, display=False) as figure:
        plt.plot(values)
    assert figure.result.engine == lost
    assert float((again.open("numpy:ones", 3) + values).sum()) == 6.0


class LateTurn:
    """A lock before which another thread does something at the last moment."""

    def __init__(self, lock, action):
        self.lock, self.action = lock, action

    def acquire(self, blocking):
        self.action()
        return self.lock.acquire(blocking=blocking)

    def release(self):
        self.lock.release()


def test_end_of_a_cell_frees_nothing_that_was_queued_for_meanwhile(session, monkeypatch):
    made = session.open("numpy:arange", 3.0)
    freed, later = [], []
    queue = session.queue
    queue.flush()

    def queue_and_forget():
        later.append(made * 2)
        queue.forget(made._node)

    with monkeypatch.context() as patch:
        patch.setattr(queue, "_turn", LateTurn(queue._turn, queue_and_forget))
        patch.setattr(queue.link, "free", freed.append)
        queue.end_cell()
    assert not freed
    assert float(later[0].sum()) == 6.0
