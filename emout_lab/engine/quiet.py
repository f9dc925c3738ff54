"""Keeps Dask from logging a line for each question that a panel or a notebook asks."""

from __future__ import annotations

import logging
from typing import Final

# Workers and schedulers log there each function that a client runs on them.
LOGGER: Final = logging.getLogger("distributed.worker")
ROUTINE: Final = "Run out-of-band function"


def hush() -> None:
    """Leave the routine out of this process's log (twice is harmless)."""
    LOGGER.addFilter(_is_no_routine)


def speak() -> None:
    """Log everything again (twice is harmless)."""
    LOGGER.removeFilter(_is_no_routine)


def _is_no_routine(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(ROUTINE)
