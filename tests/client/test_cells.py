"""Cells on the engines of a real session: what they print, display, draw and raise comes here."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from emout_lab.client.collector import Collector
from emout_lab.engine.protocol import FigureOptions, Reply, Shown
from emout_lab.engine.serialization import EngineNamespace, unpack
from emout_lab.engine.views.shell import run_cell

DRAWINGS = (("d", FigureOptions(dpi=20)),)


@pytest.fixture
def run(engine, program):
    """Run a cell and collect what it shows."""

    def ran(source: str, at=engine) -> tuple[Reply, Collector]:
        made = program(run_cell, EngineNamespace(), source, "<cell>")
        call = replace(made.calls[0], drawing="d")
        collector = Collector()
        made = replace(made, calls=(call,), drawings=DRAWINGS, finish=DRAWINGS)
        reply = at.submit(made, listener=collector).result(60)
        collector.finish(reply)
        return reply, collector

    return ran


def test_a_cell_shows_all_that_it_would_show_in_a_notebook(run):
    reply, collector = run(
        "import matplotlib.pyplot as plt\n"
        "from IPython.display import HTML\n"
        "print(1)\n"
        "display(HTML('<b>'))\n"
        "plt.plot([1, 2]); plt.show()\n"
        "!echo 2\n"
        "lines = plt.plot([3, 4])\n"
        "41 + 1"
    )
    assert reply.failure is None, reply.failure
    assert collector.stdout == "1\n2\n"
    html, shown, figure = collector.outputs
    assert html.data["text/html"] == "<b>"
    assert isinstance(shown, Shown) and shown.figure.data.startswith(b"\x89PNG")
    assert figure == reply.figures[0]
    assert collector.execute_result.data == {"text/plain": "42"}
    assert collector.execute_result.mark == unpack(reply.value).mark


def test_engines_count_their_cells_each_for_itself(run, other):
    run("1")
    first = run("1")[1].execute_result.execution_count
    assert run("1", at=other)[1].execute_result.execution_count < first


def test_a_picture_of_5_mb_comes_as_it_is(run):
    _, collector = run("display({'image/png': bytes(range(256)) * 20_000}, raw=True)")
    (picture,) = collector.outputs
    assert picture.data["image/png"] == bytes(range(256)) * 20_000


def test_displays_come_while_the_cell_runs(engine, program):
    came = threading.Event()
    collector = Collector(lambda: collector.outputs and came.set())
    source = "display('now')\nimport time\nfor _ in range(600): time.sleep(0.1)"
    made = program(run_cell, EngineNamespace(), source, "<cell>")
    answer = engine.submit(made, listener=collector)
    assert came.wait(30) and not answer.done()
    engine.cancel(made.id).result(30)
    assert answer.result(30).failure.kind == "builtins:KeyboardInterrupt"


@pytest.mark.parametrize("source", ["!sleep 61.25", "%%bash\nsleep 61.25", "x = !sleep 61.25"])
def test_an_interrupt_ends_a_command_and_its_cell(engine, program, run, source):
    made = program(run_cell, EngineNamespace(), f"{source}\nprint('went on')", "<cell>")
    answer = engine.submit(made)
    while "sleep 61.25" not in run_ps():
        time.sleep(0.05)
    engine.cancel(made.id).result(30)
    reply = answer.result(30)
    assert reply.failure.kind == "builtins:KeyboardInterrupt"
    assert reply.printed == ()
    assert "sleep 61.25" not in run_ps()


def run_ps() -> str:
    import psutil

    return "\n".join(
        " ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])
    )


def test_a_failing_cell_names_its_line(run):
    reply, _ = run("x = 1\nx / 0")
    assert reply.failure.place.place == "<cell>, line 2"
    assert reply.failure.place.source == "x / 0"
