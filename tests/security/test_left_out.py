"""A folder of PYTHONPATH that others can write: whoever misses a module is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import emout_lab
from emout_lab import sessions
from emout_lab.remote import call


def test_module_of_a_folder_that_is_left_out_is_told_of(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "of_the_group.py").write_text("def f():\n    return 1\n")
    monkeypatch.setenv("PYTHONPATH", str(shared))
    sessions.start(name="leftout", backend="local", memory="1G", cores=1, jobs=1)
    sessions.wait_for_workers("leftout", timeout=60)
    with emout_lab.connect(name="leftout") as session:
        with pytest.raises(ModuleNotFoundError) as missing:
            call("of_the_group:f", session=session).fetch()
        assert f"nothing is imported from {shared}" in str(missing.value)
        assert "EMOUT_LAB_TRUSTED_FOLDERS" in str(missing.value)
