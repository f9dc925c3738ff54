"""What keeps a call from running on an engine."""

from __future__ import annotations

from emout_lab.errors import EmoutLabError


class UnmetDependency(EmoutLabError):
    """An engine does not have what a call needs; a load-balanced one is tried on another."""
