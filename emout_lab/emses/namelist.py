"""Fortran namelists, read as Fortran compilers read them."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any, Final

from emout_lab.emses.fortran_arrays import LARGEST_INDEX, Subscript, Variable, first_extents
from emout_lab.errors import BadFile
from emout_lab.format import shorten

#: Values that one assignment may give; arrays of parameters are far smaller.
MOST_VALUES: Final = 1_000_000
#: Indices of one array, as many as Fortran allows.
MOST_INDICES: Final = 15
#: Names of one ``a%b%c``; more are a damaged file.
MOST_PARTS: Final = 30

_NAME: Final = r"[A-Za-z_][\w$]*"
# Between groups: comments, groups, and signs that begin none.
_BETWEEN: Final = re.compile(
    rf"![^\n]*|(?<![\w&$])[&$]({_NAME})(?=[\s,;!/]|$)|&", re.ASCII | re.MULTILINE
)
_BLANK: Final = re.compile(r"(?:\s|![^\n]*)+")
# Blanks that could belong to two places would be tried in all ways.
_PART: Final = rf"{_NAME}(?:\s*\([^()='\"!]*\))?"
_ASSIGNMENT: Final = re.compile(rf"({_PART}(?:\s*%\s*{_PART})*)\s*=", re.ASCII)
_END: Final = re.compile(r"/|[&$]end(?![\w$])", re.IGNORECASE | re.ASCII)
_REPEAT: Final = re.compile(r"(\d+)\*")
_STRING: Final = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"")
_COMPLEX: Final = re.compile(r"\(\s*([^\s,()]+)\s*,\s*([^\s,()]+)\s*\)")
_WORD: Final = re.compile(r"[^\s,;/!=()'\"&$]+")
_INTEGER: Final = re.compile(r"[+-]?\d{1,300}", re.ASCII)
_REAL: Final = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[edq]?([+-]\d+)|[edq](\d+))?", re.IGNORECASE | re.ASCII
)
_NOT_FINITE: Final = re.compile(r"[+-]?(?:inf(?:inity)?|nan)", re.IGNORECASE)
# Compilers take every word that begins so. Without a point it may as well be a text that lacks
# its quotes, which only the program could tell.
_LOGICAL: Final = re.compile(r"(?:\.([tf])\w*\.?|([tf])|(t)rue|(f)alse)", re.IGNORECASE | re.ASCII)

_SUBSCRIPT: Final = re.compile(r"([+-]?\d+)?\s*(?:(:)\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+))?)?")


def parse_groups(text: str, path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the groups of a namelist file; of a group that is there twice the first counts.

    Names are in lower case. An array is a list whose index is one less than in Fortran (where it
    begins below 1: the first item is the lowest one); of two dimensions, the inner lists go along
    the first. What is not given is None.

    Parameters
    ----------
    text : str
        The file's text.
    path : Path, optional
        For messages.

    Raises
    ------
    BadFile
        With the line of what is no namelist.

    Examples
    --------
    >>> parse_groups("&a path(2) = 40.0, 1.0d0 /")
    {'a': {'path': [None, 40.0, 1.0]}}
    """
    return _Reader(text, path).groups()


