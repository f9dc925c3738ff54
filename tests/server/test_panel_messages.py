"""What the panel can translate is what the package says, in the same words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import emout_lab

PACKAGE: Final = Path(emout_lab.__file__).parent
LISTED: Final = Path(__file__).parents[2] / "src" / "servermessages.ts"
#: A value's place in a text.
PLACE: Final = "\0"
#: A message may be put together of a text and values of several forms, which it names; this share
#: of its letters stands in the text.
SAME: Final = 0.5


def said() -> Iterator[str]:
    """Give every text of the package, with its values taken out."""
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text())
        parts = {
            part
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else PLACE
                    for part in node.values
                )
            elif isinstance(node, ast.Constant) and node not in parts:
                yield str(node.value)


def listed() -> list[str]:
    """Return the messages that the panel knows."""
    text = LISTED.read_text()
    found = []
    for name in ("REMARKS", "MESSAGES"):
        _, _, rest = text.partition(f"export const {name}: readonly string[] = [")
        lines = (line.strip() for line in rest.partition("\n];")[0].splitlines())
        found += [ast.literal_eval(line.rstrip(",")) for line in lines if line[:1] in ("'", '"')]
    return found


def length(text: str) -> int:
    return len(text.replace(PLACE, ""))


def unsaid(messages: list[str], texts: set[str]) -> list[str]:
    """Return the messages that are made of none of the texts."""
    long_enough = [text for text in texts if " " in text and length(text) > 3]
    patterns = [
        (length(text), re.compile(".*".join(map(re.escape, text.strip().split(PLACE)))))
        for text in long_enough
    ]

    def is_said(message: str) -> bool:
        plain = re.sub(r"%\d", PLACE, message)
        if plain in texts:
            return True
        least = SAME * length(plain)
        return any(size >= least and pattern.search(plain) for size, pattern in patterns)

    return [message for message in messages if not is_said(message)]


@pytest.fixture(scope="module")
def texts() -> set[str]:
    return {text.strip() for text in said()}


def test_every_message_that_the_panel_translates_is_said_by_the_package(texts: set[str]) -> None:
    messages = listed()
    assert len(messages) > 150
    assert unsaid(messages, texts) == []


def test_a_message_that_was_reworded_is_found(texts: set[str]) -> None:
    reworded = [
        "job %1 has the state %2",
        "Session %1 answered nothing within %2 s: its host or its engines are busy or stuck.",
        "a map with effects is shown as a picture",
        "its worker is starting",
    ]
    assert unsaid(reworded, texts) == reworded
