"""Upstream's ``emout.core.units``: units that ``Emout.name2unit`` takes."""

from emout_lab.emses.unit_names import none_unit, t_unit, wpet_unit, wpit_unit

__all__ = ["none_unit", "t_unit", "wpet_unit", "wpit_unit"]
