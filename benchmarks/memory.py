"""Memory of the notebook's process while it plots a slice of a 4 GB array."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from setting import HUGE_GRID, Setting
from table import Row

BUDGET_MB = 10.0


def measure(setting: Setting) -> list[Row]:
    """Do it in a process that has drawn a small figure before."""
    found = subprocess.run(
        [sys.executable, __file__, setting.session.name, str(setting.run), str(setting.huge)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    grown = float(found.stdout)
    gigabytes = 4 * (HUGE_GRID + 1) ** 3 / 1e9
    return [
        Row(
            f"memory of the kernel, slice of {gigabytes:.1f} GB plotted",
            f"{grown:.1f} MB more",
            f"< {BUDGET_MB:.0f} MB more",
            grown < BUDGET_MB,
        )
    ]


def kernel(name: str, small: Path, huge: Path) -> float:
    """Return by how many MB the peak of this process grew over that of a small figure."""
    from emout_lab import Emout, connect, remote_figure

    with connect(name=name) as session:
        peaks = []
        for directory in (small, huge):
            data = Emout(directory).remote(session=session)
            with remote_figure(display=False):
                data.phisp[-1, :, 32, :].plot()
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    return peaks[1] - peaks[0]


if __name__ == "__main__":
    print(kernel(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
