"""The code of the page for those who come from emout runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "users" / "coming-from-emout.md"


def test_the_code_on_the_page_runs(run_dir, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(run_dir.parent)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict = {}
    for block in blocks:
        exec(block, names)
    assert names["volt"].shape == (13, 13, 13)
