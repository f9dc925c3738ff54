"""A live figure in Chromium, moved by the mouse: frames of the screen, and those that are sharp.

The browser tests' own JupyterLab, notebook and session; without Chromium or their modules there
is nothing to measure.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from setting import Setting
from table import Row

UI_TESTS = Path(__file__).resolve().parents[1] / "ui-tests"
CHROMIUM = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
WHAT = "live figure in Chromium: moved by the mouse"
SCREEN, SHARP = 55, 20
TIMEOUT_S = 300


def measure(setting: Setting) -> list[Row]:  # noqa: ARG001  # one signature for all
    """Move a live figure in a notebook for a while."""
    playwright = UI_TESTS / "node_modules" / ".bin" / "playwright"
    if not shutil.which(CHROMIUM):
        return [Row(WHAT, f"not measured: there is no {CHROMIUM}")]
    if not playwright.exists():
        return [Row(WHAT, "not measured: run `jlpm install` in ui-tests")]
    found = moved(playwright)
    return [
        Row(WHAT, f"{found['screen']:.0f} frames/s", f">= {SCREEN}", found["screen"] >= SCREEN),
        Row(
            "  of them sharp",
            f"{found['sharp']:.0f} frames/s",
            f">= {SHARP}",
            found["sharp"] >= SHARP,
        ),
    ]


def moved(playwright: Path) -> dict[str, float]:
    """Return the frames in a second, on the screen and from the engine."""
    with TemporaryDirectory(prefix="el-") as home:
        results = Path(home, "results.json")
        environment = {
            **os.environ,
            "BENCH_RESULTS": str(results),
            "UI_TESTS_HOME": home,
            "LAB_TEST_PORT": str(free_port()),
            # The server's programs are those of this Python.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        ended = subprocess.run(
            [playwright, "test", "--reporter=line", "--retries=0", "livespeed.spec"],
            cwd=UI_TESTS,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if not results.exists():
            raise RuntimeError(f"the browser has measured nothing:\n{ended.stdout[-2_000:]}")
        return dict(json.loads(results.read_text()))


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
