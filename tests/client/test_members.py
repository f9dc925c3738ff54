"""Which workers there are: asked once for all who wait."""

from __future__ import annotations

import asyncio

import pytest
from distributed import Client, Scheduler, Worker

from emout_lab.client import members


@pytest.mark.asyncio
async def test_many_who_wait_ask_once():
    async with (
        Scheduler(port=0, dashboard_address=None) as scheduler,
        Worker(scheduler.address, nthreads=1, dashboard_address=None) as worker,
        Client(scheduler.address, asynchronous=True) as client,
    ):
        asked = [members.present(client) for _ in range(50)]
        found = await asyncio.gather(*asked)
        assert set(found) == {frozenset([worker.address])}
        assert all(each is found[0] for each in found)
