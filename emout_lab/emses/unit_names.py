"""Which unit a field or the time has, by name: ``Emout.name2unit["t"] = wpet_unit``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emout_lab.emses.units import Unit, UnitTranslator, describe_field, field_unit
from emout_lab.errors import DataError, SpecError, UnknownField

if TYPE_CHECKING:
    from emout_lab.emses.field_sources import FieldSource

#: Finds a unit from an `Emout`, which has ``inp`` and ``unit``.
Finder = Callable[[Any], Any]

#: Names of the time and of the lengths among those of the fields.
TIME, LENGTH = "t", "axis"
_NORMALISED_TIME = re.compile(r"(\w+) \* t")


class UnitNames(MutableMapping[str, Finder]):
    """What finds the unit of a name, for all runs of this process; of other names the usual one.

    A key is the name of a field, a regular expression that matches several, or ``"t"`` for the
    times. The value is called with the run and gives a `Unit`: of one EMSES unit of the field, or
    of one output step of the times. Fields that are taken from a run afterwards have it. Iterating
    gives the names that were set; deleting one brings the usual unit back.

    Parameters
    ----------
    own : mapping, optional
        What is set from the beginning.

    Examples
    --------
    >>> names = UnitNames()
    >>> names["t"] = wpet_unit
    >>> list(names), "phisp" in names, "nothing" in names
    (['t'], True, False)
    """

    def __init__(self, own: Mapping[str, Finder] | None = None) -> None:
        self._own: dict[str, Finder] = {}
        #: Another one after each change.
        self.version = 0
        self.update(own or {})

    def __getitem__(self, name: str) -> Finder:
        found = self._set_for(name)
        return _Usual.of(name) if found is None else found

    def __setitem__(self, name: str, finder: Finder) -> None:
        if name == LENGTH:
            raise SpecError(
                f"name2unit[{name!r}]: positions stay in metres, as bodies and planes do. Draw "
                "with use_si=False for grid units.",
                "name2unit",
            )
        if not callable(finder):
            raise SpecError(
                f"name2unit[{name!r}] = {finder!r} cannot be called. Give a function of the run, "
                "such as wpet_unit or lambda data: data.unit.phi.",
                "name2unit",
            )
        try:
            re.compile(name)
        except (re.error, TypeError) as error:
            raise SpecError(
                f"name2unit[{name!r}]: keys are names of fields or regular expressions: {error}.",
                "name2unit",
            ) from error
        self._own[name] = finder
        self.version += 1

    def __delitem__(self, name: str) -> None:
        del self._own[name]
        self.version += 1

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def __repr__(self) -> str:
        return f"<UnitNames {self._own!r}, else the usual units>"

    def applied(self, source: FieldSource, run: Any) -> FieldSource:
        """Return a field's recipe with the units that were set.

        Parameters
        ----------
        source : FieldSource
            The recipe. Without a conversion key all stays in EMSES units.
        run : Run
            The run that it is of.

        Raises
        ------
        DataError
            When what was set fails for this run, or gives no unit.
        """
        if source.units is None or not self._own:
            return source
        unit = self._unit(source.name, run)
        # Integers stay as they are.
        if unit is not None and source.dtype[1:2] == "f":
            source = replace(source, unit=with_text(unit))
        time = self._unit(TIME, run)
        if time is None:
            return source
        interval = _interval(run.inp) if source.has_times else 1.0
        if not interval:
            return source
        text = with_text(time)
        return replace(source, time_unit=Unit(text.name, text.unit, text.factor / interval))

    def _set_for(self, name: str) -> Finder | None:
        if name in self._own:
            return self._own[name]
        keys = (key for key in self._own if re.fullmatch(key, name))
        key = next(keys, None)
        return None if key is None else self._own[key]

    def _unit(self, name: str, run: Any) -> Unit | None:
        finder = self._set_for(name)
        if finder is None:
            return None
        back = f"Set another function, or take it back: del Emout.name2unit[{name!r}]."
        try:
            found = finder(run)
        except Exception as error:
            raise DataError(
                f"The unit that name2unit has for {name!r} fails for {run!r}: "
                f"{type(error).__name__}: {error}. {back}"
            ) from error
        if isinstance(found, Unit):
            return found
        try:
            factor = float(found.reverse(1.0))
        except (AttributeError, TypeError, ValueError) as error:
            raise DataError(
                f"What name2unit has for {name!r} gives {found!r}, which is no unit. {back}"
            ) from error
        return Unit(getattr(found, "name", None) or "", getattr(found, "unit", None) or "", factor)


class _Usual:
    """Finds the unit that a name has where nothing was set."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def of(cls, name: str) -> Finder:
        if name == TIME:
            return t_unit
        if name == LENGTH:
            return _length_unit
        if describe_field(name)[0] is None:
            raise UnknownField(
                f"No usual unit for {name!r}. Set one: "
                f"Emout.name2unit[{name!r}] = lambda data: data.unit.phi"
            )
        return cls(name)

    def __call__(self, run: Any) -> Unit | None:
        """Return the unit of the field."""
        inp = run.inp
        return field_unit(
            self.name,
            run.unit,
            plasma_frequency=_item(inp, "wp", 0),
            charge_to_mass=_item(inp, "qm", 0) or -1.0,
        )


