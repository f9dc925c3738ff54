"""Clients: which session they mean, the ids of engines, and requests after they were sent."""

from __future__ import annotations

import asyncio
import json
import operator
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from emout_lab import parallel, sessions
from emout_lab.client import members
from emout_lab.config import load
from emout_lab.errors import NoSession, SessionDead, StateError
from emout_lab.parallel import targets
from emout_lab.parallel.client_results import UnknownRequest
from emout_lab.parallel.request_ids import engine_number
from emout_lab.paths import Runtime


def test_ids_are_sorted_ints_and_a_client_has_their_length(client):
    assert client.ids == [0, 1]
    assert len(client) == 2
    assert [view.targets for view in client] == [0, 1]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        (0, 0),
        (-1, 1),
        (np.int64(1), 1),
        (slice(None), [0, 1]),
        (slice(None, None, -1), [1, 0]),
        ([1, 0], [1, 0]),
        ((0,), [0]),
        (range(2), [0, 1]),
        (np.array([0, 1]), [0, 1]),
        ([-1], [1]),
    ],
)
def test_engines_are_chosen_by_ints_slices_and_collections(client, key, meant):
    assert client[key].targets == meant
    assert client.direct_view(key).targets == meant


@pytest.mark.parametrize("key", ["0", "all", 1.0, None, {}.get, b"0", ["0"]])
def test_what_is_no_int_is_a_type_error_at_once(client, key):
    with pytest.raises(TypeError):
        client[key]


@pytest.mark.parametrize("key", [7, -3, [0, 7]])
def test_an_unknown_id_is_an_index_error_at_once(client, key):
    with pytest.raises(IndexError, match="there is no engine"):
        client[key]


def test_a_view_of_all_means_those_that_are_there_at_each_call(client):
    assert client.direct_view().targets == client.direct_view("ALL").targets == "all"
    assert client.direct_view().apply_sync(int, 3) == [3, 3]
    assert client.broadcast_view().apply_sync(int, 3) == [3, 3]


def test_a_client_is_made_of_a_session_a_name_a_profile_or_another_client(client, pair):
    for made in (
        parallel.Client(client.session),
        parallel.Client(client),
        parallel.Client(profile=pair),
        parallel.Client(profile="default", cluster_id=pair),
        parallel.Client(Runtime(load().home).session(pair).state),
    ):
        assert made.session is client.session
        assert made[0].apply_sync(int, 1) == 1


def test_a_client_is_made_of_a_copied_state_file(pair, tmp_path):
    source = Runtime(load().home).session(pair)
    shutil.copy(source.state, tmp_path / "other.json")
    with parallel.Client(str(tmp_path / "other.json")) as made:
        assert made.ids == [0, 1]
        assert made[:].apply_sync(int, 4) == [4, 4]
    with pytest.raises(StateError):
        made.ids  # noqa: B018


def test_a_copied_folder_has_its_credentials_beside_the_file(pair, tmp_path):
    source = Runtime(load().home).session(pair)
    shutil.copytree(source.certs, tmp_path / "certs")
    state = json.loads(source.state.read_text())
    state["tls"] = {
        key: place.replace(str(load().home), "/nowhere") if isinstance(place, str) else place
        for key, place in state["tls"].items()
    }
    (tmp_path / "state.json").write_text(json.dumps(state))
    with parallel.Client(url_file=str(tmp_path)) as made:
        assert made.ids == [0, 1]


def test_a_missing_file_or_session_is_an_os_error(pair, tmp_path):
    with pytest.raises(OSError, match="is not there"):
        parallel.Client(tmp_path / "nothing.json", timeout=2)
    with pytest.raises(OSError, match="'nobody'") as caught:
        parallel.Client("nobody")
    assert isinstance(caught.value, NoSession)


def test_a_state_file_of_a_session_that_is_over_is_an_os_error(pair, tmp_path):
    state = json.loads(Runtime(load().home).session(pair).state.read_text())
    over = tmp_path / "over.json"
    over.write_text(json.dumps({**state, "state": "stopped", "reason": "walltime over"}))
    with pytest.raises(OSError, match="walltime over") as caught:
        parallel.Client(over)
    assert isinstance(caught.value, SessionDead)
    assert isinstance(caught.value, parallel.TimeoutError)
    gone = tmp_path / "gone.json"
    gone.write_text(json.dumps({**state, "address": "tls://127.0.0.1:9"}))
    with pytest.raises(OSError, match="does not answer at"):
        parallel.Client(gone, timeout=1)


@pytest.mark.parametrize(
    "options",
    [
        {"sshserver": "me@login"},
        {"context": object()},
        {"profile_dir": "/tmp"},
        {"profile": "a", "url_file": "b.json"},
        {"unheard": 1},
    ],
)
def test_keywords_that_mean_nothing_here_say_so(options):
    with pytest.raises(TypeError, match="Client"):
        parallel.Client(**options)


