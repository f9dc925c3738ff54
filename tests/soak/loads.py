"""What a long day of work does again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .stage import Stage

Load = Callable[[Stage, int], None]


def figures(stage: Stage, count: int) -> None:
    """Draw lines and maps, and show them."""
    stage.cell(f"""
for n in range({count}):
    with remote_figure(dpi=50):
        if n % 4:
            plt.plot(x + n)
        else:
            plt.pcolormesh(plane + n)
            plt.colorbar()
        plt.title(f"step {{n % 20}}")  # matplotlib remembers 4096 texts
""")


def expressions(stage: Stage, count: int) -> None:
    """Compute on the engine, and have the number here."""
    stage.cell(f"""
for n in range({count}):
    found = float((((x * 2 + n) - 1).mean() + x[n % 1000]) / 3)
""")


def live_frames(stage: Stage, count: int) -> None:
    """Look at steps and parts of a map."""
    stage.loop.run(stage.look(count, _wish))


def applies(stage: Stage, count: int) -> None:
    """Call functions on the engine, one after the other and many at once."""
    stage.cell(f"""
for n in range({count} // 2):
    assert view.apply_sync(pow, n, 2) == [n ** 2]
for first in range(0, {count} // 2, 50):
    found = [view.apply_async(lambda k: str(k), first + k) for k in range(50)]
    assert [each.get() for each in found] == [[str(first + k)] for k in range(50)]
del found
""")


def sweep_points(stage: Stage, count: int) -> None:
    """Sweep over the points of a parameter, and have the results."""
    stage.cell(f"""
lab = ClusterLab(LabNotebook(), session=session)
lab["k"] = range({count})
lab.runExperiment(Square())
lab.wait()
assert lab.notebook().numberOfResults() == {count}
lab.close()
del lab
""")


def _wish(n: int) -> dict[str, Any]:
    return {"t": n % 20, "axes": [{"i": 0, "clim": [-1.0 - n % 7, 1.0 + n % 5]}]}
