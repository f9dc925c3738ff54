"""What is private to libraries has a public way for versions without it."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from emout_lab.engine import client
from emout_lab.remote import ref
from emout_lab.xarrays import is_in_memory, with_values


def test_values_in_memory_are_told_apart_without_the_private_name():
    class Bare:
        """A variable of an xarray without ``_in_memory``."""

        def __init__(self, variable):
            self._variable = variable

        chunks = property(lambda self: self._variable.chunks)

        def __repr__(self):
            return repr(self._variable)

    read = xr.Variable("x", np.arange(5.0))
    assert is_in_memory(read)
    assert is_in_memory(Bare(read))
    chunked = read.chunk({"x": 2})
    assert not is_in_memory(chunked)
    assert not is_in_memory(Bare(chunked))


def test_values_are_replaced_without_the_private_name():
    array = xr.DataArray(np.arange(3.0), {"x": [1, 2, 3]}, name="a", attrs={"units": "V"})
    values = xr.Variable("x", np.ones(3), {"units": "m"})
    expected = with_values(array, values, "b")
    got = with_values(SimpleNamespace(copy=array.copy), values, "b")
    xr.testing.assert_identical(got, expected)
    assert array.attrs == {"units": "V"}


def test_a_dask_without_its_pool_of_connections_is_asked_through_the_scheduler():
    assert not asyncio.run(client.can_reach(SimpleNamespace(), "tcp://127.0.0.1:1"))


class Asked:
    def __iter__(self):
        self.count = ref._unpack_count(sys._getframe(1))
        return iter(range(2 if self.count in (2, None) else self.count))


def test_the_number_of_names_is_read_from_the_callers_code(monkeypatch):
    asked = Asked()
    a, b = asked
    assert asked.count == 2
    monkeypatch.setattr(ref, "UNPACK_SEQUENCE", -1)
    a, b = asked
    assert asked.count is None
    assert (a, b) == (0, 1)


@pytest.mark.parametrize("count", [255, 300])
def test_a_number_of_names_that_does_not_fit_is_asked_for(count):
    class Many:
        def __iter__(self):
            self.count = ref._unpack_count(sys._getframe(1))
            return iter(range(count))

    many = Many()
    exec(", ".join(f"a{n}" for n in range(count)) + " = many", {"many": many})
    assert many.count == (255 if count == 255 else None)
