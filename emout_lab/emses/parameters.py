"""Simulation parameters from ``plasma.inp`` (a Fortran namelist) or ``plasma.toml``."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from emout_lab.emses.namelist import parse_groups
from emout_lab.emses.table_kinds import require_kinds
from emout_lab.emses.tables import is_list_of_tables, namelist_groups, resolved
from emout_lab.emses.units import Units
from emout_lab.errors import BadFile, UnknownParameter

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]  # for 3.10

#: Parameter files that are looked for in a directory, the first one found counts.
PARAMETER_FILES = ("plasma.toml", "plasma.inp")

_KEY_LINE = re.compile(
    r"^\s*!!key\s+dx\s*=\s*\[\s*([^\]\s]+)\s*\]\s*,?\s*to_c\s*=\s*\[\s*([^\]\s]+)\s*\]",
    re.IGNORECASE,
)


class Group(Mapping[str, Any]):
    """Parameters of one namelist group; items are attributes as well.

    Names are looked up without regard to case, as Fortran does.

    Examples
    --------
    >>> grid = Group("tmgrid", {"nx": 64, "dt": 0.05})
    >>> grid.nx, grid["dt"]
    (64, 0.05)
    """

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._name = name
        self._values = {key.lower(): self._grouped(key, value) for key, value in values.items()}

    @classmethod
    def _grouped(cls, name: str, value: Any) -> Any:
        if is_list_of_tables(value):
            return [cls(name, item) for item in value]
        return cls(name, value) if isinstance(value, Mapping) else value

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name.lower()]
        except KeyError:
            raise _unknown(name, self._values, f"group &{self._name}") from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as plain dicts and lists, inner ones too.

        Examples
        --------
        >>> Tables("plasma.toml", {"species": [{"wp": 1.0}], "tmgrid": {"nx": 8}}).to_dict()
        {'species': [{'wp': 1.0}], 'tmgrid': {'nx': 8}}
        """
        return {name: _as_plain(value) for name, value in self._values.items()}

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self._values])

    def __repr__(self) -> str:
        rows = [f"  {key} = {value!r}" for key, value in self._values.items()]
        return "\n".join([f"&{self._name}", *rows, "/"])


def _as_plain(value: Any) -> Any:
    if isinstance(value, Group):
        return value.to_dict()
    return [_as_plain(item) for item in value] if isinstance(value, list) else value


class Tables(Group):
    """Tables of a ``plasma.toml``; as an attribute a name is found in inner tables, too.

    What several inner tables of one depth have comes as a list; ``tables["name"]`` looks here only.

    Examples
    --------
    >>> text = {"species": [{"wp": 1.0}, {"wp": 0.05}], "tmgrid": {"nx": 8}}
    >>> tables = Tables("plasma.toml", text)
    >>> tables.wp, tables.nx, tables.species[0].wp
    ([1.0, 0.05], 8, 1.0)
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name.lower() in self._values:
            return super().__getattr__(name)
        level: list[Tables] = [self]
        while level:
            level = [table for outer in level for table in outer._inner()]
            found = [table[name] for table in level if name in table]
            if found:
                return found[0] if len(found) == 1 else found
        return super().__getattr__(name)

    def _inner(self) -> list[Tables]:
        items = [item if isinstance(item, list) else [item] for item in self._values.values()]
        return [table for item in items for table in item if isinstance(table, Tables)]


class Parameters(Mapping[str, Any]):
    """All parameters of a run: ``inp.nx``, ``inp.tmgrid.nx``, ``inp["nx"]``.

    A name that is no group is looked up through all groups. Indexed Fortran names become lists
    whose index is one less than in Fortran: ``path(2)`` is ``inp.path[1]``, and gaps hold None.

    Parameters
    ----------
    groups : mapping of str to mapping
        Group name to its parameters.
    units : Units, optional
        From the conversion key; None when the file has none.
    path : Path, optional
        Where they were read.
    tables : mapping, optional
        Where they were read from TOML: its tables.

    Examples
    --------
    >>> text = "!!key dx=[0.001],to_c=[1000.0]", "&tmgrid", "nx = 64", "dt = 5.0d-2", "/"
    >>> inp = parse_namelist(chr(10).join(text))
    >>> inp.nx, inp.tmgrid.dt, inp.units.dx
    (64, 0.05, 0.001)
    """

    def __init__(
        self,
        groups: Mapping[str, Mapping[str, Any]],
        units: Units | None = None,
        path: Path | None = None,
        tables: Mapping[str, Any] | None = None,
    ) -> None:
        self._tables = tables
        self._groups = {name.lower(): Group(name, values) for name, values in groups.items()}
        self._units = units
        self._path = path

    @property
    def units(self) -> Units | None:
        """Conversion to SI, or None when the file has no conversion key."""
        return self._units

    def with_units(self, units: Units | None) -> Parameters:
        """Return the same parameters with a conversion to SI."""
        return Parameters(self._groups, units, self._path, self._tables)

    @property
    def convkey(self) -> Units | None:
        """The conversion key, with ``dx`` and ``to_c``; the same as `units`."""
        return self._units

    @property
    def dx(self) -> Any:
        """Grid spacing [m] of the conversion key; ``inp["dx"]`` is a parameter of that name.

        Raises
        ------
        UnknownParameter
            When the file has neither.
        """
        return self._of_key("dx")

    @property
    def to_c(self) -> Any:
        """Speed of light in EMSES units, of the conversion key.

        Raises
        ------
        UnknownParameter
            When the file has none.
        """
        return self._of_key("to_c")

    def _of_key(self, name: str) -> Any:
        if self._units is not None:
            return getattr(self._units, name)
        if name in self:
            return self[name]
        raise UnknownParameter(
            f"No {name!r}: {self._path or 'the parameters'} has no conversion key. Add a first "
            "line like: !!key dx=[0.001],to_c=[1000.0]"
        )

    @property
    def file(self) -> Path | None:
        """The file that the parameters were read from (``path`` is a parameter of EMSES)."""
        return self._path

    @property
    def tables(self) -> Tables | None:
        """Tables of a ``plasma.toml`` (``tables.species[0].wp``), or None for a namelist."""
        return None if self._tables is None else Tables("plasma.toml", self._tables)

    @property
    def groups(self) -> dict[str, Group]:
        """Groups by name, in the order of the file."""
        return dict(self._groups)

    def __getitem__(self, name: str) -> Any:
        key = name.lower()
        if key in self._groups:
            return self._groups[key]
        for group in self._groups.values():
            if key in group:
                return group[key]
        names = {*self._groups, *(name for group in self._groups.values() for name in group)}
        raise _unknown(name, names, str(self._path or "the parameters"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        # Of a property that has failed: its own message.
        return self._of_key(name) if name in ("dx", "to_c") else self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (
            name.lower() in self._groups
            or any(name.lower() in group for group in self._groups.values())
        )

    def __dir__(self) -> list[str]:
        names = [name for group in self._groups.values() for name in group]
        return sorted({*super().__dir__(), *self._groups, *names})

    def __repr__(self) -> str:
        head = [f"Parameters of {self._path}"] if self._path else ["Parameters"]
        return "\n".join([*head, *(repr(group) for group in self._groups.values() if group)])


def read_parameters(path: Path) -> Parameters:
    """Read a parameter file; TOML by its suffix, else a namelist.

    Parameters
    ----------
    path : Path
        ``plasma.inp``, ``plasma.toml`` or a file of that form.

    Raises
    ------
    BadFile
        When the file cannot be read or parsed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(
            f"Parameter file {path} cannot be read: {error.strerror or error}."
        ) from error
    if b"\0" in data:
        raise BadFile(
            f"Parameter file {path} is no text in ASCII or UTF-8 (UTF-16, as some editors of "
            "Windows write it?): save it as UTF-8."
        )
    text = _decoded(data)
    if path.suffix == ".toml":
        return parse_toml(text, path)
    return parse_namelist(text, path)


