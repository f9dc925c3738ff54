"""What a forked child must not use: the connections of its parent, whose threads it has not got.

`multiprocessing` forks by default on Linux before Python 3.14. In the child a connection looks as
if it were up, but nobody reads it: whoever waits for an answer would wait for ever.
"""

from __future__ import annotations

import os
import threading
from typing import Final, Protocol
from weakref import WeakSet

from emout_lab.errors import SessionDead

WHAT_TO_DO: Final = (
    "Connect again in the child (emout_lab.connect()) and open there what it needs, or let "
    "multiprocessing use the spawn method: multiprocessing.get_context('spawn')."
)


class Inherited(Protocol):
    """What belongs to the process that made it."""

    def forget(self) -> None:
        """Be of no use any more, without a word to anybody; called in a forked child."""


_OWNERS: WeakSet[Inherited] = WeakSet()
#: In a child: sockets that are finalised here would be missed by the parent.
_KEPT: list[Inherited] = []
_REGISTERED = threading.Event()


def forget_in_children(owner: Inherited) -> None:
    """Let every child that this process forks from now on forget an object of this process.

    Parameters
    ----------
    owner : Inherited
        Held weakly.
    """
    _OWNERS.add(owner)
    if not _REGISTERED.is_set():
        _REGISTERED.set()
        os.register_at_fork(after_in_child=_forget_all)


def forked(what: str) -> SessionDead:
    """Return the error for what a child wants to do with its parent's connection."""
    return SessionDead(
        f"{what} belongs to the process that this one (pid {os.getpid()}) was forked from, and "
        f"cannot be used here. {WHAT_TO_DO}"
    )


def renew(lock: object) -> None:
    """Open a lock in a forked child, where the thread that holds it may not exist."""
    # Private to Python, which renews its own locks so; without it only a lock that was held at
    # the moment of the fork stays closed.
    reinit = getattr(lock, "_at_fork_reinit", None)
    if reinit is not None:
        reinit()


def _forget_all() -> None:
    _KEPT.extend(_OWNERS)
    _OWNERS.clear()
    for owner in _KEPT:
        owner.forget()
