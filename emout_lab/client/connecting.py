"""Connecting to a session that may not answer: said in the cell, and ended by Ctrl-C at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from emout_lab.client.output import Listener
from emout_lab.client.waiting import HOW_TO_END, INTERRUPTED, SILENCE_S

if TYPE_CHECKING:
    from distributed import Client


def connected(connect: Callable[[], Client], session: str) -> Client:
    """Return the client that ``connect`` gives.

    Parameters
    ----------
    connect : callable
        Connects; called in a thread of its own.
    session : str
        What is connected to, for who waits.
    """
    listener = Listener()
    answer: Future[Client] = Future()
    threading.Thread(target=_fulfil, args=(answer, connect), daemon=True).start()
    notice = threading.Timer(
        SILENCE_S,
        listener.note,
        [f"session {session!r} does not answer since {SILENCE_S:.0f} s. {HOW_TO_END}"],
    )
    notice.start()
    try:
        client: Client = listener.wait(answer)
        return client
    except KeyboardInterrupt:
        answer.add_done_callback(_close)
        raise KeyboardInterrupt(INTERRUPTED) from None
    finally:
        notice.cancel()


def _fulfil(answer: Future[Client], connect: Callable[[], Client]) -> None:
    try:
        answer.set_result(connect())
    except BaseException as error:  # noqa: BLE001  # who waits raises it
        answer.set_exception(error)


def _close(answer: Future[Client]) -> None:
    """Close a connection that nobody waits for any more."""
    if answer.exception() is None:
        with contextlib.suppress(OSError, TimeoutError):
            answer.result().close()