class _Reader:
    """Goes through a text; `_at` is the place that is read next."""

    def __init__(self, text: str, path: Path | None) -> None:
        self._text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self._path = path
        self._at = 0

    def groups(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        lines: dict[str, int] = {}
        while (name := self._next_group()) is not None:
            line = self._line()
            if name not in found:
                found[name], lines[name] = self._group(name), line
                continue
            # Compilers have stopped reading before it, whatever it is.
            self._pass(name)
            warnings.warn(
                f"{self._path or 'The text'} has the group &{name} more than once, in lines "
                f"{lines[name]} and {line}; the first counts.",
                UserWarning,
                stacklevel=4,
            )
        if not found:
            raise BadFile(
                f"{self._path or 'The text'} holds no namelist group such as &tmgrid ... /."
            )
        return found

    def _next_group(self) -> str | None:
        """Go to the next group; what stands between groups means nothing."""
        while (match := _BETWEEN.search(self._text, self._at)) is not None:
            self._at = match.end()
            if match[0] == "&" and not self._text[: match.start()].rpartition("\n")[2].strip():
                raise self._error(f"'&{self._rest()}' begins no group; write for example &tmgrid")
            if match[1] and match[1].lower() != "end":
                return match[1].lower()
        return None

    def _pass(self, name: str) -> None:
        """Go to the end of a group that is not read; where it has none, look on behind its name."""
        begun = self._at
        try:
            self._group(name)
        except BadFile:
            self._at = begun

    def _group(self, name: str) -> dict[str, Any]:
        """Read what stands between ``&name`` and ``/``."""
        begun = self._line()
        variables: dict[str, Variable] = {}
        while True:
            self._skip()
            if self._at >= len(self._text):
                raise self._error(f"the group &{name} is not closed by a '/'", begun)
            if (end := _END.match(self._text, self._at)) is not None:
                self._at = end.end()
                return {key: item.value() for key, item in variables.items()}
            if self._text[self._at] in ",;":
                self._at += 1
                continue
            if self._text[self._at] in "&$":
                raise self._error(
                    f"{self._rest()!r} stands in the group &{name} of line {begun}, which is not "
                    "closed by a '/'"
                )
            self._assign(variables)

    def _assign(self, variables: dict[str, Variable]) -> None:
        match = _ASSIGNMENT.match(self._text, self._at)
        if match is None:
            raise self._error(f"{self._rest()!r} is no 'name = value'")
        line = self._line()
        parts = re.findall(rf"({_NAME})\s*(?:\(([^()]*)\))?", match[1], re.ASCII)
        self._at = match.end()
        called = shorten(match[1].strip(), 60)
        try:
            if len(parts) > MOST_PARTS:
                raise ValueError(f"{len(parts)} names within each other; {MOST_PARTS} are read")
            values = self._values()
        except ValueError as error:
            raise self._error(f"{called}: {error}") from error
        try:
            for name, index in parts[:-1]:
                variables = _variable(variables, name).parts(_subscripts(index))
            name, index = parts[-1]
            _variable(variables, name).assign(_subscripts(index), values)
        except ValueError as error:
            raise self._error(f"{called}: {error}", line) from error

    def _values(self) -> list[Any]:
        """Read the values of one assignment; None for those that are left out before others."""
        values = self._all_values()
        while values and values[-1] is None:
            values.pop()
        return values

    def _all_values(self) -> list[Any]:
        values: list[Any] = []
        is_open = True  # Whether the next comma stands for a value that is left out.
        while True:
            self._skip()
            if self._at >= len(self._text) or _END.match(self._text, self._at):
                return values
            if self._text[self._at] in ",;":
                if is_open:
                    values.append(None)
                is_open = True
                self._at += 1
                continue
            if self._text[self._at] in "&$" or _ASSIGNMENT.match(self._text, self._at):
                return values
            is_open = False
            repeat = _REPEAT.match(self._text, self._at)
            if repeat is not None:
                self._at = repeat.end()
            count = int(repeat[1].lstrip("0")[:9] or 0) if repeat else 1
            if len(values) + count > MOST_VALUES:
                raise ValueError(f"more than {MOST_VALUES} values")
            values.extend([None if repeat and self._is_null() else self._value()] * count)

    def _is_null(self) -> bool:
        """Return whether ``3*`` has no value behind it."""
        rest = self._text[self._at : self._at + 1]
        return not rest or rest.isspace() or rest in ",;/!"

    def _value(self) -> Any:
        for pattern, convert in ((_STRING, _text), (_COMPLEX, _complex), (_WORD, _scalar)):
            match = pattern.match(self._text, self._at)
            if match is not None:
                # A name with an index that is not closed.
                if pattern is _WORD and self._text.startswith("(", match.end()):
                    break
                self._at = match.end()
                return convert(match)
        if self._text[self._at] in "'\"":
            raise ValueError(f"the quote of {self._rest()!r} is not closed")
        raise ValueError(f"{self._rest()!r} is not understood")

    def _skip(self) -> None:
        match = _BLANK.match(self._text, self._at)
        if match is not None:
            self._at = match.end()

    def _rest(self) -> str:
        """Return the line from here on, as messages show it."""
        rest = self._text[self._at :].partition("\n")[0].strip()
        return rest if len(rest) <= 40 else f"{rest[:40]}…"

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _error(self, what: str, line: int | None = None) -> BadFile:
        return BadFile(
            f"{self._path or 'The text'}, line {line or self._line()}, is no valid Fortran "
            f"namelist: {what}."
        )


def _variable(variables: dict[str, Variable], name: str) -> Variable:
    key = name.lower()
    return variables.setdefault(key, Variable(key, first_extents(key)))


def _subscripts(text: str) -> tuple[Subscript, ...] | None:
    if not text.strip():
        return None
    indices = text.split(",")
    if len(indices) > MOST_INDICES:
        raise ValueError(f"{len(indices)} indices; Fortran allows {MOST_INDICES}")
    return tuple(_subscript(part) for part in indices)


def _subscript(text: str) -> Subscript:
    match = _SUBSCRIPT.fullmatch(text.strip())
    if match is None or not text.strip():
        raise ValueError(f"{text.strip()!r} is no index")
    start, colon, stop, step = match.groups()
    numbers = [None if item is None else int(item) for item in (start, stop, step)]
    if any(abs(number or 0) > LARGEST_INDEX for number in numbers):
        raise ValueError(f"{text.strip()!r} is an index beyond {LARGEST_INDEX}")
    if numbers[2] == 0:
        raise ValueError(f"{text.strip()!r} is an index with a step of 0")
    return Subscript(numbers[0], numbers[1], numbers[2] or 1, is_range=colon is not None)


def _text(match: re.Match[str]) -> str:
    """Return a text; doubled quotes mean one, and line ends within mean nothing."""
    quote = match[0][0]
    return match[0][1:-1].replace(quote * 2, quote).replace("\n", "")


def _complex(match: re.Match[str]) -> complex:
    return complex(_number(match[1]), _number(match[2]))


def _scalar(match: re.Match[str]) -> Any:
    word = match[0]
    if (logical := _LOGICAL.fullmatch(word)) is not None:
        letter: str = next(filter(None, logical.groups()))
        return letter.lower() == "t"
    return _number(word)


def _number(word: str) -> Any:
    if _INTEGER.fullmatch(word):
        return int(word)
    if (real := _REAL.fullmatch(word)) is not None:
        return float(f"{real[1]}e{real[2] or real[3] or 0}")
    if _NOT_FINITE.fullmatch(word):
        return float(word)
    hint = "; a text needs quotes, a name an '='" if word[0].isalpha() else ""
    raise ValueError(f"{word!r} is no number and no logical{hint}")
