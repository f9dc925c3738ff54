"""A sweep outlives its session: what was finished stays, and another session does the rest."""

from __future__ import annotations

import time

import pytest
from waiting import wait_until

from emout_lab import sessions
from emout_lab.client.session import ConnectedSession
from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.folder import SweepState
from emout_lab.errors import StateError
from emout_lab.experiments import Experiment

NAME = "short"
TOTAL = 60


class Slow(Experiment):
    def do(self, params):
        time.sleep(0.2)
        return {"y": params["k"] * 2}


def start() -> ConnectedSession:
    sessions.start(name=NAME, backend="local", memory="1G", cores=1, jobs=1, allow_multiple=True)
    sessions.wait_for_workers(NAME, n=1, timeout=120)
    return ConnectedSession.connect(NAME)


def test_another_session_goes_on_with_what_a_stopped_one_has_left(_never_the_real_home):
    session = start()
    sweep = Sweep.start(session, Slow(), [{"k": k} for k in range(TOTAL)], tag="first")
    wait_until(lambda: sweep.status().progress.done >= 5, 90)
    session.close()
    sessions.stop(NAME)
    assert sweep.wait(30)
    assert sweep.status().progress.state is SweepState.INTERRUPTED
    first = {each.point: each.results for each in sweep.collect()}
    assert 5 <= len(first) < TOTAL

    reopened = Sweep.open(sweep.id)
    assert reopened.status().progress.state is SweepState.INTERRUPTED
    assert reopened.info.tag == "first"
    assert len(reopened.collect()) == len(first)
    with pytest.raises(StateError, match="which is over"):
        reopened.retry()

    session = start()
    try:
        # A session of the same name is not the one that ran it.
        assert Sweep.open(sweep.id, session).status().progress.state is SweepState.INTERRUPTED
        resumed = Sweep.open(sweep.id, session)
        resumed.retry()
        assert resumed.wait(90)
        assert resumed.status().progress.state is SweepState.DONE
        rest = {each.point: each.results for each in sweep.collect()}
        assert not rest.keys() & first.keys()
        both = {**first, **rest}
        assert {number: each[names.RESULTS]["y"] for number, each in both.items()} == {
            number: number * 2 for number in range(TOTAL)
        }
    finally:
        session.close()
        sessions.stop(NAME)
