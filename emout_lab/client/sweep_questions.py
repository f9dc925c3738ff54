"""Questions to the driver of a session's sweeps, for an event loop: that of their Dask client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.client.sweep_driver import DRIVER_NAME, TOPIC, ask_driver
from emout_lab.engine.sweeps.folder import SweepProgress
from emout_lab.errors import EngineError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["TOPIC", "cancel", "forget", "progress", "retry"]


async def progress(client: Client, sweeps: Sequence[str]) -> dict[str, SweepProgress]:
    """Return how far sweeps are, by their ids; those that the session knows."""
    found: dict[str, dict[str, Any]] = await client.run_on_scheduler(_progress, list(sweeps))
    return {id: SweepProgress.from_json(each) for id, each in found.items()}


async def cancel(client: Client, sweep: str) -> None:
    """End a sweep; what it has done stays."""
    await _ask(client, "cancel", sweep)


async def retry(client: Client, sweep: str) -> None:
    """Do the points of a sweep again that failed."""
    await _ask(client, "retry", sweep, None)


async def forget(client: Client, sweep: str) -> None:
    """Let a session forget a sweep that is over."""
    await _ask(client, "forget", sweep)


async def _ask(client: Client, method: str, *args: Any) -> None:
    try:
        await client.run_on_scheduler(ask_driver, method, *args)
    except KeyError as exc:
        raise EngineError(
            "This session runs no sweeps (any more). Run the experiment again: only the points "
            "that are missing are done."
        ) from exc


def _progress(sweeps: list[str], dask_scheduler: Any = None) -> dict[str, dict[str, Any]]:
    driver = dask_scheduler.plugins.get(DRIVER_NAME)
    found = {} if driver is None else {each: driver.progress(each) for each in sweeps}
    return {id: each for id, each in found.items() if each is not None}
