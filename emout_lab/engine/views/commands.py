"""Commands of the system in cells: ``!ls``, so that an interrupt ends them."""

from __future__ import annotations

import codecs
import contextlib
import os
import selectors
import shutil
import signal
import subprocess
from collections.abc import Callable

#: So often it is looked whether the cell was interrupted [s].
WAKE_S = 0.1
#: How long a command has to end when it was interrupted [s].
GRACE_S = 0.3


def run_command(command: str, write: Callable[[str], object]) -> int:
    r"""Run a command and return its exit status; its output is written as it comes.

    Parameters
    ----------
    command : str
        What a shell understands: bash, where there is one.
    write : callable
        Takes what it prints, errors too.

    Raises
    ------
    OSError
        For a command that is to go on in the background: nobody would end it.

    Examples
    --------
    >>> texts = []
    >>> run_command("echo hello; exit 3", texts.append), "".join(texts)
    (3, 'hello\n')
    """
    if command.rstrip().endswith("&"):
        raise OSError(
            f"{command!r} would go on in the background of the engine: use subprocess.Popen, and "
            "end it yourself"
        )
    process = subprocess.Popen(
        [shutil.which("bash") or "/bin/sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        with process.stdout:
            _pass_on(process.stdout.fileno(), write)
        return _status(process)
    except BaseException:
        _end(process)
        raise


def _pass_on(pipe: int, write: Callable[[str], object]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            # In short waits: an interrupt is raised between them.
            if not selector.select(WAKE_S):
                continue
            data = os.read(pipe, 65_536)
            if text := decoder.decode(data, final=not data):
                write(text)
            if not data:
                return


def _status(process: subprocess.Popen[bytes]) -> int:
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(WAKE_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it has begun."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
