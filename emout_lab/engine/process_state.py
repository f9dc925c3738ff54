"""What an engine notes of its process and of its program."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class _ProcessState:
    """What an engine notes of its process when it starts, and of the program that runs.

    Attributes
    ----------
    has_engine : bool
        Whether this is an engine's process.
    worker : distributed.Worker or None
        The engine's worker.
    client : str or None
        Who sent the program that runs.
    program : str or None
        Id of the program that runs.
    on_progress : callable or None
        Called with done, total and a label as a long call goes on.
    reads : ReadCache or None
        What the program that runs has read and may use again.
    memory : MemoryLimit or None
        The engine's memory limit.
    files : FileLimit or None
        Its limit of open files.
    calls : CallRecord or None
        Where is noted what runs.
    bundles : BundleRuns or None
        Runs load-balanced tasks in the worker's own threads.
    own_client : distributed.Client or None
        The engine's connection to its session, once it has shared work with the others.
    own_client_lock : threading.Lock
        Held while it is made or closed.
    """

    has_engine = False
    worker: Any = None
    client: str | None = None
    program: str | None = None
    on_progress: Callable[[int, int, str], None] | None = None
    reads: Any = None
    memory: Any = None
    files: Any = None
    calls: Any = None
    bundles: Any = None
    own_client: Any = None
    own_client_lock = threading.Lock()

    def close_own_client(self) -> None:
        """Close the engine's connection to its session, in a thread: an event loop may ask."""
        with self.own_client_lock:
            client, self.own_client = self.own_client, None
        if client is not None:
            threading.Thread(target=client.close, name="emout-lab-close", daemon=True).start()


PROCESS = _ProcessState()
