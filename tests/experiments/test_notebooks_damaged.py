"""HDF5 notebooks of which a part is gone: they are told as damaged, never as empty."""

from __future__ import annotations

import random

import h5py
import pytest

from emout_lab.experiments import HDF5LabNotebook
from emout_lab.experiments.errors import ForeignNotebook, NotebookVersionException

TABLE = "epyc.resultset.default/results"
#: h5py itself may never come back from what is damaged in other ways.
DAMAGES = 40


@pytest.fixture
def path(tmp_path):
    name = tmp_path / "a.h5"
    with HDF5LabNotebook(name, create=True) as notebook:
        for k in range(50):
            metadata = {"epyc.experiment.status": True}
            notebook.addResult({"parameters": {"k": k}, "metadata": metadata, "results": {"y": k}})
    return name


def without_table(file):
    del file[TABLE]


def without_table_and_missing(file):
    del file[TABLE], file["epyc.resultset.default/emout_lab.missing"]


def without_set(file):
    del file["epyc.resultset.default"]


def shortened(file):
    file[TABLE].resize((20,))


def without_meaning(file):
    file[TABLE].attrs["results"] = file[TABLE].attrs["results"][:0]


@pytest.mark.parametrize(
    "damage", [without_table, without_table_and_missing, without_set, shortened, without_meaning]
)
def test_a_notebook_that_has_lost_results_is_damaged_and_not_empty(path, damage):
    with h5py.File(path, "r+") as file:
        damage(file)
    with pytest.raises(ForeignNotebook, match="damaged"):
        HDF5LabNotebook(path)


@pytest.mark.parametrize("seed", range(4))
def test_names_that_are_damaged_lose_nothing_without_a_word(path, seed):
    data = path.read_bytes()
    rng = random.Random(seed)
    known = (b"epyc.resultset.default", b"results", b"emout_lab.missing", b"current-resultset")
    for _ in range(DAMAGES // 4):
        changed = bytearray(data)
        name = rng.choice(known)
        places = [i for i in range(len(data)) if data.startswith(name, i)]
        changed[rng.choice(places) + rng.randrange(len(name))] = rng.randrange(33, 127)
        path.write_bytes(bytes(changed))
        try:
            found = HDF5LabNotebook(path, read_only=True)
        except (ForeignNotebook, NotebookVersionException):
            continue
        count = sum(len(found.results(tag)) for tag in found.resultSets())
        assert count == 50
