"""Programs without sense: the engine answers each, and lives on with what others have there."""

from __future__ import annotations

import operator
import os
import uuid
from dataclasses import replace
from typing import Any

import pytest
from fuzzing import fuzz
from hypothesis import given
from hypothesis import strategies as st

from emout_lab.engine.protocol import Call, FigureOptions, Program, Reply
from emout_lab.engine.serialization import Packed, Reference, pack, unpack
from emout_lab.errors import EngineLost, SessionDead

PATIENCE_S = 60
NAMES = st.one_of(
    st.sampled_from(
        ["kept", "never-made", "", "../x", "\ud800", "\0", "a" * 5000, "call-0", "call-1"]
    ),
    st.sampled_from(["the engine's namespace", "the engine's namespace:nothing[", "call-9"]),
    st.text(max_size=8),
)
FUNCTIONS: Any = st.sampled_from(
    [operator.add, operator.getitem, len, str, os.getpid, setattr, getattr, None, 3, "len", []]
)


class Named(Reference):
    """A ref that nobody gave."""

    def __init__(self, name: str) -> None:
        self._id = name


@st.composite
def payloads(draw: Any) -> Any:
    """What a call does, with unknown refs in it; sometimes no pickle at all."""
    kind = draw(st.sampled_from(["refs", "refs", "refs", "cut", "noise", "other", "buffers"]))
    if kind == "noise":
        return draw(st.binary(max_size=60))
    if kind == "other":
        return draw(st.sampled_from([None, "text", 3, b"", (), HUGE_MEMO, DEEP]))
    args = [Named(each) for each in draw(st.lists(NAMES, max_size=3))]
    inside = draw(st.sampled_from([tuple(args), ([*args], {"a": tuple(args)}), (1,)]))
    data = pack((draw(FUNCTIONS), inside, {}), lambda ref: ref._id)
    if kind == "buffers":
        return Packed(bytes(data), (b"x" * 10,) * draw(st.integers(0, 2)))
    return data[: draw(st.integers(0, len(data)))] if kind == "cut" else data


#: Asks for 16 GB of the unpickler's own memory, and for as much of its stack as there is.
HUGE_MEMO = b"\x80\x04Nr\xff\xff\xff\x7f."
DEEP = b"\x80\x04" + b"(" * 100_000 + b"t" * 100_000 + b"."


