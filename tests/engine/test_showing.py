"""Figures that code shows: at their place in what it writes, once, and only those of recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import matplotlib.pyplot as plt
import pytest

from emout_lab.engine.cells import run_source
from emout_lab.engine.executor import ProgramExecutor
from emout_lab.engine.protocol import FIGURE, Call, FigureOptions, Program, Reply
from emout_lab.engine.serialization import pack

OPTIONS = (("d", FigureOptions(dpi=20)),)
Run = Callable[..., Reply]


@pytest.fixture
def announced() -> list:
    return []


@pytest.fixture
def run(announced: list) -> Iterator[Run]:
    """Run source code in a drawing that it finishes."""
    begun: list[ProgramExecutor] = []  # within the test, whose streams it stands before

    def ran(source: str, drawing: str | None = "d") -> Reply:
        source = f"import matplotlib\nimport matplotlib.pyplot as plt\n{source}"
        call = Call("c", pack((run_source, ({}, source, "<cell>"), {})), "c", drawing=drawing)
        begun.append(ProgramExecutor("0", announced.append, lambda: (10**9, 2 * 10**9)))
        begun[0].start()
        return begun[0].run(Program("me", (call,), drawings=OPTIONS, finish=OPTIONS))

    yield ran
    begun[0].close()
    plt.close("all")


def streams(reply: Reply) -> list[str]:
    return [stream for piece in reply.printed for stream, _ in piece]


def test_pictures_stand_between_texts_and_are_announced_at_once(run: Run, announced: list):
    reply = run(
        "print(1); plt.plot([1]); plt.show(); print(2); plt.plot([2]); plt.show()\nprint(3)"
    )
    assert streams(reply) == ["stdout", FIGURE, "stdout", FIGURE, "stdout"]
    marks = [text for piece in reply.printed for stream, text in piece if stream == FIGURE]
    assert marks == [each.mark for each in reply.shown] == [info.id for info in announced]
    assert [each.drawing for each in reply.shown] == ["d", "d"] and reply.figures == ()
    assert reply.shown[0].figure.data != reply.shown[1].figure.data


@pytest.mark.parametrize(
    ("source", "shown", "left"),
    [
        ("plt.show(); plt.show()", 0, 0),
        ("plt.figure(); plt.figure(); plt.show()", 2, 0),
        ("f, ax = plt.subplots(); f.show(); ax.get_xlim()", 1, 0),
        ("f, ax = plt.subplots(); f.show(); ax.set_xlim(1, 2)", 1, 1),
        ("f, ax = plt.subplots(); f.show(); plt.figure(); plt.show()", 2, 0),
        ("matplotlib.use('agg'); plt.figure(); plt.show(block=False); plt.figure()", 1, 1),
        ("plt.figure(); plt.pause(0.01)", 1, 0),
    ],
)
def test_what_is_shown_is_not_drawn_again_at_the_end(run: Run, source: str, shown: int, left: int):
    reply = run(source)
    assert reply.failure is None
    assert (len(reply.shown), len(reply.figures)) == (shown, left)


def test_what_was_shown_before_a_failure_stays(run: Run):
    reply = run("plt.plot([1]); plt.show(); plt.plot([2]); 1 / 0")
    assert "division" in reply.failure.message
    assert (len(reply.shown), reply.figures) == (1, ())


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_outside_of_a_recording_nothing_is_shown(run: Run):
    reply = run("plt.plot([1]); plt.show(); plt.gcf().show()", drawing=None)
    assert reply.failure is None and reply.shown == ()
