"""How a live figure is drawn again after its engine was lost: the calls that have drawn it.

A notebook that draws a figure live leaves its calls beside the session's state, in a file that only
its user can read and that goes with the session. Who shows the figure when its engine is lost has
them run on an engine that lives; the kernel need not.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import pickle
import re
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emout_lab.client import aio
from emout_lab.config import load
from emout_lab.engine.modules.sources import CodeUpdate
from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.serialization import Packed
from emout_lab.errors import EmoutLabError, NoEngine, ObjectGone
from emout_lab.ownership import require_own
from emout_lab.paths import Runtime, make_private_directory, write_private

if TYPE_CHECKING:
    from distributed import Client

    from emout_lab.engine.snapshot import EngineSnapshot

#: A recipe whose file is larger is not kept; nor is it read where it becomes larger than that [B].
MOST_BYTES, MOST_UNPACKED = 1_000_000, 20_000_000
#: So many are kept of a session; engines keep fewer figures.
MOST_RECIPES: Final = 50
VERSION: Final = 1
SUFFIX: Final = ".recipe"
_UNREADABLE: Final = (pickle.UnpicklingError, EOFError, AttributeError, TypeError, ValueError)
ID: Final = re.compile("[0-9a-f]{32}")
#: An engine that is started anew has so long to come [s].
ENGINE_TIMEOUT_S: Final = 60.0
#: An engine has so long to tell of itself before another one is taken [s].
ANSWER_TIMEOUT_S: Final = 2.0
POLL_S: Final = 0.3
#: How many blocks are being drawn by each engine.
_under_way: Counter[str] = Counter()
#: What a recipe is made of beside plain values; of the user's own classes it has bytes alone.
PARTS: Final = ("emout_lab.engine.", "emout_lab.client.live_recipes")


@dataclass(frozen=True, slots=True)
class LiveRecipe:
    """All that is needed to draw a figure again, on any engine of its session.

    Parameters
    ----------
    calls : tuple of Call
        Those of the figure, and those that make what they need, in order.
    drawing : str
        The recording that the figure belongs to.
    options : FigureOptions
        How its picture is rendered.
    number : int
        Which of the recording's figures it is.
    directory : str or None
        What relative paths mean.
    notebook : str or None
        Whose figure it is.
    code : CodeUpdate
        The user's own modules.
    version : int
        Of this form.
    """

    calls: tuple[Call, ...]
    drawing: str
    options: FigureOptions
    number: int
    directory: str | None
    notebook: str | None
    code: CodeUpdate
    version: int = VERSION

    def program(self, client: str) -> Program:
        """Return the program that draws it, under names that nobody else has.

        The engine may have objects by the old names: those that the notebook made again there.
        """
        names = {call.id.encode(): uuid.uuid4().hex.encode() for call in self.calls}
        new = {old.decode(): name.decode() for old, name in names.items()}
        drawing = uuid.uuid4().hex
        calls = tuple(
            replace(
                call,
                id=new[call.id],
                payload=_renamed(call.payload, names),
                drawing=None if call.drawing is None else drawing,
                release=tuple(new[name] for name in call.release),
            )
            for call in self.calls
        )
        return Program(
            client=client,
            calls=calls,
            id=uuid.uuid4().hex,
            finish=((drawing, self.options),),
            directory=self.directory,
            notebook=self.notebook,
            code=self.code,
        )


def keep(session: str, figure: str, recipe: LiveRecipe) -> bool:
    """Keep a recipe; return whether it could be.

    Parameters
    ----------
    session : str
        Name of the session.
    figure : str
        Id of the figure.
    recipe : LiveRecipe
        How it is drawn.
    """
    whole = pickle.dumps(recipe, protocol=pickle.HIGHEST_PROTOCOL)
    # The user's own modules are most of it, which are text.
    data = zlib.compress(whole, 1) if len(whole) <= MOST_UNPACKED else whole
    if len(data) > MOST_BYTES:
        return False
    try:
        file = _file(session, figure)
        if file is None or not file.parent.parent.is_dir():
            return False  # a session of another machine
        make_private_directory(file.parent)
        write_private(file, data)
        _forget_old(file.parent)
    except (EmoutLabError, OSError):
        return False  # without it the figure is live all the same
    return True


def is_kept(session: str, figure: str) -> bool:
    """Tell whether there is a recipe of a figure."""
    file = _file(session, figure)
    return file is not None and file.is_file()


def find(session: str, figure: str) -> LiveRecipe | None:
    """Return the recipe of a figure; None where there is none, or it cannot be read."""
    file = _file(session, figure)
    if file is None:
        return None
    try:
        require_own(file.parent)
        whole = zlib.decompressobj().decompress(file.read_bytes(), MOST_UNPACKED)
        found = _Reader(io.BytesIO(whole)).load()
    except (EmoutLabError, OSError, zlib.error, *_UNREADABLE):
        return None
    is_known = isinstance(found, LiveRecipe) and found.version == VERSION
    return found if is_known else None


def forget(session: str, figure: str) -> None:
    """Keep the recipe of a figure no more."""
    file = _file(session, figure)
    if file is not None:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def needed(session: str, figure: str) -> LiveRecipe:
    """Return the recipe of a figure.

    Raises
    ------
    ObjectGone
        When there is none.
    """
    recipe = find(session, figure)
    if recipe is None:
        raise ObjectGone(f"Nothing is known of how figure {figure} was drawn. Run its cell again.")
    return recipe


def numbered(figures: Sequence[str], number: int) -> str:
    """Return one of the figures that a recipe has drawn.

    Raises
    ------
    ObjectGone
        When it does not draw that one any more.
    """
    if number >= len(figures):
        raise ObjectGone(
            f"Its calls draw {len(figures)} figures now, and it was number {number + 1}. Run its "
            "cell again."
        )
    return figures[number]


async def draw_again(client: Client, session: str, recipe: LiveRecipe) -> list[str]:
    """Draw all figures of a block again on an engine that lives, and return their ids there.

    Parameters
    ----------
    client : distributed.Client
        Asynchronous client of the session.
    session : str
        Name of the session.
    recipe : LiveRecipe
        Of any of these figures.

    Raises
    ------
    ObjectGone
        When it does not draw them any more.
    NoEngine
        When no engine comes.
    EngineLost, SessionDead
        When the engine is lost meanwhile, or the session is over.
    """
    address = await _engine(client)
    owner = f"live-{uuid.uuid4().hex}"
    _under_way[address] += 1
    try:
        reply = await aio.run(client, address, recipe.program(owner))
    finally:
        _under_way[address] -= 1
        with contextlib.suppress(EmoutLabError, OSError):
            await aio.invoke(client, address, "forget_client", owner, "it is drawn")
    if reply.failure is not None:
        raise ObjectGone(
            f"The figure could not be drawn again: {reply.failure.message} Run its cell again."
        )
    drawn = [figure.id for figure in reply.figures]
    await asyncio.to_thread(_keep_all, session, drawn, recipe)
    return drawn


def _keep_all(session: str, drawn: Sequence[str], recipe: LiveRecipe) -> None:
    """Keep how figures are drawn whose engine may be lost as well."""
    block = uuid.uuid4().hex  # these are other figures than those before
    for number, figure in enumerate(drawn):
        keep(session, figure, replace(recipe, drawing=block, number=number))


async def _engine(client: Client) -> str:
    """Return the address of an engine that answers, one that is idle if there is one."""
    until = time.monotonic() + ENGINE_TIMEOUT_S
    while True:
        found = await aio.prompt_snapshots(client, ANSWER_TIMEOUT_S)
        ready = {address: each for address, each in found.items() if each.ready}
        if ready:
            return min(ready, key=lambda at: _load(at, ready[at]))
        if time.monotonic() > until:
            raise NoEngine(
                f"No engine of the session has come within {ENGINE_TIMEOUT_S:g} s. Scale it up, or "
                "wait for its jobs, and run the cell again."
            )
        await asyncio.sleep(POLL_S)


def _load(address: str, engine: EngineSnapshot) -> tuple[int, bool, int]:
    return _under_way[address], engine.current is not None, engine.memory_used


def _file(session: str, figure: str) -> Path | None:
    if ID.fullmatch(figure) is None:
        return None
    try:
        folder = Runtime(load().home).session(session).live
    except EmoutLabError:
        return None
    return folder / f"{figure}{SUFFIX}"


def _forget_old(folder: Path) -> None:
    files = sorted(folder.glob(f"*{SUFFIX}"), key=os.path.getmtime)
    for file in files[:-MOST_RECIPES]:
        file.unlink(missing_ok=True)


def _renamed(payload: bytes | Packed, names: Mapping[bytes, bytes]) -> bytes | Packed:
    """Put other names into a payload, in which all have one length."""
    data = payload.data if isinstance(payload, Packed) else payload
    pattern = re.compile(b"|".join(names))
    data = pattern.sub(lambda found: names[found[0]], data)
    return replace(payload, data=data) if isinstance(payload, Packed) else data


class _Reader(pickle.Unpickler):
    """Reads recipes: nothing but their parts, which are records and run nothing."""

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if module.startswith(PARTS) else None
        # Not what such a module has imported, nor its functions, some of which call what they get.
        is_record = isinstance(found, type) and is_dataclass(found) and found.__module__ == module
        if not is_record:
            raise pickle.UnpicklingError(f"a recipe has no {module}.{name}")
        return found
