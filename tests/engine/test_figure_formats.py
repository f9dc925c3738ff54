"""The list of formats, which the panel mirrors."""

from __future__ import annotations

import json
from pathlib import Path

from emout_lab.engine.figures.formats import FORMATS, mimetype_of

FIXTURES = Path(__file__).parents[1] / "fixtures"


def test_the_panel_knows_the_same_formats():
    shared = json.loads((FIXTURES / "formats.json").read_text(encoding="utf-8"))
    assert shared == {name: mimetype_of(name) for name in shared}
    assert set(shared) >= set(FORMATS)


def test_what_notebooks_show_browsers_show():
    assert all(each.in_browsers for each in FORMATS.values() if each.in_notebooks)
