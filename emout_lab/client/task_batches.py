"""Bundles of load-balanced calls as Dask tasks: all that are sent at once go in one graph."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from emout_lab.client.tasks import Tasks
from emout_lab.engine.error_reports import run_task
from emout_lab.engine.views.bundles import Bundle


class TaskBatch(Tasks):
    """Bundles on their way, sent in one message; called in the event loop of the client."""

    def send(self, bundles: Sequence[Bundle], workers: Sequence[str] | None) -> TaskBatch:
        """Send bundles to any worker, or to one of those at the addresses."""
        places = None if workers is None else list(workers)
        keys = [f"emout-lab-tasks-{bundle.id}" for bundle in bundles]
        for task in self._client.map(
            run_task, list(bundles), key=keys, pure=False, workers=places, retries=0
        ):
            self._take_on(task)
        self._following = asyncio.ensure_future(self._follow())
        return self
