"""Particle files that are missing, damaged or do not fit each other: file, step and column."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles
from emout_lab.errors import BadFile


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = write_demo_data(tmp_path_factory.mktemp("particles") / "run", grid=8, steps=4)
    return write_demo_particles(target, particles=3000)


@pytest.fixture
def run(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "run"))


READERS = {
    "column": lambda p: p.vx[2].values,
    "table": lambda p: p[2].to_pandas(),
    "histogram": lambda p: p.hist("vx"),
    "map": lambda p: p.hist2d("x", "vx"),
    "moments": lambda p: p.moments(),
    "plot": lambda p: p[2].plot("x", "vx"),
}
readers = pytest.mark.parametrize("read", READERS.values(), ids=list(READERS))


@readers
def test_a_file_that_is_gone_is_named(run: Path, read):
    electrons = Emout(run).p1
    electrons.counts  # noqa: B018 - the lengths are known then
    (run / "p1vxe00_0000.h5").unlink()
    with pytest.raises(BadFile, match=r"No file .*p1vxe00_0000.h5"):
        read(electrons)


@readers
def test_a_damaged_dataset_is_named_with_step_and_column(run: Path, read):
    path = run / "p1vxe00_0000.h5"
    with h5py.File(path, "a") as file:
        values = file["p1vxe/0002"][...]
        del file["p1vxe/0002"]
        file.create_dataset("p1vxe/0002", data=values, compression="gzip", chunks=(500,))
        place = file["p1vxe/0002"].id.get_chunk_info(3).byte_offset
    with path.open("r+b") as raw:
        raw.seek(place)
        raw.write(b"\xff" * 200)
    electrons = Emout(run).p1
    with pytest.raises(BadFile, match=r"column vx of output step 0002 .*p1vxe00_0000.h5.*damaged"):
        read(electrons)
    assert len(electrons.vx[1].values) == electrons.counts[1]
    assert electrons[:2].hist("vx").counts.sum() == electrons.counts[:2].sum()


@pytest.mark.parametrize("name", ["table", "map", "moments", "plot"])
def test_a_column_that_is_longer_than_another_is_named_with_file_and_step(run: Path, name: str):
    with h5py.File(run / "p1vxe00_0000.h5", "a") as file:
        del file["p1vxe/0002"]
        file["p1vxe/0002"] = np.zeros(7, np.float32)
    electrons = Emout(run).p1
    match = r"Column vx of output step 0002 of species 1 has 7 particles in .*p1vxe00_0000.h5"
    for read in (READERS[name], lambda p: p.counts, repr, lambda p: len(p[2])):
        with pytest.raises(BadFile, match=match):
            read(electrons)
    assert len(electrons[1]) == len(electrons.x[1])


def test_a_file_without_a_step_that_others_have_is_named(run: Path):
    with h5py.File(run / "p1ye00_0000.h5", "a") as file:
        del file["p1ye/0001"]
    with pytest.raises(BadFile, match=r"p1ye00_0000.h5 lacks output step 0001 of column y"):
        _ = Emout(run).p1


def test_a_truncated_or_empty_or_foreign_file_is_named(run: Path):
    path = run / "p1ze00_0000.h5"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadFile, match=r"p1ze00_0000.h5.*not a readable HDF5 file"):
        _ = Emout(run).p1
    path.write_bytes(b"")
    with pytest.raises(BadFile, match="p1ze00_0000.h5"):
        _ = Emout(run).p1
    path.unlink()
    with h5py.File(path, "w") as file:
        file["other/things"] = 3
    with pytest.raises(BadFile, match=r"p1ze00_0000.h5 holds no output step yet"):
        _ = Emout(run).p1
    with h5py.File(path, "w") as file:
        for step in range(4):
            file[f"p1ze/{step:04d}"] = np.zeros((3, 4))
    with pytest.raises(BadFile, match=r"step 0000 of column z in .*has shape \(3, 4\)"):
        len(Emout(run).p1[0])


def test_two_files_of_one_column_are_refused(run: Path):
    shutil.copy(run / "p1xe00_0000.h5", run / "p1x00_0000.h5")
    with pytest.raises(BadFile, match="same column of the same part"):
        _ = Emout(run).p1


def test_a_step_that_changes_length_after_opening_is_not_read_as_before(run: Path):
    electrons = Emout(run).p1
    step = electrons[1]
    assert len(step) == electrons.counts[1]
    with h5py.File(run / "p1xe00_0000.h5", "a") as file:
        del file["p1xe/0001"]
        file["p1xe/0001"] = np.zeros(7, np.float32)
    with pytest.raises(BadFile, match=r"Column x of output step 0001.*\(7,\).*Open the run again"):
        _ = step.x.values
