"""Particles in a session: counted on all workers, read through an engine, drawn in figures."""

from __future__ import annotations

import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from emout_lab import Emout, remote_figure
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles
from emout_lab.emses.particles import blocks
from emout_lab.errors import BadFile, ReadTooLarge, RemoteError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    target = write_demo_data(tmp_path_factory.mktemp("particles") / "run", grid=8, steps=4)
    return write_demo_particles(target, particles=3000)


@pytest.fixture
def local(run):
    return Emout(run, local_data_policy="local")


@pytest.fixture
def remote(run, session):
    return Emout(run).remote(session=session)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "FEWEST_ROWS", 1)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 9000)


def same(one, other) -> None:
    for found, expected in zip(one, other, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.fixture
def asked(session, monkeypatch):
    """Labels and numbers of tasks that are shared out over the workers."""
    from emout_lab.client import tasks

    calls: list = []
    share = tasks.map

    def watched(client, function, items, **options):
        calls.append((options["label"], len(items)))
        return share(client, function, items, **options)

    monkeypatch.setattr(tasks, "map", watched)
    return calls


def test_histograms_and_moments_are_computed_by_the_workers(run, local, asked, small_blocks):
    electrons = Emout(run).p1
    same(electrons.hist("vx"), local.p1.hist("vx"))
    assert [label for label, _ in asked] == [
        "p1: histogram of vx (range)",
        "p1: histogram of vx",
    ]
    assert all(number > 5 for _, number in asked)
    same(electrons[1:].hist2d("x", "vx", bins=20), local.p1[1:].hist2d("x", "vx", bins=20))
    assert electrons.moments().equals(local.p1.moments())
    chosen = electrons[2][electrons[2].vx > 0]
    same(chosen.hist("y", 9), np.histogram(local.p1[2].y.values[local.p1[2].vx.values > 0], 9))


def test_columns_and_tables_are_read_by_the_engine(run, session, local, programs):
    step = Emout(run).p1[-1]
    np.testing.assert_array_equal(step.vx, local.p1[-1].vx)
    assert len(programs) == 1
    assert step.to_pandas().equals(local.p1[-1].to_pandas())
    assert len(programs) == 2
    np.testing.assert_array_equal(step[[5, 1]].x, local.p1[-1].x.values[[5, 1]])


def test_the_read_limit_holds_for_tables_and_not_for_histograms(run, session, local, monkeypatch):
    monkeypatch.setenv("EMOUT_LAB_READ_LIMIT", "20kB")
    step = Emout(run).p1[-1]
    assert step.vx.values.nbytes < 20_000 < step.nbytes
    way = re.escape(f"Emout({str(run)!r}).remote().p1[3]")
    for read in (step.to_pandas, step.compute):
        with pytest.raises(ReadTooLarge, match=rf"p1\[3\] \(7 x .*{way}"):
            read()
    same(step.hist("vx"), local.p1[-1].hist("vx"))


def test_a_remote_run_has_the_same_particles(remote, local):
    electrons = remote.p1
    assert len(electrons) == 4 and len(electrons[-1]) == len(local.p1[-1])
    assert repr(electrons[-1].fetch()) == repr(local.p1[-1].compute())
    hist = electrons.hist("vx", bins=30)
    same(hist.fetch(), local.p1.hist("vx", bins=30))
    counts, edges = hist
    assert float(counts.sum()) == local.p1.counts.sum() and len(edges) == 31
    fast = electrons[-1][electrons[-1].vx > 1e6]
    assert len(fast) == (local.p1[-1].vx.values > 1e6).sum()
    assert float(electrons[-1].vx.values.max()) == local.p1[-1].vx.values.max()
    np.testing.assert_array_equal(electrons[-1].vx.fetch().values, local.p1[-1].vx.values)
    assert electrons.moments().fetch().equals(local.p1.moments())


def picture(source: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(source)).convert("RGB")).astype(int)


DRAWINGS = {
    "histogram": lambda data: data.p1.hist("vx", bins=20).plot(log=True),
    "map": lambda data: data.p1.hist2d("x", "vx", bins=20).plot(log=True),
    "points": lambda data: data.p1[-1].plot("x", "vx"),
    "pair": lambda data: data.p1[-1].xvx(),
    "column": lambda data: data.p1[-1].vx.plot(kind="hist"),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=list(DRAWINGS))
def test_figures_on_the_engine_are_the_same_pictures(run, session, local, draw, tmp_path):
    fig = plt.figure(figsize=(3, 2), dpi=80)
    draw(local)
    # As a figure of the engine is saved.
    fig.savefig(tmp_path / "here.png", dpi=80, bbox_inches="tight")
    plt.close(fig)
    here = picture((tmp_path / "here.png").read_bytes())
    for data in (Emout(run), Emout(run).remote(session=session)):
        target = tmp_path / "there.png"
        with remote_figure(session=session, figsize=(3, 2), dpi=80, savefilepath=target):
            draw(data)
        there = picture(target.read_bytes())
        assert there.shape == here.shape
        assert np.abs(there - here).mean() < 1


def test_damage_is_told_as_here(run, session, tmp_path):
    import shutil

    copy = shutil.copytree(run, tmp_path / "run")
    electrons = Emout(copy).p1
    electrons.counts  # noqa: B018 - the lengths are known then
    (copy / "p1vxe00_0000.h5").unlink()
    for read in (lambda: electrons.hist("vx"), lambda: electrons[0].vx.values):
        with pytest.raises(BadFile, match=r"No file .*p1vxe00_0000.h5"):
            read()
    there = Emout(copy).remote(session=session)
    with pytest.raises(RemoteError, match="p1vx|no column"):
        there.p1.hist("vx").fetch()


def test_the_workers_share_what_an_engine_counts(run, two_engines, local):
    there = Emout(run).remote(session=two_engines)
    engine = two_engines.engine()
    engine.run(
        "from emout_lab.emses.particles import blocks\n"
        "blocks.FEWEST_ROWS, blocks.BLOCK_BYTES = 1, 6000"
    )
    same(there.p1.hist("vx", bins=12).fetch(), local.p1.hist("vx", bins=12))
    same(there.p2.hist2d("x", "y", 8).fetch(), local.p2.hist2d("x", "y", 8))
