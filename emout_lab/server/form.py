"""The start form: what can be chosen here, and the fields that ask for it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from emout_lab.server.schemas import Json
from emout_lab.sessions import aio
from emout_lab.sessions.capabilities import SlurmAnswer, ask_slurm_async
from emout_lab.sessions.site_profiles import NO_PROFILE, load_profiles
from emout_lab.sessions.spec import PLACES, SessionSpec, is_queue

PROFILE_KEYS: Final = (
    "name",
    "description",
    "backend",
    "partition",
    "memory",
    "cores",
    "walltime",
)


PATIENCE_S: Final = 3.0
"""How long a user waits for the form on behalf of SLURM."""
MAX_AGE_S: Final = {"known": 60.0, "failed": 5.0, "none": 0.0}
"""How long SLURM's answer is taken for true; whether there is one at all is seen at once."""


@dataclass(frozen=True)
class Field:
    """One field of the form.

    Parameters
    ----------
    name : str
        Key in the start request.
    type : {"string", "integer", "choice", "list", "boolean"}
        How it is asked for.
    label_key : str
        English label, which is also the key of its translation.
    place : {"any", "queue", "slurm"}
        Backends that have a use for it.
    advanced : bool
        Whether most users leave it alone.
    """

    name: str
    type: str
    label_key: str
    place: str = "any"
    advanced: bool = False


FIELDS: Final = (
    Field("name", "string", "Name"),
    Field("backend", "choice", "Backend"),
    Field("profile", "choice", "Profile"),
    Field("partition", "choice", "Partition", "slurm"),
    Field("jobs", "integer", "Jobs"),
    Field("cores", "integer", "Cores per job"),
    Field("memory", "string", "Memory per job"),
    Field("walltime", "string", "Walltime", "queue"),
    Field("processes", "integer", "Processes per job", advanced=True),
    Field("idle_timeout", "string", "Stop after idling for", advanced=True),
    Field("renew", "boolean", "Renew jobs before their walltime ends", "queue", advanced=True),
    Field("host", "choice", "Host runs on", "slurm", advanced=True),
    Field("directives", "list", "Further directives", "queue", advanced=True),
)


class StartForm:
    """What the start dialog offers; it comes soon, also where SLURM does not answer.

    SLURM is asked in the background. Its answer is kept for a while, and until there is one the
    form says that it is pending.
    """

    def __init__(self) -> None:
        self._asking: asyncio.Task[SlurmAnswer] | None = None
        self._answer: SlurmAnswer | None = None
        self._answered_at = -math.inf

    async def describe(self) -> Json:
        """Return all that the form needs, as plain JSON values.

        Returns
        -------
        dict
            ``backends``, ``partitions``, ``partitions_status`` and ``defaults`` as
            `emout_lab.sessions.profiles` has them, ``profiles``, and the fields of the form as
            ``schema``.

        Raises
        ------
        SpecError
            A file of site profiles cannot be used; no session can start then either.
        """
        found = await aio.profiles(await self._ask_slurm())
        profiles = await asyncio.to_thread(_profiles)
        return {**found, "profiles": profiles, "schema": _schema(found, profiles)}

    async def stop(self) -> None:
        """Wait for no answer any more (twice is harmless)."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask_slurm(self) -> SlurmAnswer:
        answer = self._answer
        if answer is not None and time.monotonic() - self._answered_at < MAX_AGE_S[answer.state]:
            return answer
        if self._asking is None:
            self._asking = asyncio.create_task(ask_slurm_async())
            self._asking.add_done_callback(self._note)
        done, _ = await asyncio.wait([self._asking], timeout=PATIENCE_S)
        if done:
            return done.pop().result()
        known = () if answer is None else answer.partitions
        return SlurmAnswer("pending", known, "SLURM has not answered yet")

    def _note(self, asking: asyncio.Task[SlurmAnswer]) -> None:
        self._asking = None
        if not asking.cancelled() and asking.exception() is None:
            self._answer, self._answered_at = asking.result(), time.monotonic()


def _profiles() -> list[Json]:
    return [
        {key: getattr(profile, key) for key in PROFILE_KEYS}
        | {"jobs": None, "directives": list(profile.directives)}
        for profile in load_profiles().values()
    ]


def _schema(found: Json, profiles: Sequence[Json]) -> list[Json]:
    backends = [each["name"] for each in found["backends"]]
    choices: dict[str, list[str]] = {
        "backend": [each["name"] for each in found["backends"] if each["available"]],
        "profile": [NO_PROFILE, *(each["name"] for each in profiles)],
        "partition": [each["name"] for each in found["partitions"]],
        "host": list(PLACES),
    }
    places = {
        "queue": [name for name in backends if is_queue(name)],
        "slurm": ["slurm"],
    }
    plain: dict[str, Any] = SessionSpec().to_json()
    fields = []
    for field in FIELDS:
        model: Json = {
            "name": field.name,
            "type": field.type,
            "label_key": field.label_key,
            "default": found["defaults"].get(field.name, plain[field.name]),
            "advanced": field.advanced,
        }
        if field.type == "choice":
            model["choices"] = choices[field.name]
        if field.place in places:
            model["backends"] = places[field.place]
        fields.append(model)
    return fields
