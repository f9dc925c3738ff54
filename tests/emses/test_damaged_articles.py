"""Articles that are damaged, hostile or missing are refused, each with its reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from emout_lab import article
from emout_lab.emses import Emout
from emout_lab.errors import (
    BadFile,
)


def damaged(file: Path, change) -> Path:
    copy = file.with_name("bad.h5")
    shutil.copy(file, copy)
    change(copy)
    return copy


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def other_version(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["version"] = 99


def no_index(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["index"]


def no_json(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["index"]
        file["index"] = np.frombuffer(b'{"runs": 3}', dtype=np.uint8)


def led_elsewhere(path: Path) -> None:
    secret = path.with_name("secret.h5")
    with h5py.File(secret, "w") as file:
        file["values"] = np.zeros((17, 17))
    with h5py.File(path, "a") as file:
        del file["parts/0/values"]
        file["parts/0/values"] = h5py.ExternalLink(str(secret), "values")


def stored_elsewhere(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["parts/0/values"]
        place = [(str(path.with_name("secret.h5")), 0, 17 * 17 * 8)]
        file.create_dataset("parts/0/values", (17, 17), "f8", external=place)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (cut, "not a readable HDF5 file"),
        (other_version, "version 99"),
        (no_index, "is damaged"),
        (no_json, "is damaged"),
        (led_elsewhere, "leads elsewhere"),
        (stored_elsewhere, "in another file"),
    ],
)
def test_a_damaged_or_hostile_file_is_refused(data, tmp_path, change, says):
    file = tmp_path / "a.h5"
    with article.record(file):
        data.phisp[0, 0].compute()
    bad = damaged(file, change)
    with pytest.raises(BadFile, match=says):
        Emout(bad).phisp[0, 0].values  # noqa: B018


def test_a_missing_article_and_a_foreign_file_are_errors_of_their_own(demo_dir, tmp_path):
    with pytest.raises(BadFile, match="No article"):
        article.replay(tmp_path / "a.h5")
    with pytest.raises(BadFile, match="No article"):
        Emout(f"{tmp_path}/a.h5::run")
    with pytest.raises(BadFile, match="no article of emout_lab"):
        Emout(demo_dir / "phisp00_0000.h5")
