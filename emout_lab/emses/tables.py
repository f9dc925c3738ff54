"""``plasma.toml``: its tables, its groups, and the namelist form of both.

A table may hold lists of tables (``[[species]]``, ``[[ptcond.boundaries]]``), one per item. Entries
of such a list may share values: ``group_id = "a"`` takes what ``[species_groups.a]`` says, unless
the entry says it itself; an object's ``conductor = "a"`` takes ``[ptcond.conductor_groups.a]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Table = Mapping[str, Any]

#: What a table of groups is named after the list of entries that refer to it.
GROUPS = "_groups"
#: Keys by which an entry names its group, and the table of groups where that is another one.
_REFERENCES = {"group_id": None, "conductor": "conductor_groups"}
#: Keys of list entries that have another name in the namelist.
_RENAMED = {("boundaries", "type"): "boundary_types"}


def resolved(table: Table) -> dict[str, Any]:
    """Give each entry the values of its group, and leave the groups out.

    Parameters
    ----------
    table : mapping
        A table as TOML has it.

    Examples
    --------
    >>> resolved({"species_groups": {"hot": {"path": 4.0}}, "species": [{"group_id": "hot"}]})
    {'species': [{'path': 4.0}]}
    """
    result: dict[str, Any] = {}
    for name, value in table.items():
        if name.endswith(GROUPS):
            continue
        if is_list_of_tables(value):
            result[name] = [resolved(_with_group(entry, name, table)) for entry in value]
        else:
            result[name] = resolved(value) if isinstance(value, Mapping) else value
    return result


def is_list_of_tables(value: Any) -> bool:
    """Say whether a value is a list of tables."""
    return (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _with_group(entry: Table, name: str, table: Table) -> Table:
    """Fill up one entry of the list `name` from the groups beside the list."""
    merged: dict[str, Any] = {}
    for key, groups in _REFERENCES.items():
        # [[species]] and [species_groups], [[boundaries]] and [boundary_groups].
        names = [groups] if groups else [f"{stem}{GROUPS}" for stem in (name, _singular(name))]
        for candidate in names:
            group = table.get(candidate, {}).get(entry.get(key)) if entry.get(key) else None
            merged = _merged(merged, group or {})
    own = {key: value for key, value in entry.items() if key != "group_id"}
    return _merged(merged, own)


def _singular(name: str) -> str:
    if name.endswith("ies") and name != "species":
        return f"{name[:-3]}y"
    return name.removesuffix("s")


def _merged(base: Table, other: Table) -> dict[str, Any]:
    result = dict(base)
    for key, value in other.items():
        known = result.get(key)
        is_table = isinstance(value, Mapping) and isinstance(known, Mapping)
        result[key] = _merged(known, value) if is_table else value  # type: ignore[arg-type]
    return result


def namelist_groups(tables: Table) -> dict[str, dict[str, Any]]:
    """Return the groups that a namelist would have: lists of tables become lists of values.

    Parameters
    ----------
    tables : mapping
        From `resolved`.

    Examples
    --------
    >>> namelist_groups({"ptcond": {"boundaries": [{"type": "sphere"}, {"type": "cuboid"}]}})
    {'ptcond': {'boundary_types': ['sphere', 'cuboid']}}
    """
    groups: dict[str, dict[str, Any]] = {}
    loose: dict[str, Any] = {}
    for name, value in tables.items():
        if name == "meta":
            continue
        if is_list_of_tables(value):
            columns = _columns(name, value)
            groups[name] = {**columns, **({"nspec": len(value)} if name == "species" else {})}
        elif isinstance(value, Mapping):
            groups[name] = _flat(value)
        else:
            loose[name] = value
    if loose:
        groups["toplevel"] = loose
    # Last, so that ``inp.dx`` prefers what the simulation itself read.
    groups["meta"] = dict(tables.get("meta", {}))
    return {name: group for name, group in groups.items() if group or name != "meta"}


def _flat(table: Table) -> dict[str, Any]:
    """Values of one group, with those of its lists of tables among them."""
    values: dict[str, Any] = {}
    for name, value in table.items():
        if is_list_of_tables(value):
            values.update(_columns(name, value))
            if name == "objects":
                values.setdefault("npc", len(value))
        else:
            values[name] = value
    return values


def _columns(name: str, entries: list[Table]) -> dict[str, list[Any]]:
    """One list per key, with None for the entries that do not have it."""
    keys = dict.fromkeys(key for entry in entries for key in entry)
    return {_RENAMED.get((name, key), key): [entry.get(key) for entry in entries] for key in keys}
