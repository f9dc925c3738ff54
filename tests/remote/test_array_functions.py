"""numpy's functions on refs: what they write into, what they write out, arrays of objects."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab import RemoteRef, remote_figure


@pytest.mark.parametrize(
    "write",
    [
        lambda ref, local: np.sqrt(ref, out=local),
        lambda ref, local: np.add.at(local, [0], ref[:1]),
        lambda ref, local: np.cumsum(ref, out=local),
        lambda ref, local: np.clip(ref, 0, 5, local),
        lambda ref, local: np.copyto(local, ref),
        lambda ref, local: np.putmask(local, ref > 3, 1.0),
    ],
)
def test_result_that_would_be_written_into_a_copy_of_a_local_array_is_refused(numbers, write):
    local = np.zeros(24)
    with pytest.raises(TypeError, match=r"cannot write a remote result into a local ndarray"):
        write(numbers, local)
    np.testing.assert_array_equal(local, np.zeros(24))


def test_adding_a_ref_to_a_local_array_in_place_is_refused(numbers):
    local = np.zeros(24)
    with pytest.raises(TypeError, match="x \\+= ref"):
        local += numbers


def test_result_can_be_written_into_a_remote_array(session, numbers):
    target = session.open(np.zeros, 24)
    np.sqrt(numbers, out=target)
    assert float(target[9]) == 3.0
    np.cumsum(numbers, out=target)
    assert float(target[3]) == 6.0


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (lambda name, ref: np.save(name, ref), "array.npy"),
        (lambda name, ref: np.savetxt(name, ref), "array.txt"),
        (lambda name, ref: np.savez(name, values=ref), "array.npz"),
    ],
)
def test_file_is_written_though_nobody_keeps_what_is_returned(
    numbers, tmp_path, monkeypatch, write, name
):
    monkeypatch.chdir(tmp_path)
    write(name, numbers)
    assert (tmp_path / name).stat().st_size > 100


def test_array_of_axes_has_refs_not_copies(session):
    with remote_figure(dpi=40, session=session, display=False) as figure:
        _, axes = plt.subplots(1, 2)
        for ax in np.array(axes).flatten():
            assert isinstance(ax, RemoteRef)
            ax.set_title("through an array")
        assert axes[1].get_title().fetch() == "through an array"
    assert figure.result is not None


def test_array_of_plain_objects_has_their_values(session):
    names = session.open(np.array, ["a", None, 3], dtype=object)
    assert np.asarray(names).tolist() == ["a", None, 3]
    assert np.asarray(names[2]) == 3


def test_values_of_an_iteration_come_together(session, programs):
    numbers = session.open(np.arange, 25_000.0)
    programs.clear()
    assert sum(float(x) for x in numbers) == np.arange(25_000.0).sum()
    assert len(programs) == 3
    programs.clear()
    assert [n.fetch() for n in session.open(list, ["a", 2, None])] == ["a", 2, None]
    assert len(programs) == 2  # the list, and its items
    names = list(session.open(list, ["phisp"]))
    assert f"{names[0]}" == "phisp"
    assert repr(names[0]).endswith(": 'phisp'>")


def test_items_that_are_no_plain_values_stay_refs(numbers):
    rows = list(numbers.reshape(2, 12))
    assert [float(row.sum()) for row in rows] == [66.0, 210.0]
    assert all(isinstance(row, RemoteRef) for row in rows)


def test_what_cannot_be_iterated_says_so_at_once(numbers):
    with pytest.raises(TypeError, match="not iterable"):
        iter(numbers[0])
    assert not np.iterable(numbers[0])


def test_loop_that_needs_no_value_collects_nothing(session, numbers):
    for _ in range(3000):
        numbers + 1
    assert len(session.queue.pending.nodes) < 2000
    assert float((numbers + 1)[0]) == 1.0


def test_questions_about_types_are_answered_at_once(numbers):
    assert np.result_type(numbers, np.complex64) == np.complex128
    assert np.can_cast(numbers, np.float32) is False
    colours = plt.Normalize(0, 23)(numbers)
    np.testing.assert_allclose(colours, np.arange(24.0) / 23)


def test_failed_ref_shows_what_failed(session, numbers):
    wrong = numbers["nope"]
    with pytest.raises(IndexError):
        wrong.fetch()
    assert repr(wrong) == "<RemoteRef arange(24.0)['nope']: failed with IndexError>"
