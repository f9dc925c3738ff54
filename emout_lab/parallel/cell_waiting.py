"""Waiting for a cell on engines, while what it prints appears."""

from __future__ import annotations

import concurrent.futures
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from emout_lab.client.engine import GRACE_S
from emout_lab.client.progress_line import LINE
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.outputs import LiveOutput, show_grouped
from emout_lab.parallel.request import Request
from emout_lab.parallel.requests_future import STILL_RUNS
from emout_lab.parallel.screen import Screen
from emout_lab.remote.waiting import interrupts_at_users_line

#: What is done sooner is shown in the order of the engines, and not as it comes [s].
SOON_S = 0.4
#: How often it is looked for what has come [s].
INTERVAL_S = 0.1


@dataclass(frozen=True)
class Waiting:
    """How it is waited for a cell.

    Parameters
    ----------
    groupby : str
        How its outputs are grouped, see `show_grouped`.
    is_live : bool
        Whether what it prints appears while it runs; grouped at its end otherwise.
    progress_after : float
        After so many seconds it is told how many engines are done; never, if negative.
    """

    groupby: str = "type"
    is_live: bool = True
    progress_after: float = 2.0

    def wait(self, result: AsyncResult, on_interrupt: Callable[[], None]) -> None:
        """Wait until all engines are done, and show what they have printed and displayed.

        Parameters
        ----------
        result : AsyncResult
            What comes of the cell.
        on_interrupt : callable
            Called at Ctrl-C, before what was printed until then is shown.

        Raises
        ------
        KeyboardInterrupt
            When it is interrupted.
        """
        screen = Screen(has_labels=not result.is_single)
        live = LiveOutput(result.requests, screen)
        try:
            with interrupts_at_users_line():
                self._wait(result, live)
        except KeyboardInterrupt:
            on_interrupt()
            raise
        finally:
            LINE.end()
            if live.has_shown or not result.done():
                live.show_new()
                live.show_figures()
            known = [request.metadata for request in result.requests]
            show_grouped(known, screen, self.groupby, result_only=live.has_shown)

    def _wait(self, result: AsyncResult, live: LiveOutput) -> None:
        begun = time.monotonic()
        told: set[str] = set()
        result.wait(SOON_S)
        while not result.wait(INTERVAL_S):
            if self.is_live:
                live.show_new()
            _tell_notes(result, told)
            seconds = time.monotonic() - begun
            if 0 <= self.progress_after <= seconds:
                _show_progress(result, seconds)


def end(requests: Sequence[Request]) -> None:
    """End requests on their engines; say so where an engine does not answer at once."""
    for request in requests:
        request.abort()
    concurrent.futures.wait(requests, GRACE_S)
    if stuck := [str(each.metadata.engine_id) for each in requests if not each.done()]:
        for request in requests:
            request.give_up()
        sys.stderr.write(f"engine {', '.join(stuck)}: {STILL_RUNS}\n")


def _tell_notes(result: AsyncResult, told: set[str]) -> None:
    """Tell what keeps engines from answering, each once."""
    for request in result.requests:
        for note in request.output.notes:
            if note not in told:
                told.add(note)
                LINE.end()
                sys.stderr.write(note + "\n")


def _show_progress(result: AsyncResult, seconds: float) -> None:
    """Show how many engines are done, and how far the slowest is where it tells."""
    requests = result.requests
    done = sum(request.done() for request in requests)
    counted = f"{done} of {len(requests)} engines done, " if len(requests) > 1 else ""
    detail = f"{counted}{seconds:.0f} s"
    parts = [1.0 if request.done() else _share(request.output.progress) for request in requests]
    LINE.show(int(1000 * sum(parts)), 1000 * len(parts), "%px", detail, patience=0)


def _share(progress: dict[str, Any] | None) -> float:
    if progress is None or not progress["total"]:
        return 0.0
    return min(float(progress["done"]) / float(progress["total"]), 0.999)
