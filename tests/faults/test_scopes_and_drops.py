"""Scopes in loops, dropped refs, memory that is freed first, and what an engine's films give."""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest

import emout_lab
from emout_lab import Emout, ObjectGone, RemoteFigure, TooLarge, remote_figure, remote_scope
from emout_lab.client import aio as engines
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import BadOption, NotSendable, SpecError, StateError
from emout_lab.remote.session import connect


@pytest.fixture(scope="module")
def session(local_session):
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=4)


def objects(session) -> list[tuple[str | None, str]]:
    found = session.client.sync(engines.snapshots, session.client)
    return [(each.scope, each.expression) for s in found.values() for each in s.objects]


def test_a_run_opened_in_a_scope_outlives_its_clearing(session, run):
    data = Emout(run)
    scope = remote_scope("passes").open()
    remote = data.remote()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for step in range(3):
            strength = remote.phisp[step] * 2
            assert float(strength.min()) == pytest.approx(2 * float(data.phisp[step].values.min()))
            if step == 1:
                with remote_figure(display=False, figsize=(3, 2)) as figure:
                    remote.phisp[step, :, 8, :].plot()
                assert figure.result.width > 100
            assert any(scope == "passes" for scope, _ in objects(session))
            scope.clear()
            assert objects(session) == [(None, repr(data))], "the run alone is left"
        for step in range(2):
            with remote_scope("each pass"):
                assert remote.phisp[step].shape.fetch() == (17, 17, 17)
            assert objects(session) == [(None, repr(data))]
    scope.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(remote.phisp[0, 0, 0, 0]) == float(data.phisp[0, 0, 0, 0])


def test_a_part_of_a_run_that_a_scope_freed_is_there_in_the_next_pass(session, run):
    remote = Emout(run).remote()
    scope = remote_scope("parts").open()
    field, table = remote.phisp, session.open("numpy:arange", 6.0)
    session.queue.flush()
    with pytest.warns(UserWarning, match="computed again") as told:
        for step in range(3):
            assert float(field[step, 0, 0, 0] + table[step]) == pytest.approx(step, abs=1)
            scope.clear()
            assert not any(scope == "parts" for scope, _ in objects(session))
    scope.close()
    assert len(told) == 1, "each scope warns once"


def test_what_was_changed_is_not_made_again_without_its_changes(session):
    with remote_scope("changes"):
        changed, viewed, appended = (session.open("numpy:zeros", 3) for _ in range(3))
        changed[0] = 5.0
        part = viewed[1:]
        part += 1.0
        items = session.open(list, [3, 1])
        items.sort()
        derived = appended + 1
        derived[0] = 7.0
        session.queue.flush()
    for ref in (changed, viewed, items):
        with pytest.raises(ObjectGone, match="freed with 'changes'.*it was changed.*as in .*line"):
            ref.fetch()
    with pytest.warns(UserWarning, match="computed again"):
        assert appended.fetch().tolist() == [0.0, 0.0, 0.0], "only what is made of it was changed"


def test_a_call_that_may_not_run_twice_says_so(session):
    with remote_scope("once"):
        once = emout_lab.remote.call(np.arange, 3, pure=False)
    with pytest.raises(ObjectGone, match="its call may not run twice"):
        once.fetch()


def test_a_dropped_ref_is_refused_and_what_needs_its_object_is_not(session):
    source = session.open("numpy:arange", 4.0)
    waiting = source + 1
    source.drop()
    assert waiting.fetch().tolist() == [1.0, 2.0, 3.0, 4.0]
    with pytest.raises(ObjectGone, match=r"arange\(4.0\) was dropped. Make it again, as in .*line"):
        source + 1
    assert not any(text == "arange(4.0)" for _, text in objects(session))


def test_one_scope_may_need_what_another_has_freed(session):
    first = remote_scope("first").open()
    source = session.open("numpy:arange", 3.0)
    second = remote_scope("second").open()
    result = source * 3
    first.close()
    assert result.fetch().tolist() == [0.0, 3.0, 6.0]
    second.close()
    assert not {scope for scope, _ in objects(session)} & {"first", "second"}


def test_an_object_that_was_dropped_in_the_panel_is_made_again_with_the_next_use(session):
    ref = session.open("numpy:arange", 5.0)
    session.client.sync(
        engines.invoke, session.client, session.queue.link.locate(), "drop", [ref._node.id]
    )
    with pytest.raises(ObjectGone, match=r"no longer has arange\(5.0\): it was dropped"):
        float(ref[1])
    assert float(ref[1]) == 1.0


def test_a_scope_that_ends_in_a_figure_block_loses_no_drawing(session, run):
    remote = Emout(run).remote()
    pictures = []
    for is_scoped in (False, True):
        with remote_figure(display=False) as figure:
            with remote_scope("drawing") if is_scoped else contextlib.nullcontext():
                remote.phisp[-1, :, 8, :].plot()
        pictures.append(figure.result.data)
    assert pictures[0] == pictures[1]


