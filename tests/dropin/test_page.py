"""The code of the page for those who come from emout runs as it stands."""

from __future__ import annotations

import pytest
from pages import DOCS, run


def test_the_code_on_the_page_runs(run_dir, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(run_dir.parent)
    names: dict = {}
    run(DOCS / "users" / "coming-from-emout.md", names)
    assert names["volt"].shape == (13, 13, 13)
