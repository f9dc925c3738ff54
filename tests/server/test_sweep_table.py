"""The table of a sweep's results, read from what workers write."""

import pytest

from emout_lab.errors import SpecError
from emout_lab.server.contract.requests import TableRequest
from emout_lab.server.sweep_list import NoSweep
from emout_lab.server.sweep_table import MOST_TABLES, SweepTables

from .sweep_folders import failure, success, write_records, write_sweep

pytestmark = pytest.mark.usefixtures("emout_home")


@pytest.fixture
def tables():
    return SweepTables()


def column(piece, name, kind="result"):
    (found,) = [each for each in piece.columns if (each.kind, each.name) == (kind, name)]
    return found.values


def test_a_table_tells_what_came_of_points(tables):
    folder = write_sweep()
    write_records(folder, success(2, y=0.5), failure(0, "ValueError: odd"))
    piece = tables.piece(folder.id, TableRequest())
    assert piece.points == [2, 0]
    assert piece.parameters == ["k"]
    assert column(piece, "k", "parameter") == [2, 0]
    assert column(piece, "y") == [0.5, None]
    assert column(piece, "status", "about") == ["done", "failed"]
    assert column(piece, "error", "about") == [None, "ValueError: odd"]
    assert column(piece, "elapsed", "about") == [0.5, None]
    assert column(piece, "engine", "about") == ["0", None]
    assert column(piece, "peak_memory", "about") == [1000, None]
    assert (piece.more, piece.restarted) == (False, True)


def test_it_is_told_where_results_are_means_of_several_runs(tables):
    folder = write_sweep()
    record = success(1, y=2.0)
    record.told["runs"] = 5
    write_records(folder, success(0, y=1.0), record)
    piece = tables.piece(folder.id, TableRequest())
    assert column(piece, "runs", "about") == [None, 5]


def test_no_pickle_is_opened(tables, capfd):
    folder = write_sweep()
    write_records(folder, success(1, y=1.0), failure(2, "x"))
    assert tables.piece(folder.id, TableRequest()).points == [1, 2]
    assert "pickle" not in capfd.readouterr().out


def test_only_what_is_new_comes_again(tables):
    folder = write_sweep()
    write_records(folder, success(0, y=1.0))
    first = tables.piece(folder.id, TableRequest())
    write_records(folder, success(2, y=3.0), engine="1")
    second = tables.piece(folder.id, TableRequest(since=first.next))
    assert (second.points, second.restarted) == ([2], False)
    assert column(second, "y") == [3.0]
    third = tables.piece(folder.id, TableRequest(since=second.next))
    assert (third.points, third.more) == ([], False)
    # Who lost an answer asks again and gets the same.
    assert tables.piece(folder.id, TableRequest(since=first.next)) == second


def test_a_large_table_comes_in_pieces_and_whole(tables):
    total = 25_000
    folder = write_sweep(total)
    write_records(folder, *(success(point, y=point / 2) for point in range(total)))
    points, values, request = [], [], TableRequest(limit=9000)
    while True:
        piece = tables.piece(folder.id, request)
        points += piece.points
        values += column(piece, "y")
        request = TableRequest(since=piece.next, limit=9000)
        if not piece.more:
            break
    assert points == [*range(total)]
    assert values == [point / 2 for point in range(total)]


def test_another_server_begins_anew(tables):
    folder = write_sweep()
    write_records(folder, success(0, y=1.0))
    before = SweepTables().piece(folder.id, TableRequest())
    piece = tables.piece(folder.id, TableRequest(since=before.next))
    assert (piece.points, piece.restarted) == ([0], True)


@pytest.mark.parametrize("since", ["x", "12:3", "0123456789ab:1", "01234567:-1", "01234567:٣"])
def test_a_since_that_no_answer_gave_is_refused(tables, since):
    folder = write_sweep()
    with pytest.raises(SpecError) as caught:
        tables.piece(folder.id, TableRequest(since=since))
    assert caught.value.field == "since"


def test_a_point_that_was_tried_again_comes_again(tables):
    folder = write_sweep()
    write_records(folder, failure(1, "first"), failure(0, "x"))
    first = tables.piece(folder.id, TableRequest())
    assert first.points == [1, 0]
    write_records(folder, failure(1, "second", round=1), success(0, round=1, y=1.0))
    second = tables.piece(folder.id, TableRequest(since=first.next))
    assert second.points == [1, 0]
    assert column(second, "error", "about") == ["second", None]


def test_the_last_round_of_a_point_counts_in_whatever_order_files_are_read(tables):
    folder = write_sweep()
    write_records(folder, success(1, round=1, y=2.0), engine="0")
    write_records(folder, failure(1, "before"), success(1, round=1, y=3.0), engine="1")
    piece = tables.piece(folder.id, TableRequest())
    assert piece.points == [1]
    assert column(piece, "y") == [2.0]


def test_a_result_that_comes_late_is_empty_before(tables):
    folder = write_sweep()
    write_records(folder, success(0, y=1), success(1, y=2.5), success(2, y="much", z=True))
    piece = tables.piece(folder.id, TableRequest())
    assert column(piece, "y") == [1, 2.5, "much"]
    assert column(piece, "z") == [None, None, True]


def test_a_number_that_a_browser_would_change_is_a_text(tables):
    folder = write_sweep()
    write_records(folder, success(0, big=2**60, bad=float("nan"), most=2**53))
    piece = tables.piece(folder.id, TableRequest())
    assert column(piece, "big") == [str(2**60)]
    assert column(piece, "bad") == ["nan"]
    assert column(piece, "most") == [2**53]


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_record_that_is_not_written_to_its_end_comes_later(tables, cut):
    folder = write_sweep()
    write_records(folder, success(0, y=1.0), success(1, y=2.0))
    (log,) = folder.records.iterdir()
    whole = log.read_bytes()
    log.write_bytes(whole[:-cut])
    first = tables.piece(folder.id, TableRequest())
    assert first.points == [0]
    log.write_bytes(whole)
    assert tables.piece(folder.id, TableRequest(since=first.next)).points == [1]


def test_a_record_of_no_point_is_passed_over(tables):
    folder = write_sweep()
    write_records(folder, success(-1, y=1.0), success(3, y=1.0), success(2, y=1.0))
    assert tables.piece(folder.id, TableRequest()).points == [2]


def test_a_sweep_that_was_removed_has_no_table(tables):
    folder = write_sweep()
    tables.piece(folder.id, TableRequest())
    folder.remove()
    with pytest.raises(NoSweep):
        tables.piece(folder.id, TableRequest())


def test_few_tables_are_kept(tables):
    folders = [write_sweep() for _ in range(MOST_TABLES + 1)]
    pieces = [tables.piece(each.id, TableRequest()) for each in folders]
    again = [
        tables.piece(folder.id, TableRequest(since=piece.next)).restarted
        for folder, piece in reversed([*zip(folders, pieces, strict=True)])
    ]
    assert again == [False] * MOST_TABLES + [True]
