"""epyc over ipyparallel at its own work, driven by lines on standard input.

Runs in an environment of its own, which has no emout_lab. Each line is a number of points; the
answer is one line of JSON: how long it took to submit and to collect them, in seconds.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import epyc
import ipyparallel


class Same(epyc.Experiment):
    """Gives its parameter back."""

    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        """Do nothing with it."""
        return {"y": params["k"]}


def main() -> None:
    """Answer until standard input ends."""
    # Its own prints must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    cluster = ipyparallel.Cluster(n=2, log_level=40)
    cluster.start_and_connect_sync().wait_for_engines(2)
    where = {"profile": cluster.profile, "cluster_id": cluster.cluster_id}
    print(json.dumps("ready"), file=answers, flush=True)
    try:
        for line in sys.stdin:
            print(json.dumps(swept(int(line), where)), file=answers, flush=True)
    finally:
        cluster.stop_cluster_sync()


def swept(points: int, where: dict[str, Any]) -> float:
    """Return how long it takes to submit points and to collect them [s]."""
    lab = epyc.ClusterLab(epyc.LabNotebook(), **where)
    lab["k"] = range(points)
    experiment = Same()
    start = time.perf_counter()
    lab.runExperiment(experiment)
    # Its own wait() looks every half minute only.
    while not lab.ready():
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    assert len(lab.results()) == points
    lab.close()
    return seconds


if __name__ == "__main__":
    main()
