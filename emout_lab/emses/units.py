"""Conversion between SI and EMSES units, and the physical quantity of each field name.

EMSES normalises four things; every other factor follows from them:

=========================== =======================
quantity                    value in EMSES units
=========================== =======================
grid spacing                1
speed of light              ``to_c``
vacuum permittivity         1
electron charge-to-mass     -1
=========================== =======================

Nothing but the grid spacing in metres and ``to_c`` has to be known; both stand in the conversion
key on the first line of ``plasma.inp`` (``!!key dx=[0.001],to_c=[1000.0]``). With the SI value of
what is 1 in EMSES units written as the unit, the others follow in this order:

=========== ===================================== ==========================================
velocity    ``v = c / to_c``                      speed of light
time        ``t = dx / v``
potential   ``phi = v**2 / (e / m_e)``            energy of a charge, ``q phi = m v**2``
charge      ``q = eps0 phi dx``                   Poisson's equation, ``phi / dx**2 = rho / eps0``
mass        ``m = q / (e / m_e)``
B           ``B = 1 / (t e / m_e)``               gyration, ``omega = (q / m) B``
density     ``n = wp**2 m eps0 / e**2``           plasma frequency, of the species' ``wp``
=========== ===================================== ==========================================

References
----------
Normalisation of electromagnetic particle codes: C. K. Birdsall and A. B. Langdon, *Plasma Physics
via Computer Simulation*, McGraw-Hill, 1985. EMSES: Y. Miyake and H. Usui, "New electromagnetic
particle simulation code for the analysis of spacecraft-plasma interactions", *Physics of Plasmas*
16, 062904 (2009), doi:10.1063/1.3147922. The conversion key and the names of the quantities are
those of upstream emout (``emout/utils/units.py``, https://github.com/Nkzono99/emout). Constants:
CODATA 2018; speed of light, elementary charge and Boltzmann's constant are exact in the SI of 2019.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from emout_lab.errors import SpecError

# CODATA 2018, https://physics.nist.gov/cuu/Constants/
SPEED_OF_LIGHT = 299_792_458.0  # m/s
VACUUM_PERMITTIVITY = 8.8541878128e-12  # F/m
ELEMENTARY_CHARGE = 1.602176634e-19  # C
ELECTRON_MASS = 9.1093837015e-31  # kg
PROTON_MASS = 1.67262192369e-27  # kg
BOLTZMANN = 1.380649e-23  # J/K

#: What stands for the unit of a value whose conversion is not known.
EMSES_UNIT = "EMSES unit"
#: The unit of a length that is not converted.
GRID_UNIT = "grid"

ValueT = TypeVar("ValueT")


@dataclass(frozen=True)
class Unit:
    """One physical quantity and its factor between EMSES units and SI.

    Parameters
    ----------
    name : str
        The quantity, such as ``"velocity"``.
    unit : str
        Its SI unit, such as ``"m/s"``.
    factor : float
        What one EMSES unit of it is in SI.

    Examples
    --------
    >>> length = Unit("length", "m", 0.001)
    >>> length.trans(0.064)
    64.0
    >>> length.reverse(64)
    0.064
    """

    name: str
    unit: str
    factor: float

    def trans(self, si: ValueT, reverse: bool = False) -> ValueT:
        """Convert an SI value (number or array) to EMSES units; the other way with `reverse`."""
        if reverse:
            return self.reverse(si)
        return cast(ValueT, cast(Any, si) / self.factor)

    def reverse(self, emses: ValueT) -> ValueT:
        """Convert a value in EMSES units (number or array) to SI."""
        return cast(ValueT, cast(Any, emses) * self.factor)

    @property
    def ratio(self) -> float:
        """What one SI unit of it is in EMSES units."""
        return 1 / self.factor

    def set_name(self, name: str, unit: str | None = None) -> Unit:
        """Return the same conversion under another name, and another name of its SI unit."""
        return Unit(name, unit or "", self.factor)

    def __mul__(self, other: Any) -> Unit:
        """Return the unit of a product; the name is for `set_name` to give."""
        return Unit("", "", self.factor * other.factor) if isinstance(other, Unit) else self._same()

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Unit:
        """Return the unit of a quotient."""
        return Unit("", "", self.factor / other.factor) if isinstance(other, Unit) else self._same()

    def __rtruediv__(self, other: Any) -> Unit:
        """Return the unit of a reciprocal."""
        return Unit("", "", 1 / self.factor)

    def __pow__(self, power: float) -> Unit:
        """Return the unit of a power."""
        return Unit("", "", self.factor**power)

    def _same(self) -> Unit:
        # A number is the same in both systems.
        return Unit("", "", self.factor)


class UnitTranslator(Unit):
    """A conversion by one value in both systems of units.

    Parameters
    ----------
    from_unit, to_unit : float
        The same quantity in SI and in EMSES units.
    name : str, optional
        The quantity.
    unit : str, optional
        Its SI unit.

    Raises
    ------
    SpecError
        When one of the values is zero or no number: nothing can be converted by them.

    Examples
    --------
    >>> UnitTranslator(299792458.0, 1000.0, "velocity", "m/s").trans(299792.458)
    1.0
    >>> units = Units(dx=0.001, to_c=1000.0)
    >>> step = units.t * UnitTranslator(100 * 0.05, 1)  # output steps of 100 time steps
    >>> bool(abs(step.reverse(3) / units.t.reverse(15.0) - 1) < 1e-12)
    True
    """

    def __init__(
        self, from_unit: float, to_unit: float, name: str | None = None, unit: str | None = None
    ) -> None:
        try:
            factor = float(from_unit / to_unit)
        except (TypeError, ValueError, ZeroDivisionError):
            factor = 0.0
        if not factor or not math.isfinite(factor):
            raise SpecError(
                f"UnitTranslator({from_unit!r}, {to_unit!r}): give one value in SI and the same in "
                "EMSES units, two numbers other than zero.",
                "from_unit",
            )
        super().__init__(name or "", unit or "", factor)
        object.__setattr__(self, "from_unit", from_unit)
        object.__setattr__(self, "to_unit", to_unit)

    def __reduce__(self) -> tuple[Any, ...]:
        own: Any = self
        return UnitTranslator, (own.from_unit, own.to_unit, self.name, self.unit)


@dataclass(frozen=True)
class Units:
    """All quantities of a simulation, as attributes such as ``units.v`` and ``units.phi``.

    Parameters
    ----------
    dx : float
        Grid spacing [m].
    to_c : float
        Speed of light in EMSES units.

    Examples
    --------
    >>> units = Units(dx=0.001, to_c=1000.0)
    >>> round(units.v.reverse(1.0))
    299792
    >>> f"{units.phi.reverse(1.0):.4f} {units.phi.unit}"
    '0.5110 V'
    """

    dx: float
    to_c: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "_table", _quantities(self.dx, self.to_c))

    def __getattr__(self, name: str) -> Unit:
        # ``_table`` itself is missing while an instance is being unpickled.
        table: dict[str, Unit] = self.__dict__.get("_table", {})
        if name in table:
            return table[name]
        near = get_close_matches(name, table, n=3, cutoff=0.4)
        hint = f" Near names: {', '.join(near)}." if near else ""
        raise AttributeError(f"No unit {name!r}.{hint} All: {', '.join(sorted(table))}.")

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self.__dict__["_table"]])

    def __reduce__(self) -> tuple[type[Units], tuple[float, float]]:
        return Units, (self.dx, self.to_c)


def _quantities(dx: float, to_c: float) -> dict[str, Unit]:
    """Build the table of quantities from the two numbers of the conversion key."""
    v = SPEED_OF_LIGHT / to_c
    t = dx / v
    q_m = ELEMENTARY_CHARGE / ELECTRON_MASS
    eps = VACUUM_PERMITTIVITY
    phi = v**2 / q_m
    q = eps * phi * dx
    m = q / q_m
    i = q / t
    energy = m * v**2
    mu = 1 / (eps * v**2)
    rows: list[tuple[str, str, str, float]] = [
        ("pi", "pi", "", 1.0),
        ("e", "Napier's constant", "", 1.0),
        ("length", "length", "m", dx),
        ("t", "time", "s", t),
        ("f", "frequency", "Hz", 1 / t),
        ("v", "velocity", "m/s", v),
        ("c", "speed of light", "m/s", v),
        ("a", "acceleration", "m/s^2", v / t),
        ("m", "mass", "kg", m),
        ("me", "electron mass", "kg", m),
        ("mi", "proton mass", "kg", m),
        ("q", "charge", "C", q),
        ("qe", "elementary charge", "C", q),
        ("q_m", "charge-to-mass ratio", "C/kg", q_m),
        ("qe_me", "electron charge-to-mass ratio", "C/kg", q_m),
        ("n", "number density", "m^-3", dx**-3),
        ("N", "particle flux", "m^-2 s^-1", v / dx**3),
        ("rho", "charge density", "C/m^3", q / dx**3),
        ("i", "current", "A", i),
        ("J", "current density", "A/m^2", i / dx**2),
        ("phi", "electric potential", "V", phi),
        ("E", "electric field", "V/m", phi / dx),
        ("B", "magnetic flux density", "T", 1 / (t * q_m)),
        ("H", "magnetic field strength", "A/m", i / dx),
        ("F", "force", "N", m * v / t),
        ("W", "energy", "J", energy),
        ("w", "energy density", "J/m^3", energy / dx**3),
        ("P", "power", "W", energy / t),
        # EMSES keeps the number of the Boltzmann constant, so a temperature scales as an energy.
        ("T", "temperature", "K", energy),
        ("kB", "Boltzmann constant", "J/K", 1.0),
        ("eps", "permittivity", "F/m", eps),
        ("e0", "vacuum permittivity", "F/m", eps),
        ("mu", "permeability", "H/m", mu),
        ("m0", "vacuum permeability", "N/A^2", mu),
        ("R", "resistance", "ohm", phi / i),
        ("G", "conductance", "S", i / phi),
        ("EC", "conductivity", "S/m", i / phi / dx),
        ("C", "capacitance", "F", q / phi),
        ("L", "inductance", "H", phi * t / i),
    ]
    return {key: Unit(name, unit, factor) for key, name, unit, factor in rows}


# Field names of EMSES output, first match counts: pattern, attribute of Units, description.
_FIELD_QUANTITIES: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), quantity, description)
    for pattern, quantity, description in (
        (r"phisp", "phi", "electric potential"),
        (r"r?e([xyz])", "E", "electric field, {0} component"),
        (r"r?b([xyz])", "B", "magnetic flux density, {0} component"),
        (r"j([xyz])", "J", "current density, {0} component"),
        (r"j(\d+)([xyz])", "J", "current density of species {0}, {1} component"),
        (r"nd(\d+)p", "density", "number density of species {0}"),
        (r"rho(?:bk)?", "rho", "charge density"),
        (r"rhobk(?:sp|ac)(\d+)", "rho", "charge density of species {0}"),
    )
)


def describe_field(name: str) -> tuple[str | None, str]:
    """Say what a field name means.

    Parameters
    ----------
    name : str
        A field name such as ``"phisp"`` or ``"nd1p"``.

    Returns
    -------
    quantity : str or None
        Attribute of `Units`, ``"density"`` for particle densities, or None for an unknown name.
    description : str
        In words; the name itself when it is unknown.

    Examples
    --------
    >>> describe_field("ex")
    ('E', 'electric field, x component')
    """
    for pattern, quantity, description in _FIELD_QUANTITIES:
        match = pattern.fullmatch(name)
        if match:
            return quantity, description.format(*match.groups())
    return None, name


def field_unit(
    name: str,
    units: Units | None,
    *,
    plasma_frequency: float | None = None,
    charge_to_mass: float = -1.0,
) -> Unit | None:
    """Find the unit of a field, or None when it cannot be known.

    Parameters
    ----------
    name : str
        Field name.
    units : Units or None
        None when the input file has no conversion key.
    plasma_frequency : float, optional
        ``wp(1)`` in EMSES units. Densities are written relative to the one that has this plasma
        frequency, so without it a density keeps its relative value.
    charge_to_mass : float
        ``qm(1)`` in EMSES units.

    Notes
    -----
    The density of a plasma frequency is ``n = omega**2 m eps0 / e**2``, with the mass of a particle
    of one elementary charge and the given charge-to-mass ratio.
    """
    quantity, _ = describe_field(name)
    if units is None or quantity is None:
        return None
    if quantity != "density":
        unit: Unit = getattr(units, quantity)
        return unit
    if not plasma_frequency:
        return None
    omega = units.f.reverse(plasma_frequency)
    mass = ELECTRON_MASS / abs(charge_to_mass)
    density = omega**2 * mass * VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE**2
    return Unit("number density", "m^-3", density)
