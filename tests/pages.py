"""Pages of the documentation as tests read them: code, links, places in the tables of contents."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_FENCED = re.compile(r"^([ ]*)(```+|:::+)[^\n]*\n.*?^\1\2[ ]*$", re.MULTILINE | re.DOTALL)
#: Stands above code that no machine of tests can run.
_NOT_RUN = re.compile(
    r"<!-- not run: ([^>]+?) -->\n+```(?:python|py)\n.*?^```", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")


def pages() -> list[Path]:
    """Return every page of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def blocks(page: Path, language: str = "python", section: str = "") -> list[str]:
    """Return the code of a page in one language, or of what is below one of its headings."""
    text = page.read_text(encoding="utf-8")
    if section:
        _, found, text = text.partition(f"\n## {section}\n")
        assert found, f"{page} has no section {section!r}"
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run(page: Path, names: dict[str, Any], language: str = "python", section: str = "") -> None:
    """Run the code of a page, block after block, in one namespace."""
    for block in blocks(page, language, section):
        exec(compile(block, str(page), "exec"), names)


def runnable(page: Path) -> list[str]:
    """Return the Python code of a page in its order, without what is marked as not run."""
    text = _NOT_RUN.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"^```(?:python|py)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def not_run(page: Path) -> list[str]:
    """Return why blocks of a page are not run, a reason for each."""
    return _NOT_RUN.findall(page.read_text(encoding="utf-8"))


def tree(code: str) -> ast.Module:
    """Parse a block as a notebook would: magics, `await` and all."""
    magic, _, body = code.partition("\n")
    source = TransformerManager().transform_cell(body if magic.startswith("%%") else code)
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return compile(source, "block", "exec", flags)


def links(page: Path) -> list[str]:
    """Return what the prose of a page links to, beside other sites."""
    found = _LINK.findall(prose(page))
    return [each for each in found if not re.match(r"[a-z]+:", each)]


def prose(page: Path) -> str:
    """Return a page without its code."""
    return re.sub(r"`[^`\n]*`", "", _FENCED.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.*?) *$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(plain if plain not in found else f"{plain}-1")
    return found


def contents(page: Path) -> Iterator[Path]:
    """Yield the pages that a page's tables of contents name."""
    for block in re.findall(
        r"^```\{toctree\}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        for line in block.splitlines():
            if line.strip() and not line.startswith(":"):
                name = re.sub(r".*<(.*)>$", r"\1", line.strip())
                yield (page.parent / f"{name}.md").resolve()
