"""Situations that users of other packages for sweeps and notebooks have reported as faults.

Each test names the report where the situation was found.
"""

from __future__ import annotations

import datetime
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emout_lab.errors import TooLarge
from emout_lab.experiments import (
    ClusterLab,
    Experiment,
    ForeignNotebook,
    HDF5LabNotebook,
    JSONLabNotebook,
    Lab,
    LabNotebook,
    NotebookError,
    PointwiseDesign,
    RepeatedExperiment,
)

BIG = 2**60 + 1
STORED = [(HDF5LabNotebook, "n.h5"), (JSONLabNotebook, "n.json")]


class Gives(Experiment):
    """Gives what a function says of the parameters."""

    def __init__(self, function: Callable[[dict[str, Any]], Any]):
        super().__init__()
        self.function = function

    def do(self, params):
        return self.function(params)


class Draws(Experiment):
    def __init__(self, generator):
        super().__init__()
        self.generator = generator

    def do(self, params):
        return {"drawn": float(self.generator.random())}


def done(function: Callable[[dict[str, Any]], Any], values: Any, lab: Lab | None = None) -> Lab:
    """Return a lab that has run a function at values of k."""
    lab = Lab() if lab is None else lab
    lab["k"] = values
    lab.runExperiment(Gives(function))
    return lab


def by_k(lab: Lab, name: str) -> dict[Any, Any]:
    return {row["parameters"]["k"]: row["results"].get(name) for row in lab.results()}


def is_ok(row: Any) -> bool:
    return bool(row["metadata"][Experiment.STATUS])


# What tables hold.


# pandas-dev/pandas#56678, #54032; m-labs/artiq#145
@pytest.mark.parametrize("value", [BIG, -BIG, 2**63 - 1])
def test_large_whole_numbers_stay_what_they_are_beside_missing_ones(value):
    lab = done(lambda p: {"id": value} if p["k"] else {"other": 1}, range(3))
    assert list(lab.dataframe().sort_values("k")["id"]) == [None, value, value]
    assert lab.to_xarray()["id"].values.tolist() == [None, value, value]


def test_small_whole_numbers_are_numbers_beside_missing_ones():
    lab = done(lambda p: {"id": 7} if p["k"] else {"other": 1}, range(2))
    assert lab.dataframe()["id"].dtype == float
    np.testing.assert_equal(lab.to_xarray()["id"].values, [np.nan, 7])


@pytest.mark.parametrize("other", [0.5, np.array(0.5), np.float32(0.5)])
def test_large_whole_numbers_stay_what_they_are_beside_others(other):
    found = done(lambda p: {"id": BIG if p["k"] else other}, range(2)).to_xarray()["id"]
    assert found.values.tolist() == [0.5, BIG]


# pydata/xarray#2646, #3007; microsoft/Qcodes#2847
def test_points_that_were_done_twice_are_repetitions_and_points_on_no_grid_are_refused():
    lab = done(lambda p: {"v": p["k"]}, [1, 2, 1])
    assert dict(lab.to_xarray().sizes) == {"k": 2, "repetition": 2}
    scattered = Lab(design=PointwiseDesign())
    numbers = np.random.default_rng(0).random((2, 4000))
    scattered["x"], scattered["y"] = numbers
    scattered.runExperiment(Gives(lambda p: {"v": p["x"]}))
    with pytest.raises(TooLarge, match="on no grid"):
        scattered.to_xarray()


# ray-project/ray#40318, #9307; wandb/wandb#11445
def test_a_grid_has_each_point_once_and_its_labels_can_be_read():
    lab = Lab()
    lab["model"] = [{"a": 1}, {"a": 2}]
    lab["layers"] = [[20, 40], [60]]
    lab["c"], lab["d"] = [5, 6], [1, 2, 3]
    lab.runExperiment(Gives(lambda p: {"v": p["model"]["a"] + len(p["layers"])}))
    assert len(lab.dataframe()) == 24
    found = lab.to_xarray()
    assert dict(found.sizes) == {"model": 2, "layers": 2, "c": 2, "d": 3}
    assert found["model"].values.tolist() == ["{'a': 1}", "{'a': 2}"]


