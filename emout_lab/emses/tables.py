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
REFERENCES = {"group_id": None, "conductor": "conductor_groups"}
#: Keys of list entries that have another name in the namelist.
_RENAMED = {("boundaries", "type"): "boundary_types"}
#: Group of the namelist that each key of ``[[species]]`` belongs to.
_OF_SPECIES = {
    "plasma": ("wp", "denmod", "denk", "omegalw"),
    "system": ("npbnd", "mfpath"),
    "intp": (
        *("np", "npin", "qm", "path", "peth", "spa", "spe", "speth", "f", "vdx", "vdy", "vdz"),
        *("vdri", "vdthz", "vdthxy", "vpa", "vpb", "vpe", "nphi", "ndst", "ioptd"),
    ),
    "inp": ("inpf", "inpb", "injct", "npr"),
    "digcon": ("ipadig", "ipahdf", "ipaxyz", "ildig", "imdig", "isort", "irhsp"),
    "emissn": (
        *("nflag_emit", "nepl", "flpf", "flpb", "curf", "curb", "qp", "qpr", "abvdem", "dnsf"),
        *("dnsb", "ray_zenith_angle_deg", "ray_azimuth_angle_deg"),
    ),
    "ptcond": ("pemax", "deltaemax"),
}
#: Keys of ``[ptcond.conductor_groups.a]`` that the namelist has once per group, not per object.
_OF_CONDUCTORS = ("mtd_vchg", "pfixed")
#: Keys of ``[[ptcond.boundaries]]`` that belong to the ground, of which there is one.
_OF_GROUND = {"zssurf", "rcurv", *(f"{axis}{end}rechole" for axis in "xyz" for end in "lu")}


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
    for key, groups in REFERENCES.items():
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
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            value = _merged(known, value)
        result[key] = value
    return result


def namelist_groups(tables: Table, written: Table | None = None) -> dict[str, dict[str, Any]]:
    """Return the groups that a namelist would have: lists of tables become lists of values.

    Parameters
    ----------
    tables : mapping
        From `resolved`.
    written : mapping, optional
        The tables before that, which have the groups of conductors.

    Examples
    --------
    >>> namelist_groups({"ptcond": {"boundaries": [{"type": "sphere"}, {"type": "cuboid"}]}})
    {'ptcond': {'boundary_types': ['sphere', 'cuboid'], 'boundary_type': 'complex'}}
    """
    groups: dict[str, dict[str, Any]] = {}
    loose: dict[str, Any] = {}
    for name, value in tables.items():
        if name == "meta":
            continue
        if is_list_of_tables(value):
            groups[name] = _columns(name, value)
        elif isinstance(value, Mapping):
            groups[name] = _flat(value)
        else:
            loose[name] = value
    if loose:
        groups["toplevel"] = loose
    if "ptcond" in groups:
        _count_conductors(groups["ptcond"], (written or tables)["ptcond"])
    if "species" in groups:
        _spread_species(groups, len(tables["species"]))
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
            if name == "boundaries":
                # Else EMSES does not look at the list.
                values.setdefault("boundary_type", "complex")
        else:
            values[name] = value
    return values


def _count_conductors(values: dict[str, Any], written: Table) -> None:
    """Add how many objects each group of conductors has, as EMSES counts them.

    Objects that name no group are a group each. EMSES wants those of a group one after the other:
    otherwise the counts would be wrong, and are left out.
    """
    objects, named = written.get("objects", ()), written.get("conductor_groups")
    if not is_list_of_tables(objects):
        return
    if not isinstance(named, Mapping) or not named:
        groups: list[Any] = [{}] * len(objects)
        numbers = list(range(len(objects)))
    else:
        groups, order = list(named.values()), {name: number for number, name in enumerate(named)}
        numbers = [order.get(entry.get("conductor"), -1) for entry in objects]
        for key in _OF_CONDUCTORS:
            if any(key in group for group in groups):
                values[key] = [group.get(key) for group in groups]
    values.setdefault("npcg", len(groups))
    if numbers == sorted(numbers) and -1 not in numbers:
        counts = [numbers.count(number) for number in range(len(groups))]
        values.setdefault("pcgs", counts)
        values.setdefault("ccgs", list(values["pcgs"]))
    if any("nflag_subcell" in entry for entry in objects):
        values["nflag_subcell"] = _of_two([entry.get("nflag_subcell") for entry in objects])


def _of_two(given: list[Any]) -> list[Any]:
    """Return the two flags that EMSES has for all objects together: those that any object sets."""
    pairs = [entry if isinstance(entry, list) else [entry] for entry in given if entry is not None]
    return [max((pair[k] for pair in pairs if len(pair) > k), default=0) for k in (0, 1)]


def _spread_species(groups: dict[str, dict[str, Any]], count: int) -> None:
    """Put the lists of species' values where a namelist has them as well."""
    for name, keys in _OF_SPECIES.items():
        found = {key: groups["species"][key] for key in keys if key in groups["species"]}
        if found:
            groups[name] = {**found, **groups.get(name, {})}
    groups["species"]["nspec"] = count
    groups["system"] = {"nspec": count, **groups.get("system", {})}


def _columns(name: str, entries: list[Table]) -> dict[str, Any]:
    """One list per key, with None for the entries that do not have it."""
    keys = dict.fromkeys(key for entry in entries for key in entry)
    columns = {
        _RENAMED.get((name, key), key): [entry.get(key) for entry in entries] for key in keys
    }
    for key in _OF_GROUND & set(columns) if name == "boundaries" else ():
        columns[key] = next(value for value in columns[key] if value is not None)
    return columns
