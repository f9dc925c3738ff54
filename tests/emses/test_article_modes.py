"""Articles in upstream's form: by keywords, and by variables for a script that stays as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emout_lab import article
from emout_lab.emses import Emout
from emout_lab.emses.articles import modes
from emout_lab.errors import NotRecorded, SpecError

SCRIPT = """
import sys
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from emout_lab import Emout

data = Emout(sys.argv[1])
data.phisp[-1, :, 8, :].plot()
plt.title(f"{float(data.ex.max()):.3f} {data.inp.nx}")
plt.savefig(sys.argv[2], dpi=80)
"""


def run_script(folder: Path, run: Path, **variables: str) -> np.ndarray:
    import matplotlib.pyplot as plt

    script = folder / "figure.py"
    script.write_text(SCRIPT)
    picture = folder / "figure.png"
    picture.unlink(missing_ok=True)
    environment = {**os.environ, **variables}
    done = subprocess.run(
        [sys.executable, str(script), str(run), str(picture)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return plt.imread(picture)


def test_a_script_is_recorded_and_replayed_by_variables_alone(run_copy, tmp_path):
    records = {"EMOUT_ARTICLE_RECORDS_PATH": str(tmp_path / "records"), "EMOUT_ARTICLE_NAME": "f"}
    was = run_script(tmp_path, run_copy, EMOUT_ARTICLE_MODE="record", **records)
    shutil.rmtree(run_copy)
    assert np.array_equal(
        run_script(tmp_path, run_copy, EMOUT_ARTICLE_MODE="replay", **records), was
    )
    found = article.replay(tmp_path / "records" / "f.h5")
    assert found.parts == [
        "phisp[3, 0:17, 8, 0:17]",
        "ex[0:4, 0:17, 0:17, 0:17] reduced by max(t,z,y,x)",
    ]


@pytest.fixture
def of_process():
    """The recordings of this process end with the test."""
    yield modes._OF_PROCESS
    modes._OF_PROCESS.close()


def test_runs_are_recorded_by_keywords_and_others_are_not(run_copy, demo_dir, tmp_path, of_process):
    options = {"article_records_path": tmp_path / "records", "article_name": "fig1"}
    data = Emout(run_copy, article_mode="record", article_source_name="case_a", **options)
    was = data.phisp[-1, 4].values
    data.ex[0, 0].compute()
    Emout(demo_dir).ey[0, 0].compute()
    of_process.save()
    file = tmp_path / "records" / "fig1.h5"
    assert article.replay(file).runs == ["case_a"]
    np.asarray(data.ez[0, 0])
    of_process.close()
    data.ey[0, 0].compute()
    assert [part.split("[")[0] for part in article.replay(file).parts] == ["phisp", "ex", "ez"]
    shutil.rmtree(run_copy)
    again = Emout("elsewhere", article_mode="replay", article_source_name="case_a", **options)
    np.testing.assert_array_equal(again.phisp[-1, 4], was)
    with pytest.raises(NotRecorded, match="no run 'case_b'"):
        Emout("elsewhere", article_mode="replay", article_source_name="case_b", **options)
    # A second process adds to the file.
    Emout(demo_dir, article_mode="record", **options).phisp[0, 0].compute()
    of_process.close()
    assert article.replay(file).runs == ["case_a", demo_dir.name]
    assert len(article.replay(file).parts) == 4


def test_what_does_not_fit_is_refused(run_copy, tmp_path):
    with pytest.raises(SpecError, match="'playback' is none of"):
        Emout(run_copy, article_mode="playback")
    with pytest.raises(SpecError, match="EMOUT_ARTICLE_RECORDS_PATH"):
        Emout(run_copy, article_mode="record")
    with pytest.raises(SpecError, match="no name of a file"):
        Emout(run_copy, article_mode="record", records_path=tmp_path, article_name="../x")
    with pytest.raises(TypeError, match="article_moode"):
        Emout(run_copy, article_moode="record")
    assert Emout(run_copy, article_mode="normal").inp.nx == 16