# What experiments do.


# ultralytics/yolov5#5146
@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.update(k=99),
        lambda p: p.pop("k"),
        lambda p: p["inner"].append(1),
        lambda p: p["field"].fill(9),
    ],
)
def test_parameters_that_an_experiment_changes_are_recorded_as_they_were_set(change):
    lab = Lab()
    lab["k"], lab["inner"], lab["field"] = [3], [[0]], [np.zeros(2)]

    def function(p: dict[str, Any]) -> dict[str, Any]:
        change(p)
        p["derived"] = 5
        return {"v": 1}

    lab.runExperiment(Gives(function))
    [row] = lab.results()
    assert row["parameters"]["k"] == 3
    assert row["parameters"]["inner"] == [0]
    assert not np.any(row["parameters"]["field"])
    assert row["parameters"]["derived"] == 5


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize(
    ("buffer", "fill"),
    [
        (np.zeros(2), lambda b, n: b.fill(n)),
        ([0], lambda b, n: b.__setitem__(0, n)),
        ({"a": [0]}, lambda b, n: b["a"].__setitem__(0, n)),
    ],
)
def test_an_array_that_is_filled_anew_at_each_point_is_not_shared_by_them(buffer, fill, repeated):
    count = iter(range(100))

    def function(p: dict[str, Any]) -> dict[str, Any]:
        fill(buffer, next(count))
        return {"v": buffer}

    lab = Lab()
    lab["k"] = range(3)
    experiment = Gives(function)
    lab.runExperiment(RepeatedExperiment(experiment, 2) if repeated else experiment)
    found = [str(row["results"]["v"]) for row in lab.results()]
    assert len(set(found)) == len(found) == (6 if repeated else 3)


# NVIDIA-BioNeMo/KERMT#11; optuna/optuna#3957
@pytest.mark.parametrize(("kind", "name"), STORED)
@pytest.mark.parametrize("odd", [datetime.date(2026, 1, 2), Path("/x"), {1: 2}])
def test_one_result_that_cannot_be_stored_does_not_cost_the_others(folder, kind, name, odd):
    with kind(name, create=True) as notebook:
        done(
            lambda p: {"energy": np.float32(1.5), "n": np.int64(3), "odd": odd}, [1], Lab(notebook)
        )
    [row] = kind(name).results()
    assert row["results"] == {"energy": 1.5, "n": 3}
    assert not is_ok(row)
    assert "odd is a" in str(row["metadata"][Experiment.EXCEPTION])
    assert row["parameters"] == {"k": 1}


# h5py/h5py#2537; numpy/numpy#18134; astropy/astropy#3597
@pytest.mark.parametrize(("kind", "name"), STORED)
def test_what_an_array_masks_does_not_come_back_as_a_value(folder, kind, name):
    mask = [False, True]
    given = {
        "whole": np.ma.masked_array([1, 2], mask),
        "real": np.ma.masked_array([1.0, 2.0], mask),
        "truth": np.ma.masked_array([True, True], mask),
        "full": np.ma.masked_array([1.0, 2.0]),
        "fields": np.array([(1, 2.5)], [("a", int), ("b", float)]),
    }
    with kind(name, create=True) as notebook:
        done(lambda p: given, range(2), Lab(notebook))
    row = kind(name).results()[1]
    assert is_ok(row)
    np.testing.assert_equal(row["results"]["whole"], [1, np.nan])
    np.testing.assert_equal(row["results"]["real"], [1, np.nan])
    assert list(row["results"]["truth"]) == [True, None]
    assert list(row["results"]["full"]) == [1, 2]
    assert {key: list(each) for key, each in row["results"]["fields"].items()} == {
        "a": [1],
        "b": [2.5],
    }


class Metres(np.ndarray):
    """As packages of units have them."""


# h5py/h5py#1418; telegraphic/hickle#147
@pytest.mark.parametrize(("kind", "name"), STORED)
def test_an_array_with_a_unit_is_not_stored_without_it(folder, kind, name):
    with kind(name, create=True) as notebook:
        done(lambda p: {"x": np.ones(2).view(Metres), "n": 1}, [1], Lab(notebook))
    [row] = kind(name).results()
    assert row["results"] == {"n": 1}
    assert "Metres" in str(row["metadata"][Experiment.EXCEPTION])


