"""What the entries of ``plasma.toml`` with a meaning of their own must be: tables, lists, texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from emout_lab.emses.tables import GROUPS, REFERENCES, Table, is_list_of_tables
from emout_lab.format import shorten


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_table_of_tables(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_table, value.values()))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return all(isinstance(each, int) for each in (value if isinstance(value, list) else [value]))


_Kind = tuple[Callable[[Any], bool], str]
_TABLE: Final[_Kind] = (_is_table, "a table")
_TABLES: Final[_Kind] = (is_list_of_tables, "a list of tables: [[species]]")
_GROUPS: Final[_Kind] = (_is_table_of_tables, "a table of tables: [name_groups.a]")
_TEXT: Final[_Kind] = (_is_text, "a text, the name of a group")
_FLAG: Final[_Kind] = (_is_flag, "an integer or a list of integers")

#: By where they stand; entries of lists have the place of their list.
_PLACES: Final[Mapping[str, _Kind]] = {
    "meta": _TABLE,
    "meta.unit_conversion": _TABLE,
    "ptcond": _TABLE,
    "ptcond.objects.nflag_subcell": _FLAG,
    "species": _TABLES,
}


def require_kinds(table: Table, place: str = "", *, is_entry: bool = False) -> None:
    """Look through a file's tables.

    Parameters
    ----------
    table : mapping
        A table as TOML has it.
    place : str
        Where it stands: empty, or with a point at its end.
    is_entry : bool
        Whether it is an entry of a list of tables.

    Raises
    ------
    ValueError
        When something is of another kind than its name means; the words say where.

    Examples
    --------
    >>> require_kinds({"meta": {"unit_conversion": 3}})
    Traceback (most recent call last):
    ...
    ValueError: meta.unit_conversion is 3, and must be a table
    """
    for name, value in table.items():
        kind = _PLACES.get(f"{place}{name}")
        if name.endswith(GROUPS):
            kind = _GROUPS
        elif is_entry and name in REFERENCES:
            kind = _TEXT
        if kind is not None and not kind[0](value):
            raise ValueError(f"{place}{name} is {shorten(repr(value), 80)}, and must be {kind[1]}")
        for each in value if is_list_of_tables(value) else [value]:
            if isinstance(each, Mapping):
                require_kinds(each, f"{place}{name}.", is_entry=each is not value)
