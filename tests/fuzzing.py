"""How long tests look for input that breaks something: seconds, or what FUZZ_MINUTES says."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

#: Minutes that all fuzz tests together may take; 0 is the short form, the same input each time.
MINUTES: Final = float(os.environ.get("FUZZ_MINUTES") or 0)


def fuzz(examples: int, per_minute: int) -> settings:
    """Return hypothesis' settings: some examples, or as many as fit into the share of a minute.

    Parameters
    ----------
    examples : int
        Of the short form, which is the same each time.
    per_minute : int
        How many the long form takes for each minute that is given.
    """
    return settings(
        max_examples=max(examples, int(per_minute * MINUTES)),
        derandomize=not MINUTES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
