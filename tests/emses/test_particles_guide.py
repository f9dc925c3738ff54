"""The code of the guide's page on particles runs as it stands."""

from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from pages import DOCS, blocks

from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles

PAGE = DOCS / "users" / "particles.md"


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write_demo_particles(write_demo_data("run", grid=8, steps=5), particles=2000)
    codes = blocks(PAGE)
    assert len(codes) == 6
    names: dict = {}
    for code in codes:
        with warnings.catch_warnings():
            exec(compile(code, str(PAGE), "exec"), names)
        plt.close("all")
    assert len(Emout("demo").p1) == 4
