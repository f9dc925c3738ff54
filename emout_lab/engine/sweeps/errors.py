"""What goes wrong with what experiments give."""

from __future__ import annotations

from emout_lab.errors import EmoutLabError


class ResultsStructureException(EmoutLabError, TypeError):
    """Something is no results dictionary."""


class CancelledException(EmoutLabError):
    """Stands for the result of a point that was given up; it is recorded, not raised."""
