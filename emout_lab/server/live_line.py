"""The way from a live figure in a browser to the engine that keeps it."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emout_lab.errors import EmoutLabError, EngineLost, ObjectGone
from emout_lab.server.client_pool import engine_client
from emout_lab.sessions import aio

if TYPE_CHECKING:
    from emout_lab.engine.live.wishes import Hello
    from emout_lab.server.contract.models import Figure
    from emout_lab.server.monitor import Monitor

#: An engine that has not answered by then hangs: even a program that computes lets it answer [s].
ANSWER_TIMEOUT_S: Final = 60.0
CLOSE_TIMEOUT_S: Final = 2.0


@dataclass
class LiveLine:
    """An open view of a figure on its engine.

    Parameters
    ----------
    view : str
        Its id, which the server has made.
    address : str
        Of the engine's worker.
    client : object
        The session's Dask client; held as long as the line is open.
    is_direct : bool
        Whether the worker itself is asked, which takes a millisecond.
    """

    view: str
    address: str
    client: Any
    is_direct: bool
    _let_go: Callable[[], Awaitable[object]]

    @classmethod
    async def open(cls, monitor: Monitor, session: str, figure_id: str) -> tuple[LiveLine, Hello]:
        """Open a view of a figure.

        Raises
        ------
        ObjectGone
            When the session has no such figure, or its engine keeps it no more.
        EngineBusy
            When the engine has as many views as it can have.
        EmoutLabError
            When session or engine cannot be reached.
        """
        figure = await _figure(monitor, session, figure_id)
        async with contextlib.AsyncExitStack() as held:
            client = await held.enter_async_context(monitor.held(await aio.get(session)))
            is_direct = await engine_client().can_reach(client, figure.address)
            view = uuid.uuid4().hex
            line = cls(view, figure.address, client, is_direct, contextlib.AsyncExitStack().aclose)
            hello: Hello = await line.ask("live_open", view, figure_id)
            line._let_go = held.pop_all().aclose
        return line, hello

    async def ask(self, verb: str, *args: Any) -> Any:
        """Ask the engine.

        Raises
        ------
        EngineLost, SessionDead
            When it is gone, or does not answer for a minute.
        EmoutLabError
            Whatever it raises itself.
        """
        asked = engine_client().invoke(
            self.client, self.address, verb, *args, is_direct=self.is_direct
        )
        try:
            return await asyncio.wait_for(asked, ANSWER_TIMEOUT_S)
        except asyncio.TimeoutError as exc:
            raise EngineLost(
                f"The engine at {self.address} has not answered for {ANSWER_TIMEOUT_S:g} s: it "
                "hangs. Restart it in the panel."
            ) from exc
        except OSError as exc:
            raise EngineLost(f"The engine at {self.address} cannot be reached: {exc}") from exc
        except RuntimeError as exc:
            # As asyncio and Dask say it of a client that was closed meanwhile.
            if self.client.status == "running":
                raise
            raise EngineLost(
                "The session of the figure has ended. Start one and run the cell again."
            ) from exc

    async def close(self) -> None:
        """Close the view; an engine that does not answer forgets it by itself."""
        try:
            with contextlib.suppress(EmoutLabError, OSError, asyncio.TimeoutError):
                await asyncio.wait_for(self.ask("live_close", self.view), CLOSE_TIMEOUT_S)
        finally:
            await self._let_go()


async def _figure(monitor: Monitor, session: str, figure_id: str) -> Figure:
    figure = await monitor.figure(figure_id)
    if figure.session != session:
        raise ObjectGone(f"Session {session!r} has no figure {figure_id}.")
    return figure
