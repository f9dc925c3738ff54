"""What an engine can be asked from outside: a table, and one function that runs on its worker."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from emout_lab.channel import offer
from emout_lab.engine.kept_replies import RequestQueue
from emout_lab.engine.live.wishes import Hello, LiveFrame, Probe, Wish
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.protocol import Reply
from emout_lab.engine.snapshot import EngineSnapshot, Versions
from emout_lab.engine.views.bundles import BundleReply
from emout_lab.engine.worker_plugin import Engine, engine_of
from emout_lab.errors import EngineError

#: What Dask calls the tasks that a worker has still to do.
UNDONE: Final = ("waiting", "constrained", "ready", "executing", "long-running")


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


async def _kept_reply(engine: Engine, request: str, client: str) -> Reply:
    """Return the reply to a request of any client; wait for it while it is under way."""
    return await engine.replies.reply(request, client)


def _request_states(engine: Engine, requests: Sequence[str]) -> dict[str, str]:
    """Tell of requests whether they are ``"pending"`` or ``"completed"``."""
    return engine.replies.states(requests)


def _forget_replies(engine: Engine, requests: Sequence[str] | None) -> None:
    """Forget replies that are kept; all where none are named."""
    engine.replies.forget(requests)


def _request_queue(engine: Engine) -> RequestQueue:
    """Tell what there is to do for views, and for Dask."""
    tasks = [] if PROCESS.worker is None else PROCESS.worker.state.tasks.values()
    return engine.replies.queue([str(each.key) for each in tasks if each.state in UNDONE])


def _cancel_tasks(engine: Engine, ids: list[str]) -> None:
    """Interrupt load-balanced calls; those yet to come will not begin."""
    engine.bundles.cancel(ids)


def _take_back(engine: Engine, bundles: list[str]) -> dict[str, BundleReply]:
    """Return what came so far of bundles that run; they begin no more calls."""
    return engine.bundles.take_back(bundles)


async def _live_open(engine: Engine, view: str, figure: str) -> Hello:
    """Open a view of a kept figure."""
    return await engine.live.open(view, figure)


async def _live_frame(engine: Engine, view: str, wish: Wish) -> LiveFrame:
    """Return the frame that a viewer wishes."""
    return await engine.live.frame(view, wish)


async def _live_probe(engine: Engine, view: str, probe: Probe) -> dict[str, Any]:
    """Return what is at a place of a view's figure."""
    return await engine.live.probe(view, probe)


async def _live_renew(engine: Engine, view: str) -> bool:
    """Keep a view for another while."""
    return await engine.live.renew(view)


async def _live_close(engine: Engine, view: str) -> None:
    """Close a view."""
    await engine.live.close(view)


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
        "cancel_tasks": _cancel_tasks,
        "take_back": _take_back,
        "kept_reply": _kept_reply,
        "request_states": _request_states,
        "forget_replies": _forget_replies,
        "request_queue": _request_queue,
        "live_open": _live_open,
        "live_frame": _live_frame,
        "live_probe": _live_probe,
        "live_renew": _live_renew,
        "live_close": _live_close,
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


async def offer_channel(dask_worker: Any = None) -> tuple[int, int | None]:
    """Let the worker that receives this be asked through channels, see `offer`."""
    return offer(dask_worker, partial(invoke, dask_worker=dask_worker))
