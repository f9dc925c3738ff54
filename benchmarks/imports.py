"""Import time of the package, in a fresh interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys

from setting import Setting
from table import Row, at_least

BUDGET_S = 0.15
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
    median = statistics.median(ours)
    rows = [Row("import emout_lab", f"{median:.3f} s", f"<= {BUDGET_S} s", median <= BUDGET_S)]
    if theirs:
        what = "  against `import emout` of upstream"
        rows.append(at_least(None, what, median, statistics.median(theirs)))
    return rows
