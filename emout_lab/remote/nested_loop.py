"""A coroutine is run to its end in the middle of a function, where an event loop runs already."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from emout_lab.remote.context import CONTEXT

#: Private to asyncio: what the thread's running loop is.
GET, SET = "_get_running_loop", "_set_running_loop"


def run_to_end(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end while the loop that runs here waits, and return what it gives."""
    get, put = getattr(asyncio, GET, None), getattr(asyncio, SET, None)
    if get is None or put is None:
        return _in_thread(coroutine)
    outer = get()
    loop = asyncio.new_event_loop()
    put(None)
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()
        put(outer)


def _in_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Do it in another thread, to which what is open in this one is lent."""
    recording, scopes = CONTEXT.recording, CONTEXT.scopes

    def work() -> Any:
        CONTEXT.scopes = scopes
        with contextlib.nullcontext() if recording is None else CONTEXT.within(recording):
            return asyncio.run(coroutine)

    with ThreadPoolExecutor(1, thread_name_prefix="emout-lab-cell") as pool:
        return pool.submit(copy_context().run, work).result()
