"""What Python asks of objects apart from operators: with, del, pow, divmod, generators, buffers."""

from __future__ import annotations

import io
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from emout_lab import RemoteRef


def test_with_enters_and_leaves_the_objects_own_context(session, tmp_path):
    path = tmp_path / "log.txt"
    with session.open(open, str(path), "w") as file:
        file.write("in the engine")
        assert isinstance(file, RemoteRef)
        assert str(file._node.expression).startswith("open(")
        assert "enter" not in repr(file)
    assert path.read_text() == "in the engine"
    assert file.closed.fetch() is True


def test_with_leaves_an_hdf5_file_closed_after_an_error(session, tmp_path):
    path = str(tmp_path / "data.h5")
    with pytest.raises(ZeroDivisionError), session.open(h5py.File, path, "w") as file:
        file.create_dataset("a", data=[1, 2])
        1 / 0  # noqa: B018
    with h5py.File(path, "r+") as again:  # refused while the engine holds it
        assert again["a"][1] == 2


def test_with_suppresses_what_the_context_suppresses(session):
    with session.open("contextlib:suppress", Exception):
        raise ValueError("not seen")


def test_with_on_something_else_says_so(numbers):
    with pytest.raises(AttributeError, match="__enter__"), numbers:
        pass


def test_attributes_are_set_and_deleted_in_the_engine(session):
    thing = session.open(SimpleNamespace, a=1)
    thing.b = 2
    del thing.a
    assert vars(thing.fetch()) == {"b": 2}
    with pytest.raises(AttributeError):
        del thing.missing
    with pytest.raises(AttributeError, match="private names"):
        del thing._hidden


def test_power_with_a_modulus_and_reflected_divmod(session):
    seven = session.open(int, 7)
    assert pow(seven, 2, 5).fetch() == 4
    assert pow(2, seven).fetch() == 128
    assert divmod(30, seven).fetch() == (4, 2)
    quotient, rest = divmod(seven, 4)
    assert (int(quotient), int(rest)) == (1, 3)


def test_generators_travel_as_what_they_give(session):
    assert session.open(sum, (n * n for n in range(4))).fetch() == 14
    three = session.open(int, 3)
    assert session.open(list, (n + three for n in (1, 2))).fetch() == [4, 5]


def test_buffers_are_filled_as_if_the_call_were_here(session, numbers):
    buffer = io.BytesIO()
    np.save(buffer, numbers)
    buffer.seek(0)
    np.testing.assert_array_equal(np.load(buffer), np.arange(24.0))
    text = io.StringIO("a,b\n1,2\n")
    table = session.open("pandas:read_csv", text)
    assert table.b[0].fetch() == 2
    out = io.StringIO()
    table.to_csv(out, index=False)
    assert out.getvalue() == "a,b\n1,2\n"


def test_ref_that_was_never_made_ends_in_silence(capsys):
    del_only = RemoteRef.__new__(RemoteRef)
    del del_only
    assert capsys.readouterr().err == ""
