"""What the package writes to its log."""

from __future__ import annotations

import logging


def set_log_level(level: str = "WARNING") -> None:
    """Say from which level on messages are shown.

    Parameters
    ----------
    level : {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
        The level, in whichever case.

    Raises
    ------
    ValueError
        When there is none of this name.
    """
    logger = logging.getLogger("emout_lab")
    logger.setLevel(level.upper())
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(name)s [%(levelname)s] %(message)s"))
        logger.addHandler(handler)
