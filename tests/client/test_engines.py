"""Programs under way to the engines of a real session: futures, listeners, cancelling."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from concurrent.futures import wait

import pytest
from waiting import wait_until

from emout_lab.client import transport
from emout_lab.client.output import Listener
from emout_lab.client.session import ConnectedSession
from emout_lab.engine.protocol import Program
from emout_lab.engine.serialization import unpack
from emout_lab.engine.verbs import VERBS
from emout_lab.errors import EngineError, EngineLost, NoEngine, SessionDead


def _calls():
    # Nested functions travel by value; the engines cannot import this file.
    def note(file, text: str) -> str:
        with open(file, "a") as lines:
            lines.write(f"{text}\n")
        return text

    def begin_and_wait(folder, name: str) -> str:
        from pathlib import Path

        (Path(folder) / f"begun-{name}").touch()
        while not (Path(folder) / f"go-{name}").exists():
            time.sleep(0.01)
        return name

    def talk(folder, word: str) -> str:
        from pathlib import Path

        from emout_lab.engine.output import topics

        print(f"{word} begins", flush=True)
        topics.report(1, 2, word)
        while not (Path(folder) / "go").exists():
            time.sleep(0.01)
        print(f"{word} ends")
        return word

    return note, begin_and_wait, talk


note, begin_and_wait, talk = _calls()


def value(reply):
    assert reply.failure is None, reply.failure
    return unpack(reply.value)


class Ear(Listener):
    """Keeps what it is told."""

    def __init__(self):
        super().__init__()
        self.told = []

    def tell(self, event):
        self.told.append(event)
        super().tell(event)

    def text(self) -> str:
        return "".join(text for event in self.told for _, text in event.get("piece", ()))

    def labels(self) -> set:
        return {event["label"] for event in self.told if "label" in event}


def test_programs_of_one_process_begin_in_the_order_in_which_they_were_sent(
    engine, program, tmp_path
):
    words = [f"{number:02}" for number in range(20)]
    answers = [engine.submit(program(note, str(tmp_path / "lines"), word)) for word in words]
    assert [value(answer.result(60)) for answer in answers] == words
    assert (tmp_path / "lines").read_text().split() == words


def test_large_programs_are_not_overtaken_by_small_ones(engine, program, tmp_path):
    file = str(tmp_path / "lines")
    texts = ["a" * 20_000_000, "b", "c" * 5_000_000, "d"]
    answers = [engine.submit(program(note, file, text)) for text in texts]
    for answer in answers:
        assert answer.result(60).failure is None
    assert [line[0] for line in (tmp_path / "lines").read_text().split()] == list("abcd")


def test_several_programs_are_under_way_at_two_engines_and_nobody_waits(
    engine, other, program, tmp_path
):
    first = engine.submit(program(begin_and_wait, str(tmp_path), "first"))
    queued = engine.submit(program(begin_and_wait, str(tmp_path), "queued"))
    beside = other.submit(program(begin_and_wait, str(tmp_path), "beside"))
    wait_until(lambda: (tmp_path / "begun-first").exists())
    wait_until(lambda: (tmp_path / "begun-beside").exists())
    assert not (tmp_path / "begun-queued").exists() and not first.done()
    (tmp_path / "go-beside").touch()
    assert value(beside.result(60)) == "beside"
    (tmp_path / "go-queued").touch()
    (tmp_path / "go-first").touch()
    assert [value(each.result(60)) for each in (first, queued)] == ["first", "queued"]


def test_each_of_two_listeners_hears_its_own_program_only(engine, other, program, tmp_path, capsys):
    ears = Ear(), Ear()
    answers = [
        each.submit(program(talk, str(tmp_path), word), listener=ear)
        for each, word, ear in zip((engine, other), ("one", "two"), ears, strict=True)
    ]
    wait_until(lambda: all(ear.text() and ear.labels() for ear in ears))
    (tmp_path / "go").touch()
    for ear, answer, word in zip(ears, answers, ("one", "two"), strict=True):
        reply = ear.wait(answer)
        ear.show_rest(reply)
        assert ear.text().splitlines()[0] == f"{word} begins" and ear.labels() == {word}
        assert capsys.readouterr().out == f"{word} begins\n{word} ends\n"


def test_two_listeners_of_one_engine_hear_their_own_programs(engine, program, tmp_path):
    ears = Ear(), Ear()
    answers = [
        engine.submit(program(talk, str(tmp_path / word), word), listener=ear)
        for word, ear in zip(("one", "two"), ears, strict=True)
    ]
    for word, ear, answer in zip(("one", "two"), ears, answers, strict=True):
        wait_until(ear.text)
        (tmp_path / word).mkdir()
        (tmp_path / word / "go").touch()
        assert value(answer.result(60)) == word
    assert [ear.text().split()[0] for ear in ears] == ["one", "two"]


def test_one_of_two_programs_is_cancelled_by_its_id(engine, program, tmp_path):
    running = program(begin_and_wait, str(tmp_path), "running")
    queued = program(begin_and_wait, str(tmp_path), "queued")
    answers = [engine.submit(each) for each in (running, queued)]
    wait_until(lambda: (tmp_path / "begun-running").exists())
    engine.cancel(queued.id).result(60)
    reply = answers[1].result(60)
    assert "KeyboardInterrupt" in reply.failure.kind and not (tmp_path / "begun-queued").exists()
    assert not answers[0].done()
    engine.cancel(running.id).result(60)
    assert "KeyboardInterrupt" in answers[0].result(60).failure.kind
    assert value(engine.submit(program(divmod, 7, 2)).result(60)) == (3, 1)


def test_a_program_whose_future_is_cancelled_ends(engine, program, tmp_path):
    running, queued, unsent = [
        engine.submit(program(begin_and_wait, str(tmp_path), name))
        for name in ("running", "queued", "unsent")
    ]
    assert unsent.cancel()
    wait_until(lambda: (tmp_path / "begun-running").exists())
    assert queued.cancel() and running.cancel()
    assert wait((running, queued, unsent), timeout=60).not_done == set()
    # The engine is free, and has begun nothing else.
    assert value(engine.submit(program(divmod, 7, 2)).result(60)) == (3, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"begun-running"}


def test_what_was_cancelled_at_once_does_not_begin(engine, program, tmp_path):
    first = engine.submit(program(begin_and_wait, str(tmp_path), "first"))
    wait_until(lambda: (tmp_path / "begun-first").exists())
    late = [program(begin_and_wait, str(tmp_path), f"late-{n}") for n in range(5)]
    answers = [engine.submit(each) for each in late]
    for each in reversed(late):
        engine.cancel(each.id)
    for answer in answers:
        assert "KeyboardInterrupt" in answer.result(60).failure.kind
    (tmp_path / "go-first").touch()
    assert value(first.result(60)) == "first"
    assert {path.name for path in tmp_path.iterdir()} == {"begun-first", "go-first"}


def test_an_unknown_verb_is_refused_with_those_that_there_are(engine):
    with pytest.raises(EngineError, match=r"'dance'; it knows run, interrupt, .*preview"):
        engine.invoke("dance").result(60)


def test_every_verb_is_something_that_an_engine_does():
    assert all(callable(each) for each in VERBS.values())


def test_verbs_are_asked_while_a_program_runs(engine, program, tmp_path):
    kept = program(list, (1, 2), is_wanted=False)
    reply = engine.submit(kept).result(60)
    (name,) = reply.done
    running = program(begin_and_wait, str(tmp_path), "running")
    answer = engine.submit(running)
    wait_until(lambda: (tmp_path / "begun-running").exists())
    assert engine.invoke("has", running.id).result(60) is True
    engine.invoke("drop", [name]).result(60)
    (tmp_path / "go-running").touch()
    assert value(answer.result(60)) == "running"
    assert engine.invoke("has", running.id).result(60) is False
    objects = engine.invoke("snapshot").result(60).objects
    assert name not in {each.id for each in objects}


def test_a_future_that_nobody_waits_for_leaves_nothing(engine, program, connected):
    def left():
        engine.submit(program(bytes, 2_000_000))

    before = {each.id for each in engine.invoke("snapshot").result(60).objects}
    left()
    wait_until(lambda: not engine._under_way)
    gc.collect()
    wait_until(lambda: {each.id for each in engine.invoke("snapshot").result(60).objects} == before)
    assert engine._last is None and not engine._staged._finalizers


def test_a_large_value_is_taken_once(engine, program, monkeypatch):
    monkeypatch.setattr(transport, "LOCAL_BYTES", transport.CHANNEL_BYTES)
    size = transport.CHANNEL_BYTES + 2_000_000
    reply = engine.submit(program(bytes, size)).result(60)
    assert reply.value is None and reply.staged is not None
    data = engine.take(reply.staged, engine.locate()).result(60)
    assert unpack(data) == bytes(size) and not engine._staged._finalizers


def test_an_engine_that_is_not_there_is_named_with_those_that_are(connected):
    with pytest.raises(NoEngine, match=r"no engine '7'; it has 0, 1"):
        connected.engine("7")


def test_a_program_without_an_id_gets_one(engine, program):
    made = program(divmod, 7, 2)
    bare = Program(made.client, made.calls, want=made.want)
    assert value(engine.submit(bare).result(60)) == (3, 1)


def test_closing_a_connection_ends_the_waiting_of_other_threads(connected, program, tmp_path):
    session = ConnectedSession.connect()
    engine = session.engine("0")
    answer = engine.submit(program(begin_and_wait, str(tmp_path), "left"))
    wait_until(lambda: (tmp_path / "begun-left").exists())
    ended = threading.Event()
    answer.add_done_callback(lambda _: ended.set())
    session.close()
    assert ended.wait(60) and answer.cancelled()
    (tmp_path / "go-left").touch()
    with pytest.raises(SessionDead):
        engine.submit(program(divmod, 7, 2))


def test_a_program_goes_to_an_engine_that_is_there_or_comes_back(other, program, tmp_path):
    lost = other.submit(program(begin_and_wait, str(tmp_path), "lost"))
    wait_until(lambda: (tmp_path / "begun-lost").exists())
    address = other.locate()
    os.kill(other.invoke("snapshot").result(60).pid, signal.SIGKILL)
    with pytest.raises(EngineLost):
        lost.result(60)
    assert other.location.is_gone(address) and other.location.known is None
    ear = Ear()
    answers = [other.submit(program(divmod, n, 2), listener=ear) for n in (7, 9)]
    assert [value(answer.result(60)) for answer in answers] == [(3, 1), (4, 1)]
    assert other.locate() != address
