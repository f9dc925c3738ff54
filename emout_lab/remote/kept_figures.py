"""Figures that engines drew before, brought back by their id."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from emout_lab.client import aio
from emout_lab.client.waiting import Awaited, waited
from emout_lab.engine.figures.formats import needs_preview
from emout_lab.engine.protocol import Figure, FigureOptions
from emout_lab.engine.snapshot import FigureInfo
from emout_lab.errors import EngineBusy, ObjectGone

if TYPE_CHECKING:
    from emout_lab.remote.session import Session
    from emout_lab.sessions.client import SessionClient

#: How long an engine may take to tell of itself [s].
TIMEOUT_S = 10.0
#: What an engine tells of a figure is all but the picture.
KEPT = frozenset(f.name for f in fields(FigureInfo))
PREVIEW = FigureOptions("png", 72.0)


def kept_figure(session: Session, name: str) -> tuple[Figure, str | None]:
    """Return a figure that an engine still has, and the notebook that drew it.

    Raises
    ------
    ObjectGone
        When no engine of the session has it.
    """
    return waited(session.client, Awaited(session.name, ()), _found(session.client, name))


async def _found(client: SessionClient, name: str) -> tuple[Figure, str | None]:
    for address, snapshot in (await aio.prompt_snapshots(client, TIMEOUT_S)).items():
        for info in snapshot.figures:
            if info.id == name:
                return await _brought(client, address, info), info.notebook
    raise ObjectGone(
        f"no engine has a figure {name!r}: it was cleared, or has made room for newer ones. "
        "Run its cell again."
    )


async def _brought(client: SessionClient, address: str, info: FigureInfo) -> Figure:
    data = await aio.invoke(client, address, "figure", info.id)
    preview = None
    if needs_preview(info.format):
        try:
            preview = (await aio.invoke(client, address, "draw_again", info.id, PREVIEW)).data
        except (EngineBusy, ObjectGone):
            pass  # the file is there all the same
    known: dict[str, Any] = {
        f.name: getattr(info, f.name) for f in fields(Figure) if f.name in KEPT
    }
    return Figure(**known, data=data, preview=preview)
