"""The line of progress on stderr, one for the process."""

from __future__ import annotations

import sys
import time

#: Shorter computations need no line of progress, and nobody works who is silent for so long [s].
PATIENCE_S, SILENCE_S = 1.0, 5.0


class ProgressLine:
    """A line on stderr that is written over as the work goes on."""

    def __init__(self) -> None:
        self._start = self._last = 0.0
        self._label = ""
        self._shown = ""

    def show(
        self,
        done: int,
        total: int,
        label: str,
        detail: str = "",
        *,
        patience: float | None = None,
    ) -> None:
        """Show how far it is, and a detail such as how fast.

        Nothing is shown for the first ``patience`` seconds, `PATIENCE_S` by default: 0 is for who
        has asked for the line.
        """
        now = time.monotonic()
        if label != self._label or now - self._last > SILENCE_S:
            self.end()
            self._start, self._label = now, label
        self._last = now
        line = f"\r{label}: {100 * done // max(total, 1)} %"
        if detail:
            line += f" ({detail})"
        patience = PATIENCE_S if patience is None else patience
        if now - self._start >= patience and line != self._shown:
            # A shorter line leaves nothing of the one before.
            sys.stderr.write(line.ljust(len(self._shown)))
            sys.stderr.flush()
            self._shown = line
        if done >= total:
            self.end()

    def end(self) -> None:
        """Leave the line as it is: what comes next is other work."""
        if self._shown:
            sys.stderr.write("\n")
        self._shown = self._label = ""


LINE = ProgressLine()
