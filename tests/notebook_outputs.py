"""What the tests ask of the outputs of a notebook's cells."""

from __future__ import annotations

import re
from collections.abc import Callable

FIGURE = "application/vnd.emout-lab.figure+json"
Run = Callable[..., list]


def pictures(outputs: list) -> list:
    return [o for o in outputs if "data" in o and FIGURE in o["data"]]


def text(outputs: list) -> str:
    return "".join(o.get("text", "") for o in outputs)


def value_of(outputs: list) -> str:
    """Return the text of the cell's last expression, whatever else it shows."""
    return next(o["data"]["text/plain"] for o in outputs if o["output_type"] == "execute_result")


def error_of(outputs: list):
    return next((o for o in outputs if o["output_type"] == "error"), None)


def shown_error(outputs: list) -> str:
    """Return an error as the notebook shows it, without colours."""
    error = error_of(outputs)
    return "" if error is None else re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error["traceback"]))
