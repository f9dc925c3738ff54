"""An expression reads each slice once, the next one anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from emout_lab import Emout
from emout_lab.emses.demo import write_demo_data


@pytest.fixture
def run(tmp_path) -> Path:
    return write_demo_data(tmp_path / "run", grid=8, steps=2)


COUNTING = """
from emout_lab.emses.lazy_array import EmsesArray
count = 0
read = EmsesArray.read_here
def counted(self, key):
    global count
    count += 1
    return read(self, key)
EmsesArray.read_here = counted
"""


@pytest.fixture
def engine(session):
    engine = session.engine()
    engine.run(COUNTING)
    yield engine
    engine.run("EmsesArray.read_here = read")


def test_an_expression_reads_a_slice_once(session, engine, run):
    plane = Emout(run).remote(session=session).phisp[-1, :, 4, :]
    value = float((abs(plane * 2 + 1) - 3 + plane).max() - plane.min())
    assert engine["count"].fetch() == 1
    here = Emout(run, local_data_policy="local").phisp[-1, :, 4, :].values
    assert value == pytest.approx((abs(here * 2 + 1) - 3 + here).max() - here.min(), rel=1e-5)


def test_the_next_expression_reads_anew(session, engine, run):
    plane = Emout(run).remote(session=session).phisp[-1, :, 4, :]
    float(plane.max())
    float(plane.max())
    assert engine["count"].fetch() == 2
