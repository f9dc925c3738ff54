"""Fields continued by symmetry: lazily, with the positions that follow, and with clear refusals."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emout_lab.emses import Emout, execution
from emout_lab.errors import BadFile, BadOption, DataError

OPERATIONS = [
    operator.methodcaller("negate"),
    operator.methodcaller("scale", 2.5),
    operator.methodcaller("flip", "z"),
    operator.methodcaller("mirror", "z"),
    operator.methodcaller("tile", 2, "x"),
    operator.methodcaller("tile", 1, "t", include_edge=True),
]


class Counting(execution.Here):
    """Reads here, and tells how large the parts are."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def read(self, read: Any) -> None:
        self.shapes.append(read.shape)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_is_read_before_it_is_needed(run_copy: Path, operation: Callable[[Any], Any]):
    data = Emout(run_copy)
    field, vector = data.phisp, data.exz
    (run_copy / "phisp00_0000.h5").unlink()
    continued = operation(field)
    assert continued.is_lazy and operation(vector).component("x").is_lazy
    assert operation(continued[:, 2:]).mirror("x").is_lazy
    with pytest.raises(BadFile, match="phisp"):
        continued[0, 4, 4, 4].compute()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_lazy_what_is_in_memory_and_what_is_computed_agree(
    data: Emout, operation: Callable[[Any], Any]
):
    part = data.phisp[:, ::-2, 3, 2:9]
    lazy, loaded, computed = map(operation, (part, part.compute(), part * 1))
    travelled = pickle.loads(pickle.dumps(lazy))
    assert lazy.is_lazy and travelled.is_lazy and not loaded.is_lazy
    for other in (loaded, computed, travelled):
        np.testing.assert_array_equal(other.values, lazy.values)
        assert (other.name, other.units, other.dtype) == ("phisp", "V", lazy.dtype)
        for dim in "tzyx":
            np.testing.assert_array_equal(other.axis(dim), lazy.axis(dim))
    key = (-1, slice(None, None, -2), [3, 0, 0])
    np.testing.assert_array_equal(lazy[key].values, lazy.values[key[0]][key[1]][:, key[2]])


def test_a_part_of_a_continued_field_reads_that_part_of_the_file(data: Emout):
    continued = data.phisp.mirror("z").tile(1, "x").negate()
    with execution.using(Counting()) as counting:
        part = continued[-1, 18:22, 4, 20].values
    assert counting.shapes == [(4,)]
    np.testing.assert_array_equal(part, -data.phisp[-1, 14:10:-1, 4, 4].values)
    assert len(pickle.dumps(continued)) < 4000


def test_reductions_and_films_take_continued_fields(data: Emout):
    whole = data.phisp.tile(1, "t").mirror("x")
    values = whole.values
    assert whole.shape == (7, 17, 17, 33)
    np.testing.assert_allclose(whole.mean(axis=("t", "x")), values.mean(axis=(0, 3)), rtol=1e-5)
    assert float(whole.max()) == values.max()
    film = whole[:, :, 8, :].gifplot(action="frames")
    assert len(film) == 7


def test_uneven_positions_go_on_as_their_mirror_image(data: Emout):
    part = data.phisp[-1, 8, 8, [0, 1, 2, 8]]
    x = part.axis("x")
    np.testing.assert_allclose(part.mirror().axis("x"), [*x, *(2 * x[-1] - x[-2::-1])])
    np.testing.assert_allclose(part.tile().axis("x"), [*x, *(x[1:] + x[-1])])
    assert part.mirror().sel(x=part.mirror().axis("x")[-1]).item() == part.values[0]


def test_a_single_plane_has_copies_a_cell_apart(data: Emout):
    plane = data.phisp[-1, 4:5, 8, :]
    assert plane.mirror("z").shape == (1, 17)
    copies = plane.tile(2, "z", include_edge=True)
    np.testing.assert_allclose(np.diff(copies.axis("z")), data.inp.dx)
    with pytest.raises(BadOption, match="one position along t.*two positions or more"):
        data.phisp[-1:].tile(1, "t", include_edge=True)


def test_components_of_a_mirrored_vector_keep_their_signs(data: Emout):
    vector = data.exz[-1, :, 8, :]
    mirrored = vector.mirror("x")
    assert mirrored.name == "exz" and mirrored.shape == (17, 33)
    for axis in "xz":
        values = vector.component(axis).values
        expected = np.concatenate([values, values[:, -2::-1]], axis=1)
        np.testing.assert_array_equal(mirrored.component(axis).values, expected)
    with pytest.raises(DataError, match="two components, x, z"):
        vector.z_data  # noqa: B018
    assert not hasattr(vector, "z_data")


def test_a_time_series_is_a_slice_that_is_drawn_over_time(data: Emout):
    series = data.phisp.time_series(4, slice(5, 7), 6)
    assert series.is_lazy and series.dims == ("t", "y")
    np.testing.assert_array_equal(series.values, data.phisp.values[:, 6, 5:7, 4])
    with pytest.raises(DataError, match=r"phisp has \('z', 'y', 'x'\)"):
        data.phisp[-1].time_series(1, 2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda field: field.mirror("t"), r"axis='t': phisp has the dimensions \('z', 'x'\)"),
        (lambda field: field.flip(2), "axis=2"),
        (lambda field: field.tile(1, 1.5), "axis=1.5"),
        (lambda field: field.mirror(True), "axis=True"),
        (lambda field: field.tile(-1), r"tile\(n=-1\): n is the number of further copies"),
        (lambda field: field.tile(1.5), r"tile\(n=1.5\)"),
        (lambda field: field.scale("2"), r"scale\('2'\): the factor is one number"),
        (lambda field: field.scale([1, 2]), r"multiplied by \*"),
        (lambda field: field[:0].mirror("z"), "which is empty"),
    ],
)
def test_what_makes_no_sense_is_refused(data: Emout, call: Callable[[Any], Any], message: str):
    with pytest.raises(BadOption, match=message):
        call(data.phisp[-1, :, 8, :])
