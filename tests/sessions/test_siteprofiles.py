"""What a start form is offered: backends, site profiles, partitions, defaults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emout_lab import sessions


def test_unavailable_backend_has_one_short_sentence_as_its_reason(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sbatch", "sinfo"):
        (tmp_path / name).write_text(
            "#!/bin/sh\n"
            "echo 'sinfo: error: resolve_ctls: res_nsearch error: Unknown host' >&2\n"
            "echo 'sinfo: fatal: Could not establish a configuration source' >&2\n"
            "exit 1\n"
        )
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    slurm = sessions.profiles()["backends"][0]
    assert slurm["available"] is False
    assert slurm["reason"] == "SLURM does not answer: Unknown host"
