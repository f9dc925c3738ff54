"""Upstream emout at its own work, driven by lines on standard input.

Runs in an environment of its own, which has no emout_lab. Its session is a Dask cluster of one
worker process, as ours is. Each line names an action; the answer is one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

IMPORT = "import time; t = time.perf_counter(); import emout; print(time.perf_counter() - t)"


def main(run: str, film_run: str) -> None:
    """Answer until standard input ends."""
    # Its own prints must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    with upstream_session(run, film_run) as actions:
        print(json.dumps("ready"), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(actions[line.strip()]()), file=answers, flush=True)


@contextlib.contextmanager
def upstream_session(run: str, film_run: str) -> Iterator[dict[str, Callable[[], Any]]]:
    """Start a session and give what can be asked of it."""
    import matplotlib

    matplotlib.use("agg")
    warnings.simplefilter("ignore")
    import emout
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster),
        tempfile.TemporaryDirectory() as folder,
    ):
        there = emout.Emout(run).remote()
        here = emout.Emout(film_run)
        image = Path(folder) / "figure.png"
        yield {
            "figure": lambda: figure(there, image),
            "expression": lambda: expression(there),
            "film": lambda: film(here, Path(folder) / "film.gif"),
            "import": import_time,
        }


def figure(data: Any, file: Path) -> int:
    """Draw what ``figure.one_map`` draws and return the size of the image."""
    import matplotlib.pyplot as plt
    from emout.distributed import remote_figure

    # Naming a file is its way to hand over the image outside of a notebook.
    with remote_figure(dpi=150, figsize=(6, 4), savefilepath=file):
        data.phisp[-1, :, 32, :].plot()
        plt.axhline(y=0.03, color="red")
        plt.xlabel("x [m]")
        plt.title("potential")
    return file.stat().st_size


def expression(data: Any) -> float:
    """Evaluate what ``expression.ten_operations`` evaluates."""
    plane = data.phisp[-1, :, 32, :]
    return float(((abs(plane * 2 + 1) - 3) / 4 + plane).max() - plane.min())


def film(data: Any, file: Path) -> int:
    """Write the film that ``animation.film`` writes."""
    data.phisp[:, :, 64, :].gifplot(action="save", filename=file)
    return file.stat().st_size


def import_time() -> float:
    """Return the seconds of ``import emout`` in a fresh interpreter."""
    found = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, check=True)
    return float(found.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:3])
