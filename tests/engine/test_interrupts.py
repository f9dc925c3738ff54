"""Interrupts that wait for the end of what has to be done as a whole."""

from __future__ import annotations

import pytest

from emout_lab.engine.interrupts import Interruptible, held, let_in


def steps(work, interrupt_at):
    """Do six things, of which the third may be interrupted; return those that were done."""
    done = []

    def step(name):
        if name == interrupt_at:
            work.interrupt()
        done.append(name)

    def run():
        with held():
            try:
                step("change")
                with let_in():
                    step("draw")
                    step("more")
                step("after")
            finally:
                with held():
                    step("restore")
                step("restored")

    with pytest.raises(KeyboardInterrupt):
        work.run(run)
    return done


@pytest.mark.parametrize(
    ("at", "left_out"),
    [
        ("change", {"draw", "more", "after"}),
        ("draw", {"draw", "more", "after"}),
        ("after", set()),
        ("restore", set()),
        ("restored", set()),
    ],
)
def test_an_interrupt_waits_where_it_is_held(at, left_out):
    done = steps(Interruptible(), at)
    everything = ["change", "draw", "more", "after", "restore", "restored"]
    assert done == [name for name in everything if name not in left_out]


def test_nothing_is_left_for_what_runs_next():
    steps(Interruptible(), "restore")

    def work():
        with held(), let_in():
            return sum(range(1000))

    assert Interruptible().run(work) == 499_500
    with held():
        assert work() == 499_500
