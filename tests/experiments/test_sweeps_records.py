"""Records and points of sweeps on disk: whole or not there, and exact."""

from __future__ import annotations

import os
import pickle
import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from emout_lab.engine.sweeps.points import Points, packed_points
from emout_lab.engine.sweeps.records import PointRecord, RecordReader, RecordWriter
from emout_lab.errors import StateError


def record(number: int, value: object = None, **told: object) -> PointRecord:
    return PointRecord(number, False, {"ok": True, **told}, pickle.dumps(value))


def written(folder: Path, *records: PointRecord) -> Path:
    writer = RecordWriter(folder, "0")
    for each in records:
        writer.add(each)
    writer.sync()
    writer.close()
    (log,) = folder.iterdir()
    return log


def test_records_come_back_exactly_and_only_once(tmp_path: Path):
    one = PointRecord(3, False, {"ok": False, "error": "odd é"}, pickle.dumps([1]), round=2)
    written(tmp_path, PointRecord(3, True, round=2), one)
    reader = RecordReader(tmp_path)
    assert list(reader.new()) == [PointRecord(3, True, round=2), one]
    assert list(reader.new()) == []


def test_a_record_that_is_cut_off_anywhere_is_not_there_until_it_is_whole(tmp_path: Path):
    log = written(tmp_path, record(1, "a" * 50), record(2, "b" * 50))
    whole = log.read_bytes()
    for size in range(len(whole) // 2, len(whole)):
        log.write_bytes(whole[:size])
        reader = RecordReader(tmp_path)
        assert [each.point for each in reader.new()] == [1]
        log.write_bytes(whole)
        assert [each.results() for each in reader.new()] == ["b" * 50]


def test_what_a_full_disk_cuts_off_hides_no_later_record(tmp_path: Path):
    writer = RecordWriter(tmp_path, "0")
    writer.add(record(1))
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
        with pytest.raises(OSError, match="too large"):
            writer.add(record(2, np.zeros(10_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    writer.add(record(3))
    writer.close()
    assert [each.point for each in RecordReader(tmp_path).new()] == [1, 3]


def test_results_that_the_disk_has_damaged_are_told_as_such(tmp_path: Path):
    log = written(tmp_path, record(1, "a" * 50), record(2))
    log.write_bytes(log.read_bytes().replace(b"a" * 50, b"a" * 49 + b"x"))
    one, two = RecordReader(tmp_path).new()
    with pytest.raises(StateError, match="point 1 cannot be read"):
        one.results()
    assert two.results() is None


def test_brief_readers_leave_out_results_and_heads_leave_out_all_but_numbers(tmp_path: Path):
    written(tmp_path, PointRecord(7, True), record(7, "much", seconds=2.0))
    brief = list(RecordReader(tmp_path, is_brief=True).new())
    assert [(each.packed, each.told.get("seconds")) for each in brief] == [(b"", None), (b"", 2.0)]
    heads = list(RecordReader(tmp_path).heads("0"))
    assert [(each.point, each.is_begun, each.is_ok) for each in heads] == [
        (7, True, False),
        (7, False, True),
    ]
    assert list(RecordReader(tmp_path).heads("1")) == []


def test_a_writer_that_is_killed_at_any_moment_leaves_whole_records(tmp_path: Path):
    for trial in range(10):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            writer = RecordWriter(tmp_path, str(trial))
            for number in range(10**6):
                writer.add(record(number, "x" * 3000))
                os.write(writing, b".")
        count = len(os.read(reading, 1 + 7 * trial))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)
        reader = RecordReader(tmp_path)
        own = [each.point for each in reader.new() if each.results() == "x" * 3000]
        assert len(own) >= count
        for log in tmp_path.iterdir():
            log.unlink()


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        [1.5, float("inf")],
        [True, False],
        ["a", "β"],
        [np.float64(1.5), np.float64(2)],
        [np.int32(1), np.int32(2)],
        [1, 2.0],
        [2**70, 1],
        ["a\0", "b"],
        [None, "a" * 200],
        [(1, 2), [3]],
    ],
)
def test_parameters_come_back_with_their_classes(tmp_path: Path, values: list[object]):
    for name, data in packed_points([{"k": each} for each in values]).items():
        (tmp_path / name).write_bytes(data)
    points = Points(tmp_path)
    found = [points[number]["k"] for number in range(len(points))]
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]


def test_points_with_different_parameters_come_back(tmp_path: Path):
    points = [{"k": 1}, {"m": 2, "k": 3}]
    for name, data in packed_points(points).items():
        (tmp_path / name).write_bytes(data)
    assert [Points(tmp_path)[each] for each in (0, 1)] == points
    assert Points(tmp_path, is_plain=True)[0] == {}


def test_a_million_points_take_a_few_bytes_each(tmp_path: Path):
    total = 1_000_000
    files = packed_points([{"k": each, "x": each / 7} for each in range(total)])
    assert sum(map(len, files.values())) < 17 * total
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert Points(tmp_path)[999_999] == {"k": 999_999, "x": 999_999 / 7}
