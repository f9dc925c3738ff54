"""What the sweeps of a session need of it; their driver has it."""

from __future__ import annotations

from typing import Any, Protocol

from emout_lab.engine.sweeps.folder import SweepProgress


class SweepHost(Protocol):
    """The driver, as its sweeps know it."""

    #: By the address of a worker: the sweep that has it for itself.
    reserved: dict[str, str]

    async def client(self) -> Any:
        """Return the driver's own client of the session."""

    def workers(self) -> dict[str, tuple[str, int]]:
        """Return the workers that take tasks: name and number of threads, by address."""

    def load(self, worker: str) -> int:
        """Return how many bundles of all sweeps are at a worker."""

    def is_innocent(self, worker: str) -> bool:
        """Tell whether a worker that is gone was told to go."""

    async def reason(self, worker: str) -> str:
        """Return how a worker has ended; "" where nobody knows."""

    def tell(self, sweep: str, progress: SweepProgress) -> None:
        """Publish how far a sweep is."""
