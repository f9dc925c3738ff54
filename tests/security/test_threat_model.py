"""Every claim of the threat model names a test, and that test is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "sites" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`((?:tests|src)/[\w/.]+?)(?:::(\w+))?`", TEXT)


def test_tests_that_the_threat_model_names_are_there() -> None:
    assert len(NAMED) > 60
    missing = []
    for path, name in NAMED:
        file = ROOT / path
        if not file.is_file():
            missing.append(path)
        elif name:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            if name not in {each.name for each in tree.body if isinstance(each, functions)}:
                missing.append(f"{path}::{name}")
    assert missing == []


CLAIM = re.compile(r"^- (.*?)(?=^- |^\n|^#|\Z)", re.MULTILINE | re.DOTALL)


def test_every_claim_names_a_test() -> None:
    claims = CLAIM.findall(TEXT.partition("## What it does not")[0])
    assert len(claims) > 25
    assert [each for each in claims if "`tests/" not in each and "`src/" not in each] == []
