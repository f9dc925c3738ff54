"""Experiments whose points are simulation runs, and those that draw a figure at each point."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from emout_lab.client.session import ConnectedSession
from emout_lab.emses.demo import write_demo_data
from emout_lab.engine.worker_plugin import FIGURES_TOPIC
from emout_lab.errors import DataError
from emout_lab.experiments import ClusterLab, Experiment, FigureExperiment, Lab, RunExperiment, runs


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """Two runs, and a directory that is broken."""
    folder = tmp_path_factory.mktemp("campaign")
    write_demo_data(folder / "a", grid=8, steps=2)
    write_demo_data(folder / "b", grid=8, steps=3)
    (folder / "broken").mkdir()
    (folder / "broken" / "plasma.inp").write_text("no namelist &")
    (folder / "notes").mkdir()
    return folder


def strongest(data):
    return {"steps": len(data.phisp), "top": float(np.max(data.phisp[-1]))}


def test_a_campaign_of_directories_becomes_a_table(campaign):
    lab = Lab()
    lab["directory"] = runs(f"{campaign}/*")
    lab.runExperiment(RunExperiment(strongest, inputs=["nx", "tmgrid.dt"]))
    table = lab.dataframe()
    assert sorted(table["steps"]) == [2, 3]
    assert set(table["nx"]) == {8} and (table["tmgrid.dt"] > 0).all()
    everything = lab.dataframe(only_successful=False)
    (bad,) = everything[~everything[Experiment.STATUS]].itertuples()
    assert str(bad.directory).endswith("broken")


def test_runs_are_found_once_each_and_in_order(campaign):
    found = runs(f"{campaign}/*", campaign / "a")
    assert [each.rpartition("/")[2] for each in found] == ["a", "b", "broken"]
    with pytest.raises(DataError, match=r"there is no run in .*nothing-here"):
        runs(campaign / "nothing-here*")


@pytest.mark.parametrize(
    ("inputs", "function", "told"),
    [
        (["nothing"], strongest, "nothing"),
        (["nx"], lambda data: {"nx": 1}, "input file gives as well"),
        ([], lambda data: 7, "not a dictionary"),
    ],
)
def test_what_a_run_cannot_give_is_a_failure(campaign, inputs, function, told):
    found = RunExperiment(function, inputs).set({"directory": str(campaign / "a")}).run()
    assert not found["metadata"][Experiment.STATUS]
    assert told in str(found["metadata"][Experiment.EXCEPTION])


def test_a_point_without_a_directory_says_so():
    found = RunExperiment(strongest).set({"k": 1}).run()
    assert "lab['directory']" in str(found["metadata"][Experiment.EXCEPTION])


def test_a_figure_is_drawn_at_each_point():
    def draw(figure: Figure, params):
        figure.subplots().imshow(np.full((2, 2), params["k"]))
        return {"top": params["k"]}

    lab = Lab()
    lab["k"] = [1, 2]
    lab.runExperiment(FigureExperiment(draw, figsize=(2, 1), dpi=50))
    for each in lab.results():
        picture = Image.open(io.BytesIO(each["results"]["figure"]))
        assert picture.format == "PNG" and picture.size == (100, 50)
        assert each["results"]["top"] == each["parameters"]["k"]


def test_a_drawing_that_fails_is_a_failure_and_no_picture():
    def draw(figure, params):
        raise ValueError("no pen")

    found = FigureExperiment(draw).set({"k": 1}).run()
    assert not found["metadata"][Experiment.STATUS] and found["results"] == {}


@pytest.mark.parametrize("kind", [FigureExperiment, RunExperiment])
def test_what_is_called_is_a_function(kind):
    with pytest.raises(TypeError, match="function|called"):
        kind(7)


def test_figures_of_a_sweep_come_into_the_outputs(lab: ClusterLab):
    def draw(figure, params):
        figure.subplots().plot([0, params["k"]])

    lab["k"] = [1, 2]
    lab.runExperiment(FigureExperiment(draw, dpi=40))
    assert lab.wait(60)
    with ConnectedSession.connect("sweeps").client as client:
        events = [event for _, event in client.get_events(FIGURES_TOPIC)]
    assert {"k=1", "k=2"} <= {event["title"] for event in events}
    assert all(each["results"]["figure"].startswith(b"\x89PNG") for each in lab.results())


@pytest.mark.parametrize("draw", [lambda params: None, lambda: None, lambda a, b, c: None])
def test_a_function_that_does_not_take_figure_and_parameters_is_refused_at_once(draw) -> None:
    with pytest.raises(TypeError, match=r"draw\(figure, params\)"):
        FigureExperiment(draw)


def test_a_figure_on_which_nothing_was_drawn_is_no_result() -> None:
    def elsewhere(figure, params):
        plt.plot([0, 1])

    found = FigureExperiment(elsewhere).set({"k": 1}).run()
    assert not found["metadata"][Experiment.STATUS]
    assert "figure.subplots()" in str(found["metadata"][Experiment.EXCEPTION])
    plt.close()


def test_words_alone_are_a_figure() -> None:
    found = FigureExperiment(lambda figure, params: figure.text(0, 0, "here")).set({}).run()
    assert found["results"]["figure"].startswith(b"\x89PNG")
