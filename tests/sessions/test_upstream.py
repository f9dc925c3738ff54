"""The real upstream emout finds, joins and uses a session of ours."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from peer import interpreter

from emout_lab import sessions

ROOT = Path(__file__).parents[2]

START = "from emout_lab import sessions; sessions.start(backend='local', memory='1G', cores=1)"
USE = """
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from emout.distributed import connect, remote_figure
from emout.distributed.remote_render import get_or_create_session

client = connect()
print("answer", client.submit(lambda: 6 * 7).result(timeout=20))
with remote_figure(session=get_or_create_session(), savefilepath="drawn.png"):
    axes = plt.figure(figsize=(3, 2)).add_subplot(1, 1, 1)
    axes.plot([1, 2, 3], [1, 4, 9])
client.close()
"""


@pytest.fixture(scope="module")
def peer() -> str:
    """An interpreter that has upstream emout."""
    return interpreter()


def test_upstream_emout_finds_joins_and_draws_in_a_session(
    peer: str, emout_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Upstream knows only one place.
    home = emout_home / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("EMOUT_LAB_HOME", str(home / ".emout"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    try:
        # With that interpreter: the worker has to import emout too.
        subprocess.run([peer, "-c", START], check=True, timeout=60)
        assert sessions.wait_for_workers(timeout=60).workers == 1
        used = subprocess.run(
            [peer, "-c", USE],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert used.returncode == 0, used.stderr
        assert "answer 42" in used.stdout
        assert (home / "drawn.png").read_bytes().startswith(b"\x89PNG")
    finally:
        sessions.stop_all()