# Files.


# optuna/optuna-dashboard#108; PyTables/PyTables#371
@pytest.mark.parametrize(("kind", "name"), STORED)
def test_infinities_and_odd_texts_come_back_as_they_were(folder, kind, name):
    values = [float("inf"), -float("inf"), "a\0b", "\ud800", "", b"a\0", 2**70, None]
    with kind(name, create=True) as notebook:
        done(lambda p: {"v": values[p["k"]]}, range(len(values)), Lab(notebook))
    assert by_k(Lab(kind(name)), "v") == dict(enumerate(values))


# h5py/h5py#1855, #1053, #465
def test_long_descriptions_are_stored_and_too_many_columns_are_told(folder):
    with HDF5LabNotebook("n.h5", create=True) as notebook:
        notebook.addResultSet("long", description="d" * 200_000)
    assert len(HDF5LabNotebook("n.h5").resultSet("long").description()) == 200_000
    wide = HDF5LabNotebook("wide.h5", create=True)
    with pytest.raises(NotebookError, match="JSONLabNotebook. Nothing was written"):
        done(lambda p: {f"a_long_name_of_a_result_{i}": i for i in range(3000)}, [1], Lab(wide))


FULL_DISK = """
import resource, signal
from emout_lab.experiments import *
class Text(Experiment):
    def do(self, params):
        return {"text": f"{params['k']}" * 5000}
def filled(name, notebook, create, points):
    lab = Lab(notebook(name, create=create))
    lab["k"] = points
    try:
        lab.runExperiment(Text())
        lab.notebook().close()
    except OSError as error:
        print("as before" in str(error), len(lab.notebook().results()))
files = {"n.h5": HDF5LabNotebook, "n.json": JSONLabNotebook}
for each in files.items():
    filled(*each, True, range(3))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
for each in files.items():
    filled(*each, False, range(100, 200))
"""


# nteract/papermill#803; h5py/h5py#1807
def test_a_full_disk_leaves_the_notebook_as_it_was(folder):
    command = [sys.executable, "-c", FULL_DISK]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert told.stdout.split() == ["True", "103"] * 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [len(kind(name).results()) for kind, name in STORED] == [3, 3]


# h5py/h5py#879, #2340; pytroll/satpy#136
@pytest.mark.parametrize(("kind", "name"), STORED)
@pytest.mark.parametrize(("part", "likely"), [(0, "full disk"), (0.5, "copied in part")])
def test_a_file_that_is_there_in_part_is_told_and_left(folder, kind, name, part, likely):
    with kind(name, create=True) as notebook:
        done(lambda p: {"v": 1}, [1], Lab(notebook))
    whole = Path(name).read_bytes()
    left = whole[: int(len(whole) * part)]
    Path(name).write_bytes(left)
    with pytest.raises(ForeignNotebook, match=likely):
        kind(name)
    assert Path(name).read_bytes() == left


def test_a_notebook_of_the_other_kind_is_told(folder):
    (made, name), (other, _) = STORED
    for kind, wrong in ((made, other), (other, made)):
        for each in ("n.notebook", name):
            kind(each, create=True).close()
            with pytest.raises(ForeignNotebook, match=f"{kind.__name__} reads"):
                wrong(each)
            Path(each).unlink()


@pytest.mark.parametrize(("kind", "name"), STORED)
def test_a_notebook_that_was_write_protected_is_not_replaced(folder, kind, name):
    with kind(name, create=True) as notebook:
        done(lambda p: {"v": 1}, [1], Lab(notebook))
    os.chmod(name, 0o444)
    with pytest.raises(PermissionError, match="read_only=True reads it"):
        kind(name)
    with pytest.raises(PermissionError, match="write-protected"):
        kind(name, create=True)
    assert len(kind(name, read_only=True).results()) == 1
    os.chmod(name, 0o644)
    assert len(kind(name).results()) == 1


# On engines.


