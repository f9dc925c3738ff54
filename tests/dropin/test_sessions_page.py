"""What the page for those who come from emout says of sessions runs as it stands."""

from __future__ import annotations

import pytest
from pages import DOCS, run


@pytest.mark.usefixtures("local_session")
def test_the_code_on_sessions_runs() -> None:
    names: dict = {}
    run(DOCS / "users" / "coming-from-emout.md", names, "py", "Sessions and remote figures")
    assert names["fig"].result.data.startswith(b"\x89PNG")