def test_keywords_that_are_not_set_are_no_matter(client):
    assert parallel.Client(client.session, sshserver=None, debug=False, timeout=3).ids == [0, 1]


def test_a_url_that_is_no_address_is_a_value_error():
    with pytest.raises(ValueError, match="tls://host:port"):
        parallel.Client("http://localhost:8888")


def test_results_are_had_again_by_position_and_id(client, view):
    result = view.apply_async(operator.add, 1, 2)
    assert client.history[-2:] == result.msg_ids
    assert result.get() == [3, 3]
    assert client.get_result(-1).get() == 3
    assert client.get_result(result.msg_ids).get() == [3, 3]
    assert client.get_result(result) is result
    assert view.get_result(-1, block=True).get() == 3
    assert view.results[result.msg_ids[0]] == client.results[result.msg_ids[0]] == 3
    assert client.metadata[result.msg_ids[1]].engine_id == 1
    with pytest.raises(TypeError):
        client.get_result(2.5)


def test_another_client_has_results_also_those_under_way_and_large_ones(client, pair, tmp_path):
    shutil.copy(Runtime(load().home).session(pair).state, tmp_path / "other.json")
    slow = client[0].apply_async(time.sleep, 0.5)
    large = client[:].apply_async(np.arange, 300_000)
    with parallel.Client(tmp_path / "other.json") as other:
        assert other.get_result(slow.msg_ids[0]).get() is None
        found = other.get_result(large.msg_ids).get()
        assert all(np.array_equal(each, np.arange(300_000)) for each in found)
        again = other.get_result(large.msg_ids[0])
        assert np.array_equal(again.get(), np.arange(300_000))
        assert again.metadata.engine_id == 0
        assert again.metadata.started is not None
        assert slow.msg_ids[0] in other.hub_history()
    assert slow.get() is None
    assert np.array_equal(large.get()[1], np.arange(300_000))


def test_another_client_has_what_cells_have_printed(client, pair, tmp_path):
    shutil.copy(Runtime(load().home).session(pair).state, tmp_path / "other.json")
    printed = client[1].execute("print('from a cell')", block=True)
    assert printed.msg_ids[0] in client[1].client.history
    with parallel.Client(tmp_path / "other.json") as other:
        found = other.get_result(printed.msg_ids[0])
        assert found.get().stdout == "from a cell\n"
        assert found.engine_id == 1


def test_another_client_has_failures_too(client, pair, tmp_path):
    shutil.copy(Runtime(load().home).session(pair).state, tmp_path / "other.json")
    failed = client[1].apply_async(operator.truediv, 1, 0)
    failed.wait()
    with parallel.Client(tmp_path / "other.json") as other:
        with pytest.raises(ZeroDivisionError) as caught:
            other.get_result(failed.msg_ids[0]).get()
    assert caught.value.engine_info["engine_id"] == 1


def test_unknown_requests_say_so(client):
    with pytest.raises(UnknownRequest, match="names no engine"):
        client.get_result("nothing")
    with pytest.raises(LookupError, match="knows no request"):
        client.get_result("nothing-0").get()
    with pytest.raises(parallel.EngineError, match="engine 77 is gone"):
        client.get_result("nothing-77")


def test_the_client_forgets_what_nobody_holds(client, monkeypatch):
    monkeypatch.setattr("emout_lab.parallel.job_table.MOST_BYTES", 1_000_000)
    held = client[0].apply_async(np.zeros, 100_000)
    held.wait()
    for _ in range(4):
        client[0].apply_sync(np.zeros, 100_000)
    first, *rest, last = client.history[-5:]
    assert client.results[first] is held.get()
    assert rest[0] not in client.results
    assert last in client.results
    assert client.get_result(rest[0]).get().shape == (100_000,)  # the engine has it


def test_queue_status_tells_what_engines_have_to_do(client):
    before = client.queue_status()
    assert set(before) == {"unassigned", 0, 1}
    slow = client[0].apply_async(time.sleep, 20)
    waiting = client[0].apply_async(int, 1)
    ids = {slow.msg_ids[0], waiting.msg_ids[0]}
    while set(client.queue_status(0, verbose=True)["queue"]) != ids:
        time.sleep(0.01)
    now = client[0].queue_status()
    assert now["queue"] == 2 and now["tasks"] == 0
    assert now["completed"] == before[0]["completed"]
    assert client.queue_status([1])[1]["queue"] == 0
    assert client.result_status(waiting)["pending"] == waiting.msg_ids
    client.abort(slow)
    assert client.wait(timeout=10)
    assert client.result_status(waiting.msg_ids, status_only=False)[waiting.msg_ids[0]] == 1