def test_a_scope_opened_in_two_threads_takes_what_both_make(session):
    scope, made = remote_scope("threads").open(), []

    def work() -> None:
        scope.open()
        made.append(session.open("numpy:arange", 2.0))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert (made[0]._node.scope, scope.is_open) == ("threads", True)
    scope.close()
    assert not any(scope == "threads" for scope, _ in objects(session))


def test_what_is_deleted_makes_room_for_the_next_call(session):
    numbers = int(session.memory()[0]["limit"] * 0.4 / 8)
    kept = session.open("numpy:ones", numbers)
    session.queue.flush()
    with pytest.raises(TooLarge):
        session.open("numpy:ones", numbers)
    # None of these sends a message of its own: each frees and takes in one program.
    del kept
    kept = session.open("numpy:ones", numbers)
    head = kept[:1] + 1
    del kept
    other = session.open("numpy:ones", numbers)
    assert float(head[0] + other[0]) == 3.0
    rest = other[:1] * 1
    del other
    assert float(rest[0] + session.open("numpy:ones", numbers)[0]) == 2.0


def test_films_of_an_engine_come_as_bytes_text_or_nothing(session, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    part = Emout(run).remote().phisp[:2, :, 8, :]
    small = {"figsize": (2, 2)}
    film = part.gifplot(action="bytes", **small)
    assert Path("film.gif").write_bytes(film) == len(film) and film[:6] == b"GIF89a"
    assert part.gifplot(action="save", filename="saved.gif", **small) is None
    assert part.gifplot(savefilename="named.gif", **small) is None
    assert {path.name for path in tmp_path.iterdir()} == {"film.gif", "saved.gif", "named.gif"}
    html = part.gifplot(action="to_html", **small)
    assert io.StringIO(html).read().count("<script>") == 1 and html._repr_html_() == html
    panels = part.gifplot(action="frames").to_animator()
    assert isinstance(panels.plot(), str)
    with remote_figure(display=False) as figure:
        assert Emout(run).phisp[:2, :, 8, :].gifplot(action="bytes", **small) == film
        part.gifplot(action="show", **small)
    assert figure.result.figure.format == "gif", "in a block the film is what is shown"


def test_films_of_an_engine_refuse_what_cannot_be(session, run):
    part = Emout(run).remote().phisp[:2, :, 8, :]
    for options in ({"action": "show"}, {"show": True}):
        with pytest.raises(BadOption, match="an engine has none"):
            part.gifplot(**options)
    with pytest.raises(ValueError, match="action='bytes' writes no file.*filename='a.gif'"):
        part.gifplot(action="bytes", filename="a.gif")


def test_what_cannot_be_sent_names_the_way_out(session, tmp_path):
    with h5py.File(tmp_path / "run.h5", "w") as file:
        data = file.create_dataset("group/values", data=np.arange(3.0))
        with pytest.raises(
            NotSendable,
            match=r"argument 1 .*Dataset.*open\(h5py.File, '.*run.h5'\)\['/group",
        ):
            emout_lab.remote.call(np.mean, data)
        with pytest.raises(TypeError, match=r"argument 'a' .*give its values: dataset\[...\]"):
            emout_lab.remote.call(np.mean, a=[1, {"deep": data}])
    with (
        (tmp_path / "run.h5").open("rb") as stream,
        pytest.raises(NotSendable, match=r"session.open\(open, '.*run.h5'\)"),
    ):
        emout_lab.remote.call(len, stream)
    with pytest.raises(NotSendable, match="_thread.lock.*stays in its process"):
        session.open("numpy:arange", 3) + [threading.Lock()]
    opened = session.open(h5py.File, tmp_path / "run.h5")
    with pytest.raises(TypeError, match=r"cannot be sent to the notebook.*fetch a plain part"):
        opened.fetch()
    assert emout_lab.remote.call(np.mean, opened["group/values"]).fetch() == 1.0


def test_a_figure_that_is_not_open_has_no_attributes_of_one():
    figure = RemoteFigure()
    assert not hasattr(figure, "shape") and getattr(figure, "number", None) is None
    assert "open" in dir(figure)
    with pytest.raises(StateError, match="not open"):
        figure + 1
    with pytest.raises(RuntimeError, match="not open"):
        figure.suptitle("potential")


def test_the_folder_of_a_picture_is_made(session, tmp_path):
    with remote_figure(savefilepath=tmp_path / "a" / "b" / "x.png", display=False) as figure:
        assert hasattr(figure, "suptitle")
        with pytest.raises(RuntimeError, match="open already"):
            figure.open()
        figure.suptitle("first")
    assert not hasattr(RemoteFigure(), "suptitle")
    assert (tmp_path / "a" / "b" / "x.png").read_bytes() == figure.result.data
    assert figure.result.save(tmp_path / "c" / "y.png").read_bytes() == figure.result.data
    with pytest.raises(OSError, match=r"its folder cannot be made \(.*x\.png\).*y\.png"):
        with remote_figure(savefilepath=tmp_path / "a" / "b" / "x.png" / "y.png"):
            pass
    with pytest.raises(SpecError, match="is a folder"), remote_figure(savefilepath=tmp_path / "a"):
        pass
