"""References travel anywhere inside an argument."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest

from emout_lab.engine.serialization import Reference, pack, unpack


class Ref(Reference):
    def __init__(self, name: str) -> None:
        self._id = name


@dataclasses.dataclass
class Holder:
    inside: object


OBJECTS = {"a": 1.5, "b": np.arange(3)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Ref("a"), 1.5),
        ([1, (Ref("a"), {"k": Ref("a")})], [1, (1.5, {"k": 1.5})]),
        (slice(None, Ref("a")), slice(None, 1.5)),
        ({Ref("a")}, {1.5}),
        (Holder(Ref("a")), Holder(1.5)),
    ],
)
def test_references_are_resolved_in_any_container(value, expected):
    met = []

    def name(ref):
        met.append(ref)
        return ref._id

    assert unpack(pack(value, name), OBJECTS.__getitem__) == expected
    assert met


def test_references_in_closures_and_partials_are_resolved():
    ref = Ref("a")
    data = pack((lambda x: x + ref, functools.partial(pow, ref)), lambda r: r._id)
    add, power = unpack(data, OBJECTS.__getitem__)
    assert add(1) == 2.5
    assert power(2) == 2.25


def test_the_same_object_is_given_for_each_reference_to_it():
    first, second = unpack(pack([Ref("b"), Ref("b")], lambda r: r._id), OBJECTS.__getitem__)
    assert first is second is OBJECTS["b"]


def test_a_reference_cannot_be_sent_back():
    with pytest.raises(TypeError, match="cannot be sent back"):
        pack([Ref("a")])
