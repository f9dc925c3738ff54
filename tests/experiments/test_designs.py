"""Designs: which points of a space there are."""

from __future__ import annotations

import numpy as np
import pytest

from emout_lab.experiments import (
    Design,
    DesignException,
    ExperimentalConfiguration,
    FactorialDesign,
    Lab,
    LatinHypercubeDesign,
    PointwiseDesign,
    SobolDesign,
)


def test_a_factorial_design_has_each_value_with_each():
    points = list(FactorialDesign().points({"a": [1, 2, 3], "b": "xy"}))
    assert len(points) == 6 and {(p["a"], p["b"]) for p in points} == {
        (a, b) for a in (1, 2, 3) for b in "xy"
    }
    assert list(FactorialDesign().points({})) == []


def test_a_pointwise_design_takes_values_together_and_single_ones_everywhere():
    points = list(PointwiseDesign().points({"a": [1, 2], "b": [3, 4], "c": [5]}))
    assert points == [{"a": 1, "b": 3, "c": 5}, {"a": 2, "b": 4, "c": 5}]
    with pytest.raises(DesignException, match="2 of 'a', 3 of 'b'") as caught:
        list(PointwiseDesign().points({"a": [1, 2], "b": [1, 2, 3]}))
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("design", [LatinHypercubeDesign, SobolDesign])
def test_sampled_designs_fill_ranges_whole_numbers_and_choices(design):
    space = {"x": (-1.0, 1.0), "n": (1, 4), "kind": ["a", "b", "c"], "one": [7]}
    points = list(design(64, seed=1).points(space))
    assert len(points) == 64
    x = np.array([point["x"] for point in points])
    assert -1 <= x.min() < -0.9 and 0.9 < x.max() < 1 and abs(x.mean()) < 0.05
    assert {point["n"] for point in points} == {1, 2, 3, 4}
    assert {point["kind"] for point in points} == {"a", "b", "c"}
    assert {point["one"] for point in points} == {7}
    assert points == list(design(64, seed=1).points(space))
    assert points != list(design(64, seed=2).points(space))


def test_a_latin_hypercube_hits_each_part_of_each_range_once():
    points = list(LatinHypercubeDesign(10, seed=0).points({"x": (0.0, 1.0), "y": (0.0, 1.0)}))
    for name in "xy":
        assert sorted(int(10 * point[name]) for point in points) == list(range(10))


def test_sobol_sequences_of_other_lengths_say_nothing(recwarn):
    assert len(list(SobolDesign(10, seed=0).points({"x": (0.0, 1.0)}))) == 10
    assert not recwarn.list


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "a", None, float("nan"), float("inf")])
def test_a_sampled_design_has_a_whole_number_of_points(n):
    with pytest.raises(ValueError, match="one point or more"):
        SobolDesign(n)


class AsInEpyc(Design):
    """Says which points there are as designs of epyc do: the ends of each range."""

    def experiments(self, e, ps) -> ExperimentalConfiguration:
        return [(e, {name: values[end] for name, values in ps.items()}) for end in (0, -1)]


class AsHere(Design):
    def points(self, space):
        return [{name: values[end] for name, values in space.items()} for end in (0, -1)]


@pytest.mark.parametrize("design", [AsInEpyc(), AsHere()])
def test_a_design_says_its_points_as_here_or_as_in_epyc(design):
    lab = Lab(design=design)
    lab["k"], lab["x"] = range(5), [0.5, 1.5]
    ends = [{"k": 0, "x": 0.5}, {"k": 4, "x": 1.5}]
    assert list(design.points(lab.parameterSpace())) == ends
    assert lab.experiments("e") == [("e", each) for each in ends]
    assert len(lab) == 2


def test_a_design_that_says_nothing_says_so():
    lab = Lab(design=Design())
    lab["k"] = [1]
    with pytest.raises(NotImplementedError, match="Design says in neither"):
        len(lab)


@pytest.mark.parametrize(
    ("design", "told"),
    [
        (FactorialDesign(), "FactorialDesign()"),
        (SobolDesign(8), "SobolDesign(n=8, seed=None)"),
        (LatinHypercubeDesign(4, seed=1), "LatinHypercubeDesign(n=4, seed=1)"),
    ],
)
def test_a_design_shows_what_it_is(design, told):
    assert repr(design) == told
