"""References travel anywhere inside an argument."""

from __future__ import annotations

import dataclasses
import functools
import pickle

import numpy as np
import pytest

from emout_lab.engine import pieces
from emout_lab.engine.serialization import Packed, Reference, UserPacker, pack, unpack


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


def test_large_arrays_stay_beside_the_pickle_and_small_ones_in_it():
    large, small = np.arange(100_000.0), np.arange(10.0)
    packed = pack({"large": large, "small": small, "turned": large.reshape(100, -1).T})
    assert isinstance(packed, Packed) and len(packed.data) < 2_000
    assert len(packed.buffers) == 2
    assert isinstance(pack(small), bytes)
    found = unpack(packed)
    np.testing.assert_array_equal(found["large"], large)
    np.testing.assert_array_equal(found["turned"], large.reshape(100, -1).T)


@pytest.mark.parametrize("is_copied", [True, False])
def test_a_copy_does_not_see_what_is_changed_later(is_copied):
    values = np.zeros(100_000)
    packed = pack(values, is_copied=is_copied)
    values[0] = 1
    assert unpack(packed)[0] == (0 if is_copied else 1)


def test_arrays_may_be_written_to_where_they_could_before():
    values = np.zeros(100_000)
    assert unpack(pack(values, is_copied=True)).flags.writeable
    values.flags.writeable = False
    assert not unpack(pack(values, is_copied=True)).flags.writeable


def test_what_is_packed_can_be_pickled_with_its_memory_inside_or_beside():
    values = np.arange(100_000.0)
    packed = pack(values)
    beside = []
    data = pickle.dumps(packed, protocol=5, buffer_callback=beside.append)
    assert len(beside) == 1 and len(data) < 2_000
    for again in (
        pickle.loads(data, buffers=beside),
        pickle.loads(pickle.dumps(packed, protocol=5)),
        pickle.loads(pickle.dumps(packed, protocol=4)),
    ):
        np.testing.assert_array_equal(unpack(again), values)


def test_another_packer_packs_what_it_knows():
    class Doubling(UserPacker):
        def reducer_override(self, obj):
            return (float, (2 * obj.inside,)) if isinstance(obj, Holder) else NotImplemented

    assert unpack(pack([Holder(1.5)], packer=Doubling)) == [3.0]


@pytest.mark.parametrize("count", [1, 1000, 1_000_000])
def test_a_value_is_put_together_from_pieces_of_any_size(count):
    value = [np.arange(40_000.0), "text", np.arange(20_000), np.float32(1)]
    packed = pack(value)
    sizes = pieces.sizes(packed)
    assert sum(sizes) == len(packed)
    assembly = pieces.Assembly(sizes)
    step = max(count, sum(sizes) // 500) if count == 1 else count
    for start in range(0, len(packed), step):
        for piece in pieces.cut(packed, start, start + step):
            assembly.add(bytes(piece))
    for found, expected in zip(unpack(assembly.packed()), value, strict=True):
        np.testing.assert_array_equal(found, expected)
