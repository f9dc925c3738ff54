"""Labs whose session ends while they look on."""

from __future__ import annotations

from pathlib import Path

from waiting import wait_until

from emout_lab import sessions
from emout_lab.experiments import ClusterLab, Experiment, HDF5LabNotebook


class Slow(Experiment):
    """Takes its time."""

    def do(self, params):
        import time

        time.sleep(0.05)
        return {"square": params["k"] ** 2}


def test_a_lab_that_saw_its_session_end_has_what_was_done_until_then(pair: str, folder: Path):
    sessions.start(name="ends", backend="local", memory="1G", cores=1, jobs=1, allow_multiple=True)
    try:
        sessions.wait_for_workers("ends", n=1, timeout=120)
        lab = ClusterLab(HDF5LabNotebook("ends.h5", create=True), session="ends")
        lab["k"] = range(500)
        lab.runExperiment(Slow())
        wait_until(lambda: lab.updateResults() > 0, 60)
    finally:
        sessions.stop("ends")
    assert not lab.wait(30)
    done = len(lab.results())
    assert 0 < done < 500
    assert lab.notebook().numberOfPendingResults() == 500 - done
    with ClusterLab(lab.notebook(), session=pair) as other:
        other["k"] = range(500)
        other.runExperiment(Slow())
        assert other.wait(120)
        assert sorted(other.dataframe()["k"]) == list(range(500))
    lab.close()
