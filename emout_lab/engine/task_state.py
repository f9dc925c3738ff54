"""Whether somebody waits for what a Dask task computes, asked by the task itself."""

from __future__ import annotations

from distributed import get_worker

from emout_lab.errors import EmoutLabError


class NotWanted(EmoutLabError):
    """Nobody waits for what a task computes: it was cancelled, or who asked for it is gone."""


def require_wanted(label: str) -> None:
    """Make sure, in a task, that it goes on for somebody.

    Raises
    ------
    NotWanted
        When it was cancelled.
    """
    worker = get_worker()
    # The one place where Dask tells a running task that it was cancelled.
    state = worker.state.tasks.get(worker.get_current_task())
    if state is None or state.state == "cancelled":
        raise NotWanted(f"{label}: nobody waits for it any more")
