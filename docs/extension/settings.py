"""Settings: of sessions and data, of JupyterLab's panel, of the server extension."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path

from numpydoc.docscrape import ClassDoc

from emout_lab import config
from emout_lab.server.app import EmoutLabApp
from extension.markdown import code, from_rst, table

SCHEMAS = Path(__file__).resolve().parents[2] / "schema"


def make(kind: str) -> str:
    """Return the table of one kind."""
    return {"sessions": _of_sessions, "panel": _of_panel, "server": _of_server}[kind]()


def _of_sessions() -> str:
    variables = {field: name for name, field in config._VARIABLES.items()}
    defaults = {
        field.name: "" if field.default in (None, (), MISSING) else field.default
        for field in fields(config.Settings)
    }
    defaults["home"] = config.DEFAULT_HOME
    rows = []
    for entry in ClassDoc(config.Settings)["Attributes"]:
        for name in entry.name.split(", "):
            text = from_rst(" ".join(entry.desc))
            rows.append((code(name), code(variables.get(name, "")), text, code(defaults[name])))
    return table(("key in `config.yaml`", "variable", "meaning", "default"), rows)


def _of_panel() -> str:
    schemas = [json.loads(file.read_text()) for file in sorted(SCHEMAS.glob("*.json"))]
    rows = [
        (
            schema["title"],
            code(name),
            f"*{setting['title']}*: {setting['description']}",
            code(json.dumps(setting["default"])),
        )
        for schema in schemas
        for name, setting in schema["properties"].items()
    ]
    return table(("settings of", "key", "meaning", "default"), rows)


def _of_server() -> str:
    traits = EmoutLabApp.class_own_traits(config=True)
    rows = [
        (code(f"EmoutLabApp.{name}"), trait.help, code(trait.default_value))
        for name, trait in sorted(traits.items())
    ]
    return table(("setting", "meaning", "default"), rows)