def test_requests_are_aborted_by_id_and_by_engine(client, pair, tmp_path):
    first, second = (client[n].apply_async(time.sleep, 30) for n in (0, 1))
    assert client.outstanding >= {*first.msg_ids, *second.msg_ids}
    assert not client.wait([first, second], timeout=0.1)
    client.abort([first, second.msg_ids[0]], targets=0, block=True)
    assert first.ready() and not second.ready()
    shutil.copy(Runtime(load().home).session(pair).state, tmp_path / "other.json")
    with parallel.Client(tmp_path / "other.json") as other:
        other.abort(second.msg_ids[0], block=True)
    assert client.wait(second, timeout=10)
    with pytest.raises(TypeError):
        client.abort([3])


def test_what_runs_is_interrupted_by_a_signal(client, typed, tmp_path):
    source = "def begin(path):\n    import time\n    open(path, 'w').close()\n    time.sleep(30)"
    slow = client[0].apply_async(typed(source)["begin"], str(tmp_path / "begun"))
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    client.send_signal("SIGINT", targets=0, block=True)
    assert client.wait(slow, timeout=10)
    with pytest.raises(ValueError, match="restart=True"):
        client.send_signal(signal.SIGKILL)


def test_requests_are_sent_again(client, view):
    view["calls"] = 0
    first = client[1].apply_async(operator.add, 20, 2)
    first.wait()
    again = client.resubmit(first.msg_ids[0], block=True)
    assert again.get() == 22
    assert again.msg_ids != first.msg_ids
    assert engine_number(again.msg_ids[0]) == 1


def test_load_balanced_requests_are_had_again_and_aborted_as_others(client):
    view = client.load_balanced_view()
    result = view.map_async(operator.neg, range(5))
    assert client.history[-5:] == view.history == result.msg_ids
    assert client.get_result(result.msg_ids[0]).get() == view.get_result(0).get() == [0]
    assert result.get() == [0, -1, -2, -3, -4]
    slow = [view.apply_async(time.sleep, 30) for _ in range(3)]
    assert len(view.outstanding) == 3
    client.abort(slow, block=True)
    assert client.outstanding == set()
    with client.executor() as executor:
        assert executor.submit(operator.add, 3, 4).result() == 7


def test_results_are_forgotten_on_demand(client):
    result = client[0].apply_async(int, 5)
    result.wait()
    client.purge_results(result)
    with pytest.raises(LookupError, match="knows no request"):
        client.get_result(result.msg_ids[0]).get()
    with pytest.raises(ValueError, match="say which"):
        client.purge_results()
    slow = client[0].apply_async(time.sleep, 30)
    with pytest.raises(RuntimeError, match="under way"):
        client.purge_results("all")
    slow.abort()
    slow.wait()
    client.purge_everything()
    assert client.history == [] and client.hub_history() == []


def test_names_are_forgotten_and_dask_is_at_hand(client, view):
    view["a"] = 1
    client.clear(block=True)
    assert "a" not in view
    assert client.become_dask() is client.session.client
    client.stop_dask()
    client.spin()
    assert client.ids == [0, 1]


def test_engines_are_waited_for(client):
    client.wait_for_engines(2, timeout=5)
    client.wait_for_engines(timeout=5)
    client.wait_for_engines(1, block=False).result(5)
    with pytest.raises(TimeoutError, match="2 of 3 engines"):
        client.wait_for_engines(3, timeout=0.2)


def test_a_kept_result_is_not_changed_by_what_the_engine_does_later(client, view, typed):
    view.execute("import numpy; x = numpy.zeros(30_000)", block=True)
    pulled = client[0].pull("x", block=False)
    pulled.wait()
    id = pulled.msg_ids[0]
    client.purge_local_results(pulled)
    view.execute("x += 1", block=True)
    assert client.get_result(id).get().sum() == 0


def test_all_who_wait_for_engines_ask_once_who_is_there(client):
    dask = client.become_dask()

    async def answers():
        return await asyncio.gather(*(members.present(dask) for _ in range(50)))

    found = client.session.connection.wait_for(answers())
    assert found[0] == {each.address for each in client.engines_of("all")}
    assert all(each is found[0] for each in found)


def test_ids_are_shown_in_few_words():
    assert targets.shown([0, 1, 2, 4, 6, 7]) == "0-2, 4, 6-7"


def test_a_client_of_a_forked_process_says_so(client):
    client.ids  # noqa: B018
    pending = client[0].apply_async(time.sleep, 1.5)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = []
        for use in (lambda: client.ids, lambda: client[0], pending.get):
            try:
                use()
            except SessionDead as error:
                said.append("was forked from" in str(error))
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert json.loads(os.read(reading, 100)) == [True, True, True]
    assert pending.get() is None


def test_the_state_file_of_the_active_session_is_no_copy(client, pair):
    state = Runtime(load().home).session(pair).state
    assert sessions.get(pair).address == json.loads(Path(state).read_text())["address"]
