"""The list of formats, which the panel mirrors."""

import json
from pathlib import Path

from emout_lab import figureformats

FIXTURES = Path(__file__).parent / "fixtures"


def test_the_panel_knows_the_same_formats():
    shared = json.loads((FIXTURES / "formats.json").read_text(encoding="utf-8"))
    assert shared == dict(figureformats.MIMETYPES)


def test_what_is_shown_is_a_format():
    assert set(figureformats.MIMETYPES.values()) >= figureformats.SHOWN_BY_BROWSERS
    assert figureformats.SHOWN_BY_BROWSERS > figureformats.SHOWN_BY_NOTEBOOKS
