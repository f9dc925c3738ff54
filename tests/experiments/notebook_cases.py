"""What the tests of notebooks share: results, and another process that has a notebook open."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments import HDF5LabNotebook, JSONLabNotebook

EPYC = Path(__file__).parents[1] / "fixtures" / "epyc"
BEGUN = datetime(2026, 11, 28, 4, 5, 6, 789)
STORED = {"json": JSONLabNotebook, "h5": HDF5LabNotebook}

OPENING = """
import sys
from emout_lab.experiments import HDF5LabNotebook, JSONLabNotebook
kind = JSONLabNotebook if sys.argv[1].endswith("json") else HDF5LabNotebook
notebook = kind(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def result(params: dict[str, Any], /, *, ok: bool = True, **results: Any) -> dict[str, Any]:
    """Return a results dictionary; of a failed experiment, where it is not ``ok``."""
    metadata: dict[str, Any] = {names.STATUS: ok, names.START_TIME: BEGUN, names.ELAPSED_TIME: 0.5}
    if not ok:
        metadata |= {names.EXCEPTION: "ValueError: odd", names.TRACEBACK: "Traceback:\n  line"}
    return {"parameters": dict(params), "metadata": metadata, "results": results if ok else {}}


@contextlib.contextmanager
def opened_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process have a notebook open."""
    command = [sys.executable, "-c", OPENING, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()
