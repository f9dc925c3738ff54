"""What scripts written for IPython.parallel name: constants, classes, keywords, lazy maps."""

from __future__ import annotations

import itertools
import time

import pytest

from emout_lab import parallel
from emout_lab.errors import NoEngine


def test_constants_and_classes_of_errors_have_their_names(view):
    assert parallel.FIRST_EXCEPTION == "FIRST_EXCEPTION"
    result = view.apply_async(int, 1)
    done, pending = result.wait(30, return_when=parallel.ALL_COMPLETED)
    assert len(done) == 2 and not pending
    with pytest.raises(parallel.error.KernelError):
        view.apply_sync(int, "x")
    for kind in (parallel.EngineError, parallel.TaskAborted, parallel.UnmetDependency):
        assert issubclass(kind, parallel.error.IPythonError)
    assert parallel.NoEnginesRegistered is NoEngine


def test_a_broadcast_view_is_a_direct_view(client):
    view = client.broadcast_view(block=True)
    assert isinstance(view, parallel.BroadcastView) and isinstance(view, parallel.DirectView)
    assert repr(view) == f"<BroadcastView {client.ids}>"
    assert view.apply(int, 3) == [3, 3]
    assert client.broadcast_view(0).apply_sync(int, 3) == [3]
    assert client.load_balanced_view(-1).targets == client.ids[-1:]


def test_cells_scripts_and_maps_are_called_by_a_label(client, view, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("a = 1\n")
    assert view.execute("a = 2", label="named").metadata[0].label == "named"
    assert view.run(script, label="named").metadata[0].label == "named"
    with view.temp_flags(label="of the view"):
        for made in (view.execute("a = 2"), view.run(script), view.map_async(abs, [1, 2])):
            assert made.metadata[0].label == "of the view"
        assert view.execute("a = 2", label="named").metadata[0].label == "named"


def test_dependencies_are_checked_by_ids():
    both = parallel.Dependency(["a", "b"])
    assert both.check({"a", "b"}) and not both.check({"a"}, {"b"})
    assert both.unreachable({"a"}, {"b"}) and not both.unreachable({"a"})
    any_failed = parallel.Dependency(["a", "b"], all=False, success=False, failure=True)
    assert any_failed.check([], ["b"]) and not any_failed.check(["a", "b"])
    assert any_failed.unreachable(["a", "b"]) and not any_failed.unreachable(["a"], ["b"])
    assert parallel.Dependency().check([]) and not parallel.Dependency().unreachable(["a"])


def test_an_executor_runs_all_calls_though_nobody_asks_for_results(client, tmp_path):
    def touch(number: int) -> None:
        (tmp_path / str(number)).touch()

    with client.executor() as executor:
        executor.map(touch, range(40))
    assert len(list(tmp_path.iterdir())) == 40
    assert len(executor.view.history) == 40
    assert not executor.view.outstanding


def test_a_lazy_map_that_is_cancelled_takes_no_more_items_and_gives_what_was_sent(client):
    balanced = client.load_balanced_view()
    taken = []
    found = balanced.imap(abs, (taken.append(n) or n for n in itertools.count()), max_outstanding=3)
    assert [next(found) for _ in range(4)] == [0, 1, 2, 3]
    found.cancel()
    assert list(found) == taken[4:]
    assert len(balanced.history) == len(taken) < 20


def test_the_calls_of_a_lazy_map_are_waited_for_and_aborted_with_others_of_the_view(client):
    balanced = client.load_balanced_view()
    found = balanced.imap(time.sleep, itertools.repeat(0.2), max_outstanding=2)
    assert balanced.outstanding and balanced.wait(timeout=30)
    assert balanced.results == dict.fromkeys(balanced.history)
    found.close()


def test_direct_views_are_executors_too(client):
    with client[0].executor as executor:
        assert executor.submit(pow, 2, 5).result(30) == 32
        assert list(executor.map(abs, [-1, 2])) == [1, 2]


def test_requests_of_another_client_tell_how_long_they_have_been_asked_for(client):
    sent = client[0].apply_async(time.sleep, 1)
    other = parallel.Client(client.session)
    found = other.get_result(sent.msg_ids)
    assert 0 <= found.elapsed < 30
    found.get(30)
    assert found.wall_time > 0.9
    assert client[0].apply_async(abs, 1).metadata.label is None


def test_clearing_names_gives_nothing_and_queues_tell_what_waits(client, view):
    assert client.clear(block=True) is None
    assert view.clear(block=True) is None
    assert set(client[:].queue_status()) == {*client.ids, "unassigned"}


def test_engines_that_are_there_are_not_waited_for(client):
    coming = client.wait_for_engines(2, block=False)
    assert coming.done() and coming.result() is None
