"""Stream: shows what requests print and display, while a block of code runs."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from emout_lab.parallel.outputs import LiveOutput
from emout_lab.parallel.request import Request
from emout_lab.parallel.screen import Screen

#: How often it is looked for what has come [s].
INTERVAL_S = 0.1


@contextmanager
def streamed(requests: Sequence[Request], *, has_labels: bool) -> Iterator[None]:
    """Show what requests print and display as it comes; at the end of the block, what is left.

    Parameters
    ----------
    requests : sequence of Request
        Whose output.
    has_labels : bool
        Whether each piece says of which engine it is.
    """
    screen = Screen(has_labels=has_labels)
    live = LiveOutput(requests, screen)
    is_over = threading.Event()
    # In the context of the cell, to which ipykernel sends what its threads print.
    run = contextvars.copy_context().run
    args = (_show_until, is_over, live)
    thread = threading.Thread(target=run, args=args, name="emout-lab-stream", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        live.show_new()
        live.show_figures()
        screen.end_line()


def _show_until(is_over: threading.Event, live: LiveOutput) -> None:
    while not is_over.wait(INTERVAL_S):
        live.show_new()
