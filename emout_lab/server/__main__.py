"""Writes ``contract/openapi.json``; with ``--check`` it only compares.

The panel's types and validators are made of that file, see ``make contract``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from emout_lab.server.base import API
from emout_lab.server.contract.openapi import OpenApi
from emout_lab.server.handlers import ROUTES

FILE: Final = Path(__file__).with_name("contract") / "openapi.json"


def document_text() -> str:
    """Return what the file should hold."""
    return json.dumps(OpenApi(ROUTES).document(API), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write or compare; return the exit status."""
    if "--check" not in arguments:
        FILE.write_text(document_text(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != document_text():
        sys.stderr.write(f"{FILE} is not what the server says; run: make contract\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
