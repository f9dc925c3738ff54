"""What a Dask task can find out about itself: whether it is one, and whether it is wanted."""

from __future__ import annotations

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
    from distributed import get_worker  # noqa: PLC0415 - this module is loaded without Dask

    worker = get_worker()
    # The one place where Dask tells a running task that it was cancelled.
    state = worker.state.tasks.get(worker.get_current_task())
    if state is None or state.state == "cancelled":
        raise NotWanted(f"{label}: nobody waits for it any more")


def is_task() -> bool:
    """Tell whether a task of a Dask worker runs in this thread; it loads Dask."""
    from distributed import get_worker  # noqa: PLC0415 - as above

    try:
        get_worker()
    except ValueError:
        return False
    return True
