"""Measure against the budgets of the design, in one run, and print a table.

Times depend on the machine; ratios of what was measured in turns say more. With ``--peers`` the
same pictures, expressions and films are made by upstream emout as well, in turns with ours: same
data, size and resolution, one worker process of one thread each, both warm.
What views do, ipyparallel does too, and what sweeps do, epyc.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import traceback
from pathlib import Path

import animation
import backtrace
import browser
import expression
import figure
import imports
import large
import live
import matplotlib
import memory
import panel
import reading
import results
import scaling
import setting
import startup
import sweep
import table
import transport
import views

from emout_lab import connect, sessions

BENCHMARKS = {
    module.__name__: module
    for module in (
        figure,
        expression,
        memory,
        imports,
        startup,
        animation,
        backtrace,
        panel,
        large,
        live,
        browser,
        reading,
        views,
        sweep,
        transport,
        scaling,
    )
}


def main() -> int:
    """Run every benchmark in a session of its own home."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, help="one benchmark")
    parser.add_argument(
        "--peers", type=Path, help="Python that has upstream emout, ipyparallel and epyc"
    )
    parser.add_argument("--check", action="store_true", help="compare with results.md")
    options = parser.parse_args()
    before = results.committed() if options.check else {}
    matplotlib.use("agg")
    chosen = [options.only] if options.only else list(BENCHMARKS)
    with tempfile.TemporaryDirectory(prefix="el-") as home:
        os.environ["EMOUT_LAB_HOME"] = home
        found = measured(chosen, Path(home), options.peers)
    rows = list(itertools.chain(*found.values()))
    print()
    table.show(rows)
    if options.check:
        return told(results.regressions(rows, before))
    if options.peers:
        results.write(found, options.peers)
        print(f"written to benchmarks/{results.FILE.name}")
    return 0


def told(worse: list[str]) -> int:
    """Print what has become worse, and return what to end with."""
    if not worse:
        print("No ratio is more than 25 % worse than the committed one.")
        return 0
    print("\nMore than 25 % worse than the committed ratios:")
    print("\n".join(f"  {line}" for line in worse))
    return 1


def measured(chosen: list[str], home: Path, peers: Path | None) -> dict[str, list[table.Row]]:
    """Start a session, and upstream's, and measure."""
    run, film, huge = setting.write_data(home)
    sessions.start(backend="local", memory="2G", cores=1, name="bench")
    found: dict[str, list[table.Row]] = {}
    try:
        sessions.wait_for_workers("bench", timeout=120)
        with (
            setting.peer(peers, setting.PEERS / "upstream.py", run, film) as upstream,
            connect(name="bench") as session,
        ):
            stage = setting.Setting(session, run, film, huge, upstream, peers)
            for name in chosen:
                print(f"{name} …", flush=True)
                found[name] = rows_of(name, stage)
    finally:
        sessions.stop("bench")
    return found


def rows_of(name: str, stage: setting.Setting) -> list[table.Row]:
    """Return what one benchmark measures; that it fails costs the others nothing."""
    try:
        return list(BENCHMARKS[name].measure(stage))
    except Exception as error:  # noqa: BLE001 - told in the table, whatever it is
        traceback.print_exc()
        return [table.Row(name, f"failed: {type(error).__name__}", "measured", False)]


if __name__ == "__main__":
    sys.exit(main())
