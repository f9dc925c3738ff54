"""Import time of the package, in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

from setting import Setting
from table import Median, Row, at_least, milliseconds

BUDGET_S = 0.05
ROUNDS = 7
PROBE = "import time; t = time.perf_counter(); import emout_lab; print(time.perf_counter() - t)"


def measure(setting: Setting) -> list[Row]:
    """Import in several interpreters and take the median."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, check=True)
        ours.append(float(found.stdout))
        if setting.upstream is not None:
            theirs.append(setting.upstream.run("import"))
    median = Median.of(ours)
    rows = [Row("import emout_lab", milliseconds(median), f"<= {BUDGET_S} s", median <= BUDGET_S)]
    if theirs:
        what = "  against `import emout` of upstream"
        rows.append(at_least(None, what, median, Median.of(theirs)))
    return rows