# bessagroup/f3dasm#247; dask/distributed#2558
@pytest.mark.parametrize(
    "generator",
    [
        np.random.default_rng(1),
        np.random.RandomState(1),
        random.Random(1),
    ],
)
def test_points_that_would_all_draw_the_same_numbers_are_warned_of(lab: ClusterLab, generator):
    lab["k"] = range(4)
    with pytest.warns(UserWarning, match="all points draw the same numbers") as told:
        lab.runExperiment(Draws(generator))
    assert told[0].filename == __file__
    assert lab.wait(60)


def test_points_that_draw_from_the_engines_generators_differ(lab: ClusterLab):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done(lambda p: {"a": np.random.rand(), "b": random.random()}, range(20), lab)  # noqa: NPY002
    assert lab.wait(60)
    assert lab.dataframe()["a"].nunique() == lab.dataframe()["b"].nunique() == 20


class Particular(Exception):
    def __init__(self, validator, message):
        super().__init__(validator, message)


class Unreadable:
    def __reduce__(self):
        return (_refuse, ())


def _refuse() -> None:
    raise AssertionError("not here")


def _odd(p: dict[str, Any]) -> dict[str, Any]:
    if p["k"] == 0:
        sys.exit(1)
    if p["k"] == 1:
        raise KeyboardInterrupt
    if p["k"] == 2:
        raise Particular("a", "b")
    if p["k"] == 3:
        return {"v": Unreadable()}
    if p["k"] == 4:
        return {"v": (each for each in range(3))}
    return {"v": p["k"]}


# dask/distributed#301, #3558; dask/dask#3145; joblib/loky#140; ipython/ipyparallel#184, #236
def test_points_that_exit_or_give_what_cannot_be_read_fail_and_the_others_go_on(lab: ClusterLab):
    done(_odd, range(8), lab)
    assert lab.wait(60)
    failed = {row["parameters"]["k"] for row in lab.results() if not is_ok(row)}
    assert failed == {0, 1, 2, 3, 4}
    assert sorted(lab.dataframe()["v"]) == [5, 6, 7]


# dask/distributed#2694, #5234
def test_points_beside_one_that_ends_its_engine_are_done(lab: ClusterLab):
    lab.Retries = 0
    done(lambda p: os._exit(1) if p["k"] == 20 else {"v": p["k"]}, range(40), lab)
    assert lab.wait(120)
    assert sorted(lab.dataframe()["v"]) == [k for k in range(40) if k != 20]


# dask/distributed#2142, #2718
def test_points_may_have_processes_of_their_own(lab: ClusterLab):
    def function(p: dict[str, Any]) -> dict[str, Any]:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(1) as pool:
            return {"v": pool.submit(abs, -1).result()}

    done(function, range(2), lab)
    assert lab.wait(60)
    assert list(lab.dataframe()["v"]) == [1, 1]


# facebookresearch/exca#111
def test_code_that_is_changed_while_a_sweep_runs_does_not_change_it(lab, folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    Path("changing_model.py").write_text("def value():\n    return 'old'\n")
    import changing_model  # type: ignore[import-not-found]

    gate = folder / "gate"

    def function(p: dict[str, Any]) -> dict[str, Any]:
        import time

        while not gate.exists():
            time.sleep(0.01)
        return {"v": changing_model.value()}

    done(function, range(6), lab)
    Path("changing_model.py").write_text("this is broken\n")
    gate.touch()
    assert lab.wait(60)
    assert list(lab.dataframe()["v"]) == ["old"] * 6


def test_a_folder_that_a_point_goes_to_is_not_that_of_the_next(lab: ClusterLab, folder):
    def function(p: dict[str, Any]) -> dict[str, Any]:
        here = os.getcwd()
        os.chdir("/")
        return {"here": here}

    done(function, range(20), lab)
    assert lab.wait(60)
    assert set(lab.dataframe()["here"]) == {os.path.realpath(folder)}


def test_what_a_notebook_in_memory_holds_may_be_anything():
    found = done(lambda p: {"v": datetime.date(2026, 1, 2)}, [1], Lab(LabNotebook()))
    assert by_k(found, "v") == {1: datetime.date(2026, 1, 2)}
