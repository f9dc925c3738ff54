"""What the page for those who come from emout says of sessions runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "users" / "coming-from-emout.md"


@pytest.mark.usefixtures("local_session")
def test_the_code_on_sessions_runs() -> None:
    _, _, section = PAGE.read_text().partition("## Sessions and remote figures")
    blocks = re.findall(r"```py\n(.*?)```", section, re.DOTALL)
    names: dict = {}
    for block in blocks:
        exec(block, names)
    assert names["fig"].result.data.startswith(b"\x89PNG")
