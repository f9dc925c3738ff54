"""What squeue has said, for all sessions of a user on this machine: it is asked once for all."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import socket
import time
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from emout_lab.config import child_environment, load
from emout_lab.errors import EmoutLabError
from emout_lab.paths import Runtime, make_private_directory, open_private
from emout_lab.sessions.slurm import COMMAND_TIMEOUT_S, Job, ask_queue, parse_squeue

#: How often a session looks whether another one has the answer for which it waits [s].
TURN_S: Final = 0.05
#: Variables that say which cluster is asked.
CLUSTER_VARIABLES: Final = ("SLURM_CONF", "SLURM_CLUSTERS", "SLURM_CONF_SERVER")


async def list_jobs(ids: Sequence[str], max_age: float) -> list[Job]:
    """Return how jobs stand, as this session or another one has heard of late.

    Parameters
    ----------
    ids : sequence of str
        The queue's ids. Of a job that an answer does not know the queue is asked anew: it may have
        been submitted since.
    max_age : float [s]
        How old the answer may be; 0 asks the queue.

    Raises
    ------
    SessionError
        squeue cannot be run or fails; its words are quoted.
    """
    answers = QueueAnswers()
    known = answers.known(ids, max_age)
    if known is not None:
        return known
    begun = time.time()
    async with answers.turn(lambda: answers.known(ids, max_age) is not None):
        # Another session may have asked meanwhile, after this one wanted to know.
        known = answers.known(ids, max(max_age, time.time() - begun))
        if known is not None:
            return known
        asked_at = time.time()
        text = await ask_queue()
        answers.keep(text, asked_at)
    return parse_squeue(text, ids)


class QueueAnswers:
    """The latest answer of the queue, in a file of the user's own.

    Where the file cannot be written or read, each session asks for itself.
    """

    def __init__(self) -> None:
        self._folder = Runtime(load().home).queue
        self._file = self._folder / _name_of_queue()

    def known(self, ids: Sequence[str], max_age: float) -> list[Job] | None:
        """Return how jobs stand; None where that is not known, or too old."""
        try:
            told = self._file.read_bytes()
            asked_at, text = float(told[:20]), zlib.decompress(told[20:]).decode()
        except (OSError, ValueError, zlib.error):
            return None
        # A clock that was set back makes answers of the future.
        if not 0 <= time.time() - asked_at <= max_age:
            return None
        jobs = parse_squeue(text, ids)
        return None if any(job.state == "GONE" for job in jobs) else jobs

    def keep(self, text: str, asked_at: float) -> None:
        """Let others have what the queue has said."""
        part = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError), os.fdopen(open_private(part, os.O_WRONLY), "wb") as file:
            file.write(f"{asked_at:<20.3f}".encode() + zlib.compress(text.encode(), 1))
        # No fsync: after a crash of the machine nobody wants to know it.
        with contextlib.suppress(OSError):
            part.replace(self._file)

    @contextlib.asynccontextmanager
    async def turn(self, is_enough: Callable[[], bool]) -> AsyncIterator[None]:
        """Wait while another session asks, or until there is an answer."""
        try:
            make_private_directory(self._folder)
            lock = open_private(self._folder / f"{self._file.name}.lock", os.O_RDWR)
        except (OSError, EmoutLabError):
            yield
            return
        deadline = time.monotonic() + COMMAND_TIMEOUT_S
        try:
            while not _is_locked(lock) and time.monotonic() < deadline and not is_enough():
                await asyncio.sleep(TURN_S)
            yield
        finally:
            os.close(lock)


def _is_locked(descriptor: int) -> bool:
    """Take a lock if it is free; a file system that has none lets everybody go on."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _name_of_queue() -> str:
    """Return a name for the queue that this machine asks: a home may be shared by two clusters."""
    environment = child_environment()
    words = [socket.gethostname(), *(environment.get(name, "") for name in CLUSTER_VARIABLES)]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]
