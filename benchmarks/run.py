"""Measure against the budgets of the design, in one run, and print a table.

Times depend on the machine; ratios of what was measured in turns say more.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import animation
import expression
import figure
import imports
import matplotlib
import panel
import startup
import table

from emout_lab import connect, sessions
from emout_lab.emses.demo import write_demo_data

BENCHMARKS = [figure, expression, imports, startup, animation, panel]


def main() -> None:
    """Run every benchmark in a session of its own home."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="name of one benchmark")
    options = parser.parse_args()
    matplotlib.use("agg")
    rows: list[table.Row] = []
    with tempfile.TemporaryDirectory(prefix="el-") as home:
        os.environ["EMOUT_LAB_HOME"] = home
        directory = write_demo_data(Path(home) / "run", grid=64, steps=4)
        sessions.start(backend="local", memory="2G", cores=1, name="bench")
        try:
            sessions.wait_for_workers("bench", timeout=120)
            with connect(name="bench") as session:
                for benchmark in BENCHMARKS:
                    if options.only in (None, benchmark.__name__):
                        print(f"{benchmark.__name__} …", flush=True)
                        rows += benchmark.measure(session, directory)
        finally:
            sessions.stop("bench")
    print()
    table.show(rows)


if __name__ == "__main__":
    main()
