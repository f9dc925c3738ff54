"""Asks all engines of a session at once; one that hangs holds up none of the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from emout_lab.server.links import engine_client

if TYPE_CHECKING:
    from emout_lab.engine.snapshot import EngineSnapshot

Snapshots = dict[str, "EngineSnapshot"]

#: Who is asked apart answers in moments, or not for long: so much of the time that the others wait.
APART_SHARE: Final = 0.5


@dataclass(frozen=True)
class Answer:
    """What a session's engines said.

    Parameters
    ----------
    engines : dict
        Snapshots by address; of one that is silent the last one, or what the scheduler knows.
    silent : dict
        Names of the engines that have not answered, by address.
    since : dict
        When those were last heard of, by address; seconds since the epoch.
    """

    engines: Snapshots
    silent: Mapping[str, str]
    since: Mapping[str, float] = field(default_factory=dict)

    def heard(self) -> Snapshots:
        """Return the snapshots of those that have answered."""
        return {a: each for a, each in self.engines.items() if a not in self.silent}


class RollCall:
    """Asks the engines of one session.

    All are asked in one message. Where one keeps the others waiting (it reads a huge file, or its
    node swaps), each is asked by itself, and who is late has one open question from then on: its
    answer tells that it is back.

    Parameters
    ----------
    timeout : float [s]
        How long the others wait.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._late: dict[str, asyncio.Task[Snapshots]] = {}
        self._heard: dict[str, float] = {}

    async def ask(self, known: Mapping[str, EngineSnapshot], client: Any) -> Answer:
        """Return what the engines say now.

        Parameters
        ----------
        known : mapping of str to EngineSnapshot
            What they said before: what is the same does not travel again.
        client : distributed.Client
            Of their session.
        """
        posts = await engine_client().roster(client)
        for address in [each for each in self._late if each not in posts]:
            self._late.pop(address).cancel()
        quick = [address for address in posts if address not in self._late]
        answers = await self._ask_together(client, known, quick)
        answers.update(self._collect())
        now = time.time()
        heard = {a: now if a in answers else self._heard.get(a) for a in posts}
        self._heard = {a: when for a, when in heard.items() if when is not None}
        # Also those whose question failed, with its connection for example: they are still there.
        silent = {
            address: post
            for address, post in posts.items()
            if address not in answers and (address in known or address in self._late)
        }
        return Answer(
            {**{a: known.get(a, post.snapshot) for a, post in silent.items()}, **answers},
            {a: post.snapshot.engine for a, post in silent.items()},
            {a: self._heard.get(a, now - post.unheard) for a, post in silent.items()},
        )

    def stop(self) -> None:
        """Wait for no answer any more (twice is harmless)."""
        for task in self._late.values():
            task.cancel()
        self._late.clear()

    async def _ask_together(
        self, client: Any, known: Mapping[str, EngineSnapshot], addresses: list[str]
    ) -> Snapshots:
        if not addresses:
            return {}
        together = self._start(client, known, addresses)
        try:
            await asyncio.wait([together], timeout=self._timeout)
            if together.done():
                return together.result()
        finally:
            together.cancel()
        alone = {each: self._start(client, known, [each]) for each in addresses}
        self._late.update(alone)
        await asyncio.wait(alone.values(), timeout=self._timeout * APART_SHARE)
        return {}

    def _start(
        self, client: Any, known: Mapping[str, EngineSnapshot], addresses: list[str]
    ) -> asyncio.Task[Snapshots]:
        task = asyncio.create_task(engine_client().snapshots(client, known, addresses))
        # A client that is closed meanwhile makes it fail, and then nobody may be waiting.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    def _collect(self) -> Snapshots:
        """Take the answers of those that were late."""
        answers: Snapshots = {}
        for address, task in list(self._late.items()):
            if task.done():
                del self._late[address]
                if not task.cancelled() and task.exception() is None:
                    answers.update(task.result())
        return answers