def _decoded(data: bytes) -> str:
    """Return a text in UTF-8, else byte by byte: nothing but ASCII has a meaning."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse_namelist(text: str, path: Path | None = None) -> Parameters:
    """Parse the text of a ``plasma.inp`` as Fortran compilers do.

    Raises
    ------
    BadFile
        With the line of what is not understood.
    """
    return Parameters(parse_groups(text, path), _units_of_head(text, path), path)


def parse_toml(text: str, path: Path | None = None) -> Parameters:
    """Parse the text of a ``plasma.toml``.

    Lists of tables (``[[species]]``) become lists of values, as the namelist form has them, with
    the values of their groups; the tables as they were written are `Parameters.tables`.

    Raises
    ------
    BadFile
        When it is no TOML, or when what has a meaning there is of another kind.
    """
    try:
        written = tomllib.loads(text)
        require_kinds(written)
    except RecursionError as error:
        raise BadFile(
            f"{path or 'The text'} has tables or lists within each other deeper than can be read."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{path or 'The text'} is not valid TOML: {error}.") from error
    except ValueError as error:
        raise BadFile(f"{path or 'The text'} is no parameter file of EMSES: {error}.") from error
    tables = resolved(written)
    conversion = tables.get("meta", {}).get("unit_conversion", {})
    units = None
    if "dx" in conversion and "to_c" in conversion:
        units = _checked_units(conversion["dx"], conversion["to_c"], path)
    elif path is not None:
        units = _units_beside(path)
    return Parameters(namelist_groups(tables, written), units, path, tables)


def _units_beside(path: Path) -> Units | None:
    """Conversion key of the namelist that the table was made from or into, if it lies beside."""
    namelist = path.with_suffix(".inp")
    if not namelist.is_file():
        return None
    return _units_of_head(_decoded(namelist.read_bytes()), namelist)


def _units_of_head(text: str, path: Path | None) -> Units | None:
    """Conversion key of the comments before the first group."""
    head = text.lstrip("\ufeff").split("&", 1)[0].splitlines()
    line = next((line for line in head if line.lstrip().lower().startswith("!!key")), None)
    if line is None:
        return None
    match = _KEY_LINE.match(line)
    if not match:
        raise BadFile(
            f"The conversion key of {path or 'the namelist'} cannot be read: {line.strip()!r}. "
            "Its form is: !!key dx=[0.001],to_c=[1000.0]"
        )
    return _checked_units(
        match[1].lower().replace("d", "e"), match[2].lower().replace("d", "e"), path
    )


def _checked_units(dx: Any, to_c: Any, path: Path | None) -> Units:
    try:
        numbers = float(dx), float(to_c)
    except (TypeError, ValueError):
        numbers = (0.0, 0.0)
    if not all(number > 0 and math.isfinite(number) for number in numbers):
        raise BadFile(
            f"The conversion key of {path or 'the file'} holds dx={dx!r}, to_c={to_c!r}; "
            "both must be positive numbers."
        )
    return Units(*numbers)


def _unknown(name: str, names: Any, where: str) -> UnknownParameter:
    near = get_close_matches(name.lower(), sorted(names), n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return UnknownParameter(f"No parameter {name!r} in {where}.{hint}")
