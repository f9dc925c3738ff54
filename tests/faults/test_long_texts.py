"""Texts that nobody can read whole are cut: of errors, warnings, expressions and prints."""

from __future__ import annotations

import warnings

import pytest

from emout_lab import RemoteError
from emout_lab.client import aio as engines
from emout_lab.emses import execution
from emout_lab.remote.session import connect

LONG = 50_000_000


@pytest.fixture(scope="module")
def session(local_session):
    with connect(name=local_session.name) as connection:
        yield connection


def failing():
    """Return a function that engines, which cannot import this module, can run."""

    def fail(count):
        raise ValueError("begin" + "x" * count + "end")

    return fail


def test_long_text_of_an_error_is_cut_in_its_middle(session):
    with pytest.raises(ValueError, match=r"^begin") as caught:
        session.open(failing(), LONG)
    text = str(caught.value)
    assert len(text) < 100_000
    assert "50,000,008 characters in all" in text
    assert "xend\n" in text
    assert isinstance(caught.value, RemoteError)


def test_long_cause_and_long_line_are_cut_as_well(session):
    fail = failing()

    def chained():
        try:
            fail(1_000_000)
        except ValueError as error:
            raise KeyError("y" * 1_000_000) from error

    with pytest.raises(KeyError) as caught:
        session.open(chained)
    assert len(str(caught.value)) < 100_000
    line = "value = 1 / 0  # " + "z" * 1_000_000
    with pytest.raises(ZeroDivisionError) as caught:
        session.engine().run(line)
    assert len(str(caught.value)) < 100_000


def test_long_error_of_a_shared_task_is_cut(session):
    with pytest.raises(ValueError, match=r"^beginx+\n… \(1,000,008 characters in all"):
        execution.current().map(failing(), [(1_000_000,), (1_000_000,)], label="work")


def test_exception_does_not_carry_its_data_here(session):
    def with_data():
        error = ValueError("short")
        error.data = bytes(10_000_000)
        raise error

    with pytest.raises(ValueError, match="short") as caught:
        session.open(with_data)
    assert not hasattr(caught.value, "data")


def test_long_warning_is_cut(session, capsys):
    def warn():
        warnings.warn("w" * 1_000_000, stacklevel=1)

    session.open(warn)
    assert 1_000 < len(capsys.readouterr().err) < 100_000


def test_long_arguments_make_short_expressions(session):
    endless: list = []
    endless.append(endless)
    for value in ("t" * 1_000_000, b"b" * 1_000_000, 10**5000, endless):
        ref = session.open(type, value, expression=None)
        assert len(str(ref._node.expression)) <= 200
    named = session.open("math:hypot", 3, 4, expression="n" * 1_000_000)
    assert len(str(named._node.expression)) <= 200


def test_flood_of_text_takes_no_memory(session, capsys):
    def flood():
        for _ in range(500):
            print("f" * 1_000_000)  # noqa: T201

    def used() -> int:
        found = session.client.sync(engines.snapshots, session.client)
        return next(iter(found.values())).memory_used

    before = used()
    session.open(flood)
    assert used() < before + 50_000_000
    assert "characters more" in capsys.readouterr().out
