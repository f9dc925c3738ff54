"""What an engine can be asked from outside: a table, and one function that runs on its worker."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from emout_lab.channel import offer
from emout_lab.engine.snapshot import EngineSnapshot, Versions
from emout_lab.engine.worker_plugin import Engine, engine_of
from emout_lab.errors import EngineError


def _snapshot(engine: Engine, known: Mapping[str, Versions] | None = None) -> EngineSnapshot:
    """Return the engine's snapshot without what is known of it, by the address of its worker."""
    return engine.snapshot((known or {}).get(engine.address))


async def _interrupt(engine: Engine, program: str | None = None) -> None:
    """Interrupt a program, by default the one that runs."""
    if program is None:
        engine.interrupt()
    else:
        await engine.cancel(program)


async def _cancel(engine: Engine, program: str, is_given_up: bool = False) -> None:
    """End a program, and drop what it made where nobody has heard of it."""
    await engine.cancel(program, is_given_up=is_given_up)


#: By its verb, what an engine does with the arguments; a new one is asked for as the others.
VERBS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "run": Engine.run,
        "interrupt": _interrupt,
        "cancel": _cancel,
        "program_status": Engine.program_status,
        "has": Engine.has,
        "snapshot": _snapshot,
        "drop": Engine.drop,
        "forget_client": Engine.forget,
        "preview": Engine.preview,
        "shown": Engine.shown,
        "figure": Engine.figure,
        "draw_again": Engine.draw_again,
        "forget_figures": Engine.forget_figures,
        "piece": Engine.piece,
        "receive": Engine.receive,
    }
)


async def invoke(verb: str, args: tuple[Any, ...] = (), dask_worker: Any = None) -> Any:
    """Let the engine of the worker that receives this do something, and return what it gives.

    Parameters
    ----------
    verb : str
        A key of `VERBS`.
    args : tuple
        What it needs.

    Raises
    ------
    EngineError
        For a verb that is not in the table, and where the worker has no engine.
    """
    if verb not in VERBS:
        raise EngineError(
            f"engine {dask_worker.name} does not know {verb!r}; it knows {', '.join(VERBS)}. "
            "Where another version of emout_lab started the session, start it again."
        )
    found = VERBS[verb](engine_of(dask_worker), *args)
    return await found if inspect.isawaitable(found) else found


def offer_channel(dask_worker: Any = None) -> int:
    """Let the worker that receives this be asked through channels; return their version."""
    return offer(dask_worker, partial(invoke, dask_worker=dask_worker))
