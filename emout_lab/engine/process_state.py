"""What an engine notes of its process and of its program."""

from __future__ import annotations

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


PROCESS = _ProcessState()
