"""Lines that users, profiles and configuration files add to job scripts, and what they may hold.

Whatever way a line comes in, it is checked here: a line break in a directive would make a command
of what follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from emout_lab.errors import SpecError

#: What a directive may ask to have filled in.
PLACEHOLDERS: Final = ("cores", "memory", "processes", "threads", "walltime", "partition")
#: Properties of a session that are such lines.
LINE_FIELDS: Final = ("directives", "skip_directives", "prologue")

# Twice in braces is meant as it stands; other braces are no matter of ours ('--comment={"a": 1}').
_BRACES: Final = re.compile(r"\{\{(\w+)\}\}|\{([A-Za-z_]\w*)\}")


def check_lines(value: object, field: str, source: str = "") -> tuple[str, ...]:
    """Return `value` as lines of a job script, if each is one line of text.

    Parameters
    ----------
    value : object
        A list or tuple of texts, or one text.
    field : str
        What they are, one of `LINE_FIELDS` or a key of a configuration file.
    source : str
        Where they stand, for people.

    Raises
    ------
    SpecError
        They are something else, have line breaks or other control characters, are empty, or ask to
        have something unknown filled in.

    Examples
    --------
    >>> check_lines(["-A gr1"], "directives")
    ('-A gr1',)
    """
    lines = [value] if isinstance(value, str) else value
    where = f"{field} of {source}" if source else field
    shown = field if field in LINE_FIELDS and not source else "profile"
    if not isinstance(lines, list | tuple):
        raise SpecError(f"{where} must be a list of single lines, not {str(lines)[:80]!r}", shown)
    for line in lines:
        if not is_line(line):
            raise SpecError(
                f"{where} must be a list of single lines, without line breaks and other control "
                f"characters, not {str(line)[:80]!r}; write each line as an entry of its own",
                shown,
            )
        if not line.strip() and field in ("directives", "skip_directives"):
            raise SpecError(f"{where} has an empty line; leave it out", shown)
        if field == "directives":
            _check_placeholders(line, where, shown)
    return tuple(lines)


def is_line(text: object) -> bool:
    """Return whether `text` is one line, without control characters.

    Examples
    --------
    >>> is_line("-A gr1"), is_line("-A gr1" + chr(10) + "date")
    (True, False)
    """
    return isinstance(text, str) and text.replace("\t", " ").isprintable()


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Return a checked directive with `values` in place of its ``{...}``.

    Examples
    --------
    >>> fill("--rsc p=1:t={cores} {{x}}", {"cores": 60})
    '--rsc p=1:t=60 {x}'
    """

    def replacement(match: re.Match[str]) -> str:
        return f"{{{match[1]}}}" if match[1] else str(values[match[2]])

    return _BRACES.sub(replacement, template)


def _check_placeholders(line: str, where: str, field: str) -> None:
    for match in _BRACES.finditer(line):
        if match[2] and match[2] not in PLACEHOLDERS:
            raise SpecError(
                f"{where}: {line!r} cannot be filled in ({{{match[2]}}} is unknown); known are "
                f"{', '.join('{' + name + '}' for name in PLACEHOLDERS)}. "
                f"For braces that stay write {{{{{match[2]}}}}}.",
                field,
            )
