"""The start form: what can be chosen here, and the fields that ask for it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from emout_lab.config import load
from emout_lab.server.contract.models import FormField, FormSchema, Json, Profile, Profiles
from emout_lab.server.contract.requests import HINTS, start_fields
from emout_lab.sessions import aio
from emout_lab.sessions.capabilities import SlurmAnswer, ask_slurm_async
from emout_lab.sessions.site_profiles import NO_PROFILE, SiteProfile, load_profiles
from emout_lab.sessions.spec import SessionSpec, is_queue

FIELDS: Final[Mapping[str, Json]] = start_fields()
"""Every field of a start request by its name, with what the form says of it."""
NOT_PRESET: Final = frozenset({"name", "profile", "directives"})
"""Fields that a profile does not fill in."""

TIMEOUT_S: Final = 3.0
"""How long a user waits for the form on behalf of SLURM."""
MAX_AGE_S: Final = {"known": 60.0, "failed": 5.0, "none": 0.0}
"""How long SLURM's answer is taken for true; whether there is one at all is seen at once."""


class StartForm:
    """What the start dialog offers; it comes soon, also where SLURM does not answer.

    SLURM is asked in the background. Its answer is kept for a while, and until there is one the
    form says that it is pending.
    """

    def __init__(self) -> None:
        self._asking: asyncio.Task[SlurmAnswer] | None = None
        self._answer: SlurmAnswer | None = None
        self._answered_at = -math.inf

    async def describe(self) -> Profiles:
        """Return all that the form needs.

        Returns
        -------
        Profiles
            What can be chosen as `emout_lab.sessions.profiles` has it, the site profiles, and the
            form as JSON Schema.

        Raises
        ------
        SpecError
            A file of site profiles cannot be used; no session can start then either.
        """
        found = await aio.profiles(await self._ask_slurm())
        profiles = await asyncio.to_thread(_profiles)
        schema = _schema(found, profiles)
        return msgspec.convert({**found, "profiles": profiles, "schema": schema}, Profiles)

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
        done, _ = await asyncio.wait([self._asking], timeout=TIMEOUT_S)
        if done:
            return done.pop().result()
        known = () if answer is None else answer.partitions
        return SlurmAnswer("pending", known, "SLURM has not answered yet")

    def _note(self, asking: asyncio.Task[SlurmAnswer]) -> None:
        self._asking = None
        if not asking.cancelled() and asking.exception() is None:
            self._answer, self._answered_at = asking.result(), time.monotonic()


def _profiles() -> list[Profile]:
    return [
        Profile(
            name=profile.name,
            description=profile.description,
            values=_values(profile),
            directives=list(profile.directives),
        )
        for profile in load_profiles().values()
    ]


def _values(profile: SiteProfile) -> dict[str, str | int]:
    values = {name: getattr(profile, name, None) for name in FIELDS if name not in NOT_PRESET}
    return {name: value for name, value in values.items() if value is not None}


def _schema(found: Json, profiles: Sequence[Profile]) -> FormSchema:
    """Return the schema of a start request, with what can be chosen here."""
    choices: dict[str, list[str]] = {
        "backend": [each["name"] for each in found["backends"] if each["available"]],
        "profile": [NO_PROFILE, *(each.name for each in profiles)],
        "partition": [each["name"] for each in found["partitions"]],
    }
    names = [each["name"] for each in found["backends"]]
    places = {"queue": [name for name in names if is_queue(name)], "slurm": ["slurm"]}
    own = {"allow_multiple": False, "processes": load().processes or 1}
    values = {**SessionSpec().to_json(), **own, **found["defaults"]}
    properties = {}
    for name, described in FIELDS.items():
        said = dict(described)
        hints = {"advanced": False, "automatic": False, **said.pop(HINTS)}
        place = hints.pop("place", None)
        if place is not None:
            hints["backends"] = places[place]
        if choices.get(name):
            said["enum"] = choices[name]
        if values[name] is not None:
            said["default"] = values[name]
        properties[name] = msgspec.convert({**said, HINTS: hints}, FormField)
    return FormSchema(type="object", properties=properties, required=["name", "backend"])
