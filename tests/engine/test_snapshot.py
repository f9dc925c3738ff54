"""What an engine leaves out of a snapshot is what the one who asks knows already."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emout_lab.engine.metadata import describe
from emout_lab.engine.object_store import ObjectStore
from emout_lab.engine.snapshot import EngineSnapshot, ObjectInfo, Versions

THING = ObjectInfo("a", None, None, "a", "int", None, None, 28, 0.0)
OLD = EngineSnapshot(
    "0", "tls://h:1", "h", 1, True, 1, 2, 0, 0.0, None, (THING,), (), None, Versions("x", 3, 5)
)
EMPTY = replace(OLD, objects=(), memory_used=7)


@pytest.fixture
def table():
    return ObjectStore(describe)


def test_what_was_left_out_is_filled_in():
    done = EMPTY.completed(OLD)
    assert done.objects is OLD.objects
    assert done.memory_used == 7


@pytest.mark.parametrize("versions", [Versions("x", 4, 5), Versions("other", 3, 5)])
def test_what_has_changed_or_is_of_another_process_is_not(versions):
    assert replace(EMPTY, versions=versions).completed(OLD).objects == ()


def test_without_a_snapshot_of_before_nothing_is_added():
    assert EMPTY.completed(None) is EMPTY


def test_a_table_counts_what_comes_and_goes(table):
    seen = [table.version]
    table.put("a", np.zeros(3), owner="me")
    seen.append(table.version)
    table.put("a", np.zeros(4), owner="me")
    seen.append(table.version)
    table.drop(["a"])
    seen.append(table.version)
    assert len(set(seen)) == 4
    table.drop(["a", "never"])
    assert table.version == seen[-1]
