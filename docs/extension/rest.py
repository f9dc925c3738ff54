"""The REST interface, from the document that the server itself answers with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emout_lab
from extension.markdown import code, from_rst, table

CONTRACT = Path(emout_lab.__file__).parent / "server" / "contract" / "openapi.json"


def make(part: str) -> str:
    """Return the routes, or the schemas of what they take and give."""
    document = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return "\n".join(_routes(document) if part == "routes" else _schemas(document))


def _routes(document: dict[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"### `{method.upper()} {path}`\n"
            yield operation["summary"] + "\n"
            yield from _parameters(operation.get("parameters", []))
            body = operation.get("requestBody")
            if body:
                yield f"Body: {_content(body)}\n"
            rows = [
                (code(status), response.get("description", ""), _content(response))
                for status, response in sorted(operation["responses"].items())
            ]
            yield table(("status", "", "content"), rows)


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    if parameters:
        rows = [(code(each["name"]), each["in"], _type(each["schema"])) for each in parameters]
        yield table(("parameter", "in", "type"), rows)


def _content(holder: dict[str, Any]) -> str:
    found = []
    for kind, media in holder.get("content", {}).items():
        text = _type(media["schema"])
        found.append(text if kind == "application/json" else f"{text} (`{kind}`)")
    return ", ".join(found)


def _schemas(document: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f"### {name}\n"
        if "description" in schema:
            yield from_rst(schema["description"]) + "\n"
        required = schema.get("required", [])
        rows = [
            (
                code(key),
                _type(each),
                ("" if key in required else "may be left out. ") + each.get("description", ""),
            )
            for key, each in schema.get("properties", {}).items()
        ]
        yield table(("key", "type", ""), rows) if rows else _type(schema) + "\n"


def _type(schema: dict[str, Any]) -> str:
    """Return a schema in a few words; those that have a name link to it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "enum" in schema:
        return ", ".join(code(json.dumps(value)) for value in schema["enum"])
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    name = schema.get("type", "anything")
    if isinstance(name, list):
        name = " or ".join(name)
    if name == "array":
        items = schema.get("items") or schema.get("prefixItems") or {}
        inner = items if isinstance(items, dict) else {"anyOf": items}
        return "array of " + _type(inner) if inner else "array"
    if name == "object" and isinstance(schema.get("additionalProperties"), dict):
        return "object of " + _type(schema["additionalProperties"])
    limits = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"))
        if key in schema
    ]
    if schema.get("default") not in (None, ""):
        limits.append(f"default {json.dumps(schema['default'])}")
    return " ".join([name, *limits])
