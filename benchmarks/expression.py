"""An expression of 13 operations that ends in a value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from figure import round_trips
from table import Row, interleaved

from emout_lab import Session


def measure(session: Session, directory: Path) -> list[Row]:  # noqa: ARG001  # one signature for all
    """Evaluate it remotely, and the cheapest possible round trip beside it."""
    data = session.open(np.arange, 4096.0)
    one = session.open(float, 1)

    def expression() -> float:
        first = np.sqrt(abs(((data + 1) * 2 - 3) / 4) ** 2)  # 7 operations
        return float(np.max((first - data[0])[3:900][::2] % 7))  # 6 more

    whole, trip = interleaved(expression, lambda: float(one))
    trips = round_trips(session, expression)
    return [
        Row("expression of 13 operations + float()", f"{whole * 1e3:.1f} ms"),
        Row("  against one value alone", f"{whole / trip:.2f} ({trip * 1e3:.1f} ms)"),
        Row("  round trips", str(trips), "1", trips == 1),
    ]
