"""Foreign text made harmless for a terminal.

State files, the queue's words, logs and names come from elsewhere. What is shown of them must not
move the cursor, rewrite what stands above, set a terminal's title or answer in the user's name.
"""

from __future__ import annotations

import re
from typing import Final

# A colour that a program chose for its own log is no message.
_COLOUR: Final = re.compile(r"\x1b\[[0-9;:]{0,32}m")
# Controls of ASCII and Latin-1 but line feed and tab, line separators that some terminals obey,
# what turns the direction of writing, and halves of characters, which no terminal can encode.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return `text` with what a terminal would obey written out, as Python writes it.

    Line feeds and tabs stay; carriage returns become line feeds, and colours go.

    Examples
    --------
    >>> print(printable("\x1b[31mred\x1b[0m \x1b[2J gone"))
    red \x1b[2J gone
    """
    if text.isascii() and text.isprintable():
        return text
    lines = _COLOUR.sub("", text.replace("\r\n", "\n")).replace("\r", "\n")
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), lines)


def printable_line(text: str) -> str:
    r"""Return `text` so, in one line: a name with a line feed must not look like two entries.

    Examples
    --------
    >>> printable_line("default\nState: running")
    'default\\nState: running'
    """
    return printable(text).replace("\n", "\\n")
