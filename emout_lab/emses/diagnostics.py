"""Tables that EMSES writes as text: currents of bodies and their potential."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pandas as pd

from emout_lab.emses.field_sources import first_item
from emout_lab.emses.parameters import Parameters
from emout_lab.emses.run_directory import RunDirectory
from emout_lab.errors import BadFile, DataError

#: Names of the files.
TABLES = ("icur", "ocur", "pbody")


class DiagnosticTable(pd.DataFrame):
    """A table with its conversion to SI.

    Parameters
    ----------
    *args, **kwargs
        As for `pandas.DataFrame`.
    """

    _metadata: ClassVar[list[str]] = ["factors"]  # type: ignore[misc, unused-ignore]  # untyped pandas
    factors: dict[str, float] | None = None

    @property
    def _constructor(self) -> Callable[..., DiagnosticTable]:
        return DiagnosticTable

    @property
    def val_si(self) -> DiagnosticTable:
        """The same table with times in seconds, currents in ampere, potentials in volt.

        Raises
        ------
        DataError
            When the conversion is not known.
        """
        if self.factors is None:
            raise DataError(
                "This table is in EMSES units: the parameter file has no conversion key. Add a "
                "first line like: !!key dx=[0.001],to_c=[1000.0]"
            )
        result: DiagnosticTable = self.copy()
        for column in result.columns:
            result[column] = result[column] * self.factors.get(column, 1.0)
        return result


def read_table(files: RunDirectory, name: str, parameters: Parameters) -> DiagnosticTable:
    """Read one of the tables.

    Parameters
    ----------
    files : RunDirectory
        The run.
    name : {"icur", "ocur", "pbody"}
        ``icur`` and ``ocur`` have the columns ``1_step``, ``1_body1``, ``1_body1_ema``, … for each
        species and body, ``pbody`` has ``step``, ``body1``, ….
    parameters : Parameters
        For the columns and the units.

    Raises
    ------
    BadFile
        When there is no such file, or it has other columns.
    """
    path = files.output / name
    try:
        text = files.read_text(name)
    except FileNotFoundError as error:
        raise BadFile(f"No file {path}: the run has not written that table (yet).") from error
    # What follows the last end of a line is still being written.
    rows = [line.split() for line in text[: text.rfind("\n") + 1].splitlines() if line.strip()]
    columns = _columns(name, parameters)
    wrong = next((number for number, row in enumerate(rows) if len(row) != len(columns)), None)
    if wrong is not None:
        raise BadFile(
            f"Line {wrong + 1} of {path} has {len(rows[wrong])} columns, not the {len(columns)} "
            f"that nspec and npc of the parameter file lead to: {', '.join(columns)}."
        )
    try:
        values = [[float(item.lower().replace("d", "e")) for item in row] for row in rows]
    except ValueError as error:
        raise BadFile(f"{path} holds something that is no number: {error}.") from error
    table: DiagnosticTable = DiagnosticTable(values, columns=columns)
    for column in columns:
        if column.endswith("step"):
            table[column] = table[column].astype(int)
    table.factors = _factors(name, columns, parameters)
    return table


def last_step(files: RunDirectory) -> int | None:
    """Return the last time step that ``icur`` tells of; None where it tells of none.

    That of the last restart, where there were some.
    """
    last = files.continued[-1].output if files.continued else None
    try:
        lines = files.read_text("icur", last).splitlines()
        return int(float(lines[-1].split()[0]))
    except (OSError, IndexError, ValueError):
        return None


def _columns(name: str, parameters: Parameters) -> list[str]:
    bodies = int(first_item(parameters, "npc") or 0)
    if name == "pbody":
        return ["step", *(f"body{body + 1}" for body in range(bodies + 1))]
    columns = []
    for species in range(1, int(first_item(parameters, "nspec") or 0) + 1):
        columns.append(f"{species}_step")
        for body in range(1, bodies + 1):
            columns += [f"{species}_body{body}", f"{species}_body{body}_ema"]
    return columns


def _factors(name: str, columns: list[str], parameters: Parameters) -> dict[str, float] | None:
    units: Any = parameters.units
    if units is None:
        return None
    time = units.t.factor * (first_item(parameters, "dt") or 1.0)
    value = (units.phi if name == "pbody" else units.i).factor
    return {column: time if column.endswith("step") else value for column in columns}
