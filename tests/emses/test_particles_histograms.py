"""Histograms and moments of particles in blocks: what NumPy gives for all of them at once."""

from __future__ import annotations

import pickle
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from emout_lab.emses import Emout, execution
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles
from emout_lab.emses.particles import Histogram, blocks
from emout_lab.emses.units import ELECTRON_MASS, ELEMENTARY_CHARGE
from emout_lab.errors import BadOption, DataError, UnknownField
from emout_lab.remote.session_executor import SessionExecutor


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = write_demo_data(tmp_path_factory.mktemp("particles") / "run", grid=8, steps=5)
    return write_demo_particles(target, particles=1500)


@pytest.fixture(params=["one block", "many blocks"])
def data(run: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Emout:
    if request.param == "many blocks":
        monkeypatch.setattr(blocks, "FEWEST_ROWS", 1)
        monkeypatch.setattr(blocks, "BLOCK_BYTES", 9000)
        monkeypatch.setattr(blocks, "PIECE_ROWS", 444)
    return Emout(run)


def whole(particles, name: str) -> np.ndarray:
    return np.concatenate([step[name].values for step in particles])


BINS = {
    "number": {"bins": 37},
    "default": {},
    "range": {"bins": 50, "range": (-1e6, 2e6)},
    "edges": {"bins": [-3e6, -1e5, 0, 0, 2e6]},
    "no width": {"bins": 4, "range": (1.0, 1.0)},
}


@pytest.mark.parametrize("options", BINS.values(), ids=list(BINS))
def test_a_histogram_is_that_of_numpy(data: Emout, options):
    values = whole(data.p1, "vx")
    counts, edges = data.p1.hist("vx", **options)
    expected = np.histogram(values, **{"bins": 100, **options})
    np.testing.assert_array_equal(counts, expected[0])
    np.testing.assert_array_equal(edges, expected[1])
    assert counts.dtype == expected[0].dtype and edges.dtype == expected[1].dtype
    one = data.p1[2].hist("vx", **options)
    np.testing.assert_array_equal(
        one.counts, np.histogram(data.p1[2].vx.values, **{"bins": 100, **options})[0]
    )


MAPS = {
    "number": {"bins": 20},
    "pair": {"bins": (7, 30)},
    "edges": {"bins": ([0, 0.01, 0.05], 10)},
    "same edges": {"bins": np.linspace(-1e6, 1e6, 5)},
    "range": {"bins": 12, "range": ((0, 0.03), (-1e6, 1e6))},
    "half a range": {"bins": 12, "range": (None, (-1e6, 1e6))},
}


@pytest.mark.parametrize("options", MAPS.values(), ids=list(MAPS))
def test_a_map_of_phase_space_is_that_of_numpy(data: Emout, options):
    x, vx = whole(data.p1, "x"), whole(data.p1, "vx")
    found = data.p1.hist2d("x", "vx", **options)
    if options.get("range", (0, 0))[0] is None:
        options = {**options, "range": ((x.min(), x.max()), options["range"][1])}
    for one, other in zip(found, np.histogram2d(x, vx, **options), strict=True):
        np.testing.assert_array_equal(one, other)
    if "range" not in options and "edges" not in str(options):
        np.testing.assert_array_equal(found.along("vx").counts, found.counts.sum(axis=0))


def test_parts_of_steps_and_of_particles_are_counted(data: Emout):
    ions = data.p2
    for part in (ions[1:4], ions[[4, 0]], ions[::2]):
        np.testing.assert_array_equal(
            part.hist("z", bins=9).counts, np.histogram(whole(part, "z"), 9)[0]
        )
    np.testing.assert_array_equal(ions.z.hist(9).counts, ions.hist("z", 9).counts)
    np.testing.assert_array_equal(ions.z[3].hist(9).counts, ions[3].hist("z", 9).counts)
    step = ions[3]
    for part in (step[100:], step[::7], step[step.vx > 0], step[[3, 1, 3]]):
        np.testing.assert_array_equal(part.hist("z").counts, np.histogram(part.z.values, 100)[0])
    is_near = (step.x.values >= 0.01) & (step.x.values <= 0.02) & (step.vy.values > 0)
    where = {"x": (0.01, 0.02), "vy": (1e-300, np.inf)}
    expected = np.histogram(step.vx.values[is_near], 30)
    for found, known in zip(step.hist("vx", 30, where=where), expected, strict=True):
        np.testing.assert_array_equal(found, known)


def test_weights_speed_and_energy_are_computed_of_each_particle(data: Emout):
    step, unit = data.p1[3], data.unit
    v = np.stack([step[name].values.astype(float) for name in ("vx", "vy", "vz")])
    energy = 0.5 * ELECTRON_MASS * (v**2).sum(axis=0) / ELEMENTARY_CHARGE
    counts, edges = step.hist("energy", bins=40, range=(0, 30))
    np.testing.assert_array_equal(counts, np.histogram(energy, 40, range=(0, 30))[0])
    assert step.hist("energy").units == "eV"
    assert step.hist("energy").edges[-1] == pytest.approx(energy.max())
    weighted = step.hist("x", bins=20, weights="energy")
    np.testing.assert_allclose(
        weighted.counts, np.histogram(step.x.values, 20, weights=energy)[0], rtol=1e-12
    )
    own = np.arange(len(step))
    for part, weights in ((step, own), (step[::3], own[::3])):
        np.testing.assert_allclose(
            part.hist2d("x", "vx", bins=5, weights=weights).counts,
            np.histogram2d(part.x.values, part.vx.values, 5, weights=weights)[0],
        )
    speed = step.hist("speed", bins=8, range=(0, 50), use_si=False)
    np.testing.assert_array_equal(
        speed.counts, np.histogram(unit.v.trans(np.sqrt((v**2).sum(axis=0))), 8, (0, 50))[0]
    )
    assert speed.units == "EMSES unit" and data.p1.val_emses.hist("x", 3).units == "grid"
    assert data.p1.hist("tid", 10).edges[0] == whole(data.p1, "tid").min()


def test_moments_are_those_of_numpy(data: Emout):
    table = data.p1.moments()
    assert table.index.tolist() == list(range(5)) and table.index.name == "step"
    assert table["count"].tolist() == data.p1.counts.tolist()
    np.testing.assert_allclose(table.t, data.p1.t)
    for step in data.p1:
        row = table.loc[step.step]
        for name in ("vx", "vy", "vz"):
            values = step[name].values.astype(float)
            assert row[name] == pytest.approx(values.mean(), rel=1e-9, abs=1e-6)
            assert row[f"std_{name}"] == pytest.approx(values.std())
            energy = ELECTRON_MASS * values.var() / ELEMENTARY_CHARGE
            assert row[f"T{name[1]}"] == pytest.approx(energy)
        assert row["T"] == pytest.approx(row[["Tx", "Ty", "Tz"]].mean())
    assert table.attrs["units"]["T"] == "eV" and table.attrs["units"]["vx"] == "m/s"
    part = data.p1[1:3].moments(where={"x": (0, 0.032)})
    assert part.index.tolist() == [1, 2]
    assert part["count"].tolist() == [int((step.x.values <= 0.032).sum()) for step in data.p1[1:3]]
    si, emses = data.p1[0].moments(), data.p1[0].moments(use_si=False)
    assert emses.std_vx.iloc[0] == pytest.approx(data.unit.v.trans(si.std_vx.iloc[0]))
    assert emses["T"].iloc[0] == pytest.approx(data.unit.phi.trans(si["T"].iloc[0]))


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A run with a parameter file and nothing else."""
    (tmp_path / "plasma.inp").write_text("&tmgrid\n nx=8\n/\n")
    return tmp_path


def write(run: Path, name: str, *steps: np.ndarray) -> None:
    with h5py.File(run / f"{name}e00_0000.h5", "w") as file:
        for number, values in enumerate(steps):
            file[f"{name}e/{number:04d}"] = values


def test_steps_without_particles_and_double_precision_are_counted(bare: Path):
    values = np.random.default_rng(0).normal(size=1000)
    none = np.empty(0)
    write(bare, "p1vx", none, values, none)
    data = Emout(bare)
    for one, other in zip(data.p1.hist("vx"), np.histogram(values, 100), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(data.p1[0].hist("vx"), np.histogram(none, 100), strict=True):
        np.testing.assert_array_equal(one, other)
    assert data.p1.counts.tolist() == [0, 1000, 0] and data.p1.moments().vx.isna().tolist() == [
        True,
        False,
        True,
    ]
    assert data.p1.t.tolist() == [0, 1, 2]
    data.p1[0].hist("vx").plot(log=True)
    data.p1[0].hist2d("vx", "vx").plot(log=True)
    with pytest.raises(UnknownField, match="no column 'x'"):
        data.p1.hist("x")
    with pytest.raises(DataError, match=r"no qm\(1\)"):
        write(bare, "p1vy", none, values, none)
        write(bare, "p1vz", none, values, none)
        Emout(bare).p1.hist("energy")


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i4"])
def test_values_on_the_edges_fall_where_numpy_puts_them(bare: Path, dtype: str):
    random = np.random.default_rng(3)
    x = random.integers(-30, 30, 5000) / (1 if dtype == "i4" else 10)
    y = np.linspace(1e6, 1e6 + 5, 5000)
    write(bare, "p1x", x.astype(dtype))
    write(bare, "p1vx", y.astype(dtype))
    step = Emout(bare).p1[0]
    ranges = (None, ((-1, 2), None), ((-3, 2.9), (1e6, 1e6 + 1)))
    for bins in (1, 2, 3, 7, 10, 59, 60, (40, [1e6, 1e6 + 1, 1e6 + 1, 1e6 + 4])):
        for limits in ranges:
            expected = np.histogram2d(
                x.astype(dtype), y.astype(dtype), bins, _full(limits, x, y, dtype)
            )
            for one, other in zip(step.hist2d("x", "vx", bins, limits), expected, strict=True):
                np.testing.assert_array_equal(one, other)
        if isinstance(bins, int):
            expected = np.histogram(x.astype(dtype), bins)
            for one, other in zip(step.hist("x", bins), expected, strict=True):
                np.testing.assert_array_equal(one, other)


def _full(limits, x, y, dtype):
    if limits is None:
        return None
    both = zip(limits, (x.astype(dtype), y.astype(dtype)), strict=True)
    return [(own.min(), own.max()) if given is None else given for given, own in both]


def test_memory_stays_flat_however_many_particles_there_are(bare: Path):
    count = 3 * 2**21
    column = np.linspace(-1, 1, count, dtype=np.float32)
    write(bare, "p1x", column, column)
    write(bare, "p1vx", column, column)
    data, most = Emout(bare), 40 * 2**20
    assert data.p1.nbytes > 2 * most
    data.p1[0][:9].hist2d("x", "vx")
    for compute in (
        lambda: data.p1.hist("vx", bins=10).counts.sum(),
        lambda: data.p1[:1].hist2d("x", "vx", bins=10, range=((-1, 1), (-1, 1))).counts.sum() * 2,
        lambda: data.p1.moments()["count"].sum(),
    ):
        tracemalloc.start()
        total = compute()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == 2 * count and peak < most / 2, peak


def test_blocks_are_bounded_and_short_steps_share_one(bare: Path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 400)
    monkeypatch.setattr(blocks, "FEWEST_ROWS", 200)
    sizes = [250, 10, 0, 20, 20, 99]
    write(bare, "p1x", *(np.arange(size, dtype=np.float32) for size in sizes))
    tasks: list = []

    class Watched(execution.Here):
        def map(self, function, items, **options):
            tasks.append(items)
            return super().map(function, items, **options)

    with execution.using(Watched()):
        counts = Emout(bare).p1.hist("x", bins=10, range=(0, 300)).counts
    expected = np.concatenate([np.arange(size) for size in sizes])
    np.testing.assert_array_equal(counts, np.histogram(expected, 10, (0, 300))[0])
    rows = [[len(part.rows) for part in task[1]] for task in tasks[0]]
    assert rows == [[100], [100], [50, 10, 20, 20], [99]]
    assert all(len(pickle.dumps(task)) < 3000 for task in tasks[0])


def test_progress_is_told_block_by_block_with_the_bytes_that_are_read(data: Emout):
    told: list = []
    read: list = []

    class Watched(SessionExecutor):
        def map(self, function, tasks, **options):
            read.append(options["nbytes"])
            return super().map(function, tasks, **options)

        def progress(self, done, total, label, detail=""):
            told.append((done, total, label))

    with execution.using(Watched()):
        data.p1.hist("vx", range=(-1, 1))
        number = len(told)
        data.p1[1].hist2d("x", "vx", range=((-1, 1), (-1, 1)))
    assert [item[0] for item in told[:number]] == list(range(1, number + 1))
    assert {item[1:] for item in told[:number]} == {(number, "p1: histogram of vx")}
    assert told[-1][2] == "p1[1]: histogram of x and vx"
    assert read == [4 * data.p1.counts.sum(), 8 * data.p1.counts[1]]


def test_results_say_what_they_are_and_travel(data: Emout):
    hist, phase = data.p1.hist("vx", 10), data.p1[-1].hist2d("x", "vx", 10)
    assert "p1, t = 0 s to" in repr(hist) and "(5 steps)" in repr(hist) and "vx [m/s]" in repr(hist)
    assert f"{int(data.p1.counts.sum()):,} particles" in repr(hist)
    assert "10 x 10 bins of x [m] and vx [m/s]" in repr(phase)
    assert hist.units == "m/s" and phase.units == ("m", "m/s")
    again = pickle.loads(pickle.dumps(hist))
    assert isinstance(again, Histogram) and repr(again) == repr(hist) and again.fetch() is again
    assert (hist.density * np.diff(hist.edges)).sum() == pytest.approx(1)
    assert hist.to_series().index.name == "vx" and hist.to_series().sum() == hist.counts.sum()
    assert len(hist.centers) == 10 and hist.nbytes == hist.counts.nbytes + hist.edges.nbytes
    with pytest.raises(BadOption, match="the map has x and vx"):
        phase.along("y")


OPTIONS = {
    "bins 0": (lambda p: p.hist("vx", bins=0), "bins=0: give between 1"),
    "bins auto": (lambda p: p.hist("vx", bins="auto"), "'auto'.*all particles at once"),
    "bins falling": (lambda p: p.hist("vx", bins=[2, 1]), "edges, which rise"),
    "bins words": (lambda p: p.hist("vx", bins=["a", "b"]), "edges, which rise"),
    "bins huge": (lambda p: p.hist2d("x", "vx", bins=10_000), "100,000,000"),
    "range": (lambda p: p.hist("vx", range=3), "lowest and the highest"),
    "range backward": (lambda p: p.hist("vx", range=(1, 0)), "lowest and the highest"),
    "range nan": (lambda p: p.hist("vx", range=(np.nan, 0)), "lowest and the highest"),
    "ranges": (lambda p: p.hist2d("x", "vx", range=(0, 1, 2)), "two ranges"),
    "range of a map": (lambda p: p.hist2d("x", "vx", range=(0, 1)), "lowest and the highest"),
    "where": (lambda p: p.hist("vx", where=[True]), "take the particles of a step first"),
    "where range": (lambda p: p.hist("vx", where={"x": 3}), r"where\['x'\]=3"),
    "weights of steps": (lambda p: p.hist("vx", weights=np.ones(3)), "particles of one step"),
    "weights": (lambda p: p[0].hist("vx", weights=np.ones(3)), r"shape \(3,\) for"),
}


@pytest.mark.parametrize(("ask", "message"), OPTIONS.values(), ids=list(OPTIONS))
def test_what_cannot_be_counted_says_why(run: Path, ask, message: str):
    with pytest.raises(BadOption, match=message):
        ask(Emout(run).p1)


def test_unknown_quantities_name_those_that_there_are(run: Path):
    for ask in (
        lambda p: p.hist("mass"),
        lambda p: p.hist2d("x", "mass"),
        lambda p: p.hist("x", weights="mass"),
        lambda p: p.hist("x", where={"mass": (0, 1)}),
    ):
        with pytest.raises(UnknownField, match="no column 'mass'.*x, y, z.*speed and energy"):
            ask(Emout(run).p1)
