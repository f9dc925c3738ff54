"""The code of the guide's page on live figures runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from emout_lab.emses.demo import write_demo_data
from emout_lab.remote import mimebundle

PAGE = Path(__file__).parents[2] / "docs" / "users" / "live-figures.md"


def test_the_code_of_the_page_runs(session, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demo_data("run", grid=40, steps=2)
    shown = []
    monkeypatch.setattr(mimebundle, "show", lambda *args: shown.append(args))
    names: dict = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(code, str(PAGE), "exec"), names)
    assert [figure.format for figure, _, _ in shown] == ["png", "png", "png", "pdf"]
    assert all(particulars["live"] for _, particulars, _ in shown)
    assert Path("potential.pdf").read_bytes().startswith(b"%PDF")
    assert shown[-1][0].preview is not None
