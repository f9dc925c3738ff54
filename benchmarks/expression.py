"""An expression of ten operations that ends in a value."""

from __future__ import annotations

from functools import partial
from typing import Any

from figure import round_trips
from setting import Setting
from table import Row, at_least, interleaved, milliseconds

from emout_lab import Emout


def measure(setting: Setting) -> list[Row]:
    """Evaluate it remotely, and the cheapest possible round trip beside it."""
    data = Emout(setting.run).remote(session=setting.session)
    one = setting.session.open(float, 1)
    whole, trip = interleaved(partial(ten_operations, data), lambda: float(one))
    trips = round_trips(setting.session, partial(ten_operations, data))
    rows = [
        Row("expression of 10 operations + float()", milliseconds(whole)),
        Row("  one value alone", milliseconds(trip)),
        Row("  round trips", str(trips), "1", trips == 1),
    ]
    if setting.upstream is not None:
        ours, theirs = interleaved(
            partial(ten_operations, data), partial(setting.upstream.run, "expression")
        )
        rows.append(at_least(5, "  against upstream's refs", ours, theirs))
    return rows


def ten_operations(data: Any) -> float:
    """Evaluate what upstream's ``expression`` evaluates (there in EMSES units, here in SI)."""
    plane = data.phisp[-1, :, 32, :]
    return float(((abs(plane * 2 + 1) - 3) / 4 + plane).max() - plane.min())
