"""The code of the guide's page on live figures runs as it stands."""

from __future__ import annotations

from pathlib import Path

from pages import DOCS, run

from emout_lab.emses.demo import write_demo_data
from emout_lab.remote import mimebundle


def test_the_code_of_the_page_runs(session, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demo_data("run", grid=40, steps=2)
    shown = []
    monkeypatch.setattr(mimebundle, "show", lambda *args: shown.append(args))
    run(DOCS / "users" / "live-figures.md", {})
    assert [figure.format for figure, _, _ in shown] == ["png", "png", "png", "pdf"]
    assert all(particulars["live"] for _, particulars, _ in shown)
    assert Path("potential.pdf").read_bytes().startswith(b"%PDF")
    assert shown[-1][0].preview is not None
