"""Recipes of fields and records of runs as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emout_lab.emses.articles.content import RunRecord
from emout_lab.emses.field_sources import FieldSource, Segment
from emout_lab.emses.units import Unit, Units
from emout_lab.policies import checked_bad_steps


def record_to_json(record: RunRecord) -> dict[str, Any]:
    """Return what JSON can hold of a run's record, its texts left out."""
    return {
        "name": record.name,
        "output": record.output,
        "input_path": record.input_path,
        "names": record.names,
        "later": record.later,
        "units": _units_to_json(record.units),
        "sources": [_source_to_json(source) for source in record.sources.values()],
    }


def record_from_json(found: dict[str, Any], texts: dict[str, str | None]) -> RunRecord:
    """Return a run's record.

    Raises
    ------
    KeyError, TypeError, ValueError
        When it is none.
    """
    sources = [_source_from_json(each) for each in found["sources"]]
    return RunRecord(
        output=str(found["output"]),
        input_path=str(found["input_path"]),
        names=[str(name) for name in found["names"]],
        later=[str(path) for path in found["later"]],
        units=_units_from_json(found["units"]),
        texts=texts,
        sources={source.name: source for source in sources},
        name=str(found["name"]),
    )


def _source_to_json(source: FieldSource) -> dict[str, Any]:
    unit = source.unit
    return {
        "name": source.name,
        "segments": [_segment_to_json(segment) for segment in source.segments],
        "grid": list(source.grid),
        "dtype": source.dtype,
        "has_times": source.has_times,
        "units": _units_to_json(source.units),
        "unit": None if unit is None else [unit.name, unit.unit, unit.factor],
        "shifts": [[dim, face] for dim, face in source.shifts],
        "description": source.description,
        "input_path": source.input_path,
        "bad_steps": source.bad_steps,
    }


def _source_from_json(found: dict[str, Any]) -> FieldSource:
    unit = found["unit"]
    return FieldSource(
        name=str(found["name"]),
        segments=tuple(_segment_from_json(each) for each in found["segments"]),
        grid=tuple(int(size) for size in found["grid"]),
        dtype=np.dtype(str(found["dtype"])).str,
        has_times=bool(found["has_times"]),
        units=_units_from_json(found["units"]),
        unit=None if unit is None else Unit(str(unit[0]), str(unit[1]), float(unit[2])),
        shifts=tuple((int(dim), str(face)) for dim, face in found["shifts"]),
        description=str(found["description"]),
        input_path=str(found["input_path"]),
        bad_steps=checked_bad_steps(str(found["bad_steps"])),
    )


def _segment_to_json(segment: Segment) -> dict[str, Any]:
    return {
        "path": segment.path,
        "group": segment.group,
        "steps": _steps_to_json(segment.steps),
        "start": segment.start,
        "interval": segment.interval,
    }


def _segment_from_json(found: dict[str, Any]) -> Segment:
    return Segment(
        path=str(found["path"]),
        group=str(found["group"]),
        steps=_steps_from_json(found["steps"]),
        start=float(found["start"]),
        interval=float(found["interval"]),
    )


def _steps_to_json(steps: Sequence[int]) -> Any:
    if isinstance(steps, range):
        return {"start": steps.start, "stop": steps.stop, "step": steps.step}
    return [int(step) for step in steps]


def _steps_from_json(found: Any) -> Sequence[int]:
    if isinstance(found, dict):
        return range(int(found["start"]), int(found["stop"]), int(found["step"]))
    return tuple(int(step) for step in found)


def _units_to_json(units: Units | None) -> list[float] | None:
    return None if units is None else [units.dx, units.to_c]


def _units_from_json(found: Any) -> Units | None:
    return None if found is None else Units(float(found[0]), float(found[1]))
