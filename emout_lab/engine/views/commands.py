"""Commands of the system in cells: ``!ls``, so that an interrupt ends them."""

from __future__ import annotations

import codecs
import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from typing import IO

#: So often it is looked whether the cell was interrupted [s].
WAKE_S = 0.1
#: How long a command has to end when it was interrupted [s].
GRACE_S = 0.3


Write = Callable[[str], object]


def run_command(
    command: str | list[str],
    write: Write,
    write_error: Write | None = None,
    *,
    text: str | None = None,
) -> int:
    r"""Run a command and return its exit status; its output is written as it comes.

    Parameters
    ----------
    command : str or list of str
        What a shell understands (bash, where there is one), or a program with its arguments.
    write, write_error : callable
        Take what it prints; by default ``write`` takes errors too.
    text : str, optional
        What it reads.

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
    if isinstance(command, str) and command.rstrip().endswith("&"):
        raise OSError(
            f"{command!r} would go on in the background of the engine: use subprocess.Popen, and "
            "end it yourself"
        )
    shell = [shutil.which("bash") or "/bin/sh", "-c"]
    with tempfile.TemporaryFile() as read:
        read.write((text or "").encode())
        read.seek(0)
        process = subprocess.Popen(
            [*shell, command] if isinstance(command, str) else command,
            stdin=read,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if write_error is None else subprocess.PIPE,
            start_new_session=True,
        )
    try:
        _pass_on([(process.stdout, write), (process.stderr, write_error)])
        return _status(process)
    except BaseException:
        _end(process)
        raise


def _pass_on(pipes: list[tuple[IO[bytes] | None, Write | None]]) -> None:
    """Write what comes out of pipes until all are closed, and close them here."""
    decode = codecs.getincrementaldecoder("utf-8")
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for pipe, write in pipes:
            if pipe is not None:
                stack.enter_context(pipe)
                selector.register(pipe, selectors.EVENT_READ, (write, decode("replace")))
        while selector.get_map():
            # In short waits: an interrupt is raised between them.
            for key, _ in selector.select(WAKE_S):
                data = os.read(key.fd, 65_536)
                write, decoder = key.data
                if text := decoder.decode(data, final=not data):
                    write(text)
                if not data:
                    selector.unregister(key.fileobj)


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
