"""The documentation: every page can be found, links lead somewhere, and code is code."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
import yaml
from babel.messages.pofile import read_po
from nbclient import NotebookClient
from pages import DOCS, ROOT, anchors, blocks, contents, links, pages, tree

from emout_lab import config
from emout_lab.emses.demo import write_demo_data
from emout_lab.remote.mimebundle import FIGURE_MIMETYPE
from emout_lab.sessions.site_profiles import load_profiles

OTHERS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
READ = [*pages(), *OTHERS]
LOCALE = DOCS / "locale"


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_every_page_is_in_a_table_of_contents() -> None:
    found: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        assert page.exists(), f"a table of contents names {named(page)}, which is not there"
        assert page not in found, f"{named(page)} is in two tables of contents"
        found.add(page)
        waiting += contents(page)
    assert found == set(pages())


@pytest.mark.parametrize("page", READ, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{named(page)}: {link}"
        made = "<!-- made:" in target.read_text("utf-8") if target.suffix == ".md" else True
        assert not anchor or made or anchor in anchors(target), f"{named(page)}: {link}"


@pytest.mark.parametrize("page", READ, ids=named)
def test_code_compiles(page: Path) -> None:
    for language in ("python", "py"):
        for block in blocks(page, language):
            try:
                tree(block)
            except SyntaxError as error:
                pytest.fail(f"{named(page)}: {error}\n{block}")
    for block in blocks(page, "json"):
        json.loads(block)
    for block in blocks(page, "bash"):
        if "<%=" not in block:
            subprocess.run(["bash", "-n"], input=block, text=True, check=True)


@pytest.mark.parametrize("page", READ, ids=named)
def test_profiles_and_settings_on_pages_are_accepted(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text(encoding="utf-8")
    for indent, block in re.findall(r"^( *)```yaml\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        content = yaml.safe_load(re.sub(f"^{indent}", "", block, flags=re.MULTILINE))
        file = tmp_path / "file.yaml"
        file.write_text(yaml.safe_dump(content))
        if "profiles" in content:
            assert set(load_profiles([file])) > set(content["profiles"])
        elif "jobqueue" not in content:
            monkeypatch.setattr(config, "USER_FILE", file)
            config.load()


def test_the_tutorial_runs_in_a_notebook(local_session: object, tmp_path: Path) -> None:
    write_demo_data(tmp_path / "run", grid=40, steps=2)
    cells = [nbformat.v4.new_code_cell(block) for block in blocks(DOCS / "tutorial.md")]
    book = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells for output in cell.outputs]
    figures = [output["data"][FIGURE_MIMETYPE] for output in outputs if "data" in output]
    assert [figure["format"] for figure in figures] == ["png", "png", "png", "gif", "png"]
    assert (tmp_path / "potential.png").read_bytes().startswith(b"\x89PNG")
    told = [output["text"] for output in outputs if output.get("name") == "stderr"]
    # A machine of tests may have no Japanese font.
    told = [text for text in told if "missing from font" not in text]
    assert told == []


@pytest.mark.parametrize("file", sorted(LOCALE.rglob("*.po")), ids=lambda file: file.stem)
def test_translations_have_the_code_and_the_links_of_their_originals(file: Path) -> None:
    with file.open("rb") as texts:
        for message in read_po(texts):
            if message.id and message.string:
                for part in (r"`[^`]+`", r"\]\(([^)]+)\)"):
                    original, translated = (
                        sorted(re.findall(part, text)) for text in (message.id, message.string)
                    )
                    assert original == translated, message.string
