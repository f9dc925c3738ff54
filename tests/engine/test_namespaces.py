"""What is noted of the names that a client has on an engine."""

from __future__ import annotations

import random

import numpy as np
import pytest

from emout_lab.engine import named_objects
from emout_lab.engine.metadata import describe, register_sizes
from emout_lab.engine.namespaces import Namespaces


class Counting:
    """Describes objects and remembers which."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, value):
        self.seen.append(type(value).__name__)
        return describe(value)


@pytest.fixture
def counting():
    register_sizes()
    return Counting()


@pytest.fixture
def names(counting):
    return Namespaces(counting)


def listed(names):
    names.note("me", "run.ipynb")
    return {noted.name: noted for noted in names.noted()}


def test_small_values_are_listed_with_their_text_and_code_is_not(names):
    names.of("me").update(n=5, x=0.5, t="five", y=np.float32(0.25), nothing=None, long="a" * 90)
    names.of("me").update(np=np, f=lambda: 0, Own=Counting, bound=[].append, _hidden=3, __x=2)
    found = listed(names)
    assert {name: noted.value for name, noted in found.items()} == {
        "n": "5",
        "x": "0.5",
        "t": "'five'",
        "y": "0.25",
        "nothing": "None",
        "long": None,
    }
    assert found["n"].description.type == "int"


def test_hidden_names_are_listed_where_they_take_memory(names):
    names.of("me").update(
        _small=[1], _large=np.zeros(1_000_000), _1=[1], Out={1: 2}, In=["x"] * 200_000
    )
    assert set(listed(names)) == {"_1", "_large"}


def test_nothing_is_described_twice_that_stays_the_same(names, counting):
    names.of("me").update({f"a{i}": np.zeros(i) for i in range(1000)})
    names.of("me").update({f"n{i}": i for i in range(1000)})
    assert len(listed(names)) == 2000
    before, counting.seen = names.version, []
    for _ in range(20):
        listed(names)
    assert counting.seen == []
    names.of("me")["a3"] = np.ones(3)
    listed(names)
    assert counting.seen == ["ndarray"]
    assert names.version == before + 1


@pytest.mark.parametrize("make", [np.zeros, list, bytes, lambda n: n[0] * 1000, tuple, str])
def test_another_object_at_the_same_place_in_memory_is_told_from_the_first(names, make):
    mine = names.of("me")
    mine["a"] = make([0] * 3) if make is not np.zeros else np.zeros(3)
    sizes = {listed(names)["a"].description.bytes}
    for length in range(4, 60):
        del mine["a"]
        mine["a"] = make([length] * length) if make is not np.zeros else np.zeros(length)
        found = listed(names)["a"]
        sizes.add(found.description.bytes)
        assert found.description == describe(mine["a"]) or found.value == repr(mine["a"])
    assert len(sizes) > 1 or found.value is not None


def test_what_grows_in_place_is_described_again_in_time(names, counting, monkeypatch):
    monkeypatch.setattr(named_objects, "RECHECK_S", 0.0)
    monkeypatch.setattr(named_objects, "RECHECK_SHARE", 1e9)
    inner = [0.0]
    names.of("me")["a"] = {"inner": inner}
    size = listed(names)["a"].description.bytes
    inner += [0.5] * 100_000
    assert listed(names)["a"].description.bytes > size + 800_000


def test_what_may_have_grown_is_left_for_later_and_said_to_be(names, counting):
    names.of("me")["a"] = {"inner": [0.0]}
    listed(names)
    listed(names)
    counting.seen = []
    listed(names)
    assert counting.seen == []
    assert names.is_behind


def test_who_gets_a_namespace_may_assign_names_without_a_note(names):
    names.of("me")["a"] = 1
    assert names.is_behind
    names.note_all()
    assert [each.name for each in names.noted()] == ["a"]
    assert not names.is_behind


def test_a_large_list_of_lists_is_not_walked_and_its_size_does_not_jump(names):
    names.of("me")["a"] = [[float(i + j) for i in range(100)] for j in range(10_000)]
    first = listed(names)["a"]
    assert first.description.bytes == pytest.approx(33e6, rel=0.1)
    names.note_all()
    assert listed(names)["a"] is first


def test_looking_leaves_the_users_random_numbers_alone(names):
    random.seed(3)
    expected = [random.random() for _ in range(3)]
    random.seed(3)
    names.of("me")["a"] = list(range(100))
    names.of("me")["b"] = dict.fromkeys(range(100))
    listed(names)
    assert [random.random() for _ in range(3)] == expected


def test_the_same_name_of_two_engines_or_clients_has_two_ids(counting):
    found = set()
    for names in (Namespaces(counting), Namespaces(counting)):
        for client in ("me", "you"):
            names.of(client)["a"] = 1
            names.note(client, None)
        found |= {noted.id for noted in names.noted()}
    assert len(found) == 4


def test_a_dropped_name_is_gone_at_once_and_comes_back_when_assigned_again(names):
    mine = names.of("me")
    mine["a"] = mine["b"] = np.zeros(3)
    noted = listed(names)["a"]
    names.drop([noted.id, "unknown"])
    assert "a" not in mine
    assert [each.name for each in names.noted()] == ["b"]
    mine["a"] = 7
    assert listed(names)["a"].id == noted.id
    assert names.find(noted.id).value == "7"


def test_a_forgotten_client_leaves_nothing(names):
    names.of("me")["a"] = np.zeros(3)
    listed(names)
    names.forget("me")
    assert names.noted() == []
    names.note("me", None)
    assert names.noted() == []