def t_unit(data: Any) -> Unit:
    """Return the unit of output steps in seconds.

    Parameters
    ----------
    data : Emout
        The run.
    """
    if data.unit is None:
        raise DataError(
            f"{data!r} has no conversion key, so its time is not known in seconds. Add a first "
            "line like: !!key dx=[0.001],to_c=[1000.0]"
        )
    steps = data.unit.t * UnitTranslator(_known_interval(data), 1)
    return Unit("t", "s", steps.factor)


def wpet_unit(data: Any) -> Unit:
    """Return the unit of output steps as the phase of the electrons' plasma oscillation.

    Parameters
    ----------
    data : Emout
        The run; its first species has the plasma frequency ``wp(1)``.

    Raises
    ------
    DataError
        When a parameter that it needs is missing.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2))
    >>> bool(wpet_unit(data).reverse(1) == data.inp.wp[0] * data.inp.ifdiag * data.inp.dt)
    True
    """
    return _phase(data, 0, "wpe * t")


def wpit_unit(data: Any) -> Unit:
    """Return the same with the plasma frequency of the second species, the ions."""
    return _phase(data, 1, "wpi * t")


def none_unit(data: Any) -> Unit:  # noqa: ARG001 - as every finder is called
    """Return the unit of what has none: values stay as they are in the file."""
    return UnitTranslator(1, 1)


def with_text(unit: Unit) -> Unit:
    """Return a unit with a text for brackets: of a normalised time the reciprocal frequency.

    Examples
    --------
    >>> with_text(Unit("wpe * t", "", 2.0)).unit
    'wpe^-1'
    """
    match = _NORMALISED_TIME.fullmatch(unit.name)
    text = unit.unit or (f"{match[1]}^-1" if match else unit.name)
    return Unit(unit.name, text, unit.factor)


def _length_unit(data: Any) -> Unit | None:
    length: Unit | None = None if data.unit is None else data.unit.length
    return length


def _phase(data: Any, species: int, name: str) -> Unit:
    frequency = _item(data.inp, "wp", species)
    if not frequency:
        raise DataError(
            f"{data!r} has no wp({species + 1}) other than zero in its parameters: its time cannot "
            f"be given as {name}."
        )
    return UnitTranslator(frequency * _known_interval(data), 1, name, "")


def _known_interval(data: Any) -> float:
    interval = _interval(data.inp)
    if not interval:
        raise DataError(
            f"{data!r} does not say how far its output steps are apart: ifdiag and dt are needed."
        )
    return interval


def _interval(inp: Any) -> float:
    return (_item(inp, "ifdiag", 0) or 0.0) * (_item(inp, "dt", 0) or 0.0)


def _item(inp: Any, name: str, place: int) -> float | None:
    """Return one item of a parameter that may be a number or a list; None where it is missing."""
    value = inp.get(name)
    items = value if isinstance(value, list) else [value]
    item = items[place] if place < len(items) else None
    return float(item) if isinstance(item, (int, float)) else None


#: What all runs of this process go by, as ``Emout.name2unit``.
NAME2UNIT = UnitNames()
