"""Imports objects of other engines, each by one message of the engine that wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from emout_lab.engine.object_store import ObjectStore
from emout_lab.engine.protocol import Description
from emout_lab.errors import ObjectGone
from emout_lab.messages import engine_lost, run_at

if TYPE_CHECKING:
    from distributed import Worker


class ObjectExchange:
    """Imports objects of other engines into one; used from the worker's event loop only.

    Parameters
    ----------
    worker : distributed.Worker
        Whose connections are used.
    export : callable
        The function of a worker that returns an object by name and client.
    """

    def __init__(self, worker: Worker, export: Callable[..., Awaitable[Any]]) -> None:
        self._worker = worker
        self._export = export
        self._coming: dict[str, asyncio.Future[Any]] = {}

    async def import_object(
        self, source: tuple[str, str], name: str, labels: dict[str, Any], objects: ObjectStore
    ) -> Description:
        """Copy an object of another engine into a store, unless it is dropped meanwhile.

        Parameters
        ----------
        source : (str, str)
            Address of the engine and name of the object there.
        name : str
            Its name here.
        labels : dict
            Its owner, scope, notebook and expression here.
        objects : ObjectStore
            Where it is put.

        Raises
        ------
        ObjectGone
            When it was dropped before it came.
        EngineLost
            When the other engine is gone.
        """
        coming = self._coming[name] = asyncio.ensure_future(self._fetched(*source, labels["owner"]))
        try:
            value = await coming
        except asyncio.CancelledError:
            raise ObjectGone(f"object {name} is not wanted here any more") from None
        finally:
            if self._coming.get(name) is coming:
                del self._coming[name]
        # Describing an object may take long, and the event loop has others to serve.
        return await asyncio.to_thread(objects.put, name, value, **labels)

    def cancel(self, name: str) -> None:
        """Cancel the import of an object."""
        if (coming := self._coming.pop(name, None)) is not None:
            coming.cancel()

    async def _fetched(self, address: str, name: str, client: str) -> Any:
        try:
            return await run_at(self._worker, address, self._export, name, client)
        except OSError as error:
            raise engine_lost(address) from error
