"""Fixtures for faults: sessions whose hosts say more often that they live."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

IMPATIENT = "heartbeat_s: 0.5\nheartbeat_lost_s: 3\n"


@pytest.fixture
def impatient(emout_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A runtime root whose hosts count as gone after 3 s of silence."""
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = tmp_path / ".config" / "emout-lab" / "config.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(IMPATIENT)
    return emout_home


@pytest.fixture
def elsewhere() -> Callable[[str], str]:
    """Run Python code as on another login node: the same files, another host name."""

    def run(code: str) -> str:
        as_login2 = ["unshare", "--uts", "sh", "-c", 'hostname login2 && exec "$@"', "sh"]
        probe = subprocess.run([*as_login2, "true"], capture_output=True, check=False)
        if probe.returncode:
            pytest.skip("this user may not have a host name of its own")
        done = subprocess.run(
            [*as_login2, sys.executable, "-c", f"from emout_lab import sessions\n{code}"],
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
