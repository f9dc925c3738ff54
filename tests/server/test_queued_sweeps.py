"""A sweep whose session waits in the queue of a real SLURM."""

import asyncio

import pytest
from slurm.helpers import start, wait_for

from emout_lab.client.session import ConnectedSession
from emout_lab.client.sweeps import Sweep
from emout_lab.experiments.experiment import Experiment
from emout_lab.sessions import SessionState

pytestmark = pytest.mark.slurm


async def test_a_sweep_is_cancelled_before_any_engine_is_there(slurm, api):
    await asyncio.to_thread(fill, slurm)
    await asyncio.to_thread(start)
    queued = await asyncio.to_thread(wait_for, lambda each: each.state is SessionState.QUEUED, 30)
    session = await asyncio.to_thread(ConnectedSession.connect, queued.name)
    sweep = await asyncio.to_thread(Sweep.start, session, Experiment(), [{"k": 1}, {"k": 2}])
    _, model = await api("sweeps", sweep.id)
    assert (model["state"], model["done"], model["started"]) == ("queued", 0, None)
    assert await api("sweeps", sweep.id, "cancel", method="POST") == (204, None)
    _, model = await api("sweeps", sweep.id)
    assert model["state"] == "cancelled"
    await asyncio.to_thread(session.close)


def fill(slurm):
    """Leave no room for jobs."""
    slurm.run("sbatch", "-N2", "-c4", "-n2", "-o", "/dev/null", "--wrap", "sleep 600")