@st.composite
def programs(draw: Any) -> Program:
    calls = tuple(
        Call(
            id=draw(st.one_of(st.just(f"call-{number}"), NAMES)),
            payload=draw(payloads()),
            expression=draw(st.sampled_from(["a call", "", "\ud800", "x" * 100_000])),
            keep=draw(st.booleans()),
            scope=draw(st.one_of(st.none(), NAMES)),
            drawing=draw(st.sampled_from([None, None, "d", "never-begun"])),
            release=tuple(draw(st.lists(NAMES, max_size=2))),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    figures = st.lists(
        st.tuples(
            st.sampled_from(["d", "never-begun", ""]),
            st.builds(
                FigureOptions,
                st.sampled_from([None, "png", "nothing", ""]),
                st.sampled_from([50.0, 0.0, -1.0, float("nan"), float("inf"), 1e9]),
            ),
        ),
        max_size=2,
    )
    return Program(
        client=draw(st.sampled_from(["nobody", "", "\ud800"])),
        calls=calls,
        id=uuid.uuid4().hex,
        want=draw(st.one_of(st.none(), NAMES)),
        limit=draw(st.sampled_from([None, 0, -1, 10])),
        drops=tuple(draw(st.lists(NAMES.filter(lambda name: name != "kept"), max_size=2))),
        finish=tuple(draw(figures)),
        drawings=tuple(draw(figures)),
        discard=tuple(draw(st.lists(NAMES, max_size=2))),
        directory=draw(st.sampled_from([None, "/nowhere/at/all", "\0", ""])),
        notebook=draw(st.sampled_from([None, "\ud800", "a.ipynb"])),
    )


def value_of(engine: Any, program: Any, *args: Any) -> Any:
    reply: Reply = engine.submit(program(*args)).result(PATIENCE_S)
    assert reply.failure is None, reply.failure
    return unpack(reply.value)


def length_of(engine: Any, name: str) -> Any:
    """Return the length of an object that lies on the engine."""
    call = Call(
        "length", pack((len, (Named(name),), {}), lambda ref: ref._id), "len(x)", keep=False
    )
    reply = answered(engine, Program("x", (call,), id=uuid.uuid4().hex, want="length"))
    assert reply.failure is None, reply.failure
    return unpack(reply.value)


@pytest.fixture
def kept(engine: Any, connected: Any) -> str:
    """An object of somebody else."""
    call = Call("kept", pack((dict, (), {"a": 1})), "dict(a=1)")
    reply = engine.submit(
        Program("somebody", (call,), id=uuid.uuid4().hex, notebook="b.ipynb")
    ).result(PATIENCE_S)
    assert reply.failure is None
    return "kept"


def test_engine_answers_programs_that_name_what_is_not_there(
    engine: Any, program: Any, kept: str
) -> None:
    pid = value_of(engine, program, os.getpid)

    @fuzz(120, 3000)
    @given(programs())
    def answer(made: Program) -> None:
        # Released is what a program says is its own to release; this one is somebody else's.
        calls = tuple(
            replace(call, id=call.id if call.id != kept else "own", release=())
            for call in made.calls
        )
        outcome = answered(engine, replace(made, calls=calls))
        if isinstance(outcome, Reply) and outcome.failure is not None:
            assert outcome.failure.message and len(outcome.failure.message) < 30_000

    answer()
    assert value_of(engine, program, os.getpid) == pid
    assert length_of(engine, kept) == 1


def test_unknown_refs_are_named_in_the_failure(engine: Any) -> None:
    data = pack((len, (Named("never-made"),), {}), lambda ref: ref._id)
    made = Program("nobody", (Call("c", data, "len(x)"),), id=uuid.uuid4().hex)
    outcome = answered(engine, made)
    assert isinstance(outcome, Reply) and outcome.failure is not None
    assert "never-made" in outcome.failure.message


WRONG = {
    "client": [None, 3, [], b"x"],
    "calls": [None, (None,), (3, "x"), "abc", ({},)],
    "id": [None, 7, []],
    "want": [3, [], b"x"],
    "limit": ["10", float("nan")],
    "drops": [None, 3, ([],), "abc"],
    "finish": [None, (None,), (("d", None),), (("d", FigureOptions(3, "x")),)],  # type: ignore[arg-type]
    "drawings": [None, (None,)],
    "discard": [None, ([],), 3],
    "directory": [3, b"x", []],
    "notebook": [3, []],
    "code": [3, "x"],
    "version": [None, "5", 10**9, -1],
}


@pytest.mark.parametrize("field", WRONG)
def test_engine_survives_programs_whose_fields_are_of_the_wrong_kind(
    engine: Any, program: Any, field: str
) -> None:
    pid = value_of(engine, program, os.getpid)
    for wrong in WRONG[field]:
        answered(engine, replace(program(len, "abc"), **{field: wrong}))
    assert value_of(engine, program, os.getpid) == pid


VERBS = st.sampled_from(
    [
        *("interrupt", "cancel", "program_status", "has", "snapshot", "drop", "forget_client"),
        *("preview", "shown", "figure", "draw_again", "forget_figures", "piece", "receive"),
        *("cancel_tasks", "take_back", "request_states", "request_queue", "live_open"),
        *(
            "live_frame",
            "live_probe",
            "live_renew",
            "live_close",
            "run",
            "nothing",
            "",
            "__class__",
        ),
    ]
)
ARGUMENTS = st.one_of(NAMES, st.none(), st.integers(), st.lists(NAMES, max_size=2), st.just({}))


def test_engine_answers_questions_with_any_arguments(engine: Any, program: Any, kept: str) -> None:
    pid = value_of(engine, program, os.getpid)

    @fuzz(120, 3000)
    @given(VERBS, st.lists(ARGUMENTS, max_size=3))
    def ask(verb: str, arguments: list[Any]) -> None:
        if verb in ("drop", "forget_client") and kept in str(arguments):
            return
        outcome(engine.invoke(verb, *arguments))

    ask()
    assert value_of(engine, program, os.getpid) == pid
    assert length_of(engine, kept) == 1


def answered(engine: Any, made: Program) -> Any:
    return outcome(engine.submit(made))


def outcome(future: Any) -> Any:
    """Return the answer, or the error that came in its place; none may be that it is gone."""
    try:
        return future.result(PATIENCE_S)
    except (EngineLost, SessionDead, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001  # which one is not the point here
        return error
