"""Cells on engines while they run: what they print appears, and Ctrl-C ends them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import Kernel, kernel

from emout_lab import sessions
from emout_lab.errors import NoSession

LONG = "import time\nprint('begun')\nfor n in range(300):\n    time.sleep(0.1)"
GATE = (
    "import os, time\nprint('begun')\nwhile not os.path.exists({gate!r}):\n    time.sleep(0.05)\n"
)


@pytest.fixture(scope="module")
def notebook(pair: str, tmp_path_factory) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("running")) as found:
        found.run("from emout_lab import parallel, sessions\nclient = parallel.Client('views')")
        found.run("client.activate()")
        found.run("%px 'IPython is loaded there'", timeout=180)
        yield found


@pytest.fixture
def gate(tmp_path) -> Iterator[Path]:
    """A file for which cells wait, at most until the test is over."""
    yield tmp_path / "gate"
    (tmp_path / "gate").touch()


def waiting_for(gate: Path) -> str:
    return GATE.format(gate=str(gate))


def test_what_a_long_cell_prints_appears_while_it_runs(notebook, gate):
    cell = notebook.begin("%%px\n" + waiting_for(gate) + "print('done')\n'value'")
    cell.wait_for("[stdout:0] begun")
    cell.wait_for("[stdout:1] begun")
    assert "done" not in cell.text
    gate.touch()
    cell.wait()
    assert cell.text.count("begun") == 2 and cell.text.count("done\n") == 2
    assert cell.text.index("done\n") < cell.text.index("'value'")
    assert not cell.error


def test_outputs_that_are_grouped_come_at_the_end(notebook):
    cell = notebook.run("%%px -e\nimport time\nprint('now')\ntime.sleep(0.9)\nprint('then')")
    assert "[stdout:0] \nnow\nthen\n[stdout:1] \nnow\nthen\n" in cell.text


def test_an_interrupt_ends_what_the_engines_run(notebook):
    cell = notebook.begin("%%px\n" + LONG)
    cell.wait_for("begun")
    cell.interrupt()
    assert "KeyboardInterrupt" in cell.error
    assert "[stdout:0] 4" in notebook.run("%px print(2 + 2)").text


def test_engines_go_on_where_an_interrupt_shall_do_nothing(notebook, gate):
    cell = notebook.begin("%%px --signal-on-interrupt 0\n" + waiting_for(gate) + "kept = 1")
    cell.wait_for("begun")
    cell.interrupt()
    assert "KeyboardInterrupt" in cell.error
    gate.touch()
    assert "[1, 1]" in notebook.run("client[:]['kept']").text


def test_a_signal_that_nobody_knows_is_an_error_of_usage(notebook):
    assert "UsageError" in notebook.run("%pxconfig --signal-on-interrupt SIGFPE").text


def test_progress_is_told_of_long_cells(notebook):
    cell = notebook.run("%%px --progress-after 0.5\nimport time\ntime.sleep(2.5)")
    assert "0 of 2 engines" in cell.text


def test_what_is_displayed_comes_and_is_updated_before_the_end(notebook, gate):
    source = "handle = display('first', display_id=True)\n" + waiting_for(gate)
    cell = notebook.begin("%%px -t 0\n" + source + "handle.update('second')")
    cell.wait_for("'first'")
    assert "'second'" not in cell.text
    gate.touch()
    cell.wait()
    assert "'second'" in cell.text


def test_a_picture_that_is_shown_comes_before_the_end(notebook, gate):
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
    cell = notebook.begin("%%px -t 0\n" + source + waiting_for(gate) + "print('end')")
    cell.wait_for("PNG figure")
    cell.wait_for("begun")
    assert "end" not in cell.text
    gate.touch()
    cell.wait()
    assert cell.text.count("PNG figure") == 1


@pytest.fixture
def lone(pair: str) -> Iterator[str]:
    """The name of a session whose only engine may be lost."""
    options = {"memory": "1G", "cores": 1, "jobs": 1, "allow_multiple": True}
    sessions.start(name="lone", backend="local", **options)
    sessions.wait_for_workers("lone", timeout=120)
    yield "lone"
    with contextlib.suppress(NoSession):
        sessions.stop("lone")


def test_a_restart_ends_what_an_interrupt_cannot(notebook, lone):
    notebook.run(f"lone = parallel.Client({lone!r})\nlone.activate(suffix='_lone')")
    assert "[0]" in notebook.run("lone.ids").text
    cell = notebook.begin(
        "%%px_lone --signal-on-interrupt SIGKILL\nimport time\nprint('up')\ntime.sleep(60)"
    )
    cell.wait_for("up")
    cell.interrupt()
    assert "KeyboardInterrupt" in cell.error
    assert "[1]" in notebook.run("lone.ids").text


def test_without_a_session_one_is_told_how_to_start_it(notebook, lone):
    assert "[0]" in notebook.run(f"other = parallel.Client({lone!r})\nother.ids").text
    notebook.run("other.activate(suffix='_other')\nsessions.stop('lone')")
    error = notebook.run("%px_other 1").error
    assert "lone" in error and "magics.py" not in error
