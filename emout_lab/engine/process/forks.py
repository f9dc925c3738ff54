"""A program that forks: its child runs the user's code to its end, and nothing of the engine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import traceback
from collections.abc import Iterator
from typing import NoReturn


@contextlib.contextmanager
def exit_in_children() -> Iterator[None]:
    """Run user's code; in a child that it has forked, its end is the end of the process."""
    pid = os.getpid()
    try:
        yield
    except BaseException as error:
        if os.getpid() != pid:
            _end(error)
        raise
    if os.getpid() != pid:
        _end(None)


def allow_multiprocessing() -> None:
    """Let programs use `multiprocessing`, which refuses it to the children of a nanny.

    What they leave is ended with their engine, so that nothing is lost by it.
    """
    process = multiprocessing.current_process()
    # An assertion fails where Python knows the process in another way: Pool is refused then.
    with contextlib.suppress(AssertionError):
        if process.daemon:
            process.daemon = False


def _end(error: BaseException | None) -> NoReturn:
    """End the child as a script would, without what is left of the engine in it."""
    code = 0
    try:
        if isinstance(error, SystemExit):
            if isinstance(error.code, int):
                code = error.code
            elif error.code is not None:
                code = 1
                sys.stderr.write(f"{error.code}\n")
        elif error is not None:
            code = 1
            traceback.print_exception(error)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
    finally:
        os._exit(code & 0xFF)
