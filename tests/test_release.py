"""What is published says the same everywhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
#: Names that conda-forge has otherwise.
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text())


def test_the_version_is_that_of_the_frontend_everywhere():
    version = json.loads((ROOT / "package.json").read_text())["version"]
    assert read("CITATION.cff")["version"] == version
    assert read("conda/recipe.yaml")["context"]["version"] == version


def test_the_conda_recipe_needs_what_the_wheel_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        CONDA_NAMES.get(need.name, need.name): need.specifier
        for need in map(Requirement, project["dependencies"])
    }
    found = {
        need.name: need.specifier
        for need in map(Requirement, read("conda/recipe.yaml")["requirements"]["run"])
    }
    python = found.pop("python")
    assert str(python) == project["requires-python"]
    assert found == wanted


@pytest.mark.parametrize("form", ["bug.yml", "wish.yml"])
def test_forms_for_issues_ask_for_what_helps(form):
    asked = read(f".github/ISSUE_TEMPLATE/{form}")
    assert {"name", "description", "body"} <= asked.keys()
    ids = [each["id"] for each in asked["body"]]
    assert len(set(ids)) == len(ids)
    assert any(each.get("validations", {}).get("required") for each in asked["body"])
