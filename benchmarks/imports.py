"""Import time of the package, in a fresh interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from table import Row

from emout_lab import Session

BUDGET_S = 0.15
PROBE = "import time; t = time.perf_counter(); import emout_lab; print(time.perf_counter() - t)"


def measure(session: Session, directory: Path) -> list[Row]:  # noqa: ARG001  # one signature for all
    """Import in seven interpreters and take the median."""
    times = [
        float(subprocess.run([sys.executable, "-c", PROBE], capture_output=True, check=True).stdout)
        for _ in range(7)
    ]
    median = statistics.median(times)
    return [Row("import emout_lab", f"{median:.3f} s", f"<= {BUDGET_S} s", median <= BUDGET_S)]
