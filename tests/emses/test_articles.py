"""Articles: what a figure has read in one file, and the same figure from it without the run."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from emout_lab import article
from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import (
    ArticleTooLarge,
    BadFile,
    DataError,
    NotRecorded,
    SpecError,
    StateError,
)


def pixels(figure) -> np.ndarray:
    figure.canvas.draw()
    found = np.asarray(figure.canvas.buffer_rgba()).copy()
    plt.close(figure)
    return found


def map_of(data: Emout):
    figure, ax = plt.subplots()
    data.phisp[-1, :, 8, :].plot(ax=ax)
    return figure


def lines_of(data: Emout):
    figure, ax = plt.subplots()
    ax.plot(data.phisp.axis("t"), data.phisp[:, 8, 8, 8])
    data.nd1p[-1, 8, :, 3:12:2].mean(axis="y").plot(ax=ax)
    ax.set_title(f"{float(data.phisp.min()):.4f} {data.phisp.max(axis=0).shape} {data.inp.nx}")
    return figure


def arrows_of(data: Emout):
    figure, ax = plt.subplots()
    data.exz[-1, :, 8, :].plot(ax=ax)
    data.rey[-1, :, 8, ::3].plot.contour(ax=ax)
    return figure


def surfaces_of(data: Emout):
    figure = plt.figure()
    ax = figure.add_subplot(projection="3d")
    data.boundaries.plot(ax=ax)
    ax.set_xlabel(data.unit.length.unit)
    return figure


def painted_of(data: Emout):
    figure = plt.figure()
    ax = figure.add_subplot(projection="3d")
    data.phisp[-1].plot_surfaces(data.boundaries, ax=ax)
    return figure


FIGURES = [map_of, lines_of, arrows_of, surfaces_of, painted_of]


def test_figures_are_drawn_again_pixel_for_pixel_without_the_run(run_copy, tmp_path):
    file = tmp_path / "figures.h5"
    with article.record(file):
        before = [pixels(draw(Emout(run_copy))) for draw in FIGURES]
    moved = tmp_path / "elsewhere" / "paper.h5"
    moved.parent.mkdir()
    shutil.move(file, moved)
    shutil.rmtree(run_copy)
    with article.replay(moved):
        block = [pixels(draw(Emout(run_copy))) for draw in FIGURES]
    opened = [pixels(draw(Emout(moved))) for draw in FIGURES]
    for was, again, other in zip(before, block, opened, strict=True):
        assert np.array_equal(was, again)
        assert np.array_equal(was, other)
    assert not np.array_equal(before[0], before[1])


def test_a_run_that_was_opened_before_the_block_is_recorded_all_the_same(data, tmp_path):
    field = data.phisp
    with article.record(tmp_path / "a.h5"):
        was = pixels(map_of(data))
        part = field[0, 0].values
        surfaces = pixels(surfaces_of(data))
    again = Emout(tmp_path / "a.h5")
    assert np.array_equal(pixels(map_of(again)), was)
    assert np.array_equal(pixels(surfaces_of(again)), surfaces)
    assert np.array_equal(again.phisp[0, 0].values, part)


def test_only_what_was_read_is_kept_and_the_same_slice_once(data, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file) as recording:
        for _ in range(3):
            data.phisp[-1, :, 8, :].plot()
            plt.close("all")
        assert recording.parts == ["phisp[3, 0:17, 8, 0:17]"]
    with h5py.File(file) as found:
        assert list(found["parts"]) == ["0"]
        part = found["parts/0"]
        np.testing.assert_array_equal(part["values"], data.phisp[-1, :, 8, :])
        np.testing.assert_array_equal(part["x"], data.phisp.axis("x"))
        assert part["t"][()] == data.phisp.axis("t")[-1]
        assert dict(part.attrs)["field"] == "phisp"
        assert part.attrs["unit"] == "V"
        assert "numpy" in json.loads(found.attrs["versions"])
    assert file.stat().st_size < 40_000


def test_what_was_not_read_is_an_error_that_names_it_and_how_to_record_it(data, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file):
        data.phisp[-1, :, 8, :].compute()
    again = Emout(file)
    with pytest.raises(NotRecorded, match=r"phisp\[3, 8, 0:17, 0:17\] is not in the article") as it:
        again.phisp[-1, 8].plot()
    assert "phisp[3, 0:17, 8, 0:17]" in str(it.value)
    assert f"article.record({str(file)!r}, mode='a')" in str(it.value)
    with pytest.raises(NotRecorded, match=r"phisp\[0:4, 0:17, 0:17, 0:17\] reduced by max"):
        again.phisp.max()
    with pytest.raises(NotRecorded, match="ex is not in the article"):
        again.ex  # noqa: B018
    with pytest.raises(NotRecorded, match="icur is not in"):
        again.icur  # noqa: B018
    with pytest.raises(AttributeError, match="No field 'phips'"):
        again.phips  # noqa: B018


def test_parts_of_what_was_read_are_there_too(data, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file):
        data.phisp[1].compute()
        data.phisp[2].compute()
        data.ex[0, ::2, 3:9, 4].compute()
    again = Emout(file)
    np.testing.assert_array_equal(again.phisp[1, 3, ::-2, [1, 5]], data.phisp[1, 3, ::-2, [1, 5]])
    np.testing.assert_array_equal(again.phisp[1:3, 4], data.phisp[1:3, 4])
    np.testing.assert_array_equal(again.phisp[1:2, 4], data.phisp[1:2, 4])
    np.testing.assert_array_equal(again.ex[0, 4:9:4, 5, 4], data.ex[0, 4:9:4, 5, 4])
    np.testing.assert_array_equal(again.ex[0, 4:9:4, 5:6, 4:5], data.ex[0, 4:9:4, 5:6, 4:5])
    assert float(again.phisp[1].max()) == float(data.phisp[1].max())
    with pytest.raises(NotRecorded):
        again.ex[0, 1, 5, 4].values  # noqa: B018


def test_a_failing_block_leaves_the_file_before_as_it_was(data, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file):
        data.phisp[0, 0].compute()
    before = file.read_bytes()
    with pytest.raises(ZeroDivisionError), article.record(file):
        data.phisp[1, 1].compute()
        1 / 0  # noqa: B018
    assert file.read_bytes() == before
    with pytest.raises(DataError, match="not object"), article.record(file):
        article.keep("objects", lambda: object())
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    # Nothing is recorded after it.
    data.phisp[2, 2].compute()
    with article.record(file):
        pass
    assert article.replay(file).parts == []


def test_a_file_is_replaced_added_to_or_refused(data, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file):
        data.phisp[0, 0].compute()
    with article.record(file, mode="a"):
        data.phisp[1, 1].compute()
        data.ex[0, 0].compute()
    assert len(article.replay(file).parts) == 3
    assert article.replay(file).runs == ["demo0"]
    with (
        pytest.raises(FileExistsError, match="mode='w' replaces it"),
        article.record(file, mode="x"),
    ):
        pass
    with article.record(file):
        data.ey[0, 0].compute()
    assert article.replay(file).parts == ["ey[0, 0, 0:17, 0:17]"]
    with pytest.raises(SpecError, match="'r' is none of"):
        article.record(file, mode="r")
    with pytest.raises(FileNotFoundError, match="No folder"), article.record(tmp_path / "b" / "c"):
        pass


def test_a_file_that_is_no_article_is_never_written_over(run_copy, tmp_path):
    own = run_copy / "phisp00_0000.h5"
    before = own.read_bytes()
    for path in (own, run_copy / "plasma.inp"):
        with pytest.raises(BadFile, match="not written over"), article.record(path):
            pass
    assert own.read_bytes() == before


def test_the_limit_is_told_before_the_part_is_read_and_nothing_is_written(data, tmp_path):
    file = tmp_path / "a.h5"
    with pytest.raises(ArticleTooLarge, match="phisp.*takes 78.6 kB.*limit of 50 kB"):
        with article.record(file, limit="50kB"):
            data.phisp[-1, 8].plot()
            data.phisp.values  # noqa: B018
    assert not file.exists()
    with article.record(file, limit="50kB"):
        assert data.phisp.max(axis=0).shape == (17, 17, 17)
    assert Emout(file).phisp.max(axis=0).shape == (17, 17, 17)


def test_of_a_field_larger_than_memory_its_reductions_are_kept(data, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "10kB")
    assert data.phisp.is_large
    file = tmp_path / "a.h5"

    def numbers(data: Emout) -> list:
        return [
            data.phisp.max(),
            data.phisp[1:].mean(axis=0).values,
            np.std(data.nd1p, axis=(1, 2, 3)).values,
            data.phisp[2].min(axis="z").values,
        ]

    with article.record(file, limit="60kB") as recording:
        was = numbers(data)
        assert len(recording.parts) == 4
    for got, value in zip(numbers(Emout(file)), was, strict=True):
        np.testing.assert_array_equal(got, value)
    with pytest.raises(ArticleTooLarge, match="article.keep"):
        with article.record(file, limit="60kB"):
            _ = (data.ex**2 + data.ey**2).values
    with article.record(file, limit="60kB"):
        energy = article.keep("energy", lambda: (data.ex**2 + data.ey**2).mean(axis=0).values)
    with article.replay(file):
        np.testing.assert_array_equal(article.keep("energy", pytest.fail), energy)


def test_damaged_steps_that_are_skipped_are_skipped_again(run_copy, tmp_path):
    with h5py.File(run_copy / "phisp00_0000.h5", "a") as file:
        del file["phisp/0002"]
        file["phisp/0002"] = np.zeros((3, 3, 3))
    data = Emout(run_copy, bad_steps="skip")
    with article.record(tmp_path / "a.h5"), pytest.warns(UserWarning, match="0002"):
        mean = data.phisp[:, 8].mean(axis=0).values
        series = data.phisp[:, 8, 8, 8].values
    again = Emout(tmp_path / "a.h5")
    np.testing.assert_array_equal(again.phisp[:, 8].mean(axis=0), mean)
    np.testing.assert_array_equal(again.phisp[:, 8, 8, 8], series)
    assert np.isnan(series).sum() == 1


def test_recordings_in_each_other_both_hold_what_the_inner_one_reads(data, tmp_path):
    with article.record(tmp_path / "outer.h5"):
        data.phisp[0, 0].compute()
        with article.record(tmp_path / "inner.h5"):
            data.phisp[1, 1].compute()
        data.phisp[2, 2].compute()
        with pytest.raises(StateError, match="is open already"):
            article.record(tmp_path / "outer.h5").open()
    assert len(article.replay(tmp_path / "outer.h5").parts) == 3
    assert article.replay(tmp_path / "inner.h5").parts == ["phisp[1, 1, 0:17, 0:17]"]


def test_two_threads_record_each_its_own_and_a_pool_for_who_waits(data, tmp_path):
    barrier = threading.Barrier(2, timeout=60)

    def figure(number: int) -> None:
        with article.record(tmp_path / f"{number}.h5"):
            barrier.wait()
            data.phisp[number, 0].compute()
            barrier.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(figure, range(2)))
    for number in range(2):
        assert article.replay(tmp_path / f"{number}.h5").parts == [
            f"phisp[{number}, 0, 0:17, 0:17]"
        ]
    with article.record(tmp_path / "pool.h5"), ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda step: data.phisp[step, 0].compute(), range(4)))
    assert len(article.replay(tmp_path / "pool.h5").parts) == 4


def rewritten(run: Path, name: str, change) -> None:
    path = run / f"{name}00_0000.h5"
    with h5py.File(path) as file:
        steps = {step: change(np.asarray(file[name][step])) for step in file[name]}
    with h5py.File(path, "w") as file:
        for step, values in steps.items():
            file[f"{name}/{step}"] = values


def test_missing_values_and_integers_come_back_as_they_are(run_copy, tmp_path):
    rewritten(run_copy, "phisp", lambda values: np.where(values < -1, np.nan, values))
    rewritten(run_copy, "nd1p", lambda values: (values * 100).astype(np.int16))
    data = Emout(run_copy)
    file = tmp_path / "a.h5"
    with article.record(file):
        was = pixels(map_of(data))
        holes = data.phisp[-1].values
        counts = data.nd1p[-1].values
        largest = data.nd1p.max()
    again = Emout(file)
    assert np.array_equal(pixels(map_of(again)), was)
    assert np.isnan(holes).any()
    np.testing.assert_array_equal(again.phisp[-1], holes)
    assert again.nd1p[-1].values.dtype == counts.dtype == np.int16
    np.testing.assert_array_equal(again.nd1p[-1], counts)
    assert again.nd1p.max() == largest
    assert type(again.nd1p.max()) is type(largest)


def test_values_of_all_kinds_are_kept_under_a_name(data, tmp_path):
    values = {
        "histogram": np.histogram(data.phisp[-1], bins=7),
        "masked": np.ma.masked_less(np.arange(5.0), 2),
        "times": np.array(["2026-01-01", "NaT"], dtype="M8[s]"),
        "names": np.array([["a", "äb"], ["", "電位"]]),
        "rest": {"n": 3, "z": 1 + 2j, "f": np.float32(0.1), "l": [None, True, "x", b"".decode()]},
        "empty": np.empty((0, 3), dtype=bool),
    }
    file = tmp_path / "a.h5"
    with article.record(file):
        for name, value in values.items():
            article.keep(name, lambda value=value: value)
    with article.replay(file):
        found = {name: article.keep(name, pytest.fail) for name in values}
    for was, got in zip(values["histogram"], found["histogram"], strict=True):
        np.testing.assert_array_equal(got, was)
    assert isinstance(found["histogram"], tuple)
    np.testing.assert_array_equal(found["masked"].mask, values["masked"].mask)
    np.testing.assert_array_equal(found["times"], values["times"])
    np.testing.assert_array_equal(found["names"], values["names"])
    assert found["rest"] == values["rest"]
    assert type(found["rest"]["f"]) is np.float32
    assert found["empty"].shape == (0, 3)


def test_what_is_kept_under_a_name_stands_for_all_that_it_has_read(data, tmp_path):
    file = tmp_path / "a.h5"

    def counts(data: Emout):
        return article.keep("counts", lambda: np.histogram(data.phisp.values, bins=9)[0])

    with article.record(file):
        was = counts(data)
    assert article.replay(file).parts == []
    with article.replay(file) as replayed:
        np.testing.assert_array_equal(counts(replayed), was)
        with pytest.raises(NotRecorded, match="no 'others', but 'counts'"):
            article.keep("others", pytest.fail)


def test_restarts_are_one_run_in_the_article(run_copy, tmp_path):
    later = run_copy.with_name("run_1")
    shutil.copytree(run_copy, later)
    inp = later / "plasma.inp"
    inp.write_text(inp.read_text().replace("&jobcon", "&jobcon\n jobnum = 1", 1))
    data = Emout(run_copy, append_directories="auto")
    assert data.phisp.shape[0] == 7
    with article.record(tmp_path / "a.h5"):
        series = data.phisp[:, 8, 8, 8].values
        was = pixels(map_of(data))
    places = data.append_directories
    times = data.phisp.axis("t")
    shutil.rmtree(run_copy)
    shutil.rmtree(later)
    assert article.replay(tmp_path / "a.h5").runs == ["run"]
    again = Emout(tmp_path / "a.h5")
    assert again.append_directories == places
    np.testing.assert_array_equal(again.phisp[:, 8, 8, 8], series)
    np.testing.assert_array_equal(again.phisp.axis("t"), times)
    assert np.array_equal(pixels(map_of(again)), was)


def test_several_runs_are_told_apart(run_copy, tmp_path):
    other = Path(shutil.copytree(run_copy, tmp_path / "b" / "run"))
    rewritten(other, "phisp", lambda values: -values)
    file = tmp_path / "a.h5"
    with article.record(file):
        one = Emout(run_copy).phisp[-1, 4].values
        two = Emout(other).phisp[-1, 4].values
    with article.replay(file) as replayed:
        np.testing.assert_array_equal(Emout(run_copy).phisp[-1, 4], one)
        np.testing.assert_array_equal(Emout(other).phisp[-1, 4], two)
        np.testing.assert_array_equal(Emout("/far/away/b/run").phisp[-1, 4], two)
        with pytest.raises(NotRecorded, match="more than one run"):
            Emout("/far/away/run")
        with pytest.raises(NotRecorded, match="no run of that name.*It holds: run"):
            Emout(tmp_path / "c")
        assert replayed.runs == ["run", "run-2"]
        np.testing.assert_array_equal(replayed["run-2"].phisp[-1, 4], two)
        with pytest.raises(NotRecorded, match="2 runs, and which is not said"):
            replayed.data  # noqa: B018
    np.testing.assert_array_equal(Emout(f"{file}::run-2").phisp[-1, 4], two)
    np.testing.assert_array_equal((one + two), 0)


def test_parameters_tables_and_names_of_a_run_come_back(run_copy, tmp_path):
    inp = Emout(run_copy).inp
    columns = int(np.atleast_1d(inp.get("npc") or 0)[0]) + 2
    (run_copy / "pbody").write_text(f"{'1 ' * columns}\n{'2 ' * columns}\n")
    data = Emout(run_copy)
    file = tmp_path / "a.h5"
    with article.record(file):
        was = (data.inp.nx, data.unit.phi.factor, data.pbody.val_si.to_numpy(), repr(data.inp))
        names = data.fields
        assert "ez" in data
        is_valid = data.is_valid()
    shutil.rmtree(run_copy)
    again = Emout(file)
    found = (again.inp.nx, again.unit.phi.factor, again.pbody.val_si.to_numpy(), repr(again.inp))
    np.testing.assert_array_equal(found[2], was[2])
    assert (found[0], found[1], found[3]) == (was[0], was[1], was[3])
    assert again.fields == names
    assert "ez" in again
    assert again.is_valid() == is_valid
    assert again.directory == run_copy
    assert str(run_copy) in again.describe()


def test_a_toml_file_with_the_key_beside_it_comes_back(run_copy, tmp_path):
    (run_copy / "plasma.toml").write_text("[tmgrid]\nnx = 16\ndt = 0.05\n")
    data = Emout(run_copy)
    with article.record(tmp_path / "a.h5"):
        assert data.toml.tmgrid.nx == 16
        was = pixels(map_of(data))
    shutil.rmtree(run_copy)
    again = Emout(tmp_path / "a.h5")
    assert again.toml.tmgrid.nx == 16
    assert again.unit.dx == data.unit.dx
    assert np.array_equal(pixels(map_of(again)), was)


def test_xarray_reads_articles_and_is_recorded(demo_dir, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file), xr.open_dataset(demo_dir, engine="emses") as dataset:
        was = dataset.phisp.isel(t=-1, y=8).load()
        plain = xr.open_dataset(demo_dir, engine="emses", si=False).phisp.isel(t=-1, y=8).load()
        chunked = dataset.ex.chunk({"t": 1}).isel(z=3).compute()
    with xr.open_dataset(file, engine="emses") as dataset:
        assert sorted(dataset) == ["ex", "phisp"]
        xr.testing.assert_identical(dataset.phisp.isel(t=-1, y=8).load(), was)
        xr.testing.assert_identical(dataset.ex.chunk({"t": 1}).isel(z=3).compute(), chunked)
    with xr.open_dataset(file, engine="emses", si=False) as dataset:
        xr.testing.assert_identical(dataset.phisp.isel(t=-1, y=8).load(), plain)
    xr.testing.assert_identical(Emout(file).to_xarray().phisp.isel(t=-1, y=8).load(), was)


def test_values_that_change_while_they_are_recorded_are_named(run_copy, tmp_path):
    data = Emout(run_copy)
    with article.record(tmp_path / "a.h5"):
        data.phisp[0, 0].compute()
        rewritten(run_copy, "phisp", lambda values: values + 1)
        with pytest.warns(UserWarning, match=r"phisp\[0, 0, 0:17, 0:17\] has changed"):
            last = Emout(run_copy).phisp[0, 0].values
    np.testing.assert_array_equal(Emout(tmp_path / "a.h5").phisp[0, 0], last)


def test_an_article_can_be_recorded_from_another_one(data, tmp_path):
    with article.record(tmp_path / "all.h5"):
        data.phisp[1].compute()
        data.ex[1].compute()
        was = data.ex.max()
    with article.record(tmp_path / "part.h5"):
        part = Emout(tmp_path / "all.h5").phisp[1, 3].values
        assert Emout(tmp_path / "all.h5").ex.max() == was
    assert len(article.replay(tmp_path / "part.h5").parts) == 2
    np.testing.assert_array_equal(Emout(tmp_path / "part.h5").phisp[1, 3], part)


def test_a_recording_may_stay_open_from_cell_to_cell(data, tmp_path):
    recording = article.record(tmp_path / "a.h5").open()
    data.phisp[0, 0].compute()
    assert recording.is_open
    assert not (tmp_path / "a.h5").exists()
    recording.close()
    recording.close()
    data.phisp[1, 1].compute()
    assert article.replay(tmp_path / "a.h5").parts == ["phisp[0, 0, 0:17, 0:17]"]


def test_fields_of_an_article_pickle(data, tmp_path):
    import pickle
    import subprocess
    import sys

    with article.record(tmp_path / "a.h5"):
        was = data.phisp[-1, :, 8, :].values
    (tmp_path / "field").write_bytes(pickle.dumps(Emout(tmp_path / "a.h5").phisp[-1, :, 8]))
    code = "import pickle, sys; print(float(pickle.load(open(sys.argv[1], 'rb')).values.sum()))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "field")], capture_output=True, text=True
    )
    assert done.stderr == ""
    assert float(done.stdout) == float(was.sum())


def test_orbits_are_traced_again_from_the_recorded_fields(run_copy, tmp_path):
    pytest.importorskip("numba")

    def density(data: Emout):
        found = data.backtrace.get_probabilities(4, 4, 12, (-20, 20, 5), 0, 20)
        return np.asarray(found.probabilities)

    first = density(Emout(run_copy))  # the process knows the fields from now on
    file = tmp_path / "a.h5"
    with article.record(file):
        was = density(Emout(run_copy))
    shutil.rmtree(run_copy)
    np.testing.assert_array_equal(was, first)
    np.testing.assert_array_equal(density(Emout(file)), was)


def test_the_examples_of_the_page_run(tmp_path, monkeypatch):
    from emout_lab.emses.demo import write_demo_data

    page = Path(__file__).parents[2] / "docs" / "users" / "articles.md"
    blocks = [part.split("```")[0] for part in page.read_text().split("```python\n")[1:]]
    monkeypatch.chdir(tmp_path)
    write_demo_data("run", grid=16, steps=2)
    names: dict = {}
    for block in blocks:
        if "remote_figure" not in block:  # as tests/remote/test_articles_session.py has it
            exec(compile(block, str(page), "exec"), names)  # noqa: S102
    plt.close("all")
    assert len(blocks) == 6
    assert (tmp_path / "fig2.h5").exists()


def test_the_examples_in_the_documentation_strings_run():
    import doctest

    failed, tried = doctest.testmod(article)
    assert tried
    assert not failed


def test_what_a_figure_computes_of_large_fields_is_kept_and_drawn_again(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "10kB")
    monkeypatch.setattr("emout_lab.emses.blocks.sending.LEAST_SENT_BYTES", 1_000)
    run, file = write_demo_data(tmp_path / "run", grid=12, steps=4), tmp_path / "fig.h5"

    def figure() -> list[np.ndarray]:
        data = Emout(run)
        strength = (data.ex**2 + data.ey**2) ** 0.5
        return [
            np.asarray(each)
            for each in (
                data.phisp.max(),
                strength.mean(axis=0).values,
                strength[-1, 3].values,
                np.percentile(data.phisp, [5, 50]),
                np.histogram(strength, bins=7)[0],
                data.phisp[data.phisp < -1],
                (data.phisp - data.phisp.mean(axis=0)).std(axis=(1, 2, 3)).values,
                data.phisp.to_xarray().mean("t"),
            )
        ]

    with article.record(file):
        expected = figure()
    shutil.rmtree(run)
    assert file.stat().st_size < 150_000
    with article.replay(file):
        for found, value in zip(figure(), expected, strict=True):
            np.testing.assert_array_equal(found, value)
        with pytest.raises(article.NotRecorded):
            (Emout(run).ex ** 3).mean()
